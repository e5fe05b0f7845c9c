//! The figures of an answer, the same in both forms.

use crate::number::real;

/// The place of the likeliest answer, the first of several.
pub(super) fn likeliest(probabilities: &[f64]) -> usize {
    let best = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    probabilities.iter().copied().enumerate().fold((0, f64::MIN), best).0
}

/// The mean place on a scale.
pub(super) fn mean_level(probabilities: &[f64]) -> f64 {
    probabilities.iter().enumerate().map(|(place, share)| real(place) * share).sum()
}

/// How peaked a choice is, as the makers of both forms compute it: 0 where all are alike, 1 where one has all.
pub(super) fn choice_confidence(probabilities: &[f64]) -> f64 {
    let number = real(probabilities.len());
    if number <= 1.0 {
        return 1.0;
    }
    let best = probabilities.iter().copied().fold(0.0, f64::max);
    ((best - 1.0 / number) / (1.0 - 1.0 / number)).clamp(0.0, 1.0)
}

/// The same of a scale: 1 less the mean distance from the likeliest level, as a share of what it would be if all were
/// alike.
pub(super) fn score_confidence(probabilities: &[f64]) -> f64 {
    let number = real(probabilities.len());
    if number <= 1.0 {
        return 1.0;
    }
    let mode = real(likeliest(probabilities));
    let distance = |from: f64| move |(place, share): (usize, &f64)| share * (real(place) - from).abs();
    let spread: f64 = probabilities.iter().enumerate().map(distance(mode)).sum();
    let middle = f64::midpoint(0.0, number - 1.0);
    let even: f64 = probabilities.iter().enumerate().map(|(place, _)| (real(place) - middle).abs()).sum();
    (1.0 - spread / (even / number)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_what_hosted_servers_gave_for_these_probabilities() {
        let near = |one: f64, other: f64| assert!((one - other).abs() < 0.005, "{one} and not {other}");
        near(choice_confidence(&[0.99, 0.01]), 0.98);
        near(score_confidence(&[0.26, 0.74, 0.0]), 0.61);
        near(score_confidence(&[0.0, 0.32, 0.68]), 0.52);
        near(score_confidence(&[1.0]), 1.0);
        near(mean_level(&[0.15, 0.8, 0.05]), 0.9);
    }

    #[test]
    fn of_equal_answers_the_first_is_the_likeliest() {
        assert_eq!((likeliest(&[0.5, 0.5]), likeliest(&[0.1, 0.9])), (0, 1));
    }
}
