//! The alternative annotator test: may a judge stand in for the people who label?
//!
//! Calderon, Reichart & Dror 2025, arXiv 2501.10970. Each person is left out in turn, and the judge
//! and that person are compared by how well they agree with the other people on the same items.

use serde::{Deserialize, Serialize};

use super::mean_error::mean_below;
use super::significance::{benjamini_yekutieli, signed_rank_below};
use super::sum::mean;
use crate::number::real;

/// Below this many items a person's comparison is by ranks instead of the t-test.
pub const FEW_ITEMS: usize = 30;

/// Sums of a few agreements that are equal in exact arithmetic must count as equal.
const ROUNDING: f64 = 1e-12;

/// One item's labels: the judge's, and each person's in the same order for every item.
#[derive(Clone, Debug, PartialEq)]
pub struct AnnotatedItem {
    /// The judge's label.
    pub judge: f64,
    /// The people's labels; `None` where a person did not label the item.
    pub people: Vec<Option<f64>>,
}

/// How well one label agrees with the other people's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alignment {
    /// The share of people who gave the same label: for classes.
    Same,
    /// Minus the root of the mean squared distance: for scales.
    Distance,
}

/// How to test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternativeOptions {
    /// How agreement is measured.
    pub alignment: Alignment,
    /// ε, in `0..1`: how much worse than a person the judge may be for being cheaper. The authors
    /// take .2 for experts, .15 for skilled and .1 for crowd workers.
    pub epsilon: f64,
    /// The false discovery rate over the people, in `0..1`.
    pub q: f64,
}

impl Default for AlternativeOptions {
    fn default() -> Self {
        Self { alignment: Alignment::Same, epsilon: 0.2, q: 0.05 }
    }
}

/// The test's outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlternativeTest {
    /// The comparison with each person who shares items with others, in the people's order.
    pub people: Vec<AgainstPerson>,
    /// ω: the share of people whom the judge may replace, in `0..=1`.
    pub winning_rate: f64,
    /// ρ: the mean over people of how often the judge agrees at least as well as the person.
    pub advantage: f64,
    /// Whether ω is at least one half.
    pub passed: bool,
}

/// The judge against one person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgainstPerson {
    /// The person's position.
    pub person: usize,
    /// Items that the person and somebody else labelled. The authors ask for 30.
    pub n: usize,
    /// How often the judge agrees with the others at least as well as the person, in `0..=1`.
    pub judge_wins: f64,
    /// How often the person agrees with the others at least as well as the judge, in `0..=1`.
    pub person_wins: f64,
    /// One-sided, against "the person is better by ε or more".
    pub p_value: f64,
    /// The same, adjusted over the people (Benjamini & Yekutieli 2001).
    pub adjusted_p_value: f64,
    /// Whether the judge may replace this person: the adjusted p-value is at most q.
    pub replaceable: bool,
    /// Which test gave the p-value.
    pub by: AlternativeBy,
}

/// The test that compared the judge with one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlternativeBy {
    /// The one-sample t-test of the differences.
    TTest,
    /// Wilcoxon's signed-rank test: for fewer than [`FEW_ITEMS`] items, or where all differences
    /// are the same.
    SignedRank,
}

/// Tests whether the judge may replace people.
///
/// `None` unless at least two people share items with somebody else, or for labels that are not
/// finite, an ε or a q outside `0..1`.
#[must_use]
pub fn alternative_annotator_test(
    items: &[AnnotatedItem],
    options: AlternativeOptions,
) -> Option<AlternativeTest> {
    let sound = |value: f64| (0.0..1.0).contains(&value);
    if !sound(options.epsilon) || !sound(options.q) || !items.iter().all(is_finite) {
        return None;
    }
    let width = items.iter().map(|item| item.people.len()).max()?;
    let mut people: Vec<AgainstPerson> =
        (0..width).filter_map(|person| against(person, items, options)).collect();
    if people.len() < 2 {
        return None;
    }
    let p_values: Vec<f64> = people.iter().map(|against| against.p_value).collect();
    for (against, adjusted) in people.iter_mut().zip(benjamini_yekutieli(&p_values)?) {
        against.adjusted_p_value = adjusted;
        against.replaceable = adjusted <= options.q;
    }
    let won = people.iter().filter(|against| against.replaceable).count();
    let winning_rate = real(won) / real(people.len());
    let wins: Vec<f64> = people.iter().map(|against| against.judge_wins).collect();
    Some(AlternativeTest { winning_rate, advantage: mean(&wins)?, passed: winning_rate >= 0.5, people })
}

fn is_finite(item: &AnnotatedItem) -> bool {
    item.judge.is_finite() && item.people.iter().flatten().all(|label| label.is_finite())
}

fn against(person: usize, items: &[AnnotatedItem], options: AlternativeOptions) -> Option<AgainstPerson> {
    let wins: Vec<(f64, f64)> =
        items.iter().filter_map(|item| wins(person, item, options.alignment)).collect();
    let (judge, human): (Vec<f64>, Vec<f64>) = wins.iter().copied().unzip();
    let differences: Vec<f64> = wins.iter().map(|(judge, human)| human - judge).collect();
    let (p_value, by) = p_value(&differences, options.epsilon)?;
    Some(AgainstPerson {
        person,
        n: wins.len(),
        judge_wins: mean(&judge)?,
        person_wins: mean(&human)?,
        p_value,
        adjusted_p_value: p_value,
        replaceable: false,
        by,
    })
}

