//! Providers as one type.

use std::fs;
use std::future::ready;
use std::path::{Path, PathBuf};

use evenhand::model::{
    Connection, Failure, FailureKind, OllamaOptions, OpenAiOptions, Provider, Request, Response, Secret,
};

use crate::imports::sources;
use crate::support::requests::plain;

#[tokio::test]
async fn a_closure_is_a_model() {
    let provider = Provider::from_fn("custom/count", |request: Request| async move {
        Ok(Response { text: request.messages.len().to_string(), ..Response::default() })
    });
    assert_eq!(provider.complete(&plain()).await.map(|response| response.text), Ok("2".to_owned()));
    let failing = Provider::from_fn("custom/no", |_| ready(Err(Failure::new(FailureKind::Engine, "no"))));
    assert_eq!(failing.complete(&plain()).await.map_err(|failure| failure.kind), Err(FailureKind::Engine));
    assert_eq!((failing.name().as_str(), failing.base_url()), ("custom/no", None));
}

#[test]
fn names_and_addresses_are_fit_to_print() {
    let connection = Connection {
        api_key: Some(Secret::new("sk-very-secret\n")),
        headers: vec![("x-token".into(), Secret::new("tok-secret"))],
        ..Connection::new("https://me:hunter22@host/v1/?key=abc")
    };
    let options = OpenAiOptions { connection, ..OpenAiOptions::new("gpt-4o-mini") };
    let debug = format!("{options:?}");
    let openai = Provider::openai(options).unwrap();
    let ollama = Provider::ollama(OllamaOptions::new("llama3.2")).unwrap();
    insta::assert_snapshot!(format!("{debug}\n{openai:?}\n{ollama:?}\n{}", Secret::new("x")));
    assert_eq!((openai.name().as_str(), openai.base_url()), ("openai/gpt-4o-mini", Some("https://host/v1")));
    assert_eq!(
        (ollama.name().as_str(), ollama.base_url()),
        ("ollama/llama3.2", Some("http://127.0.0.1:11434"))
    );
}

#[test]
fn what_cannot_be_sent_is_said_at_once_and_not_shown() {
    let mut key = OpenAiOptions::new("m");
    key.connection.api_key = Some(Secret::new("se\ncret"));
    insta::assert_snapshot!(Provider::openai(key).unwrap_err());
    let mut header = OpenAiOptions::new("m");
    header.connection.headers = vec![("x y".into(), Secret::new("secret"))];
    insta::assert_snapshot!(Provider::openai(header).unwrap_err());
}

/// Everyone else asks the providers' facts.
#[test]
fn a_providers_name_and_variables_stand_in_its_folder_alone() {
    let words = ["openai", "anthropic", "ollama", "local"].map(|name| {
        let variables =
            ["BASE_URL", "API_BASE", "API_KEY", "HOST"].map(|end| format!("{}_{end}", name.to_uppercase()));
        (
            Path::new("src/model").join(name),
            [&[format!("\"{name}\""), format!("\"{name}/")], &variables[..]].concat(),
        )
    });
    let mut found = Vec::new();
    // An importer knows what another tool calls a provider.
    let is_ours = |path: &&PathBuf| {
        !path.display().to_string().contains("/tests") && !path.starts_with("src/suite/import")
    };
    for path in sources(Path::new("src")).iter().filter(is_ours) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let is_code = |line: &&str| !line.contains("feature = ") && !line.trim().starts_with(['/', '#']);
        for line in code.lines().filter(is_code) {
            let mut others = words.iter().filter(|(folder, _)| !path.starts_with(folder));
            if others.any(|(_, words)| words.iter().any(|word| line.contains(word))) {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "these should ask the provider's facts:\n{}", found.join("\n"));
}
