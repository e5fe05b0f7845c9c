//! Whether the judges of a suite have a say in what passes, by its weights, its required parts and `pass_at`.

/// A part of a suite's score, before anything is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    /// Its share in the score, relative to the other parts; at least 0.
    pub(crate) weight: f64,
    /// Whether the whole is worth 0 if it is worth 0.
    pub(crate) required: bool,
}

/// More sums than these are not looked through: so many checks surely leave a judge a say somewhere.
const MOST_SUMS: usize = 4096;

/// Whether some result of the checks leaves it to the judges whether a record passes. Judges are asked only where no
/// required check failed.
pub(crate) fn judges_have_a_say(judges: &[Part], checks: &[Part], pass_at: f64) -> bool {
    let weight = |parts: &[Part]| parts.iter().map(|part| part.weight).sum::<f64>();
    let (of_judges, of_checks) = (weight(judges), weight(checks));
    let all = of_judges + of_checks;
    let Some(sums) = sums(checks).filter(|_| all > 0.0) else { return true };
    let vetoed = judges.iter().any(|judge| judge.required);
    sums.iter().any(|passed| {
        let lowest = if vetoed { 0.0 } else { passed / all };
        let highest = (passed + of_judges) / all;
        (lowest >= pass_at) != (highest >= pass_at)
    })
}

/// What the checks that pass can weigh together, where every required one does; nothing where those are too many.
fn sums(checks: &[Part]) -> Option<Vec<f64>> {
    let required: f64 = checks.iter().filter(|check| check.required).map(|check| check.weight).sum();
    let mut sums = vec![required];
    for check in checks.iter().filter(|check| !check.required && check.weight > 0.0) {
        sums.extend(sums.clone().iter().map(|sum| sum + check.weight));
        sums.sort_by(f64::total_cmp);
        sums.dedup();
        if sums.len() > MOST_SUMS {
            return None;
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(weight: f64) -> Part {
        Part { weight, required: false }
    }

    fn required(weight: f64) -> Part {
        Part { weight, required: true }
    }

    #[test]
    fn a_judge_has_a_say_unless_weights_and_pass_at_leave_it_none() {
        // The required check passes: half of the score is there, and 0.5 is enough.
        assert!(!judges_have_a_say(&[part(1.0)], &[required(1.0)], 0.5));
        assert!(judges_have_a_say(&[part(1.0)], &[required(1.0)], 0.6));
        assert!(judges_have_a_say(&[required(1.0)], &[required(1.0)], 0.5), "a required judge can fail it");
        assert!(!judges_have_a_say(&[part(0.0)], &[part(1.0)], 0.5));
        assert!(judges_have_a_say(&[part(1.0)], &[part(1.0)], 0.5), "where the check fails");
        assert!(
            !judges_have_a_say(&[part(1.0)], &[required(3.0), part(1.0)], 0.6),
            "passed by the required one"
        );
        assert!(!judges_have_a_say(&[part(1.0), part(1.0)], &[part(6.0)], 0.5), "too light together");
        assert!(judges_have_a_say(&[part(1.0)], &[], 0.5));
    }

    #[test]
    fn a_score_that_needs_nothing_passes_whatever_the_judge_says() {
        assert!(!judges_have_a_say(&[part(1.0)], &[part(1.0)], 0.0));
    }

    #[test]
    fn many_checks_are_looked_through_by_their_sums() {
        assert!(judges_have_a_say(&[part(1.0)], &[part(1.0); 40], 0.5));
        let different: Vec<Part> = (1..30_u32).map(|at| part(f64::from(at).sqrt())).collect();
        assert!(judges_have_a_say(&[part(0.0)], &different, 0.5), "not looked through");
    }
}
