//! Who may ask what. Pure: a head in, a verdict out.
//!
//! A browser on this machine asks for whatever page it shows, so what a page of a stranger could send is
//! refused: requests for names that were made to lead here, and those of its scripts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use crate::about::{About, version};
use crate::answer::Answer;
use crate::head::Head;

/// What this machine calls itself, and nobody else can be called.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// The origin of Chrome's DevTools, which no page of the web has.
const DEVTOOLS: &str = "devtools://devtools";

/// The schemes of VS Code's windows and of the views of its extensions, likewise.
const EDITORS: [&str; 2] = ["vscode-file://", "vscode-webview://"];

/// What RFC 6455 has a server put behind a client's key.
const ACCEPTED: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Bytes of a client's key.
const KEY: usize = 16;

/// What is done with a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Answer(Answer),
    /// A debugger attaches where there is room, and is told so with this.
    Attach(Vec<u8>),
}

/// Judges a request, of which the head is read and so many bytes came behind it.
pub(crate) fn judge(about: &About, head: &Head<'_>, behind: usize) -> Verdict {
    let verdict = guard(about, head).and_then(|()| match head.lists("upgrade", "websocket") {
        true => attach(about, head, behind).map(Verdict::Attach),
        false => found(about, head).map(Verdict::Answer),
    });
    verdict.unwrap_or_else(Verdict::Answer)
}

/// Whether the request is meant for this door, and comes from no page of the web.
fn guard(about: &About, head: &Head<'_>) -> Result<(), Answer> {
    let host = head.only("Host")?.ok_or_else(|| Answer::bad("the request names no host"))?;
    if !is_own(host, about.address.port()) {
        let own = about.address;
        let why = format!("the request is meant for another host; this one is {own}");
        return Err(Answer::bad(&why));
    }
    match head.only("Origin")? {
        Some(origin) if !is_tool(origin) => {
            Err(Answer::forbidden("a page of the web asks; only debuggers may"))
        }
        _ => Ok(()),
    }
}

/// Whether this is a name of the door. Names of the domain system are none but `localhost`: they can be
/// made to lead here by whoever owns them.
fn is_own(host: &str, port: u16) -> bool {
    let name = host.strip_suffix(&format!(":{port}")).unwrap_or(host);
    NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

fn is_tool(origin: &str) -> bool {
    origin == DEVTOOLS || EDITORS.iter().any(|scheme| origin.starts_with(scheme))
}

/// What debuggers ask for to find something to debug.
fn found(about: &About, head: &Head<'_>) -> Result<Answer, Answer> {
    // Chrome asks for `/json/list?for_tab`.
    let path = head.target.split_once('?').map_or(head.target, |(path, _)| path);
    match (head.method, path.strip_suffix('/').unwrap_or(path)) {
        ("GET", "/json" | "/json/list") => Ok(Answer::json(about.list())),
        ("GET", "/json/version") => Ok(Answer::json(version())),
        _ => Err(Answer::not_found()),
    }
}

/// What is said to a debugger that may attach.
fn attach(about: &About, head: &Head<'_>, behind: usize) -> Result<Vec<u8>, Answer> {
    let path = head.target.strip_prefix('/').unwrap_or_default();
    if !about.token.is(path) || head.method != "GET" {
        return Err(Answer::not_found());
    }
    if !head.is_modern || !head.lists("Connection", "upgrade") {
        return Err(Answer::bad("this is no request for a WebSocket"));
    }
    if head.only("Sec-WebSocket-Version")? != Some("13") {
        return Err(Answer::other_version());
    }
    let key = head.only("Sec-WebSocket-Key")?.unwrap_or_default();
    if !STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == KEY) {
        return Err(Answer::bad("the field `Sec-WebSocket-Key` is not 16 bytes in base64"));
    }
    if behind > 0 {
        return Err(Answer::bad("the debugger did not wait for the answer"));
    }
    let accept = accept(key);
    let text = format!(
        "HTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\
         \r\n"
    );
    Ok(text.into_bytes())
}

