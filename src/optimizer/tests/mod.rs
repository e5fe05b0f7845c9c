//! Optimizers on tables instead of models.

mod proposals;
mod race;
mod runs;
mod support;
