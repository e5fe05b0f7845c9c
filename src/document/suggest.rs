//! "Did you mean": the known name closest to one that is not known.

/// The candidate most like `name`, if one is like enough to be worth saying.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (similarity(&lower, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

fn similarity(name: &str, candidate: &str) -> f64 {
    let candidate = candidate.to_lowercase();
    strsim::jaro_winkler(name, &candidate).max(strsim::normalized_damerau_levenshtein(name, &candidate))
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let known = ["description", "choices", "optional"];
        assert_eq!(closest("descripton", known), Some("description"));
        assert_eq!(closest("Choice", known), Some("choices"));
        assert_eq!(closest("zebra", known), None);
    }
}
