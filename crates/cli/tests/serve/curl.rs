//! The interface, asked by `curl` as its page shows, and the live page in a browser.

use serde_json::{Value, json};

use crate::serving::{Serving, has};

/// The status and the body of an answer.
fn curl(serving: &Serving, path: &str, arguments: &[&str]) -> (u16, String) {
    let run = serving
        .beside("curl")
        .args(["--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .arg(serving.at(path))
        .output()
        .expect("curl");
    let said = String::from_utf8(run.stdout).expect("a text");
    let (body, status) = said.rsplit_once('\n').expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

/// The same with the token.
fn asked(serving: &Serving, path: &str, arguments: &[&str]) -> (u16, Value) {
    let token = format!("Authorization: Bearer {}", serving.token);
    let (status, body) = curl(serving, path, &[&["--header", &token], arguments].concat());
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

fn code(body: &str) -> Value {
    serde_json::from_str::<Value>(body).expect("JSON")["error"]["code"].clone()
}

#[test]
fn a_plugin_is_started_called_watched_and_stopped_by_curl() {
    if !has("curl", "serve by curl") {
        return;
    }
    let serving = Serving::new();
    assert_eq!(curl(&serving, "/healthz", &[]), (200, "{\"ok\":true}\n".to_owned()));
    let (status, plugins) = asked(&serving, "/v1/plugins", &[]);
    assert_eq!((status, &plugins["plugins"][0]["name"]), (200, &json!("greeter")));
    let (status, cell) = asked(&serving, "/v1/plugins/greeter/start", &["--request", "POST"]);
    assert_eq!((status, &cell["cell"]), (201, &json!(1)), "{cell}");
    let call = ["--data", r#"{ "method": "run", "input": { "name": "Ada" } }"#];
    let (status, answer) = asked(&serving, "/v1/cells/1/call", &call);
    assert_eq!((status, &answer["result"]), (200, &json!("Hello, Ada!")), "{answer}");
    let (_, figures) = asked(&serving, "/metrics", &[]);
    let figures = figures.as_str().expect("a text");
    assert!(figures.contains("aether_cells 1"), "{figures}");
    // What has happened, from the beginning; the connection stays open.
    let events = ["--header", "Last-Event-ID: 0", "--no-buffer", "--max-time", "2"];
    let (_, events) = asked(&serving, "/v1/events", &events);
    let events = events.as_str().expect("a text");
    assert!(events.contains("event: denied\n") && events.contains("/etc/shadow"), "{events}");
    let (status, stopped) = asked(&serving, "/v1/cells/1/stop", &["--request", "POST"]);
    assert_eq!((status, &stopped["ending"]), (202, &json!("it ended normally")));
    let (status, page) = asked(&serving, "/report", &[]);
    assert!(status == 200 && page.as_str().is_some_and(|page| page.contains("Sandbox violation")));
    serving.end();
}

#[test]
fn strangers_other_origins_and_other_names_are_refused_by_the_running_command() {
    if !has("curl", "refusals by curl") {
        return;
    }
    let serving = Serving::new();
    let (status, body) = curl(&serving, "/v1/cells", &[]);
    assert_eq!((status, code(&body)), (401, json!("no-token")));
    let (status, body) =
        curl(&serving, "/v1/cells", &["--header", "Authorization: Bearer guessed"]);
    assert_eq!((status, code(&body)), (401, json!("no-token")));
    let token = format!("Authorization: Bearer {}", serving.token);
    let with = |field: &str| curl(&serving, "/v1/cells", &["--header", &token, "--header", field]);
    for field in ["Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        let (status, body) = with(field);
        assert_eq!((status, code(&body)), (403, json!("other-origin")), "{field}");
    }
    // A name that somebody has made to lead here.
    let port = serving.address.rsplit_once(':').expect("a port").1;
    let (status, body) = with(&format!("Host: evil.example:{port}"));
    assert_eq!((status, code(&body)), (421, json!("other-host")));
    assert_eq!(with("Accept: application/json").0, 200, "the same request without any of this");
}

#[test]
fn the_live_page_of_the_running_command_shows_its_cells_in_a_browser() {
    if !has("chromium", "the live page") || !has("curl", "the live page") {
        return;
    }
    let serving = Serving::new();
    asked(&serving, "/v1/plugins/greeter/start", &["--request", "POST"]);
    let call = ["--data", r#"{ "method": "run", "input": { "name": "Ada" } }"#];
    assert_eq!(asked(&serving, "/v1/cells/1/call", &call).0, 200);
    let profile = serving.stage.aside("browser");
    let look = |fragment: &str, words: &str| {
        let chromium = || serving.beside("chromium");
        let is_ready = |page: &str| page.contains(words);
        aether_testkit::browse(chromium, &profile, &serving.at(fragment), is_ready)
            .expect("a browser")
    };
    let page = look(&format!("/#token={}", serving.token), "1 cell · machine");
    for words in ["1 · greeter", "1 cell · machine", "aria-label=\"freeze cell 1\""] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(&serving.token), "it stays out of the page");
    let page = look("/", "not connected");
    assert!(page.contains("not connected") && !page.contains("greeter"), "{page}");
}
