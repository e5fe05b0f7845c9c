//! Servers that take fewer tokens than they are asked for, or no system role.

use evenhand::model::{AnthropicOptions, Finish, OpenAiOptions, Provider, Request};
use evenhand::model::{Message, Role};
use serde_json::{Value, json};

use crate::support::mock::{Mock, is_again};
use crate::support::project::Project;
use crate::support::requests::{plain, structured};
use crate::support::server::{RecordedRequest, Reply, Server, anthropic_answer, openai_answer};

fn refused(status: u16, message: &str) -> Reply {
    Reply::error(status, json!({"error": {"message": message, "type": "invalid_request_error"}}))
}

fn asking_for(tokens: u32) -> Request {
    let mut request = plain();
    request.parameters.max_tokens = tokens;
    request
}

fn tokens(request: &RecordedRequest) -> u64 {
    let body = &request.body;
    let field = body.get("max_tokens").or_else(|| body.get("max_completion_tokens"));
    field.and_then(Value::as_u64).unwrap()
}

/// A server's most tokens of an answer, without a number in its words.
fn without_number(request: &RecordedRequest) -> Reply {
    if tokens(request) > 1000 { refused(400, "max_tokens is too large") } else { openai_answer("yes") }
}

#[tokio::test]
async fn what_fits_is_asked_for_and_remembered() {
    let server = Server::responder(|request| match tokens(request) {
        3001.. => refused(400, "max_tokens must be at most 3000"),
        _ => openai_answer("yes"),
    })
    .await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let request = asking_for(5000);
    let first = model.complete(&request).await.unwrap();
    assert_eq!(first.limited_to, Some(3000));
    assert_eq!(
        first.notes,
        ["the server takes no more than 3000 tokens of this answer; max_tokens was 5000"]
    );
    assert_eq!(model.complete(&request).await.unwrap().notes, first.notes);
    let modest = model.complete(&asking_for(2000)).await.unwrap();
    assert_eq!((modest.limited_to, modest.notes.len()), (None, 0));
    let asked: Vec<u64> = server.requests().iter().map(tokens).collect();
    assert_eq!(asked, [5000, 3000, 3000, 2000]);
}

#[tokio::test]
async fn anthropics_words_are_understood_too() {
    let server = Server::responder(|request| match tokens(request) {
        8193.. => {
            let most = "which is the maximum allowed number of output tokens for claude-x-20241022";
            refused(400, &format!("max_tokens: {} > 8192, {most}", tokens(request)))
        }
        _ => anthropic_answer("yes"),
    })
    .await;
    let model = Provider::anthropic(AnthropicOptions::new("m").at(server.url(""))).unwrap();
    for _ in 0..2 {
        assert_eq!(model.complete(&asking_for(16_000)).await.unwrap().limited_to, Some(8192));
    }
    let asked: Vec<u64> = server.requests().iter().map(tokens).collect();
    assert_eq!(asked, [16_000, 8192, 8192]);
}

#[tokio::test]
async fn a_window_is_shared_with_each_prompt() {
    let prompt = |request: &RecordedRequest| {
        let messages = request.body["messages"].as_array().unwrap().iter();
        messages.map(|message| message["content"].as_str().unwrap().len() as u64).sum::<u64>() / 4
    };
    let server = Server::responder(move |request| {
        let (asked, prompt) = (tokens(request), prompt(request));
        if asked + prompt <= 2000 {
            return openai_answer("yes");
        }
        refused(400, &format!("'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum context length is 2000 tokens and your request has {prompt} input tokens ({asked} > 2000 - {prompt})."))
    })
    .await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    let mut request = asking_for(4000);
    request.messages[1].content = "one word and another ".repeat(40);
    let exact = model.complete(&request).await.unwrap().limited_to;
    assert_eq!((exact, server.requests().len()), (Some(2000 - 211), 2));
    // The next prompt's tokens are estimated from this one's, and a prompt too long is told by the server.
    request.messages[1].content = "another word and one ".repeat(80);
    let estimated = model.complete(&request).await.unwrap().limited_to.unwrap();
    assert!((1500..=1579).contains(&estimated), "{estimated}");
    assert_eq!(server.requests().len(), 3);
    request.messages[1].content = "many words ".repeat(1000);
    let failure = model.complete(&request).await.unwrap_err();
    assert_eq!(
        failure.remedy.as_deref(),
        Some("shorten the record, or use a model or server with a longer context")
    );
}

#[tokio::test]
async fn without_a_number_half_is_asked_for() {
    let server = Server::responder(without_number).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
    for _ in 0..2 {
        assert_eq!(model.complete(&asking_for(4000)).await.unwrap().limited_to, Some(1000));
    }
    let asked: Vec<u64> = server.requests().iter().map(tokens).collect();
    assert_eq!(asked, [4000, 2000, 1000, 1000]);
    let never = Server::responder(|_| refused(400, "max_tokens is too large")).await;
    let model = Provider::openai(OpenAiOptions::new("m").at(never.url("/v1"))).unwrap();
    let failure = model.complete(&asking_for(1024)).await.unwrap_err();
    assert_eq!(failure.remedy.as_deref(), Some("lower `max_tokens` of the model"));
    assert_eq!(never.requests().len(), 3);
}

/// A judge whose answers never end, at a server that takes so many tokens.
fn endless(most: u64, message: &'static str) -> Mock {
    Mock::new(move |request| {
        if tokens(request) > most {
            return refused(400, message);
        }
        Reply::json(json!({"choices": [{"index": 0, "finish_reason": "length",
            "message": {"role": "assistant", "content": "{\"reasoning\": \"on and"}}]}))
    })
}

