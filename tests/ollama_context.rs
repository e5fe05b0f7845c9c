//! Prompts that an Ollama server would cut: never scored, and no false alarm, whatever the server tells.

use std::sync::atomic::{AtomicU64, Ordering};

use evenhand::model::{Failure, FailureKind, OllamaOptions, OpenAiOptions, Provider, Request, Response};
use evenhand::model::{Message, Role};
use serde_json::{Value, json};

use crate::support::requests::plain;
use crate::support::server::{RecordedRequest, Reply, Server, ollama_answer, openai_answer};

/// A server as this or that version of Ollama is.
#[derive(Clone, Copy)]
struct Fake {
    version: Option<&'static str>,
    /// Whether it refuses instead of cutting, if it is told to.
    refuses: bool,
    /// The model's own length; `None` where it does not tell.
    longest: Option<u64>,
    /// Whether it tells the context that it has loaded.
    tells_loaded: bool,
    default: u64,
    /// Tokens of a thousand characters.
    density: u64,
    counts: Counts,
}

#[derive(Clone, Copy)]
enum Counts {
    All,
    /// The beginning is known already.
    OnlyNew,
    Nothing,
}

const OLD: Fake = Fake {
    version: Some("0.5.7"),
    refuses: false,
    longest: Some(32_768),
    tells_loaded: false,
    default: 2_048,
    density: 230,
    counts: Counts::All,
};

const NEW: Fake = Fake { version: Some("0.13.1"), refuses: true, tells_loaded: true, default: 4_096, ..OLD };

/// Says nothing of itself: a proxy that lets through what is asked, and no more.
const SILENT: Fake = Fake { version: None, longest: None, ..OLD };

impl Fake {
    async fn start(self) -> Server {
        let loaded = AtomicU64::new(0);
        Server::responder(move |request| self.answer(request, &loaded)).await
    }

    fn answer(&self, request: &RecordedRequest, loaded: &AtomicU64) -> Reply {
        match request.path.as_str() {
            "/api/version" => {
                self.version.map_or(Reply::status(404), |version| Reply::json(json!({"version": version})))
            }
            "/api/show" => self.longest.map_or(Reply::status(404), |longest| {
                Reply::json(
                    json!({"model_info": {"general.architecture": "qwen2", "qwen2.context_length": longest}}),
                )
            }),
            "/api/ps" if self.version.is_some() => Reply::json(self.running(loaded.load(Ordering::SeqCst))),
            "/api/chat" => self.chat(&request.body, loaded),
            "/v1/chat/completions" => self.completion(&request.body, loaded),
            _ => Reply::status(404),
        }
    }

    fn running(&self, loaded: u64) -> Value {
        match loaded {
            0 => json!({"models": []}),
            _ if !self.tells_loaded => json!({"models": [{"name": "mock:latest", "model": "mock:latest"}]}),
            _ => json!({"models": [{"name": "mock:latest", "context_length": loaded}]}),
        }
    }

    fn chat(&self, body: &Value, loaded: &AtomicU64) -> Reply {
        let asked = body["options"]["num_ctx"].as_u64().unwrap_or(self.default);
        let context = asked.min(self.longest.unwrap_or(u64::MAX));
        loaded.store(context, Ordering::SeqCst);
        let tokens = self.tokens(body);
        if tokens > context && self.refuses && body["truncate"] == false {
            return Reply::error(400, json!({"error": "the input length exceeds the context length"}));
        }
        let counted = self.counted(tokens, context);
        ollama_answer("yes").edited(|answer| answer["prompt_eval_count"] = json!(counted))
    }

    /// Nothing that is asked changes its context here.
    fn completion(&self, body: &Value, loaded: &AtomicU64) -> Reply {
        let context = self.default.min(self.longest.unwrap_or(u64::MAX));
        loaded.store(context, Ordering::SeqCst);
        let counted = self.counted(self.tokens(body), context);
        let usage = counted.map(|counted| json!({"prompt_tokens": counted, "completion_tokens": 10}));
        openai_answer("yes").edited(|answer| answer["usage"] = json!(usage))
    }

