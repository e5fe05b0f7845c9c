//! Where records hold what is judged.

use crate::trajectory::CutRule;

/// Where records hold what is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordFields {
    /// The field of the output, for checks; none where no check looks at one.
    pub output: Option<String>,
    /// Where an agent's trajectory stands, if outputs are trajectories.
    pub trajectory: Option<TrajectoryField>,
}

/// Where an agent's trajectory stands, and how it is read and shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrajectoryField {
    /// The record's field.
    pub field: String,
    /// How a long one is cut for a judge.
    pub cut: CutRule,
    /// Keys and types that carry no action, besides those that are known.
    pub ignore: Vec<String>,
}