/// Whether the judge and the person agree with the others at least as well as the other one.
fn wins(person: usize, item: &AnnotatedItem, alignment: Alignment) -> Option<(f64, f64)> {
    let own = (*item.people.get(person)?)?;
    let others: Vec<f64> = item
        .people
        .iter()
        .enumerate()
        .filter_map(|(other, label)| label.filter(|_| other != person))
        .collect();
    let (judge, human) = (agreement(item.judge, &others, alignment)?, agreement(own, &others, alignment)?);
    let reaches = |left: f64, right: f64| f64::from(u8::from(left >= right - ROUNDING));
    Some((reaches(judge, human), reaches(human, judge)))
}

fn agreement(label: f64, others: &[f64], alignment: Alignment) -> Option<f64> {
    let one = |other: &f64| match alignment {
        Alignment::Same => f64::from(u8::from(label.total_cmp(other).is_eq())),
        Alignment::Distance => (label - other).powi(2),
    };
    let agreement = mean(&others.iter().map(one).collect::<Vec<_>>())?;
    Some(match alignment {
        Alignment::Same => agreement,
        Alignment::Distance => -agreement.sqrt(),
    })
}

fn p_value(differences: &[f64], epsilon: f64) -> Option<(f64, AlternativeBy)> {
    let by_t = || Some((mean_below(differences, epsilon)?.p_value, AlternativeBy::TTest));
    let by_rank = || Some((signed_rank_below(differences, epsilon)?.p_value, AlternativeBy::SignedRank));
    if differences.len() < FEW_ITEMS { by_rank() } else { by_t().or_else(by_rank) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(rows: impl IntoIterator<Item = (f64, [f64; 3])>) -> Vec<AnnotatedItem> {
        rows.into_iter()
            .map(|(judge, people)| AnnotatedItem { judge, people: people.map(Some).to_vec() })
            .collect()
    }

    /// METHODS' reference: 20 even items, 8 where the judge alone agrees, 2 where the person alone
    /// does, at ε = .1. Here person 0 is compared; the other two always agree with each other.
    #[test]
    fn reference_values() {
        let rows = (0..30).map(|index| match index {
            0..20 => (1.0, [1.0, 1.0, 1.0]),
            20..28 => (1.0, [0.0, 1.0, 1.0]),
            _ => (0.0, [1.0, 1.0, 1.0]),
        });
        let options = AlternativeOptions { epsilon: 0.1, ..AlternativeOptions::default() };
        let test = alternative_annotator_test(&items(rows), options).unwrap();
        let first = test.people[0];
        assert_eq!((first.n, first.by), (30, AlternativeBy::TTest));
        assert!((first.p_value - 0.002_869).abs() < 1e-6, "{first:?}");
        assert!((first.judge_wins - 0.933_333).abs() < 1e-6);
        assert!((first.person_wins - 22.0 / 30.0).abs() < 1e-12);
        assert!(first.replaceable);
        let wins = test.people.iter().map(|against| against.judge_wins).sum::<f64>() / 3.0;
        assert!((test.advantage - wins).abs() < 1e-12);
    }

    #[test]
    fn a_judge_that_is_always_with_the_majority_passes() {
        let rows = (0..40).map(|index| {
            let mut people = [f64::from(index % 2); 3];
            people[usize::try_from(index % 3).unwrap()] = f64::from(1 - index % 2);
            (f64::from(index % 2), people)
        });
        let test = alternative_annotator_test(&items(rows), AlternativeOptions::default()).unwrap();
        assert!(test.passed && (test.winning_rate - 1.0).abs() < 1e-12, "{test:?}");
    }

    #[test]
    fn a_judge_that_is_always_wrong_fails() {
        let rows = (0..40).map(|index| (f64::from(9 - index % 2), [f64::from(index % 2); 3]));
        for alignment in [Alignment::Same, Alignment::Distance] {
            let options = AlternativeOptions { alignment, ..AlternativeOptions::default() };
            let test = alternative_annotator_test(&items(rows.clone()), options).unwrap();
            assert!(!test.passed && test.winning_rate.abs() < 1e-12 && test.advantage.abs() < 1e-12);
            assert_eq!(test.people[0].by, AlternativeBy::SignedRank);
        }
    }

    #[test]
    fn few_items_are_compared_by_ranks_and_missing_labels_left_out() {
        let mut items = items((0..12).map(|index| (f64::from(index % 2), [f64::from(index % 2); 3])));
        items[0].people[2] = None;
        items[1].people = vec![Some(1.0), None, None];
        let test = alternative_annotator_test(&items, AlternativeOptions::default()).unwrap();
        assert_eq!(test.people.iter().map(|against| against.n).collect::<Vec<_>>(), [11, 11, 10]);
        assert!(test.people.iter().all(|against| against.by == AlternativeBy::SignedRank));
        // Nothing differs, so all of d − ε points down: one pattern of 2^11.
        assert!((test.people[0].p_value - 0.5_f64.powi(11)).abs() < 1e-15);
    }

    #[test]
    fn undefined() {
        let options = AlternativeOptions::default();
        assert_eq!(alternative_annotator_test(&[], options), None);
        let alone = AnnotatedItem { judge: 1.0, people: vec![Some(1.0), None] };
        assert_eq!(alternative_annotator_test(std::slice::from_ref(&alone), options), None);
        let both = AnnotatedItem { people: vec![Some(1.0), Some(1.0)], ..alone };
        let epsilon = AlternativeOptions { epsilon: 1.0, ..options };
        assert_eq!(alternative_annotator_test(&[both], epsilon), None);
    }
}