    fn tokens(&self, body: &Value) -> u64 {
        let texts = body["messages"].as_array().unwrap().iter();
        let characters: usize =
            texts.map(|message| message["content"].as_str().unwrap().chars().count()).sum();
        characters as u64 * self.density / 1_000
    }

    /// Old servers keep as much as fits, new ones half of it.
    fn counted(&self, tokens: u64, context: u64) -> Option<u64> {
        let kept = if tokens <= context {
            tokens
        } else if self.refuses {
            context / 2 + 2
        } else {
            context
        };
        match self.counts {
            Counts::All => Some(kept),
            Counts::OnlyNew => Some(7),
            Counts::Nothing => None,
        }
    }
}

fn prose(characters: usize) -> String {
    "The ferry leaves the harbor at six, and the captain waits for nobody. "
        .chars()
        .cycle()
        .take(characters)
        .collect()
}

fn chinese(characters: usize) -> String {
    "渡轮六点离开港口，船长不等任何人，乘客必须提前到达码头。".chars().cycle().take(characters).collect()
}

/// Bytes of a picture, say.
fn base64(characters: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[(state >> 58) as usize])
    };
    (0..characters).map(|_| next()).collect()
}

fn about(text: String) -> Request {
    let mut request = plain();
    request.messages.push(Message::new(Role::User, text));
    request
}

async fn ask(server: &Server, context_tokens: Option<u32>, text: String) -> Result<Response, Failure> {
    let options = OllamaOptions { num_ctx: context_tokens, ..OllamaOptions::new("mock") };
    Provider::ollama(options.at(server.url(""))).unwrap().complete(&about(text)).await
}

async fn ask_openai(fake: Fake, text: String) -> Result<Response, Failure> {
    let server = fake.start().await;
    Provider::openai(OpenAiOptions::new("mock").at(server.url("/v1"))).unwrap().complete(&about(text)).await
}

#[track_caller]
fn is_told(failure: &Failure) {
    assert_eq!(failure.kind, FailureKind::BadRequest, "{failure}");
    assert!(failure.detail.chars().any(|c| c.is_ascii_digit()), "{failure}");
    assert!(failure.remedy.is_some(), "{failure}");
}

