//! What a judge is held against, and by whom.

use super::options::CalibrateOptions;
use crate::signature::Scale;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::labels::Labels;
use crate::suite::model_config::ModelConfig;

/// What a judge is held against, and by whom.
pub(super) struct Held<'p> {
    pub(super) config: &'p Config,
    pub(super) suite: Suite,
    pub(super) options: CalibrateOptions,
    pub(super) model_config: ModelConfig,
    pub(super) scale: Scale,
    pub(super) fields: Vec<String>,
    pub(super) labels: Labels,
}
