//! Statistics: pure numbers, without any of evenhand's other types.
//!
//! What is undefined is `None`, never 0 and never NaN. Nothing depends on chance: what draws at
//! random takes a seed, and the generator is fixed for good. Sums are exact, so the order of items
//! does not show in a mean or a variance.

#![expect(
    clippy::indexing_slicing,
    reason = "formulas read better with indices, whose ranges the loops give"
)]

pub(crate) mod agreement;
pub(crate) mod annotators;
pub(crate) mod association;
mod beta;
pub(crate) mod calibration_map;
pub(crate) mod cascade;
pub(crate) mod confusion;
pub(crate) mod coverage;
pub(crate) mod interval;
pub(crate) mod isotonic;
pub(crate) mod mean_error;
pub(crate) mod moments;
#[doc(hidden)]
pub mod normal;
pub(crate) mod paired;
pub(crate) mod prediction_error;
pub(crate) mod prediction_powered;
pub(crate) mod proportion;
pub(crate) mod quantile;
mod quantile_interval;
pub(crate) mod random;
pub(crate) mod ranking;
pub(crate) mod repeats;
pub(crate) mod resampling;
pub(crate) mod rogan_gladen;
pub(crate) mod significance;
pub(crate) mod sum;
pub(crate) mod threshold;
pub(crate) mod together;
mod weighted;

#[cfg(test)]
mod tests;

pub use agreement::{Measurement, Table, Weighting, cohen_kappa, gwet_ac1, krippendorff_alpha};
pub(crate) use annotators::{
    Alignment, AlternativeBy, AlternativeOptions, AlternativeTest, AnnotatedItem, alternative_annotator_test,
};
pub(crate) use association::{concordance, merge_near_ties};
pub use association::{kendall_tau_b, pearson, roc_auc, spearman};
pub use calibration_map::CalibrationMap;
pub(crate) use calibration_map::{Distribution, levels_in_order, logit};
pub use cascade::Promise;
pub(crate) use cascade::{Judgment, StageThreshold, cascade_cost, cascade_thresholds, saved_share};
pub use confusion::Confusion;
pub(crate) use coverage::{RiskAt, coverage_and_risk, labels_for_a_threshold};
pub use interval::{Estimate, Interval};
pub(crate) use isotonic::Isotonic;
pub(crate) use mean_error::{Comparison, FewClusters, clustered_mean, mean_estimate};
pub(crate) use moments::{Moments, variance};
pub use paired::{Paired, PairedMethod};
pub(crate) use prediction_error::{
    ReliabilityBin, brier, expected_calibration_error, mean_absolute_error, normalized_mean_squared_error,
    reliability_bins, root_mean_squared_error,
};
pub(crate) use prediction_powered::{CrossFitted, PredictionPowered};
pub use proportion::{PairedOutcomes, Proportion};
pub(crate) use quantile::{QuantileSketch, median, outliers, quantile};
pub(crate) use quantile_interval::{QuantileEstimate, quantile_estimate};
pub(crate) use random::Random;
pub(crate) use ranking::Gain;
pub(crate) use ranking::ndcg_of_scores;
pub(crate) use repeats::{Repeated, flip_rate, majority_error};
pub use repeats::{pass_at_k, pass_hat_k};
pub use resampling::Bootstrap;
pub(crate) use resampling::jackknife_estimate;
pub(crate) use rogan_gladen::{JudgedRate, allocate_labels};
pub(crate) use significance::{holm, mcnemar_exact};
pub use sum::mean;
pub(crate) use sum::{ExactSum, sum};
pub(crate) use threshold::{ThresholdGoal, best_threshold, best_weighted_threshold};
pub(crate) use together::{Together, group_numbers};
pub(crate) use weighted::{WeightedPowered, effective_n, weighted_kappa, weighted_share};
