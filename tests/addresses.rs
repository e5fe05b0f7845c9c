//! Where a model's server is, by evenhand.toml and by the variables that other clients read; and headers.

use crate::support::mock::Mock;
use crate::support::project::{Project, Ran};

const KEY: &str = "key-of-the-gateway-0123456789";

fn role(model: &str, more: &str) -> String {
    format!("[models.judge]\nmodel = \"{model}\"\ntransport_retries = 0\n{more}\n")
}

fn with(project: &Project, variables: &[(&str, &str)]) -> Ran {
    project.evenhand_among(variables, &["run", "--no-cache"])
}

#[test]
fn the_usual_variables_name_the_server_and_its_key() {
    let cases = [
        ("openai/mock-1", "OPENAI_BASE_URL", "/v1", "OPENAI_API_KEY", Some("authorization")),
        ("openai/mock-1", "OPENAI_API_BASE", "/v1/", "OPENAI_API_KEY", Some("authorization")),
        ("anthropic/claude-mock-1", "ANTHROPIC_BASE_URL", "", "ANTHROPIC_API_KEY", Some("x-api-key")),
        ("ollama/mock:1b", "OLLAMA_HOST", "", "OLLAMA_API_KEY", None),
    ];
    for (model, variable, path, key, header) in cases {
        let server = match model.split_once('/') {
            Some(("anthropic", _)) => Mock::fair_anthropic(),
            Some(("ollama", _)) => Mock::fair_ollama(),
            _ => Mock::fair(),
        };
        let url = server.url(path);
        let value = if variable == "OLLAMA_HOST" { url.replace("http://", "") } else { url };
        let ran = with(&Project::polite(&role(model, "")), &[(variable, &value), (key, KEY)]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(server.requests().len(), 6, "{variable}");
        assert!(
            ran.stderr.contains(&format!("{model} is asked at {}", server.url(path.trim_end_matches('/')))),
            "{ran}"
        );
        assert!(ran.stderr.contains(&format!("(from {variable})")), "{ran}");
        for request in server.requests() {
            let sent = header.and_then(|header| request.header(header));
            assert_eq!(sent.is_some_and(|sent| sent.ends_with(KEY)), header.is_some(), "{variable}");
        }
    }
}

#[test]
fn an_address_in_the_configuration_wins_and_gets_no_key_of_a_service() {
    let (named, other) = (Mock::fair(), Mock::fair());
    let project = Project::judged_at(&named.url("/v1"));
    let other_url = other.url("/v1");
    let ran = with(&project, &[("OPENAI_BASE_URL", &other_url), ("OPENAI_API_KEY", KEY)]);
    assert_eq!((ran.code, named.requests().len(), other.requests().len()), (0, 6, 0), "{ran}");
    assert!(ran.stderr.contains("(base_url in evenhand.toml)"), "{ran}");
    assert!(named.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_variable_that_is_no_address_ends_the_command_before_anything_is_sent() {
    let proxy = Mock::fair();
    let proxy_url = proxy.url("");
    let project = Project::polite(&role("openai/mock-1", ""));
    for value in ["gateway.example/v1", "http//gateway", "ftp://me:hunter22@gateway"] {
        let ran = with(
            &project,
            &[("OPENAI_BASE_URL", value), ("OPENAI_API_KEY", KEY), ("HTTPS_PROXY", &proxy_url)],
        );
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("OPENAI_BASE_URL") && !ran.stderr.contains("hunter22"), "{ran}");
    }
    assert!(proxy.requests().is_empty());
}

#[test]
fn no_password_of_an_address_is_told() {
    let server = Mock::fair();
    let url = server.url("/v1").replace("http://", "http://me:hunter22@") + "?token=tok-123456";
    let project = Project::polite(&role("openai/mock-1", ""));
    let ran = with(&project, &[("OPENAI_BASE_URL", &url)]);
    assert_eq!(ran.code, 0, "{ran}");
    for secret in ["hunter22", "tok-123456"] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{ran}");
    }
}

#[test]
fn headers_go_with_every_call_and_their_values_stay_secret() {
    let headers = "headers = { \"x-team\" = \"evals\", \"api-key\" = { env = \"GATEWAY_KEY\" } }";
    for (model, server) in [
        ("openai/mock-1", Mock::fair()),
        ("anthropic/claude-mock-1", Mock::fair_anthropic()),
        ("ollama/mock:1b", Mock::fair_ollama()),
    ] {
        let path = if model.starts_with("openai") { "/v1" } else { "" };
        let more = format!("base_url = \"{}\"\n{headers}", server.url(path));
        let project = Project::polite(&role(model, &more));
        let ran = project.evenhand_with(("GATEWAY_KEY", KEY), &["run"]);
        assert_eq!(ran.code, 0, "{ran}");
        for request in server.requests() {
            assert_eq!(request.header("x-team"), Some("evals"), "{model} {}", request.path);
            assert_eq!(request.header("api-key"), Some(KEY), "{model} {}", request.path);
        }
        assert!(!ran.stderr.contains(KEY) && !ran.stdout.contains(KEY));
        for (path, bytes) in project.files() {
            let has_key = bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes());
            assert!(!has_key, "{}", path.display());
        }
        let unset = project.evenhand(&["run", "--no-cache"]);
        assert_eq!(unset.code, 2, "{unset}");
        assert!(unset.stderr.contains("GATEWAY_KEY") && unset.stderr.contains("api-key"), "{unset}");
    }
}

#[test]
fn a_header_that_cannot_be_sent_is_shown_in_its_place() {
    let headers = "headers = { \"two words\" = \"x\", \"x-line\" = \"a\\nb\", \"Content-Length\" = \"7\", \"x-none\" = { env = \"\" } }";
    let project = Project::polite(&role("openai/mock-1", headers));
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 2, "{ran}");
    insta::assert_snapshot!(ran);
}
