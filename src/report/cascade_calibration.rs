//! Thresholds for a cascade, for the terminal and for machines: the answer first.

use serde_json::{Value, json};

use super::answer::sentence;
use super::cascade_words::{cost, headline, remarks};
use super::export::JSON_FORMAT;
use super::formatting::{Detail, Lines, WIDTH, count, folded, longest, percent, rate, trimmed, wrapped};
use crate::calibration::{CascadePage, CurvePoint, LabelsBy, StagePage};
use crate::number::{real, to_usize};
use crate::stats::{Interval, RiskAt};
use crate::summary::Rate;

/// How many characters wide an axis is.
const AXIS: usize = 21;

/// The most rows of coverage against risk.
const MOST_ROWS: usize = 6;

/// The page as a line: `{"type": "cascade_calibration", "format": 1, "page": …}`.
#[must_use]
pub(crate) fn cascade_calibration_line(page: &CascadePage) -> Value {
    json!({"type": "cascade_calibration", "format": JSON_FORMAT, "page": page})
}

impl CascadePage {
    /// The page as lines of plain text.
    #[must_use]
    pub fn text(&self, detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&folded(&format!("{}: {}", self.suite, headline(self)), WIDTH, 2));
        for remark in remarks(self) {
            for line in wrapped(&sentence(remark), WIDTH - 2) {
                lines.whole(&format!("  {line}"));
            }
        }
        lines.blank();
        lines.folded_under("cascade", &judged(self));
        lines.folded_under("records", &records(self));
        lines.blank();
        self.stages.iter().for_each(|stage| of_stage(&mut lines, self, stage));
        curve(&mut lines, self);
        for stage in self.stages.iter().filter(|stage| !stage.risk.is_empty()) {
            risk(&mut lines, self, stage, detail);
        }
        lines.text
    }
}

/// Who judged, and what that is compared with.
pub(super) fn judged(page: &CascadePage) -> String {
    let whose = match page.labels_by {
        LabelsBy::Human => "people's labels",
        LabelsBy::Model => "a model's labels",
    };
    let stage = |stage: &StagePage| format!("{} ({}, read {})", stage.stage, stage.model, stage.reading);
    let stages: Vec<String> = page.stages.iter().map(stage).collect();
    format!("{}: {}; compared with {whose} in field {}", page.judge, stages.join(", then "), page.label_field)
}

/// How many records there are.
pub(super) fn records(page: &CascadePage) -> String {
    let unscored = match page.unscored {
        0 => String::new(),
        n => format!(", {} labelled without a verdict", count(n)),
    };
    format!("{} labelled and judged by every stage{unscored}", count(page.labelled))
}

fn of_stage(lines: &mut Lines, page: &CascadePage, stage: &StagePage) {
    let name = &stage.stage;
    let set = match &stage.threshold {
        Some(threshold) => {
            format!(
                "{name} from confidence {:.3} on; 1,000 records: {}",
                threshold.confidence,
                cost(page.unit, stage.cost)
            )
        }
        None => format!("{name}: no threshold holds; 1,000 records: {}", cost(page.unit, stage.cost)),
    };
    lines.folded_under("stages", &set);
    if let Some(threshold) = &stage.threshold {
        lines.folded_under("stages", &format!("  {}", rate("stands", &stage.stands)));
        let upper = percent(threshold.upper);
        lines.folded_under("stages", &format!("  {}; wrong at most {upper}", rate("right", &stage.right)));
    }
    lines.folded_under("stages", &format!("  {}", rate("alone right", &stage.alone)));
    if stage.without_confidence > 0 {
        let n = count(stage.without_confidence);
        lines.folded_under("stages", &format!("  {n} of its records have no verdict with a confidence"));
    }
}

/// Cost against agreement: what each threshold would cost, and how right the cascade would be.
fn curve(lines: &mut Lines, page: &CascadePage) {
    let Some(last) = page.stages.last().filter(|_| !page.curve.is_empty()) else { return };
    lines.blank();
    lines.folded(&format!(
        "  Cost against agreement: one threshold for all stages but {}, which always stands. It promises nothing.",
        last.stage
    ));
    let rates =
        page.curve.iter().map(|point| &point.right).chain(page.stages.iter().map(|stage| &stage.alone));
    let lows = rates.filter_map(|rate| Some(rate.interval?.low));
    let axis = Axis { low: (10.0 * lows.fold(1.0, f64::min)).floor() / 10.0, high: 1.0 };
    let row = |name: String, each: f64, rate: &Rate| {
        let share = rate.rate.map_or_else(|| "-".to_owned(), percent);
        [name, cost(page.unit, each), share, axis.shown(rate.rate, rate.interval)]
    };
    let alone = |stage: &StagePage| row(format!("{} alone", stage.stage), stage.cost, &stage.alone);
    let point = |at: &CurvePoint| row(format!("from {:.3} on", at.threshold), at.cost, &at.right);
    let mut rows: Vec<[String; 4]> = vec![alone(last)];
    rows.extend(page.curve.iter().map(point));
    rows.extend(page.stages.first().map(alone));
    table(lines, ["", "1,000 cost", "right", &axis.ends()], &rows);
}

