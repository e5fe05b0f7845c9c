//! Statistics: pure numbers, without any of evenhand's other types.
//!
//! What is undefined is `None`, never 0 and never NaN. Nothing depends on chance: what draws at
//! random takes a seed, and the generator is fixed for good. Sums are exact, so the order of items
//! does not show in a mean or a variance.

#![expect(
    clippy::indexing_slicing,
    reason = "formulas read better with indices, whose ranges the loops give"
)]

mod annotators;
mod beta;
mod bootstrap;
mod calibration_map;
mod concordance;
mod confusion;
mod correlation;
mod cross_fit;
mod deviation;
mod estimate;
mod gwet;
mod interval;
mod isotonic;
mod kappa;
mod krippendorff;
mod mean_error;
mod moments;
mod multiplicity;
mod ndcg;
mod newcombe;
pub mod normal;
mod outlier;
mod permutation;
mod power;
mod ppi;
mod proportion;
mod quantile;
mod random;
mod rank;
mod real;
mod reliability;
mod repeated;
mod repeats;
mod rogan_gladen;
mod sequence;
mod sign_test;
mod sketch;
mod student;
mod sum;
mod table;
mod tango;
mod threshold;
mod together;
mod wilcoxon;

#[cfg(test)]
mod tests;

pub use annotators::{
    AgainstPerson, Alignment, AlternativeBy, AlternativeOptions, AlternativeTest, AnnotatedItem, FEW_ITEMS,
    alternative_annotator_test,
};
pub use bootstrap::Bootstrap;
pub use calibration_map::{
    CalibrationMap, Decided, Distribution, Mapped, even_levels, levels_in_order, logit,
};
pub use concordance::{Concordance, concordance, kendall_tau_b, roc_auc};
pub use confusion::Confusion;
pub use correlation::{pearson, spearman};
pub use cross_fit::{CrossFitted, LabelledRange, folds_by_position};
pub use deviation::{
    mean_absolute_error, mean_squared_error, normalized_mean_squared_error, root_mean_squared_error,
};
pub use estimate::Estimate;
pub use gwet::gwet_ac1;
pub use interval::Interval;
pub use isotonic::Isotonic;
pub use kappa::{Weighting, cohen_kappa};
pub use krippendorff::{Measurement, krippendorff_alpha};
pub use mean_error::{FewClusters, clustered_mean, independent_difference, mean_estimate, paired_difference};
pub use moments::{Moments, variance};
pub use multiplicity::{benjamini_hochberg, benjamini_yekutieli, benjamini_yekutieli_thresholds, holm};
pub use ndcg::{Gain, ndcg_at_k};
pub use newcombe::newcombe;
pub use outlier::{OUTLIER, modified_z_scores, outliers};
pub use permutation::{EXACT_UP_TO, Permutation, paired_permutation};
pub use power::Comparison;
pub use ppi::PredictionPowered;
pub use proportion::Proportion;
pub use quantile::{median, median_absolute_deviation, quantile};
pub use random::Random;
pub use rank::{average_ranks, merge_near_ties};
pub use reliability::{ReliabilityBin, brier, expected_calibration_error, reliability_bins};
pub use repeated::{Repeated, flip_rate};
pub use repeats::{majority_error, pass_at_k, pass_hat_k};
pub use rogan_gladen::{Allocation, JudgedRate, allocate_labels};
pub use sequence::ConfidenceSequence;
pub use sign_test::{SignTest, mcnemar_exact, sign_test};
pub use sketch::QuantileSketch;
pub use student::{TTest, mean_below};
pub use sum::{ExactSum, mean, sum};
pub use table::Table;
pub use tango::PairedOutcomes;
pub use threshold::{ThresholdGoal, best_threshold};
pub use together::{Together, group_numbers};
pub use wilcoxon::{SignedRank, signed_rank_below};
