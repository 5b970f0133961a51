//! Answers that are read while they come in, and requests that nobody wants any more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use aether::{CallError, Host};
use serde_json::{Value, json};

use crate::lab::{Lab, policy, start, tests};

tests! {
    a_body_is_read_while_it_comes_in,
    an_aborted_request_ends_at_the_server,
    one_that_was_aborted_before_is_not_made,
    a_body_that_nobody_reads_keeps_nobody_waiting,
    a_large_body_is_read_in_little_memory,
    what_cannot_be_had_is_told_by_name,
    an_answer_ends_with_its_call,
    a_native_plugin_asks_for_answers_too,
}

/// Reads the head of a request; nothing where the client is gone.
fn head_of(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a stream");
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    String::from_utf8(head).ok()
}

const OK: &str = "HTTP/1.1 200 Fine\r\nConnection: close\r\n";

/// A server, each of whose connections is served on a thread of its own.
fn serve(act: impl Fn(TcpStream, String) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(200) {
            let (Ok(mut stream), act) = (stream, act.clone()) else { return };
            std::thread::spawn(move || {
                if let Some(head) = head_of(&mut stream) {
                    act(stream, head);
                }
            });
        }
    });
    port
}

/// Tells when a client that was sent something has closed its connection.
fn until_closed(mut stream: TcpStream, sent: &[u8]) -> bool {
    drop(stream.write_all(sent));
    matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_))
}

fn networked(lab: &Lab, port: u16, code: &str) -> (Host, aether::Plugin) {
    let text = format!(
        "version: 1\nplugins:\n  p:\n    allow:\n      network: {{ domains: [\"localhost:{port}\"], \
         private: [\"localhost:{port}\"] }}\n"
    );
    let host = lab.builder().policy(policy(&text)).build().expect("a host");
    let asks = format!(r#"{{ "network": {{ "domains": ["localhost:{port}"] }} }}"#);
    let plugin = lab.plugin("p").permissions(&asks).resources(r#"{ "timeout": "20s" }"#);
    let plugin = host.load(plugin.main(code)).expect("a plugin");
    (host, plugin)
}

fn a_native_plugin_asks_for_answers_too() {
    let lab = Lab::new();
    let port = serve(|mut stream, head| {
        let body = head.lines().next().unwrap_or_default().to_owned();
        let length = body.len();
        drop(write!(stream, "{OK}Content-Length: {length}\r\n\r\n{body}"));
    });
    // Whole; piece by piece; and one that the grant does not cover. Each answer is handed on.
    let called = r#"
        ask() { echo "{\"jsonrpc\":\"2.0\",\"id\":\"mine\",\"method\":\"$1\",\"params\":$2}"; read -r reply; }
        ask http.fetch '{"url":"http://localhost:PORT/whole"}'; whole=$reply
        ask http.fetch '{"url":"http://localhost:PORT/pieces","stream":7}'; head=$reply
        ask http.read '{"stream":7}'; piece=$reply
        ask http.close '{"stream":7}'
        ask http.fetch '{"url":"http://localhost:1/no"}'; denied=$reply
        answer "$id" "{\"output\":{\"json\":[$whole,$head,$piece,$denied]}}""#;
    let called = called.replace("PORT", &port.to_string());
    let text = format!(
        "version: 1\nplugins:\n  p:\n    allow:\n      network: {{ domains: [\"localhost:{port}\"], \
         private: [\"localhost:{port}\"] }}\n"
    );
    let host = lab.builder().policy(policy(&text)).build().expect("a host");
    let asks = format!(r#"{{ "network": {{ "domains": ["localhost:{port}"] }} }}"#);
    let plugin = host.load(lab.native_with("p", &asks, &called)).expect("a plugin");
    let replies = start(&host, &plugin).call("run", json!({})).expect("a result");
    assert_eq!(replies[0]["result"]["status"], 200, "{replies}");
    assert_eq!(replies[0]["result"]["body"]["text"], "GET /whole HTTP/1.1");
    assert_eq!(replies[1]["result"]["reason"], "Fine");
    assert!(replies[1]["result"].get("body").is_none_or(Value::is_null), "{replies}");
    assert_eq!(replies[2]["result"]["data"]["text"], "GET /pieces HTTP/1.1");
    assert_eq!(replies[3]["error"]["code"], -32001);
    assert!(
        replies[3]["error"]["data"]["fix"].as_str().is_some_and(|fix| fix.contains("localhost:1"))
    );
}

fn url(port: u16) -> Value {
    json!(format!("http://localhost:{port}/x"))
}

fn a_body_is_read_while_it_comes_in() {
    let lab = Lab::new();
    let (say, next) = channel::<()>();
    let next = std::sync::Arc::new(std::sync::Mutex::new(next));
    let port = serve(move |mut stream, head| {
        if head.starts_with("GET /next") {
            say.send(()).expect("a server that waits");
            return drop(stream.write_all(format!("{OK}Content-Length: 0\r\n\r\n").as_bytes()));
        }
        let first = format!("{OK}Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        drop(stream.write_all(first.as_bytes()));
        // Not before the plugin has it.
        let waited = next.lock().expect("a receiver").recv_timeout(Duration::from_secs(15));
        waited.expect("the plugin has read the first piece");
        drop(stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n"));
    });
    let code = "import { fetch } from 'aether:http';
        export default async (url) => {
            const answer = await fetch(url);
            const got = [];
            for await (const piece of answer.body) {
                got.push(new TextDecoder().decode(piece));
                if (got.length === 1) await fetch(url.replace('/x', '/next'));
            }
            return [answer.status, answer.statusText, got, answer.bodyUsed];
        };";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    let expect = json!([200, "Fine", ["first", "second"], true]);
    assert_eq!(cell.call("run", url(port)), Ok(expect));
}

/// A server that sends the beginning of an answer, and says when its client has gone.
fn endless() -> (u16, Receiver<bool>) {
    let (say, gone) = channel();
    let port = serve(move |stream, head| {
        let head_alone = head.starts_with("GET /silent");
        let begin = match head_alone {
            true => String::new(),
            false => format!("{OK}Content-Length: 1000000\r\n\r\nbegin"),
        };
        say.send(until_closed(stream, begin.as_bytes())).expect("a test that listens");
    });
    (port, gone)
}

fn an_aborted_request_ends_at_the_server() {
    let code = "export default async (url) => {
            const controller = new AbortController();
            const answer = await fetch(url, { signal: controller.signal });
            const reader = answer.body.getReader();
            await reader.read();
            controller.abort();
            try { await reader.read(); } catch (error) { return error.name; }
        };
        export const silent = async (url) => {
            try { await fetch(url.replace('/x', '/silent'), { signal: AbortSignal.timeout(100) }); }
            catch (error) { return error.name; }
        };
        export const cancelled = async (url) => {
            const answer = await fetch(url);
            await answer.body.cancel();
            return 'cancelled';
        };";
    for (method, expect) in
        [("run", "AbortError"), ("silent", "TimeoutError"), ("cancelled", "cancelled")]
    {
        let lab = Lab::new();
        let (port, gone) = endless();
        let (host, plugin) = networked(&lab, port, code);
        let cell = start(&host, &plugin);
        assert_eq!(cell.call(method, url(port)), Ok(json!(expect)));
        assert_eq!(gone.recv_timeout(Duration::from_secs(15)), Ok(true), "{method}");
        cell.stop();
    }
}

fn one_that_was_aborted_before_is_not_made() {
    let lab = Lab::new();
    let (say, heard) = channel();
    let port = serve(move |mut stream, head| {
        say.send(head).expect("a test that listens");
        drop(stream.write_all(format!("{OK}Content-Length: 0\r\n\r\n").as_bytes()));
    });
    let code = "export default async (url) => {
        const signal = AbortSignal.abort();
        try { await fetch(url + '?aborted', { method: 'POST', body: 'x', signal }); } catch {}
        return (await fetch(url)).status;
    };";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", url(port)), Ok(json!(200)));
    let heard: Vec<String> = heard.try_iter().collect();
    assert!(heard.len() == 1 && heard[0].starts_with("GET /x HTTP"), "{heard:?}");
}

fn a_body_that_nobody_reads_keeps_nobody_waiting() {
    let lab = Lab::new();
    let port = serve(|mut stream, _| {
        drop(stream.write_all(format!("{OK}Content-Length: 5\r\n\r\nhello").as_bytes()));
    });
    // More than connections and open answers that a cell may have.
    let code = "export default async (url) => {
        let count = 0;
        for (let i = 0; i < 100; i++) if ((await fetch(url)).ok) count++;
        return count;
    };";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", url(port)), Ok(json!(100)));
}

