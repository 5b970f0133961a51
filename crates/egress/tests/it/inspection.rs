//! Tunnels whose rules name methods or paths.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use aether_egress::{Failure, Limits, Stage, Why};
use rustls::{ClientConnection, StreamOwned};

use crate::lab::{Lab, NAME, Server, hasty};
use crate::proxy::which;
use crate::{tls, tunnels};

struct Inside {
    lab: Lab,
    server: Server,
}

type Secure = StreamOwned<ClientConnection, TcpStream>;

impl Inside {
    fn new(rule: &str, names: &[&str]) -> Self {
        Self::with(rule, names, Limits::default())
    }

    fn with(rule: &str, names: &[&str], limits: Limits) -> Self {
        let (server, der) = tls::server(names, |head| {
            let line = head.lines().next().unwrap();
            let host = head.lines().find(|line| line.starts_with("Host: ")).unwrap();
            let said = format!("{line}|{host}");
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()).into_bytes()
        });
        let rule = rule.replace('@', &format!("{NAME}:{}", server.port()));
        let lab = Lab::trusting(&[&rule], &[NAME], limits, vec![der]);
        Inside { lab, server }
    }

    fn open(&self) -> TcpStream {
        let mut peer = self.lab.connect();
        let at = format!("{NAME}:{}", self.server.port());
        peer.send(format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n\r\n"));
        assert_eq!(peer.head(), "HTTP/1.1 200 Connection established\r\n\r\n");
        peer.stream
    }

    fn secure(&self) -> Secure {
        let authority = tls::der_of(self.lab.egress.authority());
        tls::client(self.open(), NAME, &authority).expect("the authority is trusted")
    }

    fn ask(&self, stream: &mut Secure, line: &str) -> (u16, String) {
        let host = format!("{NAME}:{}", self.server.port());
        ask_with(stream, line, &host)
    }
}

fn ask_with(stream: &mut Secure, line: &str, host: &str) -> (u16, String) {
    let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let mut byte = [0];
    let mut left = None;
    while left != Some(0) {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            break;
        }
        text.push(byte[0].into());
        if let Some(left) = &mut left {
            *left -= 1;
        } else if text.ends_with("\r\n\r\n") {
            let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            left = Some(length.unwrap_or("0").parse::<usize>().unwrap());
        }
    }
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    (head.split(' ').nth(1).unwrap_or("0").parse().unwrap(), body.to_owned())
}

#[test]
fn each_request_inside_is_decided_on() {
    let inside = Inside::new("GET @/open/**", &[NAME]);
    let mut stream = inside.secure();
    let host = format!("{NAME}:{}", inside.server.port());
    let (status, body) = inside.ask(&mut stream, "GET /open/../open/%61?q=1");
    assert_eq!((status, body), (200, format!("GET /open/a?q=1 HTTP/1.1|Host: {host}")));
    let (status, body) = inside.ask(&mut stream, "GET /shut");
    assert_eq!(status, 403);
    assert!(body.contains("other paths") && body.contains("\"deliberate\":true"), "{body}");
    assert_eq!(inside.ask(&mut stream, "GET /open/../shut").0, 403);
    assert_eq!(inside.ask(&mut stream, "GET /open/..%2fshut").0, 403);
    assert_eq!(inside.ask(&mut stream, "POST /open/a").0, 403);
    assert_eq!(inside.ask(&mut stream, "GET /open/b").0, 200);
    assert_eq!(inside.server.connections(), 1);
    let events = inside.lab.events.first(8);
    assert_eq!(events[0].stage, Stage::Allowed);
    assert_eq!(events[0].path.as_deref(), Some("/open/a"));
    let denied = events.iter().filter(|event| matches!(event.stage, Stage::Denied(_))).count();
    assert_eq!(denied, 4);
}

#[test]
fn the_host_inside_is_that_of_the_tunnel() {
    let inside = Inside::new("GET @/open/**", &[NAME]);
    for host in ["evil.example", NAME, "api.test.example:1"] {
        let mut stream = inside.secure();
        assert_eq!(ask_with(&mut stream, "GET /open/a", host).0, 400, "{host}");
    }
    for line in ["GET http://evil.example/open/a", "CONNECT evil.example:443", "OPTIONS *"] {
        assert_eq!(inside.ask(&mut inside.secure(), line).0, 400, "{line}");
    }
    assert_eq!(inside.server.connections(), 0);
}

#[test]
fn the_server_name_is_that_of_the_tunnel() {
    let inside = Inside::new("GET @/open/**", &[NAME]);
    let authority = tls::der_of(inside.lab.egress.authority());
    assert!(tls::client(inside.open(), "other.example", &authority).is_none());
    let end = inside.lab.events.ended();
    assert!(matches!(end.stage, Stage::Denied(denied) if denied.why == Why::ServerName));
    assert_eq!(inside.server.connections(), 0);
}

