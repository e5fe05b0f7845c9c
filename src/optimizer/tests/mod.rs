//! Optimizers on tables instead of models.

mod cost_simulation;
mod proposals;
mod race;
mod runs;
mod support;
