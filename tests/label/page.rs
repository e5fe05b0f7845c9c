//! The page in a real browser, at the width of a telephone and of a desk.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{file, open, project};
use crate::report_page::browser_or_skip;

/// Keys pressed once the page is there, and what is seen meanwhile.
const PRESSES: &str = r##"<script type="module">
const noted = [];
const until = async (holds) => { for (let tries = 0; tries < 400 && !holds(); tries += 1) await new Promise((done) => setTimeout(done, 10)); };
const id = () => document.querySelector("#record h1")?.textContent ?? "";
const press = (key) => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const next = async (act) => { const before = id(); act(); await until(() => id() !== before); noted.push(id()); };
const fits = () => [document.documentElement.scrollWidth, ...[...document.querySelectorAll("main *")].map((one) => one.getBoundingClientRect().right)].every((right) => right <= innerWidth + 0.5);
await until(() => id() !== "");
noted.push(id(), `fits: ${fits()}`, `width: ${innerWidth}`);
await next(() => press("1"));
press("r");
noted.push(`typing in: ${document.activeElement.id}`);
document.activeElement.value = "too short";
press("2");
noted.push(`typed, not chosen: ${id()}`);
press("Escape");
await next(() => press("2"));
await next(() => press("x"));
await next(() => press("u"));
await next(() => document.querySelector("#answers [data-label=yes]").click());
noted.push(document.querySelector("#progress").textContent, document.querySelector("#answers").textContent.replaceAll(/\s+/g, " "), `fits: ${fits()}`);
parent.postMessage(noted.join("|"), "*");
</script></body>"##;

/// A door before the page that puts the presses into it, and a page around it that is so wide.
pub fn before(address: String, width: u32, presses: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let address = address.clone();
            std::thread::spawn(move || passed(stream, &address, width, presses));
        }
    });
    own
}

fn passed(mut stream: TcpStream, address: &str, width: u32, presses: &str) -> Option<()> {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let read = stream.read(&mut bytes).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&bytes[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let answer = if text.starts_with("GET /frame") {
        let page = format!(
            "<!doctype html><body><ol id=noted></ol><script>addEventListener('message', (told) => {{ document.querySelector('#noted').textContent = told.data; }});</script><iframe src='/' width={width} height=900></iframe></body></html>"
        );
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        )
    } else {
        let close = text.replacen("Connection: keep-alive", "Connection: close", 1);
        let mut inner = TcpStream::connect(address).ok()?;
        inner.write_all(close.as_bytes()).ok()?;
        let mut answer = String::new();
        inner.read_to_string(&mut answer).ok()?;
        changed(&answer, presses)
    };
    stream.write_all(answer.as_bytes()).ok()
}

/// The page itself with the presses, and without the policy that forbids any other script.
fn changed(answer: &str, presses: &str) -> String {
    let Some((head, body)) =
        answer.split_once("\r\n\r\n").filter(|(_, body)| body.starts_with("<!doctype html>"))
    else {
        return answer.to_owned();
    };
    let policy = regex::Regex::new("<meta http-equiv=\"Content-Security-Policy\"[^>]*>").unwrap();
    let body = policy.replace(body, "").replace("</body>", presses);
    let status = head.lines().next().unwrap_or_default();
    format!(
        "{status}\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn noted(browser: &Path, url: &str) -> Vec<String> {
    let profile = TempDir::new().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1400,1000", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = crate::report_page::text(&dom, "<ol id=\"noted\"", "</ol>");
    told.split('|').map(|one| one.trim().to_owned()).collect()
}

#[test]
fn a_person_labels_with_the_keyboard_on_a_narrow_and_a_wide_screen() {
    let Some(browser) = browser_or_skip() else { return };
    for width in [390, 1280] {
        let project = project();
        let (_running, address) = open(&project, &["--as", "ana"]);
        let told = noted(&browser, &format!("http://{}/frame", before(address, width, PRESSES)));
        let size = format!("width: {width}");
        let expected = [
            "r1",
            "fits: true",
            &size,
            "r2",
            "typing in: remark",
            "typed, not chosen: r2",
            "r3",
            "r4",
            "r3",
            "r4",
            "3 of 6",
            "1 yes2 no x cannot tell",
            "fits: true",
        ];
        let told: Vec<String> = told.iter().map(|one| one.trim().to_owned()).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (one, other) in told.iter().zip(expected) {
            assert_eq!(one.replace(' ', ""), other.replace(' ', ""), "{told:?}");
        }
        let labels: Vec<Value> = file(&project, "ana")
            .iter()
            .map(|line| json!([line["id"], line["label"], line["remark"], line["undone"]]))
            .collect();
        assert_eq!(
            labels,
            [
                json!(["r1", "yes", null, null]),
                json!(["r2", "no", "too short", null]),
                json!(["r3", null, null, null]),
                json!(["r3", null, null, true]),
                json!(["r3", "yes", null, null]),
            ]
        );
    }
}
