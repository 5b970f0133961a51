//! Plugins whose words are meant for whoever reads them.

use aether::Event;
use serde_json::{Value, json};

use crate::client::{Served, tests};

tests![words_of_plugins_stay_words_in_every_form, a_flood_of_events_pushes_nobody_out,];

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\n\nid: 999\ndata: {}\n\n\u{1b}[2J\u{202e}\u{2028}\"} 1\nx";

fn words_of_plugins_stay_words_in_every_form() {
    let served = Served::new();
    let code = format!(
        "import log from \"aether:log\";\nexport function say() {{ const text = {0}; log.warn(text); const error = new Error(text); error.code = text; throw error; }}",
        json!(HOSTILE)
    );
    let cell = served.start("p", &code);
    let inert = |text: &str| {
        let odd = text.chars().find(|letter| {
            let mut bytes = [0; 4];
            let alone: &str = letter.encode_utf8(&mut bytes);
            *letter != '\n' && aether::source::printable(alone) != alone
        });
        assert_eq!(odd, None, "{text:?}");
    };
    let call = served.answer("POST", &format!("/v1/cells/{cell}/call"), "{\"method\":\"say\"}");
    assert_eq!(call.status, 422);
    inert(&call.body);
    let told: Value = serde_json::from_str(&call.body).expect("JSON");
    let message = told["error"]["plugin"]["message"].as_str().expect("words");
    assert!(message.ends_with(HOSTILE), "as it was said, for programs: {message:?}");
    for path in ["/v1/cells", "/v1/plugins", "/v1/report", "/metrics", "/report"] {
        let answer = served.answer("GET", path, "");
        assert_eq!(answer.status, 200, "{path}");
        inert(&answer.body);
        assert!(!answer.body.contains("<img src=x"), "{path}");
    }
    // Nor does a name that somebody asks for come back as more than a word.
    let path = "/v1/plugins/%3Cimg%20src=x%3E/start";
    inert(&served.answer("POST", path, "").body);
    let odd = served.answer("GET", "/v1/%3Cimg%1b%3E", "");
    inert(&odd.body);
    assert!(odd.head.contains("content-type: application/json") && odd.head.contains("nosniff"));
}

fn a_flood_of_events_pushes_nobody_out() {
    let served = Served::new();
    let cell = served.start("p", "export function hello() { return 1; }");
    let event =
        Event::Emitted { cell: 1, topic: "flood".to_owned(), data: json!("x".repeat(10_000)) };
    (0..20_000).for_each(|_| served.feed.tell(&event));
    assert_eq!(served.call(cell, "hello", json!({})).0, 200);
    assert_eq!(served.get("/v1/cells").0, 200);
}
