//! Requests that the host program makes for a plugin.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aether_egress::{
    AnswerHead, Client, Failure, Fetch, FetchError, Fetcher, HeadError, Limits, Part, Redirects,
    Stage, Unrecorded, Why,
};

use crate::lab::{Answer, Lab, NAME, PATIENCE, Server, hasty};
use crate::rules::rules;
use crate::tls;

fn fetcher(lab: &Lab, patterns: &[&str], private: &[&str], limits: Limits) -> Fetcher {
    lab.outlet(patterns, private, limits).fetcher()
}

/// The head and body, or the first error.
pub(crate) fn all(fetcher: &Fetcher, fetch: Fetch) -> Result<(AnswerHead, Vec<u8>), FetchError> {
    let woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&woken);
    let mut fetching = fetcher.fetch(
        fetch,
        Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        }),
    );
    let (mut head, mut body) = (None, Vec::new());
    loop {
        match fetching.next_part().expect("an end") {
            Part::Head(found) => assert_eq!(head.replace(found), None),
            Part::Data(data) => body.extend_from_slice(&data),
            Part::End => break,
            Part::Failed(error) => {
                assert_eq!(fetching.next_part(), None);
                return Err(error);
            }
        }
    }
    assert_eq!(fetching.next_part(), None);
    assert!(woken.load(Ordering::SeqCst) > 0);
    Ok((head.expect("a head"), body))
}

pub(crate) fn to(server: &Server, path: &str) -> Fetch {
    let url = format!("http://{NAME}:{}{path}", server.port());
    Fetch { method: "GET".into(), url, ..Fetch::default() }
}

/// A gateway and a fetcher for one server.
pub(crate) fn lab(server: &Server) -> (Lab, Fetcher) {
    let lab = Lab::new(&[], &[]);
    let fetcher =
        fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default());
    (lab, fetcher)
}

#[test]
fn an_answer_comes_in_parts() {
    let server = Server::answering(|request: &Answer| {
        let said = format!("{}", request.body.len());
        format!("HTTP/1.1 201 Made\r\nX-A: 1\r\nContent-Length: {}\r\n\r\n{said}", said.len())
            .into()
    });
    let (lab, fetcher) = lab(&server);
    let fetch = Fetch {
        method: "POST".into(),
        headers: vec![
            ("X-Mine".into(), "ü".into()),
            ("Host".into(), "evil.example".into()),
            ("Content-Length".into(), "7".into()),
            ("Transfer-Encoding".into(), "chunked".into()),
            ("Connection".into(), "x-hop".into()),
            ("X-Hop".into(), "1".into()),
            ("Upgrade".into(), "h2c".into()),
        ],
        body: vec![b'x'; 100_000].into(),
        ..to(&server, "/a/../b?q#f")
    };
    let (head, body) = all(&fetcher, fetch).unwrap();
    assert_eq!((head.status, body.as_slice(), head.is_redirected), (201, &b"100000"[..], false));
    assert_eq!(head.reason, "Made");
    assert_eq!(head.url, format!("http://{NAME}:{}/b?q", server.port()));
    assert_eq!(head.headers, [("X-A".to_owned(), "1".to_owned())]);
    let sent = &server.requests()[0].head;
    let host = format!("{NAME}:{}", server.port());
    assert_eq!(
        *sent,
        format!(
            "POST /b?q HTTP/1.1\r\nHost: {host}\r\nX-Mine: ü\r\nAccept-Encoding: gzip, deflate\r\n\
             Connection: close\r\nContent-Length: 100000\r\n\r\n"
        )
    );
    let end = lab.events.wait_for(|event| event.stage == Stage::Done);
    assert_eq!((end.bytes_out, end.bytes_in, end.status), (100_000, 6, Some(201)));
}