fn lengths(server: &Server) -> Vec<u64> {
    let asked = server.requests().into_iter().filter(|request| request.path == "/api/chat");
    asked.map(|request| request.body["options"]["num_ctx"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn as_much_is_asked_for_as_the_prompt_needs() {
    for (name, fake) in [("old", OLD), ("new", NEW), ("silent", SILENT)] {
        for (kind, text, density) in
            [("prose", prose(60_000), 230), ("chinese", chinese(9_000), 720), ("base64", base64(18_000), 730)]
        {
            for counts in [Counts::All, Counts::OnlyNew, Counts::Nothing] {
                let server = Fake { density, counts, ..fake }.start().await;
                let response = ask(&server, None, text.clone()).await;
                assert!(response.is_ok(), "{name}, {kind}: {response:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_model_cannot_hold_is_no_reply() {
    for (name, fake) in [("old", OLD), ("new", NEW)] {
        for (kind, text, density) in [
            ("prose", prose(60_000), 230),
            ("chinese", chinese(16_000), 720),
            ("base64", base64(18_000), 730),
        ] {
            for counts in [Counts::All, Counts::OnlyNew, Counts::Nothing] {
                let server = Fake { longest: Some(8_192), density, counts, ..fake }.start().await;
                let result = ask(&server, None, text.clone()).await;
                let Err(failure) = result else { panic!("{name}, {kind}: {result:?}") };
                is_told(&failure);
            }
        }
    }
}

#[tokio::test]
async fn what_the_user_allows_is_not_gone_beyond() {
    for fake in [OLD, NEW, SILENT] {
        let server = fake.start().await;
        let failure = ask(&server, Some(8_192), prose(60_000)).await.unwrap_err();
        is_told(&failure);
        assert!(failure.remedy.unwrap().contains("context_tokens"));
        // Nine tenths of it are no reason for an alarm.
        let server = fake.start().await;
        ask(&server, Some(8_192), prose(31_000)).await.unwrap();
        assert_eq!(lengths(&server), [8_192]);
        let server = Fake { density: 720, ..fake }.start().await;
        ask(&server, Some(8_192), chinese(10_000)).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_is_asked_about_itself_once_and_keeps_its_model_loaded() {
    let server = OLD.start().await;
    let model = Provider::ollama(OllamaOptions::new("mock").at(server.url(""))).unwrap();
    for characters in [500, 30_000, 31_000, 900, 29_000] {
        model.complete(&about(prose(characters))).await.unwrap();
    }
    assert_eq!(lengths(&server), [4_096, 16_384, 16_384, 16_384, 16_384]);
    let asked = |path: &str| server.requests().iter().filter(|request| request.path == path).count();
    assert_eq!([asked("/api/version"), asked("/api/show")], [1, 1]);
    // Before the first long prompt, and once for each length.
    assert_eq!(asked("/api/ps"), 2);
}

#[tokio::test]
async fn a_refusal_is_answered_with_a_longer_context() {
    // Four times as many tokens as any estimate has.
    let server = Fake { density: 900, ..NEW }.start().await;
    ask(&server, None, prose(20_000)).await.unwrap();
    let lengths = lengths(&server);
    assert!(lengths.len() > 1 && lengths.is_sorted(), "{lengths:?}");
    let server = Fake { density: 900, longest: Some(16_384), ..NEW }.start().await;
    let failure = ask(&server, None, prose(20_000)).await.unwrap_err();
    is_told(&failure);
    assert!(failure.detail.contains("exceeds the context length"), "{failure}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_words_is_asked_without_them() {
    let server = Server::responder(|request| match request.body.get("truncate") {
        _ if request.path != "/api/chat" => Reply::status(404),
        Some(_) => Reply::error(
            422,
            json!({"detail": [{"loc": ["body", "truncate"], "msg": "Extra inputs are not permitted"}]}),
        ),
        None => ollama_answer("yes"),
    })
    .await;
    let model = Provider::ollama(OllamaOptions::new("mock").at(server.url(""))).unwrap();
    model.complete(&plain()).await.unwrap();
    model.complete(&plain()).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn the_openai_interface_is_held_against_the_context_that_is_loaded() {
    for counts in [Counts::All, Counts::OnlyNew, Counts::Nothing] {
        for fake in [OLD, NEW] {
            let fake = Fake { counts, ..fake };
            let failure = ask_openai(fake, prose(60_000)).await.unwrap_err();
            is_told(&failure);
            assert!(failure.remedy.unwrap().contains("ollama/NAME"));
        }
        let large = Fake { counts, default: 32_768, ..NEW };
        ask_openai(large, prose(60_000)).await.unwrap();
        ask_openai(Fake { density: 720, ..large }, chinese(12_000)).await.unwrap();
        let failure = ask_openai(Fake { density: 730, ..large }, base64(64_000)).await.unwrap_err();
        is_told(&failure);
    }
    // A short prompt asks nobody about anything.
    let server = NEW.start().await;
    Provider::openai(OpenAiOptions::new("mock").at(server.url("/v1")))
        .unwrap()
        .complete(&plain())
        .await
        .unwrap();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn of_another_server_a_count_is_a_note() {
    let counting = |counted: u64| async move {
        let server = Server::responder(move |request| {
            if request.path != "/v1/chat/completions" {
                return Reply::status(404);
            }
            openai_answer("yes").edited(|answer| answer["usage"]["prompt_tokens"] = counted.into())
        })
        .await;
        let model = Provider::openai(OpenAiOptions::new("mock").at(server.url("/v1"))).unwrap();
        let first = model.complete(&about(prose(60_000))).await.unwrap();
        model.complete(&about(prose(50_000))).await.unwrap();
        let asked = server.requests().iter().filter(|request| request.path == "/api/version").count();
        assert_eq!(asked, 1);
        first.notes
    };
    let notes = counting(2_050).await;
    assert!(notes.len() == 1 && notes[0].contains("2050"), "{notes:?}");
    assert_eq!(counting(13_800).await, Vec::<String>::new());
    assert_eq!(counting(0).await, Vec::<String>::new());
}
