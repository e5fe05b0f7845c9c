//! Optimizers on tables instead of models.

mod proposals;
mod race;
mod rehearsal;
mod runs;
mod support;