#[test]
fn what_is_not_allowed_is_not_fetched() {
    let server = Server::hello();
    let (lab, fetcher) = lab(&server);
    let fetch = |method: &str, url: &str| {
        all(&fetcher, Fetch { method: method.into(), url: url.into(), ..Fetch::default() })
            .unwrap_err()
    };
    let denied = |error: FetchError| match error {
        FetchError::Denied(denied) => denied.why,
        other => panic!("{other:?}"),
    };
    assert_eq!(denied(fetch("GET", "https://other.example/")), Why::Host);
    assert_eq!(denied(fetch("GET", "http://127.0.0.1/")), Why::Literal);
    // Browsers take these for addresses, and so does this.
    assert_eq!(denied(fetch("GET", "http://0x7f.1/")), Why::Literal);
    assert_eq!(denied(fetch("GET", "http://2130706433/")), Why::Literal);
    for (method, url) in [
        ("TRACE", "http://a.example/"),
        ("CONNECT", "http://a.example/"),
        ("GET", "file:///etc/passwd"),
        ("GET", "data:text/plain,x"),
        ("GET", "http://user:secret@a.example/"),
        ("GET", "/relative"),
        ("GET", ""),
    ] {
        assert!(matches!(fetch(method, url), FetchError::Request(_)), "{method} {url}");
    }
    for (name, value) in
        [("a b", "c"), ("", "c"), ("a", "b\r\nc: d"), ("a", "b\0"), ("content_length", "1")]
    {
        let headers = vec![(name.into(), value.into())];
        let error = all(&fetcher, Fetch { headers, ..to(&server, "/") }).unwrap_err();
        assert!(matches!(error, FetchError::Headers(_)), "{name}: {value:?}: {error:?}");
    }
    let many = vec![("a".to_owned(), "b".to_owned()); 200];
    let error = all(&fetcher, Fetch { headers: many, ..to(&server, "/") }).unwrap_err();
    assert_eq!(error, FetchError::Headers(HeadError::TooManyFields));
    assert_eq!((server.connections(), lab.liar.lookups.load(Ordering::SeqCst)), (0, 0));
}

#[test]
fn what_cannot_be_recorded_is_not_fetched() {
    let server = Server::hello();
    let lab = Lab::new(&[], &[]);
    let fetcher = lab.egress.fetcher(Client {
        name: "triage".into(),
        rules: Arc::new(rules(&[&format!("{NAME}:{}", server.port())], &[NAME])),
        on_event: Arc::new(|_| Err(Unrecorded)),
        limits: Limits::default(),
    });
    let error = all(&fetcher, to(&server, "/")).unwrap_err();
    assert_eq!(error, FetchError::Failed(Failure::Unrecorded));
    assert_eq!(server.connections(), 0);
}

/// A server that redirects by the path: `/STATUS/WHERE`, `@` for itself.
fn redirecting() -> Server {
    Server::answering(|request: &Answer| {
        let path = request.head.split(' ').nth(1).unwrap();
        let (status, place) = path[1..].split_once('/').unwrap_or(("200", ""));
        let place = place.replace("%7C", "/").replace("%5B", "[").replace("%5D", "]");
        format!("HTTP/1.1 {status} X\r\nLocation: {place}\r\nContent-Length: 2\r\n\r\nok").into()
    })
}

