//! Labels by several people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ruler::{Figure, LabelledOutcome, Measured, Ruler};
use crate::eval::Expected;
use crate::number::real;
use crate::signature::{Scale, ScaleKind};
use crate::stats::{
    Alignment, AlternativeOptions, AlternativeTest, AnnotatedItem, Measurement, alternative_annotator_test,
    krippendorff_alpha, mean,
};

/// Several people's labels: how far they agree with each other, and whether the judge may stand in
/// for one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PeopleFigures {
    /// How many people there are.
    pub people: u64,
    /// Records with labels by two people or more.
    pub items: u64,
    /// Krippendorff's α among the people alone: what a judge can be asked for at most.
    pub alpha: Measured<Figure>,
    /// ε: how much worse than a person the judge may be.
    pub epsilon: f64,
    /// The alternative annotator test (Calderon 2025).
    pub test: Measured<AlternativeTest>,
}

/// The label that most people gave, or the mean on a numeric scale. `None` for no labels, and where
/// none was given most.
#[must_use]
pub(crate) fn consensus(people: &[Option<Expected>], scale: &Scale) -> Option<Expected> {
    let given: Vec<&Expected> = people.iter().flatten().collect();
    if let (ScaleKind::Numeric { min, max, .. }, [_, _, ..]) = (&scale.kind, given.as_slice()) {
        let values: Vec<f64> = given.iter().filter_map(|one| one.value).collect();
        let value = mean(&values)?;
        return Some(Expected { label: format!("{}", min + value * (max - min)), value: Some(value) });
    }
    let mut counts: BTreeMap<&str, (u64, &Expected)> = BTreeMap::new();
    for one in given {
        counts.entry(&one.label).or_insert((0, one)).0 += 1;
    }
    let most = counts.values().map(|counted| counted.0).max()?;
    let mut winners = counts.values().filter(|counted| counted.0 == most);
    match (winners.next(), winners.next()) {
        (Some((_, winner)), None) => Some((*winner).clone()),
        _ => None,
    }
}

pub(super) fn people(
    ruler: &Ruler<'_>,
    items: &[LabelledOutcome<'_>],
    people: &BTreeMap<String, Vec<Option<Expected>>>,
    epsilon: f64,
) -> Measured<PeopleFigures> {
    let several = |labels: &&Vec<Option<Expected>>| labels.iter().flatten().count() > 1;
    if !people.values().any(|labels| several(&labels)) {
        return Measured::Missing(
            "each record has one label; name several fields (--labels ann,ben,cem) or one with lists".into(),
        );
    }
    let alignment = if ruler.is_graded() { Alignment::Distance } else { Alignment::Same };
    let mut annotated = Vec::new();
    for one in items {
        let Some(labels) = people.get(one.id).filter(several) else { continue };
        let judge = match alignment {
            Alignment::Same => ruler.position(&one.score.label).map(real),
            Alignment::Distance => one.score.value,
        };
        let number = |label: &Expected| match alignment {
            Alignment::Same => ruler.position(&label.label).map(real),
            Alignment::Distance => label.value,
        };
        if let Some(judge) = judge {
            let people = labels.iter().map(|label| label.as_ref().and_then(number)).collect();
            annotated.push(AnnotatedItem { judge, people });
        }
    }
    let measurement = match alignment {
        Alignment::Same => Measurement::Nominal,
        Alignment::Distance => Measurement::Interval,
    };
    let units: Vec<Vec<Option<f64>>> = annotated.iter().map(|item| item.people.clone()).collect();
    let alpha = Figure::drawn(&units, |units| krippendorff_alpha(units, measurement));
    let options = AlternativeOptions { alignment, epsilon, ..AlternativeOptions::default() };
    Measured::Value(PeopleFigures {
        people: people.values().map(Vec::len).max().unwrap_or(0) as u64,
        items: annotated.len() as u64,
        alpha: Measured::of(alpha, "no record has two labels that decide"),
        epsilon,
        test: Measured::of(
            alternative_annotator_test(&annotated, options),
            "at least two people must share records with somebody else",
        ),
    })
}
