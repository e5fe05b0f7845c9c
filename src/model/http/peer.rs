//! Who is at the other end, and what the user can do when it does not answer.

use std::sync::LazyLock;

use regex::Regex;

use super::address::Address;
use crate::model::Secret;

/// Which server's documentation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Service {
    /// Chat completions, as OpenAI describes them.
    OpenAi,
    /// Ollama's own interface.
    Ollama,
    /// Anthropic's messages.
    Anthropic,
}

/// What a failure has to say about the server.
pub(in crate::model) struct Peer {
    pub(in crate::model) service: Service,
    pub(in crate::model) model: String,
    /// The environment variable of the key, for messages.
    pub(in crate::model) key_env: Option<String>,
    pub(in crate::model) base: Address,
    /// What no message may repeat.
    pub(in crate::model) secrets: Vec<Secret>,
}

impl Peer {
    pub(super) fn when_unreachable(&self) -> String {
        let base = self.base.shown();
        match self.service {
            Service::Ollama if self.base.is_loopback() => {
                format!("start it with `ollama serve`; it is expected at {base}")
            }
            _ => format!("is the server running at {base}?"),
        }
    }

    pub(super) fn when_unauthorized(&self) -> String {
        match &self.key_env {
            Some(name) => format!("check the key in the environment variable {name}"),
            None => "this server asks for a key: name the environment variable that holds it".to_owned(),
        }
    }

    pub(in crate::model) fn when_missing(&self) -> String {
        let model = &self.model;
        match self.service {
            Service::Ollama => format!("get the model with `ollama pull {model}`"),
            Service::OpenAi => {
                format!(
                    "model not found? check the name `{model}`, and that base_url ends where the server's manual says (often `/v1`)"
                )
            }
            Service::Anthropic => {
                format!(
                    "model not found? check the name `{model}`, and that base_url is what stands before `/v1/messages`"
                )
            }
        }
    }

    pub(super) fn when_lost(&self) -> String {
        format!("check base_url, now {}", self.base.shown())
    }

    /// A text from the server as it may be shown: on one line, without secrets, not long.
    pub(in crate::model) fn presentable(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let addresses = self.base.secrets();
        let known = self.secrets.iter().map(Secret::expose).chain(addresses.iter().map(String::as_str));
        for secret in known.filter(|secret| secret.len() >= SHORTEST_SECRET) {
            text = text.replace(secret, "***");
        }
        clip(&TOKENS.replace_all(&text, "***"))
    }
}

/// Shorter values are words like `v1`, and replacing them would spoil the text.
const SHORTEST_SECRET: usize = 6;

/// Keys as the services write them, masked ones included.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sk|pk|rk|gsk|xai|hf)[-_][a-z0-9_*.\-]{6,}|\bbearer\s+\S+")
        .expect("the pattern is constant and is compiled by the tests")
});

/// The longest text of a server's that a message repeats, in characters.
const LONGEST: usize = 300;

fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_pass_and_long_texts_are_clipped() {
        let peer = Peer {
            service: Service::OpenAi,
            model: "m".into(),
            key_env: None,
            base: Address::parse("http://u:hunter22@host/v1?token=tok123456", &[]).expect("usable"),
            secrets: vec![Secret::new("my-own-key")],
        };
        let text = "keys my-own-key\n hunter22 tok123456 sk-proj-abc**********xyz; Authorization: Bearer abc";
        assert_eq!(peer.presentable(text), "keys *** *** *** ***; Authorization: ***");
        assert_eq!(
            peer.presentable("response_format api_version top_p"),
            "response_format api_version top_p"
        );
        assert_eq!(peer.presentable(&"é".repeat(400)).chars().count(), LONGEST + 1);
    }
}
