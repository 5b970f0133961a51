//! What debuggers find.

use crate::client::Opened;

#[test]
fn the_list_has_what_debuggers_look_for() {
    let opened = Opened::new();
    let port = opened.port();
    let token = opened.path().trim_start_matches('/').to_owned();
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert!(opened.door.address().ip().is_loopback());
    let place = format!("127.0.0.1:{port}/{token}");
    assert_eq!(opened.door.websocket_url(), format!("ws://{place}"));
    let frontend = "devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws=";
    assert_eq!(opened.door.devtools_url(), format!("{frontend}{place}"));
    for path in ["/json", "/json/", "/json/list", "/json/list/", "/json/list?for_tab"] {
        let answer = opened.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let list: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let expect = serde_json::json!([{
            "description": "what it is",
            "devtoolsFrontendUrl": opened.door.devtools_url(),
            "devtoolsFrontendUrlCompat": opened.door.devtools_url().replace("js_app", "inspector"),
            "id": token,
            "title": "a \"title\"",
            "type": "node",
            "url": "file:///main.js",
            "webSocketDebuggerUrl": opened.door.websocket_url(),
        }]);
        assert_eq!(list, expect, "{path}");
    }
}

#[test]
fn the_version_is_told() {
    let opened = Opened::new();
    for path in ["/json/version", "/json/version/"] {
        let answer = opened.get(path);
        let version: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let browser = concat!("aether/", env!("CARGO_PKG_VERSION"));
        let expect = serde_json::json!({ "Browser": browser, "Protocol-Version": "1.3" });
        assert_eq!((answer.status, version), (200, expect));
    }
}

#[test]
fn an_answer_is_whole_and_for_nobody_elses_page() {
    let answer = Opened::new().get("/json");
    let has = |line: &str| assert!(answer.head.lines().any(|one| one == line), "{}", answer.head);
    has("HTTP/1.1 200 OK");
    has("Content-Type: application/json; charset=UTF-8");
    has(&format!("Content-Length: {}", answer.body.len()));
    has("Cache-Control: no-store");
    has("Connection: close");
    has("X-Content-Type-Options: nosniff");
    has("Cross-Origin-Resource-Policy: same-origin");
    assert!(!answer.head.to_ascii_lowercase().contains("access-control"), "{}", answer.head);
}

#[test]
fn there_is_nothing_else() {
    let opened = Opened::new();
    for path in ["/", "/json/protocol", "/json/listing", "/favicon.ico", &opened.path()] {
        assert_eq!(opened.get(path).status, 404, "{path}");
    }
    for method in ["POST", "PUT", "OPTIONS", "HEAD", "DELETE"] {
        let answer = opened.said(&format!("{method} /json HTTP/1.1"), &["Host: localhost"]);
        assert_eq!(answer.status, 404, "{method}");
    }
}

#[test]
fn every_door_has_its_own_token() {
    assert_ne!(Opened::new().path(), Opened::new().path());
}
