//! Commands reach what they are granted, by name, and nothing else; what they try is told with the
//! option that would allow it. Real servers on loopback, and curl.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether_testkit::Outcome;
use serde_json::Value;

use crate::Stage;

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// An HTTP server that answers everything with `hello` and keeps what it was asked.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&heads);
        let port = serve(move |mut stream| {
            let head = head_of(&mut stream);
            kept.lock().expect("heads").push(head);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
            drop(stream.write_all(answer));
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("heads").clone()
    }
}

/// Accepts connections for as long as a test may take.
fn serve(act: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a listener");
    let act = Arc::new(act);
    std::thread::spawn(move || {
        let until = Instant::now() + 3 * PATIENCE;
        while Instant::now() < until {
            let Ok((stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            };
            stream.set_nonblocking(false).expect("a stream");
            stream.set_read_timeout(Some(PATIENCE)).expect("a stream");
            let act = Arc::clone(&act);
            std::thread::spawn(move || act(stream));
        }
    });
    port
}

fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// `aether exec`, with a report, of curl.
#[track_caller]
fn curl(stage: &Stage, options: &[&str], arguments: &[&str]) -> Outcome {
    let head = ["exec", "--timeout", "30s", "--inspect-security=report"];
    let tail = ["--", "curl", "-sS", "-m", "20"];
    stage.run(&[&head[..], options, &tail, arguments].concat())
}

fn report(stage: &Stage) -> Value {
    serde_json::from_str(&stage.text("report/report.json")).expect("JSON")
}

fn violations(stage: &Stage) -> Vec<Value> {
    report(stage)["cells"][0]["violations"].as_array().cloned().unwrap_or_default()
}

#[test]
fn what_is_granted_answers_and_is_counted() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let url = format!("http://{at}/a?secret=1");
    let outcome = curl(&stage, &["--net", &at, "--net-private", &at], &[&url]);
    outcome.exits(0).never_says("denied");
    assert_eq!(outcome.stdout, "hello", "{outcome}");
    assert!(server.heads()[0].starts_with("GET /a?secret=1 HTTP/1.1\r\n"));
    let grant = &report(&stage)["cells"][0]["grants"][0];
    assert_eq!((&grant["permission"], &grant["used"]), (&"network.domains".into(), &1.into()));
    let log = stage.text("report/audit.jsonl");
    for action in ["network.request", "network.end"] {
        let record = log.lines().find(|line| line.contains(action)).expect("a record");
        assert!(record.contains(&format!("GET {at}/a\"")), "{record}");
        assert!(!record.contains("secret"), "{record}");
    }
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
}

#[test]
fn an_ordinary_user_has_the_same_network() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let url = format!("http://{at}/");
    let options = ["exec", "--net", &at, "--net-private", &at, "--", "curl", "-sS", "-m", "20"];
    let outcome = stage.aether(&options).arg(&url).as_ordinary_user().run();
    assert_eq!(outcome.exits(0).stdout, "hello", "{outcome}");
}

#[test]
fn what_is_not_granted_is_denied_with_the_option_that_would_allow_it() {
    let stage = Stage::new();
    let outcome = curl(&stage, &[], &["http://example.com/x"]);
    outcome.exits(0).says("network.domains example.com").says("to allow it: --net example.com");
    let body = outcome.json();
    assert_eq!(body["error"], "denied by policy");
    assert_eq!(body["allow"]["option"], "--net example.com");
    assert!(stage.text("report/audit.jsonl").contains("--net example.com"));
    assert_eq!(violations(&stage)[0]["fix"], "--net example.com");
    // A tunnel is denied alike; curl says what it was answered.
    curl(&stage, &[], &["https://example.com/"]).exits(1).says("403").says("--net example.com");
}

#[test]
fn a_method_or_path_beyond_the_grant_is_denied() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let grant = format!("GET {at}/v1/**");
    let options = ["--net", &grant, "--net-private", &at];
    let url = format!("http://{at}/v1/x");
    assert_eq!(curl(&stage, &options, &[&url]).exits(0).stdout, "hello");
    let outcome = curl(&stage, &options, &["-d", "a=b", &url]);
    assert_eq!(outcome.json()["allow"]["option"], format!("--net 'POST {at}'"), "{outcome}");
    let outcome = curl(&stage, &options, &[&format!("http://{at}/v2")]);
    assert_eq!(outcome.json()["allow"]["option"], format!("--net 'GET {at}/v2'"), "{outcome}");
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn a_name_without_an_address_is_told_as_such() {
    let stage = Stage::new();
    let outcome = curl(&stage, &["--net", "example.invalid"], &["http://example.invalid/"]);
    outcome.exits(0).prints_some("the name does not resolve");
}

#[test]
fn this_machine_is_reached_where_its_owner_opens_it_alone() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let url = format!("http://{at}/");
    // Granting it is not enough: it would never take effect.
    let refused = curl(&stage, &["--net", &at], &[&url]);
    refused.exits(3).says(&format!("--net-private {at}"));
    // An address is opened as such.
    let address = format!("127.0.0.1:{}", server.port);
    let url = format!("http://{address}/");
    assert_eq!(curl(&stage, &["--net-private", &address], &[&url]).exits(0).stdout, "hello");
    let outcome = curl(&stage, &[], &["--noproxy", "", &url]);
    assert_eq!(outcome.json()["allow"]["option"], format!("--net-private {address}"), "{outcome}");
    let metadata = curl(&stage, &[], &["http://169.254.169.254/latest/meta-data"]);
    assert_eq!(metadata.json()["allow"], serde_json::json!({ "manifest": null, "policy": null }));
    assert_eq!(server.heads().len(), 1);
    stage.run(&["exec", "--net-private", "10.0.0.0/33", "--", "true"]).exits(2).says("no network");
}

