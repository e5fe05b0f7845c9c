//! How a judge is held against labels.

use crate::calibration::{LabelsBy, Metric};
use crate::suite::options::RunOptions;

/// How a judge is held against labels. What is `None` or empty stays as evenhand.toml says.
#[derive(Clone, Debug)]
pub struct CalibrateOptions {
    /// How the records are judged. Which of them are skipped is decided by their labels, no reasons are asked for,
    /// and scores stay as the judge gives them, whatever is set here.
    pub run: RunOptions,
    /// The records' fields with the label, one a person; one field may hold a list of several people's labels.
    pub labels: Vec<String>,
    /// Who labelled.
    pub labels_by: LabelsBy,
    /// An earlier run whose judgments are taken, instead of judging: its folder, or `last`.
    pub from: Option<String>,
    /// Judges the records without a label too: their pass rate is estimated.
    pub unlabelled: bool,
    /// Other runs of the same judge on the same records, for verdicts that flip.
    pub again: Vec<String>,
    /// A run with the two sides of each pair exchanged.
    pub swapped: Option<String>,
    /// A field that records of one origin share: they are not parted in fitting.
    pub cluster: Option<String>,
    /// How much worse than a person the judge may be, with labels of several; 0.2 by default.
    pub epsilon: f64,
    /// What a map is chosen by.
    pub metric: Metric,
    /// Asks three records without content too, and tries the correction by what the judge says to them.
    pub content_free: bool,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            run: RunOptions::default(),
            labels: Vec::new(),
            labels_by: LabelsBy::Human,
            from: None,
            unlabelled: false,
            again: Vec::new(),
            swapped: None,
            cluster: None,
            epsilon: 0.2,
            metric: Metric::default(),
            content_free: false,
        }
    }
}
