//! Decision models: both wire forms, and judges that ask them.

#[cfg(feature = "cli")]
mod commands;
mod conformance;
#[cfg(feature = "cli")]
mod real;
