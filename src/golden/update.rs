//! Whether changed scores may be written.

use std::ffi::OsString;

use crate::error::{Error, ErrorKind, Result};

/// What becomes of changed scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Nothing is written.
    Nothing,
    /// They wait for a decision.
    Pending,
    /// They are locked at once.
    Lock,
}

impl Update {
    /// What the variable `EVENHAND_UPDATE` says, or else `INSTA_UPDATE`. In CI nothing is written, whatever they say.
    ///
    /// # Errors
    /// It says something that is not known.
    pub fn from_variables(look: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let said = ["EVENHAND_UPDATE", "INSTA_UPDATE"]
            .into_iter()
            .find_map(|name| Some((name, look(name)?.into_string().ok()?)));
        let wished = match &said {
            None => Self::Pending,
            Some((name, value)) => wish(name, value)?,
        };
        Ok(if in_ci(look) { Self::Nothing } else { wished })
    }
}

/// Whether this is continuous integration, by its variables.
pub(crate) fn in_ci(look: impl Fn(&str) -> Option<OsString>) -> bool {
    let ci = look("CI").and_then(|value| value.into_string().ok());
    is_ci(ci.as_deref(), look("TF_BUILD").is_some())
}

fn wish(name: &str, value: &str) -> Result<Update> {
    match value {
        "no" => Ok(Update::Nothing),
        "" | "auto" | "new" | "unseen" => Ok(Update::Pending),
        "always" | "force" => Ok(Update::Lock),
        other => Err(Error::new(ErrorKind::Usage, format!("{name}={other} is not known"))
            .help("set it to auto, no, new, or always")),
    }
}

/// Whether this is continuous integration, as insta tells it.
fn is_ci(ci: Option<&str>, azure: bool) -> bool {
    match ci {
        Some("false" | "0" | "") => false,
        Some(_) => true,
        None => azure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_is_told_as_insta_tells_it() {
        assert!(is_ci(Some("true"), false) && is_ci(Some("1"), false) && is_ci(None, true));
        assert!(!is_ci(None, false) && !is_ci(Some("false"), true) && !is_ci(Some(""), true));
    }
}
