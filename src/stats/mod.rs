//! Statistics: pure numbers, without any of evenhand's other types.
//!
//! What is undefined is `None`, never 0 and never NaN. Nothing depends on chance: what draws at
//! random takes a seed, and the generator is fixed for good. Sums are exact, so the order of items
//! does not show in a mean or a variance.

#![expect(
    clippy::indexing_slicing,
    reason = "formulas read better with indices, whose ranges the loops give"
)]

mod agreement;
mod annotators;
mod association;
mod beta;
mod calibration_map;
mod confusion;
mod interval;
mod isotonic;
mod mean_error;
mod moments;
pub mod normal;
mod paired;
mod prediction_error;
mod prediction_powered;
mod proportion;
mod quantile;
mod random;
mod repeats;
mod resampling;
mod rogan_gladen;
mod significance;
mod sum;
mod threshold;
mod together;

#[cfg(test)]
mod tests;

pub use agreement::{Measurement, Table, Weighting, cohen_kappa, gwet_ac1, krippendorff_alpha};
pub use annotators::{
    AgainstPerson, Alignment, AlternativeBy, AlternativeOptions, AlternativeTest, AnnotatedItem, FEW_ITEMS,
    alternative_annotator_test,
};
pub use association::{
    Concordance, Gain, average_ranks, concordance, kendall_tau_b, merge_near_ties, ndcg_at_k, pearson,
    roc_auc, spearman,
};
pub use calibration_map::{
    CalibrationMap, Decided, Distribution, Mapped, even_levels, levels_in_order, logit,
};
pub use confusion::Confusion;
pub use interval::{ConfidenceSequence, Estimate, Interval};
pub use isotonic::Isotonic;
pub use mean_error::{
    Comparison, FewClusters, TTest, clustered_mean, independent_difference, mean_below, mean_estimate,
    paired_difference,
};
pub use moments::{Moments, variance};
pub use paired::{Paired, PairedMethod};
pub use prediction_error::{
    ReliabilityBin, brier, expected_calibration_error, mean_absolute_error, mean_squared_error,
    normalized_mean_squared_error, reliability_bins, root_mean_squared_error,
};
pub use prediction_powered::{CrossFitted, LabelledRange, PredictionPowered, folds_by_position};
pub use proportion::{PairedOutcomes, Proportion, newcombe};
pub use quantile::{
    OUTLIER, QuantileSketch, median, median_absolute_deviation, modified_z_scores, outliers, quantile,
};
pub use random::Random;
pub use repeats::{Repeated, flip_rate, majority_error, pass_at_k, pass_hat_k};
pub use resampling::{Bootstrap, EXACT_UP_TO, Permutation, paired_permutation};
pub use rogan_gladen::{Allocation, JudgedRate, allocate_labels};
pub use significance::{
    SignTest, SignedRank, benjamini_hochberg, benjamini_yekutieli, benjamini_yekutieli_thresholds, holm,
    mcnemar_exact, sign_test, signed_rank_below,
};
pub use sum::{ExactSum, mean, sum};
pub use threshold::{ThresholdGoal, best_threshold};
pub use together::{Together, group_numbers};
