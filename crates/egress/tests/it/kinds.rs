//! What goes wrong with a request, told apart.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use aether_egress::{FailureKind, Fetch, Limits, Redirects};

use crate::fetching::{all, to};
use crate::lab::{Lab, NAME, PATIENCE, Server, hasty};
use crate::tls;

/// What becomes of a request for `path` of the server.
fn check(server: &Server, limits: Limits, fetch: Fetch, expect: FailureKind) {
    let lab = Lab::new(&[], &[]);
    let outlet = lab.outlet(&[&format!("{NAME}:{}", server.port())], &[NAME], limits);
    let error = all(&outlet.fetcher(), fetch).unwrap_err();
    assert_eq!(error.kind(), expect, "{error:?}");
}

fn says(said: &'static [u8], expect: FailureKind) {
    let server = Server::saying(said);
    check(&server, Limits::default(), to(&server, "/"), expect);
}

#[test]
fn servers_that_fail_in_their_ways() {
    says(b"", FailureKind::Reset);
    says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", FailureKind::Reset);
    says(b"nonsense\r\n\r\n", FailureKind::Protocol);
    says(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n", FailureKind::Protocol);
    says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz", FailureKind::Protocol);
    says(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip..",
        FailureKind::Protocol,
    );
    says(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", FailureKind::TooLarge);
    says(b"HTTP/1.1 302 X\r\nLocation: ftp://a\r\n\r\n", FailureKind::Invalid);
    says(b"HTTP/1.1 302 X\r\nLocation: //[\r\n\r\n", FailureKind::Redirect);
    says(b"HTTP/1.1 302 X\r\nLocation: http://b.example/\r\n\r\n", FailureKind::Denied);
    let silent = Server::raw(|peer| {
        peer.head();
        thread::sleep(PATIENCE);
    });
    check(&silent, hasty(), to(&silent, "/"), FailureKind::Timeout);
    let slow = Server::raw(|peer| {
        peer.head();
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" {
            thread::sleep(std::time::Duration::from_millis(50));
            if !peer.send([*byte]) {
                return;
            }
        }
    });
    check(&slow, hasty(), to(&slow, "/"), FailureKind::Timeout);
}

#[test]
fn places_that_cannot_be_reached() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let lab = Lab::new(&[], &[]);
    let grant = [&format!("{NAME}:{port}")[..], "nowhere.example", "nobody.example"];
    let outlet = lab.outlet(&grant, &[NAME], hasty());
    lab.liar.says("nobody.example", &[&[]]);
    let ask = |url: &str| {
        let fetch = Fetch { method: "GET".into(), url: url.into(), ..Fetch::default() };
        all(&outlet.fetcher(), fetch).unwrap_err().kind()
    };
    assert_eq!(ask(&format!("http://{NAME}:{port}/")), FailureKind::Refused);
    assert_eq!(ask("http://nowhere.example/"), FailureKind::NameNotFound);
    assert_eq!(ask("http://nobody.example/"), FailureKind::NameNotFound);
    assert_eq!(ask("http://other.example/"), FailureKind::Denied);
    assert_eq!(ask("nonsense"), FailureKind::Invalid);
}

#[test]
fn requests_that_are_wrong_themselves() {
    let server = Server::hello();
    let limits = Limits { request_body: 10, ..Limits::default() };
    let fetch = Fetch { method: "PUT".into(), body: vec![0; 11].into(), ..to(&server, "/") };
    check(&server, limits, fetch, FailureKind::TooLarge);
    let headers = vec![("a b".to_owned(), String::new())];
    let fetch = Fetch { headers, ..to(&server, "/") };
    check(&server, Limits::default(), fetch, FailureKind::Invalid);
    let server = Server::saying("HTTP/1.1 302 X\r\nLocation: /\r\n\r\n");
    let fetch = Fetch { redirects: Redirects::Error, ..to(&server, "/") };
    check(&server, Limits::default(), fetch, FailureKind::Redirect);
    let (server, _) = tls::server(&[NAME], |_| Vec::new());
    let url = format!("https://{NAME}:{}/", server.port());
    let fetch = Fetch { method: "GET".into(), url, ..Fetch::default() };
    check(&server, Limits::default(), fetch, FailureKind::Tls);
}