#[test]
fn redirects_are_followed_as_far_as_they_are_allowed() {
    let server = redirecting();
    let (_lab, fetcher) = lab(&server);
    let get = |path: &str| all(&fetcher, to(&server, path));
    let (head, body) = get("/302/|end").unwrap();
    assert_eq!((head.status, body.as_slice(), head.is_redirected), (200, &b"ok"[..], true));
    assert_eq!(head.url, format!("http://{NAME}:{}/end", server.port()));
    assert_eq!(get("/301/../end").unwrap().0.status, 200);
    assert_eq!(get("/307/?x").unwrap_err(), FetchError::TooManyRedirects);
    assert_eq!(get("/308/").unwrap_err(), FetchError::TooManyRedirects);
    for place in
        ["http:||127.0.0.1|", "https:||other.example|", "||169.254.169.254|x", "http:||[::1]|"]
    {
        let error = get(&format!("/302/{place}")).unwrap_err();
        assert!(matches!(error, FetchError::Denied(_)), "{place}: {error:?}");
    }
    for place in ["file:||etc|passwd", "javascript:x", "http:||a@b.example|"] {
        let error = get(&format!("/302/{place}")).unwrap_err();
        assert!(matches!(error, FetchError::Request(_)), "{place}: {error:?}");
    }
    let manual = Fetch { redirects: Redirects::Manual, ..to(&server, "/302/|end") };
    let (head, _) = all(&fetcher, manual).unwrap();
    assert_eq!((head.status, head.is_redirected), (302, false));
    let error = Fetch { redirects: Redirects::Error, ..to(&server, "/302/|end") };
    assert_eq!(all(&fetcher, error).unwrap_err(), FetchError::Redirected);
}

#[test]
fn credentials_stay_with_their_origin() {
    let other = Server::hello();
    let port = other.port();
    let server = Server::answering(move |request: &Answer| {
        let place = if request.head.contains("/away") {
            format!("http://{NAME}:{port}/x")
        } else {
            "/away".to_owned()
        };
        format!("HTTP/1.1 307 X\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n").into()
    });
    let lab = Lab::new(&[], &[]);
    let patterns = [format!("{NAME}:{}", server.port()), format!("{NAME}:{port}")];
    let fetcher = fetcher(&lab, &[&patterns[0], &patterns[1]], &[NAME], Limits::default());
    let headers = vec![
        ("Authorization".into(), "Bearer secret".into()),
        ("cookie".into(), "secret".into()),
        ("X-Kept".into(), "1".into()),
    ];
    all(&fetcher, Fetch { headers, ..to(&server, "/") }).unwrap();
    let heads: Vec<String> = server.requests().into_iter().map(|request| request.head).collect();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.contains("Bearer secret") && head.contains("cookie")));
    let away = &other.requests()[0].head;
    assert!(!away.contains("secret") && away.contains("X-Kept"), "{away}");
}

#[test]
fn methods_and_bodies_across_redirects() {
    for (status, method, expect, keeps) in [
        (301, "POST", "GET", false),
        (302, "POST", "GET", false),
        (302, "PUT", "PUT", true),
        (303, "POST", "GET", false),
        (303, "PUT", "GET", false),
        (307, "POST", "POST", true),
        (308, "PUT", "PUT", true),
    ] {
        let server = redirecting();
        let (_lab, fetcher) = lab(&server);
        let fetch = Fetch {
            method: method.into(),
            headers: vec![("Content-Type".into(), "text/x".into())],
            body: b"abc".to_vec().into(),
            ..to(&server, &format!("/{status}/|end"))
        };
        all(&fetcher, fetch).unwrap();
        let last = server.requests().pop().unwrap();
        assert!(last.head.starts_with(&format!("{expect} /end ")), "{status} {method}: {last:?}");
        assert_eq!(last.body == b"abc", keeps, "{status} {method}: {last:?}");
        assert_eq!(last.head.contains("Content-Type"), keeps, "{status} {method}: {last:?}");
    }
}

pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn encoded(coding: &str, body: Vec<u8>) -> Server {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Server::saying([head.into_bytes(), body].concat())
}

#[test]
fn bodies_are_decoded() {
    let data: Vec<u8> = (0..200_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&data).unwrap();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(&data).unwrap();
    for (coding, body) in [
        ("gzip", gzip(&data)),
        ("X-GZIP", gzip(&data)),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", deflate.finish().unwrap()),
        ("identity", data.clone()),
        ("br", data.clone()),
        ("gzip", [gzip(&data[..1000]), gzip(&data[1000..])].concat()),
    ] {
        let server = encoded(coding, body);
        let (_lab, fetcher) = lab(&server);
        let (_, found) = all(&fetcher, to(&server, "/")).unwrap();
        assert!(found == data, "{coding}: {} bytes", found.len());
    }
    let server = encoded("gzip", Vec::new());
    let (_lab, fetcher) = lab(&server);
    assert_eq!(all(&fetcher, to(&server, "/")).unwrap().1, b"");
}