fn reasons(project: &Project) -> Vec<(String, String, String)> {
    let of =
        |line: &Value, key: &str| line["result"]["unscored"][key].as_str().unwrap_or_default().to_owned();
    project
        .journal()
        .iter()
        .map(|line| (of(line, "reason"), of(line, "detail"), of(line, "remedy")))
        .collect()
}

#[test]
fn an_answer_that_was_cut_off_stays_cut_off_where_the_server_gives_no_more() {
    let messages = [
        "max_tokens is too large. This model supports at most 1024 completion tokens",
        // Not even half of it fits a prompt that grew.
        "This model's maximum context length is 1300 tokens. Please reduce the length of the messages.",
    ];
    for message in messages {
        let server = endless(1024, message);
        let project = Project::judged_at(&server.url("/v1"));
        project.evenhand(&["run"]);
        for (reason, detail, remedy) in reasons(&project) {
            assert_eq!(reason, "invalid_answer", "{detail}");
            assert!(detail.starts_with("the answer was cut off after 1024 tokens"), "{detail}");
            assert!(remedy.contains("max_length") && !remedy.contains("shorten the record"), "{remedy}");
        }
    }
}

#[test]
fn an_answer_cut_off_at_the_servers_most_is_asked_for_once_more_and_the_next_records_know() {
    let server = endless(1024, "max_tokens must be at most 1024");
    let project = Project::judged_at(&server.url("/v1"));
    project.add("evenhand.toml", "concurrency = 1\n");
    project.evenhand(&["run"]);
    // Six records, each twice, and one refusal in all.
    assert_eq!(server.requests().len(), 13);
    let keys = |line: &Value| line["attempts"].as_array().unwrap().len();
    assert_eq!(project.journal().iter().map(keys).collect::<Vec<_>>(), [2; 6]);
}

#[test]
fn a_second_question_that_is_refused_leaves_the_first_answers_fault() {
    let server = Mock::new(|request| {
        if is_again(request) {
            refused(400, "prompt is too long")
        } else {
            openai_answer("I would rather not.")
        }
    });
    let project = Project::judged_at(&server.url("/v1"));
    project.evenhand(&["run"]);
    for (reason, detail, _) in reasons(&project) {
        assert_eq!(reason, "invalid_answer");
        assert!(detail.ends_with("; the server refused to be asked again (HTTP 400)"), "{detail}");
    }
}

fn roles(request: &RecordedRequest) -> Vec<&str> {
    request.body["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect()
}

fn with_demo() -> Request {
    let mut request = structured();
    let demo = [Message::new(Role::User, "Is 1 + 1 = 3?"), Message::new(Role::Assistant, "no")];
    request.messages.splice(1..1, demo);
    request.stable = 3;
    request
}

/// Renders a template that knows a user and an assistant who take turns.
fn strict_turns(request: &RecordedRequest, words: &str, status: u16) -> Reply {
    let roles = roles(request);
    let alternate = roles
        .iter()
        .enumerate()
        .all(|(place, role)| *role == if place % 2 == 0 { "user" } else { "assistant" });
    if alternate { openai_answer("{}") } else { refused(status, words) }
}

#[tokio::test]
async fn without_a_system_role_the_instruction_moves_into_the_users_turn() {
    for (status, words) in [
        (400, "System role not supported"),
        (422, "Template error: invalid operation: Conversation roles must alternate user/assistant/..."),
        (500, "Only user and assistant roles are supported!"),
        (400, "Developer instruction is not enabled for models/m"),
    ] {
        let server = Server::responder(move |request| strict_turns(request, words, status)).await;
        let model = Provider::openai(OpenAiOptions::new("m").at(server.url("/v1"))).unwrap();
        let request = with_demo();
        let key = request.key();
        for asked in [2, 3] {
            let response = model.complete(&request).await.unwrap();
            assert_eq!(response.finish, Finish::Stop);
            assert_eq!(
                response.notes,
                ["the server takes no system role; the instruction stands in the user's first message"]
            );
            assert_eq!(server.requests().len(), asked);
        }
        assert_eq!(request.key(), key);
        let requests = server.requests();
        let sent = requests.last().unwrap();
        assert_eq!(roles(sent), ["user", "assistant", "user"]);
        assert_eq!(sent.body["messages"][0]["content"], "Judge.\n\nIs 1 + 1 = 3?");
    }
}

#[tokio::test]
async fn an_anthropic_server_without_instructions_gets_it_in_the_turn_too() {
    let server = Server::responder(|request| match request.body.get("system") {
        Some(_) => refused(400, "System role not supported"),
        None => anthropic_answer("yes"),
    })
    .await;
    let model = Provider::anthropic(AnthropicOptions::new("m").at(server.url(""))).unwrap();
    for asked in [2, 3] {
        let notes = model.complete(&plain()).await.unwrap().notes;
        assert!(notes[0].starts_with("the server takes no system role"), "{notes:?}");
        assert_eq!(server.requests().len(), asked);
    }
    let requests = server.requests();
    let blocks = requests[2].body["messages"][0]["content"].as_array().unwrap();
    assert_eq!((blocks.len(), &blocks[0]["text"]), (2, &json!("Judge.")));
}

#[test]
fn a_run_without_a_system_role_has_the_same_keys() {
    let keys = |server: &Mock| {
        let project = Project::judged_at(&server.url("/v1"));
        project.evenhand(&["run"]);
        let mut keys: Vec<String> =
            project.journal().iter().map(|line| line["attempts"][0]["key"].to_string()).collect();
        keys.sort();
        keys
    };
    let strict = Mock::new(|request| {
        let answer = openai_answer(r#"{"reasoning": "so", "verdict": "yes"}"#);
        if roles(request).contains(&"system") { refused(400, "System role not supported") } else { answer }
    });
    assert_eq!(keys(&strict), keys(&Mock::fair()));
}
