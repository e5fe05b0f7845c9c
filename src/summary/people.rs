//! People compared with each other: what agreement a judge can be asked for at all.

use serde::{Deserialize, Serialize};

use super::agreement::{BOOTSTRAP, Draws, kappa_interval};
use super::counts::{LEVEL, Rate};
use crate::imported::People;
use crate::number::{real, to_i64};
use crate::signature::ScaleKind;
use crate::stats::{
    Confusion, Interval, Measurement, Weighting, kendall_tau_b, krippendorff_alpha, merge_near_ties, pearson,
    spearman,
};

/// With more people than these the pairs of them are not listed.
const MOST_PEOPLE: usize = 8;

/// With more ratings than these no interval is drawn for α.
const MOST_DRAWN: usize = 2000;

/// People compared with each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeopleAgreement {
    /// Items with two labels or more.
    pub items: u64,
    /// Labels on them.
    pub ratings: u64,
    /// The fewest labels of such an item.
    pub fewest: u64,
    /// The most labels of an item.
    pub most: u64,
    /// Items without a majority, where the majority is the label.
    pub tied: u64,
    /// Krippendorff's α: nominal for named labels; ordinal and interval for numbers.
    pub alpha: Vec<Alpha>,
    /// Every two people, where it is known who said what and they are few.
    pub pairwise: Vec<TwoPeople>,
}

/// Krippendorff's α.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alpha {
    /// What the distance between two labels means: nominal, ordinal, interval.
    pub measurement: String,
    /// α, at most 1; 0 is chance.
    pub value: Option<f64>,
    /// Its bootstrap interval (percentile) over the items, for 2,000 ratings at most.
    pub interval: Option<Interval>,
}

/// Two people over the items that both have labelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TwoPeople {
    /// The first.
    pub first: String,
    /// The second.
    pub second: String,
    /// Items with the same label.
    pub same: Rate,
    /// Cohen's κ, with quadratic weights on a numeric scale.
    pub kappa: Option<f64>,
    /// Its bootstrap interval (`BCa`).
    pub kappa_interval: Option<Interval>,
    /// Pearson's r, on a numeric scale.
    pub pearson: Option<f64>,
    /// Spearman's ρ, on a numeric scale.
    pub spearman: Option<f64>,
    /// Kendall's τ-b, on a numeric scale.
    pub tau_b: Option<f64>,
}

impl PeopleAgreement {
    /// `None` where no item has two labels.
    #[must_use]
    pub fn of(people: &People, near_ties: f64) -> Option<Self> {
        let coded: Vec<Vec<Option<f64>>> = people
            .items
            .iter()
            .map(|item| item.iter().map(|label| code(people, label.as_ref()?)).collect())
            .collect();
        let sizes: Vec<u64> =
            coded.iter().map(|item| item.iter().flatten().count() as u64).filter(|size| *size > 1).collect();
        let ratings: u64 = sizes.iter().sum();
        Some(Self {
            items: sizes.len() as u64,
            ratings,
            fewest: sizes.iter().copied().min()?,
            most: sizes.iter().copied().max()?,
            tied: people.tied,
            alpha: measurements(people).iter().map(|(name, measure)| alpha(&coded, name, *measure)).collect(),
            pairwise: pairwise(people, &coded, near_ties),
        })
    }
}

fn measurements(people: &People) -> &'static [(&'static str, Measurement)] {
    match people.scale.kind {
        ScaleKind::Labels(_) => &[("nominal", Measurement::Nominal)],
        ScaleKind::Numeric { .. } => {
            &[("ordinal", Measurement::Ordinal), ("interval", Measurement::Interval)]
        }
    }
}

/// A label as a number: itself, or its place among the names.
fn code(people: &People, label: &str) -> Option<f64> {
    match &people.scale.kind {
        ScaleKind::Numeric { .. } => label.parse().ok(),
        ScaleKind::Labels(labels) => labels.iter().position(|known| known.name == label).map(real),
    }
}

fn alpha(coded: &[Vec<Option<f64>>], name: &str, measurement: Measurement) -> Alpha {
    let of = |items: &[Vec<Option<f64>>]| krippendorff_alpha(items, measurement);
    let few = coded.iter().map(Vec::len).sum::<usize>() <= MOST_DRAWN;
    Alpha {
        measurement: name.to_owned(),
        value: of(coded),
        interval: if few { BOOTSTRAP.percentile(coded, of, LEVEL) } else { None },
    }
}

fn pairwise(people: &People, coded: &[Vec<Option<f64>>], near_ties: f64) -> Vec<TwoPeople> {
    if people.names.len() > MOST_PEOPLE {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for (first, name) in people.names.iter().enumerate() {
        for (second, other) in people.names.iter().enumerate().skip(first + 1) {
            let both: Vec<(f64, f64)> =
                coded.iter().filter_map(|item| Some(((*item.get(first)?)?, (*item.get(second)?)?))).collect();
            pairs.push(two(people, (name, other), &both, near_ties));
        }
    }
    pairs
}

fn two(people: &People, (first, second): (&str, &str), both: &[(f64, f64)], near_ties: f64) -> TwoPeople {
    let (left, right): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
    let numeric = match people.scale.kind {
        ScaleKind::Numeric { min, max, .. } => Some(near_ties * (max - min)),
        ScaleKind::Labels(_) => None,
    };
    let joined = |values: &[f64]| merge_near_ties(values, numeric.unwrap_or(0.0));
    let (left_ranked, right_ranked) = (joined(&left), joined(&right));
    let same =
        left_ranked.iter().zip(&right_ranked).filter(|(left, right)| left.total_cmp(right).is_eq()).count();
    let weighting = if numeric.is_some() { Weighting::Quadratic } else { Weighting::Identity };
    let mut confusion = Confusion::with_labels(levels(people));
    for (left, right) in both {
        confusion.add(to_i64(left.round()), to_i64(right.round()));
    }
    TwoPeople {
        first: first.to_owned(),
        second: second.to_owned(),
        same: Rate::of(same as u64, both.len() as u64),
        kappa: confusion.kappa(weighting).map(|kappa| kappa.value),
        kappa_interval: kappa_interval(&confusion, weighting, Draws::Made),
        pearson: numeric.and_then(|_| pearson(&left, &right)),
        spearman: numeric.and_then(|_| spearman(&left_ranked, &right_ranked)),
        tau_b: numeric.and_then(|_| kendall_tau_b(&left_ranked, &right_ranked)),
    }
}

/// Every level, also one that nobody used: κ's weights go by the distance on the scale.
fn levels(people: &People) -> Vec<i64> {
    match people.scale.kind {
        ScaleKind::Numeric { min, max, .. } => (to_i64(min.round())..=to_i64(max.round())).collect(),
        ScaleKind::Labels(_) => Vec::new(),
    }
}