#[test]
fn bodies_that_are_no_gzip_or_grow_without_measure() {
    let whole = gzip(&[b'x'; 10_000]);
    for (body, expect) in [
        (b"this is no gzip at all, is it".to_vec(), FetchError::Encoding),
        (whole[..whole.len() - 9].to_vec(), FetchError::Encoding),
        (gzip(&vec![0; 64 << 20]), FetchError::Ratio),
        // A bomb behind an honest beginning, and one in a second member.
        (gzip(&[noise(), vec![0; 64 << 20]].concat()), FetchError::Ratio),
        ([gzip(&noise()), gzip(&vec![0; 64 << 20])].concat(), FetchError::Ratio),
    ] {
        let server = encoded("gzip", body);
        let (lab, fetcher) = lab(&server);
        assert_eq!(all(&fetcher, to(&server, "/")).unwrap_err(), expect);
        assert!(matches!(lab.events.ended().stage, Stage::Failed(_)));
    }
    let server = encoded("gzip", gzip(&vec![7; 900_000]));
    let lab = Lab::new(&[], &[]);
    let limits = Limits { response_body: 100_000, ..Limits::default() };
    let fetcher = fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], limits);
    assert_eq!(
        all(&fetcher, to(&server, "/")).unwrap_err(),
        FetchError::Failed(Failure::AnswerLong)
    );
}

/// What no encoding makes shorter.
fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56).to_le_bytes()[0]
    };
    (0..10_000).map(|_| next()).collect()
}

#[test]
fn deflate_that_grows_without_measure() {
    let bomb = vec![0; 64 << 20];
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    zlib.write_all(&bomb).unwrap();
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&bomb).unwrap();
    for body in [zlib.finish().unwrap(), deflate.finish().unwrap()] {
        let server = encoded("deflate", body);
        let (lab, fetcher) = lab(&server);
        assert_eq!(all(&fetcher, to(&server, "/")).unwrap_err(), FetchError::Ratio);
        assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::AnswerLong));
    }
    // No encoding twice: what is inside would not be measured.
    let twice = gzip(&gzip(&bomb));
    let server = encoded("gzip, gzip", twice.clone());
    let (_lab, fetcher) = lab(&server);
    assert_eq!(all(&fetcher, to(&server, "/")).unwrap().1, twice);
}

#[test]
fn certificates_have_their_time() {
    let check = |from: i32, until: i32| {
        let mut params = rcgen::CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let provider = rustls::crypto::ring::default_provider();
        let (server, der) = tls::server_with(provider, params, |_| {
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
        });
        let lab = Lab::trusting(&[], &[], Limits::default(), vec![der]);
        let fetcher =
            fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default());
        let url = format!("https://{NAME}:{}/", server.port());
        all(&fetcher, Fetch { method: "GET".into(), url, ..Fetch::default() })
    };
    assert_eq!(check(2000, 3000).unwrap().1, b"ok");
    for (from, until) in [(2000, 2001), (2900, 3000)] {
        let error = check(from, until).unwrap_err();
        assert!(
            matches!(&error, FetchError::Failed(Failure::Tls(why)) if why.contains("certificate")),
            "{error:?}"
        );
    }
}

