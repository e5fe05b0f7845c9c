//! How each of several target models did, asked by the baseline and by the winner.

use super::formatting::{Lines, plain};
use crate::optimizer::{ModelStanding, ModelTest, TunePage};

/// How a target model did.
pub(super) struct ModelRow<'a> {
    pub(super) name: &'a str,
    /// On the validation part: the baseline's figures, and the winner's where there is one.
    pub(super) baseline: Option<&'a ModelStanding>,
    pub(super) winner: Option<&'a ModelStanding>,
    pub(super) test: Option<&'a ModelTest>,
}

/// A row for each target model; none where there is but one.
pub(super) fn model_rows(page: &TunePage) -> Vec<ModelRow<'_>> {
    if page.also_for.is_empty() {
        return Vec::new();
    }
    let of = |(place, name)| ModelRow {
        name,
        baseline: page.standings.first().and_then(|standing| standing.models.get(place)),
        winner: page.winner().and_then(|standing| standing.models.get(place)),
        test: page.test.as_ref().and_then(|test| test.models.get(place)),
    };
    page.models().into_iter().enumerate().map(of).collect()
}

/// The rows as lines.
pub(super) fn each_model(lines: &mut Lines, page: &TunePage) {
    let rows = model_rows(page);
    if rows.is_empty() {
        return;
    }
    lines.blank();
    let name = page.objective.name();
    lines.whole(&format!("  models      {name} of the winner and the baseline"));
    lines.whole(
        "              validation  baseline  test part  baseline  right verdicts  threshold placed  model",
    );
    for ModelRow { name, baseline, winner, test } in rows {
        let objective = |standing: Option<&ModelStanding>| match standing {
            Some(standing) => plain(standing.objective),
            None => "-".into(),
        };
        let tested =
            |of: fn(&ModelTest) -> Option<f64>| test.map_or_else(|| "-".into(), |test| plain(of(test)));
        let hits = test.and_then(|test| test.hits);
        lines.whole(&format!(
            "              {:>10}  {:>8}  {:>9}  {:>8}  {:>14}  {:>16}  {name}",
            objective(winner),
            objective(baseline),
            if winner.is_some() { tested(|test| test.winner) } else { "-".into() },
            tested(|test| test.baseline),
            hits.map_or_else(|| "-".into(), |hits| format!("{:+.1} points", 100.0 * hits)),
            test.and_then(|test| placed(test, winner.is_some())).unwrap_or_else(|| "-".into()),
        ));
    }
}

/// From where on a verdict passes, for the winner or the baseline where it stays, and the κ from there on.
pub(super) fn placed(test: &ModelTest, has_winner: bool) -> Option<String> {
    let figures = test.threshold?;
    let (at, kappa) = if has_winner {
        (figures.winner_at, figures.winner_after)
    } else {
        (figures.baseline_at, figures.baseline_after)
    };
    Some(format!("{at:.2}: κ {}", plain(kappa)))
}
