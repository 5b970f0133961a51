//! Tunnels through the proxy.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use aether_egress::{Failure, Limits, Stage, Why};

use crate::lab::{Lab, NAME, PATIENCE, Peer, Server, hasty};
use crate::proxy::which;
use crate::rules::rules;

/// A TLS greeting with these extensions.
pub(crate) fn hello(extensions: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&[0, 0, 2, 0x13, 1, 1, 0]);
    let mut all = Vec::new();
    for (kind, content) in extensions {
        all.extend_from_slice(&kind.to_be_bytes());
        all.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
        all.extend_from_slice(content);
    }
    body.extend_from_slice(&u16::try_from(all.len()).unwrap().to_be_bytes());
    body.extend_from_slice(&all);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[1, length[1], length[2], length[3]][..], &body].concat();
    record(&message)
}

fn record(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&[22, 3, 1, length[0], length[1]][..], message].concat()
}

/// The content of a server name extension.
pub(crate) fn sni(name: &[u8]) -> (u16, Vec<u8>) {
    let length = u16::try_from(name.len()).unwrap();
    let mut content = (length + 3).to_be_bytes().to_vec();
    content.push(0);
    content.extend_from_slice(&length.to_be_bytes());
    content.extend_from_slice(name);
    (0, content)
}

/// A server that sends back what it gets.
pub(crate) fn echo() -> Server {
    Server::raw(|peer| {
        loop {
            let bytes = peer.bytes(1);
            if bytes.is_empty() || !peer.send(bytes) {
                return;
            }
        }
    })
}

pub(crate) fn open(lab: &Lab, server: &Server) -> Peer {
    let mut peer = lab.connect();
    peer.send(format!("CONNECT {NAME}:{0} HTTP/1.1\r\nHost: {NAME}:{0}\r\n\r\n", server.port()));
    assert_eq!(peer.head(), "HTTP/1.1 200 Connection established\r\n\r\n");
    peer
}

#[test]
fn a_tunnel_carries_tls_to_its_host() {
    let server = echo();
    let lab = Lab::to(&server);
    let mut peer = open(&lab, &server);
    let greeting = hello(&[sni(NAME.as_bytes())]);
    peer.send(&greeting);
    assert_eq!(peer.bytes(greeting.len()), greeting);
    let data = vec![42; 200_000];
    let sent = data.clone();
    let mut writer = Peer::new(peer.stream.try_clone().unwrap());
    let writing = thread::spawn(move || writer.send(sent));
    assert_eq!(peer.bytes(data.len()), data);
    assert!(writing.join().unwrap());
    drop(peer);
    let end = lab.events.ended();
    assert_eq!(end.stage, Stage::Done);
    let all = u64::try_from(greeting.len() + data.len()).unwrap();
    assert_eq!((end.bytes_out, end.bytes_in, end.status), (all, all, Some(200)));
    assert_eq!((end.method, end.path), (Some("CONNECT"), None));
}