#[test]
fn who_ignores_the_way_out_reaches_nothing() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let outcome = curl(
        &stage,
        &["--net", &at, "--net-private", &at],
        &["--noproxy", "*", &format!("http://{at}/")],
    );
    outcome.exits(1).prints_nothing();
    for address in ["http://1.1.1.1/", "http://[2606:4700:4700::1111]/", "http://10.0.0.1/"] {
        curl(&stage, &["--net", "example.com"], &["--noproxy", "*", address]).exits(1);
    }
    assert!(server.heads().is_empty());
}

#[test]
fn a_tunnel_to_another_server_than_it_was_opened_for_is_denied() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let elsewhere = format!("other.example:443:{at}");
    let outcome = curl(
        &stage,
        &["--net", &at, "--net-private", &at],
        &["--connect-to", &elsewhere, "https://other.example/"],
    );
    outcome.exits(1).prints_nothing().says("denied");
    let found = violations(&stage);
    let message = found[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("TLS server name"), "{found:?}");
}

#[test]
fn a_flood_of_denials_stays_bounded() {
    let stage = Stage::new();
    let outcome = curl(&stage, &[], &["-o", "/dev/null", "http://n[1-400].example/"]);
    outcome.exits(0);
    let found = violations(&stage);
    assert!(found.len() <= 257, "{}", found.len());
    let log = stage.text("report/audit.jsonl");
    assert!(log.lines().count() < 1100);
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
}

#[test]
fn the_end_of_the_cell_ends_its_connections() {
    let stage = Stage::new();
    let (say, ended) = std::sync::mpsc::channel();
    let say = Mutex::new(say);
    let port = serve(move |mut stream| {
        head_of(&mut stream);
        // Never answered: the other side has to go.
        let end = stream.read(&mut [0]);
        say.lock().expect("a channel").send(matches!(end, Ok(0) | Err(_))).expect("a reader");
    });
    let at = format!("localhost:{port}");
    let options = ["--net", &at, "--net-private", &at, "--timeout", "1s"];
    let url = format!("http://{at}/");
    let head = ["exec", "--inspect-security=report"];
    let tail = ["--", "curl", "-sS", &url];
    stage.run(&[&head[..], &options, &tail].concat()).exits(5);
    assert_eq!(ended.recv_timeout(PATIENCE), Ok(true));
    let log = stage.text("report/audit.jsonl");
    let end = log.lines().find(|line| line.contains("network.end")).expect("an end");
    assert!(end.contains("\"failed\""), "{end}");
}

#[test]
fn a_granted_port_leads_to_the_command_and_to_nobody_else() {
    let stage = Stage::new();
    let port = free_port();
    let caller = std::thread::spawn(move || {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while heard.len() < 2 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
            heard.extend(call(port));
        }
        heard
    });
    let listen = format!(
        "use IO::Socket::INET; \
         my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', \
             LocalPort => {port}, ReuseAddr => 1) or die qq(no port: $!\\n); \
         for (1, 2) {{ my $c = $s->accept; print $c scalar(<$c>); close $c }}"
    );
    let port = port.to_string();
    let head = ["exec", "--timeout", "30s", "--inspect-security=report"];
    let perl = ["--", "perl", "-e", &listen];
    let outcome = stage.run(&[&head[..], &["--listen", &port], &perl].concat());
    outcome.exits(0);
    assert_eq!(caller.join().expect("answers"), ["echo\n", "echo\n"], "{outcome}");
    let grant = &report(&stage)["cells"][0]["grants"][0];
    assert_eq!(grant["permission"], "network.inbound");
    assert!(grant["used"].as_u64() >= Some(2), "{grant}");
    // Without the grant the command cannot listen at all.
    let outcome = stage.run(&[&head[..], &perl].concat());
    outcome.exits(1).says("no port");
}

/// What is answered at a port to a line; nothing as long as nobody listens.
fn call(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(b"echo\n").ok()?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard).ok()?;
    Some(heard).filter(|heard| !heard.is_empty())
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_port_that_is_taken_refuses_the_start() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let stage = Stage::new();
    let outcome = stage.run(&["exec", "--listen", &port, "--", "true"]);
    outcome.exits(2).says("cannot be listened on");
}

#[test]
fn a_policy_opens_places_inside_and_says_what_is_none() {
    let (stage, server) = (Stage::new(), Server::start());
    let at = format!("localhost:{}", server.port);
    let policy = |private: &str| {
        format!(
            "version: 1\nplugins:\n  command:\n    allow:\n      network: {{ domains: [\"{at}\"], \
             private: [\"{private}\"] }}\n    limits: {{ memory: 1GB, timeout: 24h, cpu: 64, \
             disk: 1GB, processes: 256 }}\n"
        )
    };
    stage.file("policy.yaml", policy(&at));
    let url = format!("http://{at}/");
    let options = ["--policy", "policy.yaml", "--net", &at];
    assert_eq!(curl(&stage, &options, &[&url]).exits(0).stdout, "hello");
    let both = [&options[..], &["--net-private", &at]].concat();
    curl(&stage, &both, &[&url]).exits(2).says("does not go together");
    stage.file("policy.yaml", policy("169.254.169.254"));
    curl(&stage, &options, &[&url]).exits(2).says("policy.yaml:5:").says("can never take effect");
}