#[test]
fn a_server_with_the_wrong_certificate_is_not_spoken_to() {
    let inside = Inside::new("GET @/open/**", &["other.example"]);
    let mut stream = inside.secure();
    let (status, body) = inside.ask(&mut stream, "GET /open/a");
    assert_eq!(status, 502);
    assert!(body.contains("TLS with the server failed"), "{body}");
}

#[test]
fn another_gateway_has_another_authority() {
    let inside = Inside::new("GET @/open/**", &[NAME]);
    let other = Inside::new("GET @/open/**", &[NAME]);
    let authority = tls::der_of(other.lab.egress.authority());
    assert!(tls::client(inside.open(), NAME, &authority).is_none());
    let end = inside.lab.events.ended();
    assert!(matches!(&end.stage, Stage::Failed(Failure::ClientTls(_))), "{end:?}");
    assert_eq!(
        (end.method, end.host.as_deref(), end.status),
        (Some("CONNECT"), Some(NAME), Some(200))
    );
}

/// What broke off before a request is recorded too: a client that is silent, that leaves, that greets
/// and then says no more.
#[test]
fn a_tunnel_without_a_request_is_recorded() {
    let greeting = tunnels::hello(&[tunnels::sni(NAME.as_bytes())]);
    for (bytes, leaves, expect) in [
        (&b""[..], false, Failure::ClientIdle),
        (b"", true, Failure::Client),
        (&greeting[..9], false, Failure::ClientIdle),
        (&greeting[..9], true, Failure::Client),
        (b"\x16\x03\x01\x00\x00", false, Failure::Hello),
    ] {
        let inside = Inside::with("GET @/open/**", &[NAME], hasty());
        let mut stream = inside.open();
        stream.write_all(bytes).unwrap();
        if leaves {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let end = inside.lab.events.ended();
        assert_eq!(end.stage, Stage::Failed(expect), "{bytes:?}");
        assert_eq!((end.host.as_deref(), end.path.as_deref()), (Some(NAME), None));
    }
    // A greeting that no TLS can be agreed on by.
    let inside = Inside::with("GET @/open/**", &[NAME], hasty());
    inside.open().write_all(&greeting).unwrap();
    let end = inside.lab.events.ended();
    assert!(matches!(&end.stage, Stage::Failed(Failure::ClientTls(_))), "{end:?}");
    assert_eq!(inside.server.connections(), 0);
}

#[test]
fn a_rule_for_all_is_not_looked_into() {
    let inside = Inside::new("@", &[NAME]);
    let authority = tls::der_of(inside.lab.egress.authority());
    // The certificate is the server's own, not one of the authority.
    assert!(tls::client(inside.open(), NAME, &authority).is_none());
}

/// Programs that nobody changed, with the authority in a file as a cell has it.
#[test]
fn other_programs_trust_the_authority() {
    let inside = Inside::new("GET @/open/**", &[NAME]);
    let folder = std::env::temp_dir().join(format!("aether-egress-ca-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ca.pem").display().to_string();
    std::fs::write(&file, inside.lab.egress.authority()).unwrap();
    let url = |path: &str| format!("https://{NAME}:{}{path}", inside.server.port());
    let proxy = format!("http://{}", inside.lab.proxy);
    let run = |program: &str, arguments: &[&str]| {
        let program = which(program)?;
        let mut command = Command::new(program);
        // Version managers find their programs through these.
        let kept = ["PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
        command.args(arguments).env_clear().envs(kept).env("https_proxy", &proxy);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(text(&output.stdout) + &text(&output.stderr))
    };
    let python = "import ssl, sys, urllib.request as u, urllib.error as e\n\
                  c = ssl.create_default_context(cafile=sys.argv[1])\n\
                  c.verify_flags |= ssl.VERIFY_X509_STRICT\n\
                  try: r = u.urlopen(sys.argv[2], context=c, timeout=10)\n\
                  except e.HTTPError as error: r = error\n\
                  print(r.status, r.read().decode())";
    for (path, status) in [("/open/a", "200"), ("/shut", "403")] {
        let curl = ["-sS", "-m", "10", "-w", "%{http_code}", "--cacert", &file, &url(path)];
        for (program, arguments) in
            [("curl", &curl[..]), ("python3", &["-c", python, &file, &url(path)])]
        {
            match run(program, arguments) {
                Some(said) => assert!(said.contains(status), "{program}: {said}"),
                None => eprintln!("skipped: there is no {program}"),
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