fn a_large_body_is_read_in_little_memory() {
    const SIZE: usize = 64 << 20;
    let lab = Lab::new();
    let port = serve(|mut stream, _| {
        let head = format!("{OK}Content-Length: {SIZE}\r\n\r\n");
        drop(stream.write_all(head.as_bytes()));
        let piece = vec![b'x'; 1 << 20];
        (0..SIZE >> 20).for_each(|_| drop(stream.write_all(&piece)));
    });
    let code = "export default async (url) => {
        let size = 0;
        for await (const piece of (await fetch(url)).body) size += piece.length;
        return size;
    };";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", url(port)), Ok(json!(SIZE)));
    let memory = lab.heard.of(|event| match event {
        aether::Event::Usage { memory, .. } => Some(*memory),
        _ => None,
    });
    let most = memory.into_iter().max().expect("it was looked at");
    assert!(most < SIZE as u64 / 2, "{most} bytes for a body of {SIZE}");
}

fn what_cannot_be_had_is_told_by_name() {
    let lab = Lab::new();
    let port = serve(|stream, head| match head.starts_with("GET /x") {
        true => drop(stream),
        false => drop(until_closed(stream, b"nonsense\r\n\r\n")),
    });
    let code = "const told = async (act) => {
            try { await act(); } catch (error) { return [error instanceof TypeError, typeof error.code]; }
        };
        export default async (url) => [
            await told(() => fetch(url)),
            await told(() => fetch(url.replace('/x', '/y'))),
        ];";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", url(port)), Ok(json!([[true, "string"], [true, "string"]])));
}

fn an_answer_ends_with_its_call() {
    let lab = Lab::new();
    let (port, gone) = endless();
    let code = "let kept;
        export default async (url) => { kept = (await fetch(url)).body.getReader(); await kept.read(); };
        export const later = async () => {
            try { await kept.read(); } catch (error) { return error.code; }
        };";
    let (host, plugin) = networked(&lab, port, code);
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", url(port)), Ok(Value::Null));
    assert_eq!(gone.recv_timeout(Duration::from_secs(15)), Ok(true));
    let later = cell.call("later", Value::Null);
    assert!(matches!(&later, Ok(code) if code.is_string()), "{later:?}");
    assert!(!matches!(later, Err(CallError::Ended(_))));
}
