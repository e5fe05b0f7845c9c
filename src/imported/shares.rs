//! A verdict from the probability of each level.

use serde_json::Value;

use crate::judge::Score;
use crate::signature::{Scale, ScaleAnswer};

/// How a distribution becomes one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reduce {
    /// The expected value; the label is the likeliest level.
    #[default]
    Expected,
    /// The likeliest level; of equally likely ones the first.
    Likeliest,
}

/// Above this sum the numbers are no probabilities; rounding may carry a sum a little above 1.
const LARGEST_SUM: f64 = 1.001;

/// A list with a probability for each level, or an object from level to probability, as a score.
///
/// Probabilities that do not add up to 1 are shared out over the levels first.
pub(super) fn score(value: &Value, scale: &Scale, reduce: Reduce) -> Result<Score, String> {
    let levels = scale.candidates().ok_or("a distribution needs a scale of named or whole levels")?;
    let shares = shares(value, &levels)?;
    let total: f64 = shares.iter().sum();
    let sound = |number: f64| (0.0..=LARGEST_SUM).contains(&number);
    if !shares.iter().all(|share| sound(*share)) || !sound(total) {
        return Err("numbers that are no probabilities".into());
    }
    let (likeliest, share) = likeliest(&levels, &shares).ok_or("no probability for any level")?;
    let valued = || levels.iter().zip(&shares).filter_map(|(level, share)| Some((level.value?, *share)));
    let weight: f64 = valued().map(|(_, share)| share).sum();
    let expected = valued().map(|(value, share)| value * share).sum::<f64>() / weight;
    Ok(Score {
        value: match reduce {
            Reduce::Expected => likeliest.value.map(|_| expected.clamp(0.0, 1.0)),
            Reduce::Likeliest => likeliest.value,
        },
        label: likeliest.label.clone(),
        confidence: Some(share / total),
        distribution: levels
            .iter()
            .map(|level| level.label.clone())
            .zip(shares.iter().map(|share| share / total))
            .collect(),
        coverage: Some(total.min(1.0)),
        ..Score::default()
    })
}

/// The probability of each level, as it stands in the file; what is no number is not one.
fn shares(value: &Value, levels: &[ScaleAnswer]) -> Result<Vec<f64>, String> {
    match value {
        Value::Array(items) if items.len() == levels.len() => {
            Ok(items.iter().map(|item| item.as_f64().unwrap_or(f64::NAN)).collect())
        }
        Value::Array(items) => {
            Err(format!("{} probabilities where the scale has {} levels", items.len(), levels.len()))
        }
        Value::Object(by_level) => {
            let known = |name: &String| levels.iter().any(|level| level.label == *name);
            if let Some(name) = by_level.keys().find(|name| !known(name)) {
                return Err(format!("\"{name}\" is no level of the scale"));
            }
            let share = |name: &str| by_level.get(name).map_or(Some(0.0), Value::as_f64).unwrap_or(f64::NAN);
            Ok(levels.iter().map(|level| share(&level.label)).collect())
        }
        _ => Err("no list of probabilities".into()),
    }
}

/// The level with the largest share, of equals the first; `None` where all are 0.
fn likeliest<'a>(levels: &'a [ScaleAnswer], shares: &[f64]) -> Option<(&'a ScaleAnswer, f64)> {
    let mut best = None;
    let mut most = 0.0;
    for (level, share) in levels.iter().zip(shares) {
        if *share > most {
            most = *share;
            best = Some((level, *share));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::ScaleKind;
    use serde_json::json;

    fn scale() -> Scale {
        Scale { field: "verdict".into(), kind: ScaleKind::Numeric { min: 1.0, max: 4.0, whole: true } }
    }

    #[test]
    fn what_sums_below_one_is_shared_out_and_a_tie_goes_to_the_lower_level() {
        let score = super::score(&json!([0.0, 0.4, 0.4, 0.0]), &scale(), Reduce::Expected).unwrap();
        assert_eq!(score.label, "2");
        assert!((score.value.unwrap() - 0.5).abs() < 1e-12);
        assert!((score.coverage.unwrap() - 0.8).abs() < 1e-12);
        let score = super::score(&json!({"4": 0.7, "1": 0.1}), &scale(), Reduce::Likeliest).unwrap();
        assert_eq!((score.label.as_str(), score.value), ("4", Some(1.0)));
    }

    #[test]
    fn what_is_no_distribution_gives_no_score() {
        for value in
            [json!([0.5, 0.5]), json!([0, 0, 0, 0]), json!([0.9, 0.9, 0, 0]), json!({"5": 1}), json!("x")]
        {
            assert!(super::score(&value, &scale(), Reduce::Expected).is_err(), "{value}");
        }
    }
}