/// Coverage against risk: from each confidence on, how many verdicts would stand, and how wrong they would be.
fn risk(lines: &mut Lines, page: &CascadePage, stage: &StagePage, detail: Detail) {
    lines.blank();
    let of = count(stage.stands.n);
    lines.folded(&format!(
        "  Coverage against risk of {}, on the {of} records that reach it ('=' ends at the upper bound):",
        stage.stage
    ));
    let most = if detail == Detail::Statistics { usize::MAX } else { MOST_ROWS };
    // The bound of few verdicts is wide, and says nothing.
    let told = |at: &RiskAt| if at.wrong.n >= 30 { at.upper } else { at.wrong.rate().unwrap_or(0.0) };
    let high = thinned(&stage.risk, most).map(told).fold(page.promise.alpha, f64::max);
    let axis = Axis { low: 0.0, high: (10.0 * high).ceil() / 10.0 };
    let rows: Vec<[String; 4]> = thinned(&stage.risk, most)
        .map(|at| {
            let is_set = stage.threshold.is_some_and(|set| at.confidence >= set.confidence);
            let mark = if is_set && at.upper <= page.promise.alpha { " *" } else { "" };
            let covered = at.stands.rate().map_or_else(|| "-".to_owned(), percent);
            let wrong = at.wrong.rate().map_or_else(|| "-".to_owned(), percent);
            let to = Interval { low: at.wrong.rate().unwrap_or(0.0), high: at.upper, level: 0.95 };
            [
                format!("from {:.3} on{mark}", at.confidence),
                covered,
                wrong,
                axis.shown(at.wrong.rate(), Some(to)),
            ]
        })
        .collect();
    table(lines, ["", "stands", "wrong", &axis.ends()], &rows);
    if stage.threshold.is_some() {
        lines.whole("    * keeps the promise");
    }
}

/// At most so many of the points, the first and the last among them.
fn thinned(points: &[RiskAt], most: usize) -> impl Iterator<Item = &RiskAt> {
    let last = points.len().saturating_sub(1);
    let step = if most == usize::MAX { 1 } else { points.len().div_ceil(most).max(1) };
    points.iter().enumerate().filter(move |(place, _)| place % step == 0 || *place == last).map(|(_, at)| at)
}

fn table(lines: &mut Lines, head: [&str; 4], rows: &[[String; 4]]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        longest(cells.chain(head.get(column).copied()))
    };
    let (name, first, second) = (width(0), width(1), width(2));
    let mut line = |cells: [&str; 4]| {
        let [what, one, two, axis] = cells;
        lines.whole(format!("    {what:<name$}  {one:>first$}  {two:>second$}  {axis}").trim_end());
    };
    line(head);
    for [what, one, two, axis] in rows {
        line([what, one, two, axis]);
    }
}

/// An axis on which shares are shown.
#[derive(Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Its ends, above the shares.
    fn ends(self) -> String {
        let (low, high) = (trimmed(self.low), trimmed(self.high));
        let between = AXIS.saturating_sub(low.chars().count());
        format!("{low}{high:>between$}")
    }

    /// A share with its interval.
    fn shown(self, share: Option<f64>, interval: Option<Interval>) -> String {
        let Some(share) = share else { return String::new() };
        let place = |share: f64| {
            to_usize(
                ((share - self.low) / (self.high - self.low)).clamp(0.0, 1.0).mul_add(real(AXIS - 1), 0.5),
            )
        };
        let (low, high) = interval.map_or((share, share), |interval| (interval.low, interval.high));
        let mark = |at: usize| match () {
            () if at == place(share) => 'o',
            () if (place(low)..=place(high)).contains(&at) => '=',
            () if at == 0 || at == AXIS - 1 => '|',
            () => '.',
        };
        (0..AXIS).map(mark).collect()
    }
}
