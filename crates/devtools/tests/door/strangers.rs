//! Whoever has no business here.

use aether_devtools::Event;

use crate::client::Opened;

#[test]
fn a_name_that_was_made_to_lead_here_gets_nothing() {
    let opened = Opened::new();
    let token = opened.path();
    let port = opened.port();
    let hosts = [
        format!("evil.example:{port}"),
        "evil.example".to_owned(),
        format!("127.0.0.1:{}", port - 1),
    ];
    for host in hosts {
        let field = format!("Host: {host}");
        for path in ["/json", "/json/version", "/nothing", &token] {
            let answer = opened.said(&format!("GET {path} HTTP/1.1"), &[&field]);
            assert_eq!(answer.status, 400, "{host}");
            assert!(answer.body.contains("meant for another host"), "{answer:?}");
            assert!(!answer.body.contains(token.trim_start_matches('/')), "{answer:?}");
        }
    }
    assert_eq!(opened.said("GET /json HTTP/1.1", &[]).status, 400);
    let two = ["Host: localhost", "Host: evil.example"];
    assert_eq!(opened.said("GET /json HTTP/1.1", &two).status, 400);
    for host in ["127.0.0.1".to_owned(), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(opened.said("GET /json HTTP/1.1", &[&format!("Host: {host}")]).status, 200);
    }
}

#[test]
fn a_page_of_the_web_does_not_attach() {
    let opened = Opened::new();
    let own = format!("http://{}", opened.door.address());
    for origin in ["http://evil.example", "null", "https://devtools", "chrome-extension://a", &own]
    {
        assert_eq!(opened.try_attach(Some(origin)).map(drop), Err(403), "{origin}");
    }
    assert!(opened.is_silent());
    for origin in ["devtools://devtools", "vscode-file://vscode-app", "vscode-webview://0a1b"] {
        drop(opened.attach_from(Some(origin)));
        assert_eq!(opened.event(), Event::Detached);
    }
}

#[test]
fn nobody_attaches_without_the_token() {
    let opened = Opened::new();
    let fields = [
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let token = opened.path();
    let paths = [
        "/".to_owned(),
        "/json".to_owned(),
        format!("/{}", "0".repeat(32)),
        format!("{token}0"),
        token[..32].to_owned(),
        format!("{token}?a"),
        format!("{token}/"),
    ];
    for path in paths {
        assert_eq!(opened.said(&format!("GET {path} HTTP/1.1"), &fields).status, 404, "{path}");
    }
    assert!(opened.is_silent());
}

#[test]
fn what_is_no_handshake_is_refused() {
    let opened = Opened::new();
    assert_eq!(opened.websocket(&["Sec-WebSocket-Key: AAAA"]).status, 400);
    let old = opened.said(
        &format!("GET {} HTTP/1.1", opened.path()),
        &[
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 8",
        ],
    );
    assert_eq!(old.status, 426);
    assert!(old.head.contains("\r\nSec-WebSocket-Version: 13"), "{old:?}");
    assert!(opened.is_silent());
}
