//! Tests across files: properties, coverage of intervals, and other libraries' values.

mod coverage;
mod coverage_table;
mod libraries;
#[expect(clippy::float_cmp, reason = "what must be equal to the last bit")]
mod properties;
mod unequal_rates;
