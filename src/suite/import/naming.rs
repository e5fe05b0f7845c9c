//! Names of other tools as keys of TOML and names of files.

/// A name with letters, digits and `_` alone.
pub(super) fn key(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    match name.chars().next() {
        None => "unnamed".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n_{name}"),
        Some(_) => name,
    }
}

/// The name, with a number behind it if it is taken.
pub(super) fn free(key: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&key) {
        return key;
    }
    let numbered = (2..).map(|number| format!("{key}_{number}"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_keys() {
        assert_eq!(key("Tone & Style"), "tone_style");
        assert_eq!((key("2nd"), key("é")), ("n_2nd".to_owned(), "unnamed".to_owned()));
        assert_eq!(free("a".to_owned(), |name| name == "a" || name == "a_2"), "a_3");
    }
}
