//! The same record's answers side by side: the records on which the cells differ most, and those that a user wants.

use schemars::JsonSchema;
use serde::Serialize;

use super::cell::CellFigures;
use super::quality::Verdicts;

/// So many records are shown unasked.
const MOST: usize = 10;

/// What every cell says of one record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RecordAnswers {
    /// The record, by its id.
    pub(crate) record: String,
    /// The label that it should have.
    pub(crate) label: Option<String>,
    /// How far the verdicts lie apart, from 0 to 1: the widest distance of two scores, or else the share of pairs of
    /// cells with different labels.
    pub(crate) apart: f64,
    /// One for each cell.
    pub(crate) answers: Vec<CellAnswer>,
}

/// What one cell says of a record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct CellAnswer {
    pub(crate) cell: String,
    /// The verdict of most times it was judged; none where there is none.
    pub(crate) verdict: Option<String>,
    /// The mean score, from 0 to 1.
    pub(crate) score: Option<f64>,
    /// Whether the verdict is the label; none without either.
    pub(crate) is_right: Option<bool>,
    /// How often it was judged, and whether the verdict was always the same.
    pub(crate) times: u64,
    pub(crate) is_steady: bool,
    /// What the model wrote the first time; none where its probabilities were read.
    pub(crate) text: Option<String>,
    /// Why there is no verdict.
    pub(crate) failure: Option<String>,
}

/// The records that are shown: those that are wanted, then those on which the cells differ most.
pub(super) fn answers(cells: &[CellFigures], wanted: &[String]) -> Vec<RecordAnswers> {
    let mut records: Vec<&str> =
        cells.iter().flat_map(|cell| cell.by_record.keys().map(String::as_str)).collect();
    records.sort_unstable();
    records.dedup();
    let mut all: Vec<RecordAnswers> = records.into_iter().map(|record| of_record(record, cells)).collect();
    let wrong =
        |one: &RecordAnswers| one.answers.iter().filter(|answer| answer.is_right == Some(false)).count();
    all.sort_by(|a, b| {
        b.apart.total_cmp(&a.apart).then(wrong(b).cmp(&wrong(a))).then_with(|| a.record.cmp(&b.record))
    });
    let place = |one: &RecordAnswers| wanted.iter().position(|wanted| *wanted == one.record);
    let (mut shown, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| place(one).is_some());
    shown.sort_by_key(|one| place(one));
    let differ = others.into_iter().filter(|one| one.apart > 0.0).take(MOST);
    shown.into_iter().chain(differ).collect()
}

fn of_record(record: &str, cells: &[CellFigures]) -> RecordAnswers {
    let verdicts = || cells.iter().filter_map(|cell| cell.by_record.get(record));
    let label = verdicts().find_map(|verdicts| Some(verdicts.expected.as_ref()?.0.clone()));
    let answers = cells.iter().filter_map(|cell| {
        let verdicts = cell.by_record.get(record)?;
        Some(answer(&cell.meta.name, verdicts))
    });
    RecordAnswers { record: record.to_owned(), label, apart: apart(verdicts()), answers: answers.collect() }
}

fn answer(cell: &str, verdicts: &Verdicts) -> CellAnswer {
    let expected = verdicts.expected.as_ref().map(|(label, _)| label);
    CellAnswer {
        cell: cell.to_owned(),
        verdict: verdicts.label.clone(),
        score: verdicts.value,
        is_right: expected.zip(verdicts.label.as_ref()).map(|(expected, label)| expected == label),
        times: verdicts.times,
        is_steady: verdicts.is_steady,
        text: verdicts.text.clone(),
        failure: verdicts.failure.clone().filter(|_| verdicts.label.is_none()),
    }
}

fn apart<'v>(verdicts: impl Iterator<Item = &'v Verdicts>) -> f64 {
    let with: Vec<&Verdicts> = verdicts.filter(|verdicts| verdicts.label.is_some()).collect();
    let values: Option<Vec<f64>> = with.iter().map(|verdicts| verdicts.value).collect();
    let ends = |values: &[f64]| {
        let (low, high) =
            (values.iter().copied().min_by(f64::total_cmp), values.iter().copied().max_by(f64::total_cmp));
        low.zip(high).map_or(0.0, |(low, high)| high - low)
    };
    if let Some(values) = values {
        return ends(&values);
    }
    let (mut pairs, mut differ) = (0_u32, 0_u32);
    for (place, one) in with.iter().enumerate() {
        for other in with.iter().skip(place + 1) {
            pairs += 1;
            differ += u32::from(one.label != other.label);
        }
    }
    if pairs == 0 { 0.0 } else { f64::from(differ) / f64::from(pairs) }
}