/// A host that takes no connections and refuses none.
#[test]
fn a_host_that_swallows_connections_is_left() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let _within = runtime.enter();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    // With room for one that nobody takes, the system answers no more.
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let soon = std::time::Duration::from_millis(200);
    let mut taken = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, soon) {
        taken.push(stream);
        assert!(taken.len() < 100, "it takes all of them");
    }
    let at = format!("{NAME}:{}", address.port());
    let lab = Lab::with(&[&at], &[NAME], hasty());
    let answer = lab.ask(format!("GET http://{at}/ HTTP/1.1\r\nHost: {at}\r\n\r\n"));
    assert_eq!((answer.status(), answer.json()["deliberate"].clone()), (502, false.into()));
    let timed_out = Failure::Connect(std::io::ErrorKind::TimedOut);
    assert_eq!(lab.events.ended().stage, Stage::Failed(timed_out.clone()));
    let fetcher = fetcher(&lab, &[&at], &[NAME], hasty());
    let fetch = Fetch { method: "GET".into(), url: format!("http://{at}/"), ..Fetch::default() };
    assert_eq!(all(&fetcher, fetch).unwrap_err(), FetchError::Failed(timed_out));
}

#[test]
fn https_to_the_right_server_alone() {
    let check = |names: &[&str], trusts: bool| {
        let (server, der) =
            tls::server(names, |_| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec());
        let (_other, other) = tls::server(&[NAME], |_| Vec::new());
        let roots = if trusts { der } else { other };
        let lab = Lab::trusting(&[], &[], Limits::default(), vec![roots]);
        let fetcher =
            fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default());
        let url = format!("https://{NAME}:{}/", server.port());
        all(&fetcher, Fetch { method: "GET".into(), url, ..Fetch::default() })
    };
    assert_eq!(check(&[NAME], true).unwrap().1, b"ok");
    for error in [check(&["other.example"], true), check(&[NAME], false)] {
        assert!(matches!(error, Err(FetchError::Failed(Failure::Tls(_)))), "{error:?}");
    }
}

#[test]
fn a_fetch_that_is_dropped_ends() {
    let server = Server::raw(|peer| {
        peer.head();
        assert!(peer.is_closed());
    });
    let (lab, fetcher) = lab(&server);
    let fetching = fetcher.fetch(to(&server, "/"), Arc::new(|| {}));
    lab.events.wait_for(|event| event.stage == Stage::Allowed);
    drop(fetching);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Closed));
}

#[test]
fn a_slow_reader_holds_up_the_server_not_the_memory() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let server = Server::raw(move |peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while peer.send([b'x'; 64 * 1024]) {
            count.fetch_add(64 * 1024, Ordering::SeqCst);
        }
    });
    let lab = Lab::new(&[], &[]);
    let limits = Limits { exchange_time: PATIENCE, ..hasty() };
    let fetcher = fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], limits);
    let mut fetching = fetcher.fetch(to(&server, "/"), Arc::new(|| {}));
    assert!(matches!(fetching.next_part(), Some(Part::Head(_))));
    thread::sleep(std::time::Duration::from_millis(300));
    // What the system buffers, and four parts.
    assert!(sent.load(Ordering::SeqCst) < 32 << 20);
    assert!(matches!(fetching.try_next(), Some(Part::Data(_))));
}

#[test]
fn dead_and_broken_servers() {
    let lab = Lab::new(&[], &[]);
    let limits = hasty();
    let ask = |said: &'static [u8]| {
        let server = Server::saying(said);
        let fetcher =
            fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], limits.clone());
        all(&fetcher, to(&server, "/")).unwrap_err()
    };
    assert!(matches!(ask(b""), FetchError::Failed(Failure::Server(_))));
    assert!(matches!(ask(b"nonsense\r\n\r\n"), FetchError::Failed(Failure::Answer(_))));
    assert_eq!(
        ask(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"),
        FetchError::Failed(Failure::AnswerShort)
    );
    assert!(matches!(
        ask(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"),
        FetchError::Failed(Failure::AnswerBody(_))
    ));
    let server = Server::raw(|peer| {
        peer.head();
        thread::sleep(PATIENCE);
    });
    let fetcher = fetcher(&lab, &[&format!("{NAME}:{}", server.port())], &[NAME], limits);
    assert_eq!(all(&fetcher, to(&server, "/")).unwrap_err(), FetchError::Failed(Failure::Time));
}
