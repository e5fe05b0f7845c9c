//! What a project takes from around it: variables, and where to say what happens.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

/// What a project takes from around it. The caller makes it: the library itself reads no variable of the process and
/// prints nothing.
#[derive(Clone)]
pub struct Environment {
    variables: Variables,
    listener: Option<Arc<Listener>>,
}

type Listener = dyn Fn(&str) + Send + Sync;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Variables {
    Process,
    Given(BTreeMap<String, String>),
}

impl Environment {
    /// The variables of this process, looked up when they are needed: keys, addresses, proxies.
    #[must_use]
    pub fn process() -> Self {
        Self { variables: Variables::Process, listener: None }
    }

    /// These variables and no others.
    #[must_use]
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let given = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables: Variables::Given(given), listener: None }
    }

    /// The same, with a listener for messages: which server is asked, what was left out, what could not be used. Each
    /// is one line, without its newline.
    #[must_use]
    pub fn with_messages(self, listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }

    /// A variable's value, if it is set.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        match &self.variables {
            Variables::Process => env::var_os(name),
            Variables::Given(given) => given.get(name).map(OsString::from),
        }
    }

    /// The same as text, if it is not blank.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok().filter(|value| !value.trim().is_empty())
    }

    /// Says what happens to whoever listens.
    pub(crate) fn tell(&self, message: &str) {
        if let Some(listener) = &self.listener {
            listener(message);
        }
    }
}

/// Environments are equal where their variables are, whoever listens.
impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.variables == other.variables
    }
}

impl Eq for Environment {}

impl fmt::Debug for Environment {
    /// Without values: they may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variables {
            Variables::Process => f.write_str("Environment::process()"),
            Variables::Given(given) => write!(f, "Environment of {:?}", given.keys().collect::<Vec<_>>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn only_what_is_given_is_there_and_no_value_is_shown() {
        let environment = Environment::of([("KEY", "secret"), ("BLANK", " ")]);
        assert_eq!(environment.text("KEY").as_deref(), Some("secret"));
        assert_eq!((environment.text("BLANK"), environment.variable("PATH")), (None, None));
        assert_eq!(format!("{environment:?}"), "Environment of [\"BLANK\", \"KEY\"]");
    }

    #[test]
    fn messages_reach_the_listener() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&heard);
        let none = Environment::of([("", ""); 0]);
        none.tell("nobody listens");
        none.with_messages(move |message| into.lock().unwrap().push(message.to_owned())).tell("one");
        assert_eq!(*heard.lock().unwrap(), ["one"]);
    }
}
