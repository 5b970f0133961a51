//! Asking the host: one connection for each question.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use aether_source::printable;
use serde_json::Value;

use crate::response::{Response, parse};
use crate::{Target, TopError};

/// How long a host on this machine may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(2);

/// How long an answer may take, to its end.
const ANSWER: Duration = Duration::from_secs(15);

/// Most bytes of an answer: that of hundreds of cells. Stops whatever else listens there from filling
/// memory.
const MOST: usize = 8 << 20;

/// Asks for something, or gives an order, and gives what the answer says.
pub(crate) fn ask(target: &Target, method: &str, path: &str) -> Result<Value, TopError> {
    let reach = |error| TopError::Reach { address: target.address, error };
    let bytes = exchange(target, method, path).map_err(reach)?;
    let Response { status, body } = parse(&bytes).map_err(TopError::Answer)?;
    let body: Value =
        serde_json::from_slice(&body).map_err(|_| TopError::Answer("it is no JSON"))?;
    if (200..300).contains(&status) { Ok(body) } else { Err(TopError::Refused(refusal(&body))) }
}

fn exchange(target: &Target, method: &str, path: &str) -> io::Result<Vec<u8>> {
    let Target { address, token } = target;
    let mut stream = TcpStream::connect_timeout(address, CONNECT)?;
    stream.set_write_timeout(Some(CONNECT))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let until = Instant::now() + ANSWER;
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend(piece.iter().take(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if bytes.len() > MOST {
            return Err(io::Error::other("the answer is too long"));
        }
    }
}

/// What a refusal says, in one line.
fn refusal(body: &Value) -> String {
    let part = |key| body.get("error")?.get(key)?.as_str();
    let message = part("message").unwrap_or("it says no, and not why");
    let fix = part("fix").map_or_else(String::new, |fix| format!(": {fix}"));
    printable(&format!("{message}{fix}")).into_owned()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use serde_json::json;

    use super::*;

    /// Something that answers one question so, and gives what it was asked.
    fn host(answer: Vec<u8>) -> (Target, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target { address: listener.local_addr().unwrap(), token: "abc".to_owned() };
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut heard, mut byte) = (Vec::new(), [0]);
            while !heard.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                heard.push(byte[0]);
            }
            // Whoever has read enough hangs up.
            drop(stream.write_all(&answer));
            String::from_utf8(heard).unwrap()
        });
        (target, heard)
    }

    fn answer(status: u16, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    }

    #[test]
    fn a_question_carries_the_token_to_its_own_host() {
        let (target, heard) = host(answer(200, "{\"a\":1}"));
        assert_eq!(ask(&target, "POST", "/v1/cells/1/kill").unwrap(), json!({ "a": 1 }));
        let heard = heard.join().unwrap();
        assert!(heard.starts_with("POST /v1/cells/1/kill HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains(&format!("Host: {}\r\n", target.address)), "{heard}");
        assert!(heard.contains("Authorization: Bearer abc\r\n"), "{heard}");
    }

    #[test]
    fn what_is_refused_is_told_in_one_line() {
        let body = json!({ "error": { "message": "no\n\u{1b}[2J", "fix": "do it" } }).to_string();
        let (target, _heard) = host(answer(401, &body));
        let error = ask(&target, "GET", "/v1/cells").unwrap_err();
        assert_eq!(error.to_string(), "no\\n\\u{1b}[2J: do it");
        let (target, _heard) = host(answer(500, "[]"));
        let error = ask(&target, "GET", "/v1/cells").unwrap_err();
        assert!(matches!(error, TopError::Refused(_)), "{error}");
    }

    #[test]
    fn what_is_no_host_is_told_apart() {
        let (target, _heard) = host(b"SSH-2.0-x\r\n".to_vec());
        assert!(matches!(ask(&target, "GET", "/"), Err(TopError::Answer(_))));
        let (target, _heard) = host(answer(200, "<html>"));
        assert!(matches!(ask(&target, "GET", "/"), Err(TopError::Answer(_))));
        let (target, _heard) = host(vec![b'x'; MOST + 100_000]);
        assert!(matches!(ask(&target, "GET", "/"), Err(TopError::Reach { .. })));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = Target { address: listener.local_addr().unwrap(), token: "abc".to_owned() };
        drop(listener);
        assert!(matches!(ask(&nobody, "GET", "/"), Err(TopError::Reach { .. })));
    }
}