#[test]
fn a_greeting_may_come_in_pieces() {
    let server = echo();
    let greeting = hello(&[(10, vec![0, 2, 0, 29]), sni(b"API.test.Example"), (16, vec![])]);
    // In records of three bytes.
    let in_records: Vec<u8> = greeting[5..].chunks(3).flat_map(record).collect();
    for bytes in [greeting, in_records] {
        let lab = Lab::to(&server);
        let mut peer = open(&lab, &server);
        for byte in bytes.chunks(7) {
            peer.send(byte);
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(peer.bytes(bytes.len()), bytes);
    }
}

/// Sends bytes through a tunnel; nothing of them may arrive.
fn check(bytes: &[u8], expect: impl Fn(&Stage) -> bool) {
    let server = echo();
    let lab = Lab::to_with(&server, hasty());
    let mut peer = open(&lab, &server);
    peer.send(bytes);
    let came = peer.rest();
    assert!(came.is_empty() || came == [21, 3, 3, 0, 2, 2, 112], "{bytes:?}: {came:?}");
    let end = lab.events.ended();
    assert!(expect(&end.stage), "{bytes:?}: {:?}", end.stage);
    assert_eq!((end.bytes_out, end.bytes_in), (0, 0));
}

fn denied(bytes: &[u8], why: &Why) {
    check(bytes, |stage| matches!(stage, Stage::Denied(denied) if denied.why == *why));
}

fn failed(bytes: &[u8], failure: &Failure) {
    check(bytes, |stage| matches!(stage, Stage::Failed(found) if found == failure));
}

#[test]
fn the_server_name_is_the_host() {
    for name in ["other.example", "test.example", "x.api.test.example", "api.test.example.evil.org"]
    {
        denied(&hello(&[sni(name.as_bytes())]), &Why::ServerName);
    }
    denied(&hello(&[]), &Why::ServerName);
    for name in [
        &b"api.test.example."[..],
        b"api.test.example\0.evil.org",
        b"api.test.example\0",
        b"",
        b"127.0.0.1",
        b"api.test.ex\xc3\xa4mple",
        b"\xff",
        b"api.test.example ",
    ] {
        denied(&hello(&[sni(name)]), &Why::ServerName);
    }
    let (_, content) = sni(NAME.as_bytes());
    // Two names in one list; another kind of name; bytes after the list.
    let two = [
        &(u16::try_from(content.len() * 2 - 4).unwrap()).to_be_bytes()[..],
        &content[2..],
        &content[2..],
    ]
    .concat();
    denied(&hello(&[(0, two)]), &Why::ServerName);
    let mut other = content.clone();
    other[2] = 1;
    denied(&hello(&[(0, other)]), &Why::ServerName);
    denied(&hello(&[(0, [&content[..], &[0]].concat())]), &Why::ServerName);
}

#[test]
fn an_encrypted_greeting_is_denied() {
    denied(&hello(&[sni(NAME.as_bytes()), (0xfe0d, vec![0; 40])]), &Why::EncryptedHello);
    denied(&hello(&[(0xfe0d, vec![]), sni(NAME.as_bytes())]), &Why::EncryptedHello);
    denied(&hello(&[sni(NAME.as_bytes()), (0xffce, vec![0; 40])]), &Why::EncryptedHello);
}

#[test]
fn only_tls_goes_through() {
    for bytes in [
        &b"GET / HTTP/1.1\r\nHost: secret.example\r\n\r\n"[..],
        b"SSH-2.0-x\r\n",
        b"\x80\x2e\x01\x03\x01",
        b"\x16\x02\x00",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x17\x03\x03\x00\x10",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\0",
    ] {
        denied(bytes, &Why::NotTls);
    }
    let greeting = hello(&[sni(NAME.as_bytes())]);
    failed(&greeting[..20], &Failure::ClientIdle);
    failed(&[], &Failure::ClientIdle);
    failed(b"\x16\x03\x01\x00\x00", &Failure::Hello);
    failed(b"\x16\x03\x01\xff\xff", &Failure::Hello);
    failed(&record(b"\x01\xff\xff\xff"), &Failure::Hello);
    failed(&record(b"\x01\x00\x00\x02\x03\x03"), &Failure::Hello);
    // The same extension twice; a second message behind the first.
    failed(&hello(&[sni(NAME.as_bytes()), sni(b"evil.org")]), &Failure::Hello);
    failed(&record(&[&greeting[5..], &[1, 0, 0, 0]].concat()), &Failure::Hello);
    // A record that goes on behind the greeting: what follows in it may be a second message.
    let length = u16::try_from(greeting.len() - 5 + 4).unwrap().to_be_bytes();
    let longer = [&[22, 3, 1, length[0], length[1]][..], &greeting[5..]].concat();
    failed(&longer, &Failure::ClientIdle);
    failed(&hello(&(1..200).map(|kind| (kind, vec![])).collect::<Vec<_>>()), &Failure::Hello);
    // Records of one byte: a greeting that is never whole.
    let long = [&[1, 0, 0x30, 0][..], &[0; 0x3000]].concat();
    let endless: Vec<u8> = long.chunks(1).flat_map(record).collect();
    check(&endless, |stage| matches!(stage, Stage::Failed(Failure::Hello)));
}

#[test]
fn tunnels_that_are_denied() {
    let lab = Lab::new(&["a.example", "GET b.example/x", "c.example:8443"], &[]);
    for (line, host, why) in [
        ("CONNECT a.example:80 HTTP/1.1", "a.example", Why::Port),
        ("CONNECT a.example:22 HTTP/1.1", "a.example", Why::Port),
        ("CONNECT b.example:8443 HTTP/1.1", "b.example", Why::Port),
        ("CONNECT c.example:443 HTTP/1.1", "c.example", Why::Port),
        ("CONNECT d.example:443 HTTP/1.0", "d.example", Why::Host),
        ("CONNECT 127.0.0.1:443 HTTP/1.1", "127.0.0.1", Why::Literal),
        ("CONNECT [::1]:443 HTTP/1.1", "[::1]", Why::Literal),
    ] {
        let mut peer = lab.connect();
        peer.send(format!("{line}\r\n\r\n"));
        let answer = peer.answer(false);
        assert_eq!(answer.status(), 403, "{line}");
        let body = answer.json();
        assert_eq!(
            (body["host"].as_str(), body["why"].as_str()),
            (Some(host), Some(why.to_string().as_str()))
        );
        assert_eq!(body["deliberate"], true);
        assert!(peer.is_closed());
    }
    assert_eq!(lab.liar.lookups.load(Ordering::SeqCst), 0);
    for (bytes, status) in [
        ("CONNECT a.example HTTP/1.1\r\n\r\n", 400),
        ("CONNECT a.example:0 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT http://a.example:443/ HTTP/1.1\r\n\r\n", 400),
        ("CONNECT a.example:443/x HTTP/1.1\r\n\r\n", 400),
        ("CONNECT x@a.example:443 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT a.example\0.evil:443 HTTP/1.1\r\n\r\n", 400),
        ("CONNECT a.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", 400),
        ("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:444\r\n\r\n", 400),
        ("CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 400),
        ("CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("CONNECT 0x7f.1:443 HTTP/1.1\r\n\r\n", 400),
    ] {
        assert_eq!(lab.ask(bytes).status(), status, "{bytes:?}");
    }
}

#[test]
fn a_tunnel_to_a_name_that_leads_inside_is_denied() {
    let lab = Lab::new(&["evil.example"], &[]);
    lab.liar.says("evil.example", &[&["93.184.216.34", "127.0.0.1"]]);
    let answer = lab.ask("CONNECT evil.example:443 HTTP/1.1\r\n\r\n");
    assert_eq!(answer.status(), 403);
    assert!(answer.json()["why"].as_str().unwrap().contains("loopback"));
}

#[test]
fn new_rules_close_old_tunnels() {
    let server = echo();
    let lab = Lab::to(&server);
    let mut peer = open(&lab, &server);
    let greeting = hello(&[sni(NAME.as_bytes())]);
    peer.send(&greeting);
    assert_eq!(peer.bytes(greeting.len()), greeting);
    let same = rules(&[&format!("{NAME}:{}", server.port())], &[NAME]);
    lab.served.as_ref().unwrap().replace_rules(Arc::new(same));
    assert!(peer.is_closed());
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Closed));
}

#[test]
fn limits_of_tunnels() {
    let greeting = hello(&[sni(NAME.as_bytes())]);
    let run = |limits: Limits, act: &dyn Fn(&mut Peer), expect: Failure| {
        let server = echo();
        let lab = Lab::to_with(&server, limits);
        let mut peer = open(&lab, &server);
        peer.send(&greeting);
        assert_eq!(peer.bytes(greeting.len()), greeting);
        act(&mut peer);
        peer.rest();
        assert_eq!(lab.events.ended().stage, Stage::Failed(expect));
    };
    let tunnel_bytes = Limits { tunnel_bytes: 1000, ..Limits::default() };
    run(tunnel_bytes, &|peer| assert!(peer.send([1; 5000])), Failure::TunnelBytes);
    let silent = |_: &mut Peer| {};
    let idle = |failure: &Failure| matches!(failure, Failure::ClientIdle | Failure::ServerIdle);
    let server = echo();
    let lab = Lab::to_with(&server, hasty());
    let mut peer = open(&lab, &server);
    peer.send(&greeting);
    peer.rest();
    assert!(matches!(lab.events.ended().stage, Stage::Failed(failure) if idle(&failure)));
    let short = Limits { tunnel_time: Duration::from_millis(200), ..Limits::default() };
    run(short, &silent, Failure::Time);
    // Silence of one side is none while the other speaks.
    let server = Server::raw(|peer| {
        peer.bytes(1);
        for _ in 0..12 {
            thread::sleep(Duration::from_millis(60));
            if !peer.send("x") {
                return;
            }
        }
    });
    let lab = Lab::to_with(&server, hasty());
    let mut peer = open(&lab, &server);
    peer.send(&greeting);
    assert_eq!(peer.rest(), b"xxxxxxxxxxxx");
}

#[test]
fn curl_speaks_tls_through_a_tunnel() {
    let (Some(curl), Some(openssl)) = (which("curl"), which("openssl")) else {
        eprintln!("skipped: there is no curl or openssl");
        return;
    };
    let folder = std::env::temp_dir().join(format!("aether-egress-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let made = Command::new(&openssl)
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-keyout", &file("key"), "-out", &file("cert"), "-subj", "/CN=x"])
        .args(["-addext", &format!("subjectAltName=DNS:{NAME}")])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new(&openssl)
        .args(["s_server", "-www", "-quiet", "-accept", &format!("127.0.0.1:{port}")])
        .args(["-key", &file("key"), "-cert", &file("cert")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = std::time::Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(std::time::Instant::now() < end);
        thread::sleep(Duration::from_millis(20));
    }
    let lab = Lab::new(
        &[&format!("{NAME}:{port}"), &format!("other.example:{port}")],
        &[NAME, "other.example"],
    );
    lab.liar.says("other.example", &[&["127.0.0.1"]]);
    let run = |arguments: &[&str]| {
        let output = Command::new(&curl)
            .args([
                "-sS",
                "-m",
                "10",
                "--cacert",
                &file("cert"),
                "-x",
                &format!("http://{}", lab.proxy),
            ])
            .args(arguments)
            .env_clear()
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&[&format!("https://{NAME}:{port}/")]);
    let fronted = run(&[
        "--connect-to",
        &format!("{NAME}:{port}:other.example:{port}"),
        "-p",
        &format!("https://{NAME}:{port}/"),
    ]);
    server.kill().unwrap();
    server.wait().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(lab.events.ended().stage, Stage::Done);
    assert_ne!(fronted.0, Some(0), "{}", fronted.1);
    let denied = lab.events.wait_for(|event| matches!(event.stage, Stage::Denied(_)));
    assert!(matches!(denied.stage, Stage::Denied(denied) if denied.why == Why::ServerName));
}
