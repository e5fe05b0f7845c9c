//! What a file's author meant: the known name closest to an unknown one, and the form of a tagged table.
//!
//! Compared with all its forms at once, such a table breaks each in its own way; only the meant one helps.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};

/// The candidate most like `name`, if one is like enough to be worth saying.
#[must_use]
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

type Branch = Vec<ValidationError<'static>>;

/// What is wrong with a table of several forms.
pub(super) enum Tagged<'c> {
    /// It lacks the key that says the form.
    Untagged(&'c str),
    /// The key, at this pointer, says none of these forms.
    Unknown { pointer: String, options: Vec<&'c str> },
    /// It has faults as the form it says it is.
    Meant(&'c Branch),
}

/// How what may be left out fails where it is there: as what it should be, not as null.
pub(super) fn if_there<'c>(forms: &'c [Branch], pointer: &str) -> Option<&'c Branch> {
    let is_null = |form: &Branch| {
        matches!(form.as_slice(), [only] if only.instance_path().as_str() == pointer && matches!(
            only.kind(),
            ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) }
        ))
    };
    match forms {
        [form, null] | [null, form] if is_null(null) => Some(form),
        _ => None,
    }
}

/// The forms that a value could have, by its type: where some forms are words and others tables, a table is held
/// against tables alone. All of them where it is of no form's type.
pub(super) fn of_its_type<'c>(forms: &'c [Branch], pointer: &str) -> Vec<&'c Branch> {
    let is_another = |error: &ValidationError<'_>| {
        error.instance_path().as_str() == pointer
            && matches!(error.kind(), ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. })
    };
    let fitting: Vec<&Branch> = forms.iter().filter(|form| !form.iter().any(is_another)).collect();
    if fitting.is_empty() { forms.iter().collect() } else { fitting }
}

/// How the forms fail, where they are told apart by a key; none if they are not.
pub(super) fn tagged<'c>(forms: &[&'c Branch], pointer: &str) -> Option<Tagged<'c>> {
    let tags: Vec<_> =
        forms.iter().map(|form| form.iter().find_map(|error| other_form(error, pointer))).collect();
    let Some((tag, _)) = tags.iter().flatten().next() else {
        return untagged(forms, pointer).map(Tagged::Untagged);
    };
    let mut meant = forms.iter().copied().zip(&tags).filter(|(_, other)| other.is_none());
    match (meant.next(), meant.next()) {
        (Some((form, _)), None) => Some(Tagged::Meant(form)),
        (None, _) => Some(Tagged::Unknown {
            pointer: (*tag).to_owned(),
            options: tags.iter().flatten().map(|(_, name)| *name).collect(),
        }),
        (Some(_), Some(_)) => None,
    }
}

/// The key that says another form than this error's, and the form it would have to say.
fn other_form<'c>(error: &'c ValidationError<'static>, pointer: &str) -> Option<(&'c str, &'c str)> {
    let ValidationErrorKind::Constant { expected_value } = error.kind() else {
        return None;
    };
    let place = error.instance_path().as_str();
    let key = place.strip_prefix(pointer)?.strip_prefix('/')?;
    (!key.contains('/')).then_some((place, expected_value.as_str()?))
}

/// The key that all forms miss.
fn untagged<'c>(forms: &[&'c Branch], pointer: &str) -> Option<&'c str> {
    let missing = |form: &'c Branch| -> Vec<&'c str> {
        form.iter()
            .filter(|error| error.instance_path().as_str() == pointer)
            .filter_map(|error| match error.kind() {
                ValidationErrorKind::Required { property } => property.as_str(),
                _ => None,
            })
            .collect()
    };
    let (first, rest) = forms.split_first()?;
    missing(first).into_iter().find(|name| rest.iter().all(|form| missing(form).contains(name)))
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