/// What proves to a client that its key was read.
fn accept(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(ACCEPTED);
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::about::Target;
    use crate::token::Token;

    /// The key of the RFC's example.
    const SAMPLE: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn about() -> About {
        let target = Target { title: "t".into(), url: "u".into(), description: "d".into() };
        let address = ([127, 0, 0, 1], 9229).into();
        About { address, token: Token::random().unwrap(), target }
    }

    fn status(about: &About, text: &str) -> u16 {
        let verdict = match Head::parse(text.as_bytes()) {
            Ok(head) => judge(about, &head, 0),
            Err(answer) => Verdict::Answer(answer),
        };
        match verdict {
            Verdict::Answer(answer) => answer.status[..3].parse().unwrap(),
            Verdict::Attach(_) => 101,
        }
    }

    /// A request for a WebSocket, with the lines of this field replaced by these.
    fn websocket(about: &About, field: &str, lines: &str) -> String {
        let path = format!("GET /{} HTTP/1.1", about.token.secret());
        let key = format!("Sec-WebSocket-Key: {SAMPLE}");
        let usual = [
            path.as_str(),
            "Host: 127.0.0.1:9229",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            key.as_str(),
        ];
        let kept = usual.iter().filter(|line| field.is_empty() || !line.starts_with(field));
        let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
        match field {
            "GET" => format!("{lines}{kept}\r\n"),
            _ => format!("{kept}{lines}\r\n"),
        }
    }

    #[test]
    fn the_key_is_answered_as_in_the_example_of_the_rfc() {
        assert_eq!(accept(SAMPLE), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn only_its_own_names_lead_to_it() {
        let about = about();
        let check = |host: &str, expect: u16| {
            let text = format!("GET /json HTTP/1.1\r\nHost: {host}\r\n\r\n");
            assert_eq!(status(&about, &text), expect, "{host}");
            let text = websocket(&about, "Host", &format!("Host: {host}\r\n"));
            assert_eq!(status(&about, &text), if expect == 200 { 101 } else { expect }, "{host}");
        };
        for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
            check(host, 200);
            check(&format!("{host}:9229"), 200);
        }
        let others = [
            "evil.example",
            "evil.example:9229",
            "127.0.0.1:9228",
            "127.0.0.1:09229",
            "127.0.0.1:9229:9229",
            "127.0.0.1.evil.example:9229",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "localhost.",
            "localhost.evil.example",
            "user@127.0.0.1",
            "::1",
            "[::1",
            "[::ffff:127.0.0.1]",
            ":9229",
            "",
        ];
        others.iter().for_each(|host| check(host, 400));
        assert_eq!(status(&about, "GET /json HTTP/1.1\r\n\r\n"), 400);
        let twice = "GET /json HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n";
        assert_eq!(status(&about, twice), 400);
    }

    #[test]
    fn debuggers_have_their_origins_and_pages_do_not() {
        let about = about();
        let check = |origin: &str, may: bool| {
            let text = websocket(&about, "Origin", &format!("Origin: {origin}\r\n"));
            assert_eq!(status(&about, &text), if may { 101 } else { 403 }, "{origin}");
            let text = format!("GET /json HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\r\n");
            assert_eq!(status(&about, &text), if may { 200 } else { 403 }, "{origin}");
        };
        check("devtools://devtools", true);
        check("vscode-file://vscode-app", true);
        check("vscode-webview://1a2b3c", true);
        let others = [
            "null",
            "",
            "http://evil.example",
            "http://127.0.0.1:9229",
            "http://localhost",
            "https://devtools",
            "devtools://devtools.evil.example",
            "devtools://other",
            "chrome-extension://abc",
            "vscode-file:",
            "http://vscode-file://",
            "file://",
        ];
        others.iter().for_each(|origin| check(origin, false));
        let twice = "Origin: devtools://devtools\r\nOrigin: devtools://devtools\r\n";
        assert_eq!(status(&about, &websocket(&about, "Origin", twice)), 400);
    }

    #[test]
    fn there_are_two_documents() {
        let about = about();
        let check = |request: &str, expect: u16| {
            let text = format!("{request}\r\nHost: localhost:9229\r\n\r\n");
            assert_eq!(status(&about, &text), expect, "{request}");
        };
        for path in ["/json", "/json/list", "/json/version"] {
            check(&format!("GET {path} HTTP/1.1"), 200);
            check(&format!("GET {path}/ HTTP/1.1"), 200);
            check(&format!("GET {path} HTTP/1.0"), 200);
            check(&format!("GET {path}?for_tab HTTP/1.1"), 200);
            check(&format!("POST {path} HTTP/1.1"), 404);
            check(&format!("GET {path}// HTTP/1.1"), 404);
            check(&format!("GET http://evil.example{path} HTTP/1.1"), 404);
        }
        for path in
            ["/", "/json/protocol", "/json/new", "/JSON", "/json/list/x", "*", "/favicon.ico"]
        {
            check(&format!("GET {path} HTTP/1.1"), 404);
        }
        check(&format!("GET /{} HTTP/1.1", about.token.secret()), 404);
    }

    #[test]
    fn a_websocket_is_asked_for_in_its_one_form() {
        let about = about();
        let check = |field: &str, lines: &str, expect: u16| {
            let text = websocket(&about, field, lines);
            assert_eq!(status(&about, &text), expect, "{text}");
        };
        let token = about.token.secret().to_owned();
        check("", "", 101);
        check("Upgrade", "Upgrade: WebSocket\r\n", 101);
        check("Connection", "Connection: keep-alive, Upgrade\r\n", 101);
        check("Sec-WebSocket-Ext", "Sec-WebSocket-Extensions: permessage-deflate\r\n", 101);
        check("GET", "GET / HTTP/1.1\r\n", 404);
        check("GET", &format!("GET /{} HTTP/1.1\r\n", "0".repeat(32)), 404);
        check("GET", &format!("GET {token} HTTP/1.1\r\n"), 404);
        check("GET", &format!("GET /{token}/ HTTP/1.1\r\n"), 404);
        check("GET", &format!("GET /{token}?a HTTP/1.1\r\n"), 404);
        check("GET", &format!("GET //{token} HTTP/1.1\r\n"), 404);
        check("GET", "GET /json HTTP/1.1\r\n", 404);
        check("GET", &format!("POST /{token} HTTP/1.1\r\n"), 404);
        check("GET", &format!("GET /{token} HTTP/1.0\r\n"), 400);
        check("Connection", "", 400);
        check("Connection", "Connection: close\r\n", 400);
        check("Sec-WebSocket-Version", "", 426);
        check("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n", 426);
        check("Sec-WebSocket-Key", "", 400);
        check("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAA\r\n", 400);
        check("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ!!\r\n", 400);
        let twice = format!("Sec-WebSocket-Key: {SAMPLE}\r\n").repeat(2);
        check("Sec-WebSocket-Key", &twice, 400);
        let text = websocket(&about, "", "");
        let head = Head::parse(text.as_bytes()).unwrap();
        assert!(matches!(judge(&about, &head, 1), Verdict::Answer(_)), "it did not wait");
    }

    /// What heads are made of, some of it hostile.
    const PIECES: &[&str] = &[
        "GET ",
        "POST ",
        "/json",
        "/json/list",
        "/",
        "?",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        "Host: ",
        "localhost",
        "127.0.0.1",
        ":9229",
        "[::1]",
        "evil.example",
        "Origin: ",
        "devtools://devtools",
        "null",
        "Upgrade: websocket",
        "Connection: Upgrade",
        ": ",
        ",",
        "\0",
        " ",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: ",
        SAMPLE,
        "é",
        "\t",
        "0123456789abcdef",
    ];

    fn judged(about: &About, bytes: &[u8]) -> Verdict {
        match Head::parse(bytes) {
            Ok(head) => judge(about, &head, 0),
            Err(answer) => Verdict::Answer(answer),
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let attaches = matches!(judged(&about(), &bytes), Verdict::Attach(_));
            prop_assert!(!attaches);
        }

        #[test]
        fn no_head_attaches_without_the_token(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        ) {
            let attaches = matches!(judged(&about(), pieces.concat().as_bytes()), Verdict::Attach(_));
            prop_assert!(!attaches);
        }

        #[test]
        fn no_name_that_could_be_registered_leads_here(
            name in "[a-z][a-z0-9-]{0,8}(\\.[a-z][a-z0-9-]{0,8}){1,3}",
            port in prop::option::of(any::<u16>()),
        ) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let own = is_own(&format!("{name}{port}"), 9229);
            prop_assert!(!own);
        }

        #[test]
        fn what_is_put_into_a_good_request_never_lets_a_page_in(
            line in "[A-Za-z-]{1,12}: [ -~]{0,30}",
            at in 1_usize..6,
        ) {
            let about = about();
            let text = websocket(&about, "", "Origin: http://evil.example\r\n");
            let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
            let line = format!("{line}\r\n");
            lines.insert(at, &line);
            let attaches = matches!(judged(&about, lines.concat().as_bytes()), Verdict::Attach(_));
            prop_assert!(!attaches);
        }
    }
}
