//! The regularised incomplete beta function and what follows from it.
//!
//! statrs stops its continued fraction after 140 steps, which is too few for the counts of a large
//! run (the fraction needs about the square root of the counts), so the fraction is evaluated here.

use statrs::function::gamma::ln_gamma;

use crate::number::real;

const TINY: f64 = 1e-300;
const MAX_STEPS: u32 = 200_000;

/// I(x; a, b), the beta distribution's P(X ≤ x), for a, b > 0 and x in `0..=1`.
pub(super) fn regularized(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast only left of the mean; the right side is its mirror image.
    if x <= (a + 1.0) / (a + b + 2.0) {
        front(a, b, x) * fraction(a, b, x) / a
    } else {
        1.0 - front(b, a, 1.0 - x) * fraction(b, a, 1.0 - x) / b
    }
}

/// The x with I(x; a, b) = `probability`, by bisection to the last representable digit.
pub(super) fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if regularized(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// P(X ≤ `successes`) for X binomial with `trials` and success `probability`.
pub(super) fn binomial_cdf(successes: u64, trials: u64, probability: f64) -> f64 {
    if successes >= trials {
        return 1.0;
    }
    let rest = real(trials - successes);
    regularized(rest, real(successes) + 1.0, 1.0 - probability)
}

/// P(T ≤ t) for Student's t with `degrees` of freedom.
pub(super) fn student_cdf(t: f64, degrees: f64) -> f64 {
    let tail = 0.5 * regularized(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// x^a (1−x)^b / B(a, b).
fn front(a: f64, b: f64, x: f64) -> f64 {
    (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp()
}

/// The continued fraction of I(x; a, b) (DLMF 8.17.22), evaluated by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut upper = 1.0;
    let mut lower = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = lower;
    for step in 1..MAX_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            lower = 1.0 / away_from_zero(1.0 + term * lower);
            upper = away_from_zero(1.0 + term / upper);
            change = lower * upper;
            value *= change;
        }
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-10, "{actual} {expected}");
    }

    #[test]
    fn closed_forms() {
        close(regularized(1.0, 1.0, 0.3), 0.3);
        close(regularized(3.0, 1.0, 0.5), 0.125);
        close(regularized(2.0, 2.0, 0.25), 0.156_25);
        close(quantile(1.0, 3.0, 0.657), 0.3);
        close(binomial_cdf(2, 4, 0.5), 11.0 / 16.0);
        close(binomial_cdf(4, 4, 0.5), 1.0);
        close(student_cdf(1.0, 1.0), 0.75);
        close(student_cdf(-2.0, 2.0), 0.091_751_709_536_137);
    }
}
