//! Commands as a user types them.

use std::path::{Path, absolute};

use crate::judge::StrategyChoice;
use crate::suite::comparison::is_file;
use crate::suite::config::{Config, SuiteFile};
use crate::suite::shell::quoted;

/// Commands for the project at hand: each has the flags by which this one found it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    flags: Vec<String>,
}

impl Typed {
    /// With this configuration and state folder, where the command line named them.
    pub(crate) fn new(config: Option<&Path>, state_dir: Option<&Path>) -> Self {
        let flags = [("--config", config), ("--state-dir", state_dir)];
        let flags =
            flags.into_iter().filter_map(|(flag, path)| Some([flag.to_owned(), path?.display().to_string()]));
        Self { flags: flags.flatten().collect() }
    }

    /// A command of these words.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        let words = words.iter().copied().chain(self.flags.iter().map(String::as_str));
        std::iter::once("evenhand".into()).chain(words.map(quoted)).collect::<Vec<_>>().join(" ")
    }
}

/// `NAME = "VALUE"` as evenhand.toml has it.
pub(super) fn key(name: &str, value: &str) -> String {
    format!("`{name} = {}`", serde_json::Value::from(value))
}

/// A strategy as evenhand.toml has it.
pub(super) fn strategy(choice: &StrategyChoice) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::Object(table)) => {
            let pairs: Vec<String> = table.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("`strategy = {{ {} }}`", pairs.join(", "))
        }
        _ => key("strategy", choice.name().as_str()),
    }
}

/// A path as evenhand.toml has it: from its folder on, where it is in there.
pub(super) fn in_the_project(config: &Config, path: &Path) -> String {
    let (Ok(path), Ok(root)) = (absolute(path), absolute(config.path(Path::new(".")))) else {
        return path.display().to_string();
    };
    path.strip_prefix(&root).unwrap_or(&path).display().to_string()
}

/// A signature as evenhand.toml names it.
pub(super) fn signature(config: &Config, name: &str) -> String {
    if !is_file(name) {
        return name.to_owned();
    }
    let path = in_the_project(config, Path::new(name));
    let own = path.strip_prefix("signatures/").and_then(|file| file.strip_suffix(".toml"));
    own.filter(|stem| !stem.contains('/')).unwrap_or(&path).to_owned()
}

/// The judge whose table holds the signature: the one that is named, else the suite's only one. None where the suite
/// itself holds it.
pub(super) fn judge_with_a_table<'s>(suite: &'s SuiteFile, judge: Option<&str>) -> Option<&'s str> {
    let name = match judge {
        Some(judge) => suite.judges.get_key_value(judge)?.0,
        None if suite.signature.is_none() => suite.judges.keys().next()?,
        None => return None,
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let typed = Typed::new(Some(Path::new("a b/evenhand.toml")), None);
        assert_eq!(typed.command(&["run", "it's"]), r"evenhand run 'it'\''s' --config 'a b/evenhand.toml'");
        assert_eq!(key("model", "openai/x:1"), r#"`model = "openai/x:1"`"#);
    }
}
