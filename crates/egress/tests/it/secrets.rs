//! Secrets that a plugin uses without having them.

use std::sync::Arc;
use std::sync::mpsc::channel;

use aether_egress::{
    Body, Client, EgressEvent, Failure, Fetch, FetchError, HandshakeError, Heard, Host, Limits,
    Message, OpenSocket, Outlet, Part, Request, Rules, Secret, Stage, Tunnel, Why, body_stream,
};
use aether_manifest::DomainPattern;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::lab::{Answer, Lab, NAME, PATIENCE, Server};
use crate::rules::rules;
use crate::websocket::{accept, echo};

const PLACEHOLDER: &str = "aether-secret-0123456789";
const VALUE: &str = "s3cr3t value";

fn secret(to: &[&str]) -> Secret {
    let to = to.iter().map(|text| DomainPattern::parse(text).unwrap());
    Secret::new("token", PLACEHOLDER, VALUE, to).unwrap()
}

#[test]
fn what_can_be_a_secret() {
    let check = |placeholder: &str, value: &str| Secret::new("x", placeholder, value, []).is_ok();
    assert!(check(PLACEHOLDER, VALUE));
    for placeholder in ["", "short", &"x".repeat(257), "with a blank in it", "with.dots.in.it.all"]
    {
        assert!(!check(placeholder, VALUE), "{placeholder}");
    }
    for value in ["", "a\r\nb: c", "a\0", "ü", &"x".repeat(9000), &format!("a{PLACEHOLDER}b")] {
        assert!(!check(PLACEHOLDER, value), "{value:?}");
    }
    assert!(!format!("{:?}", secret(&[])).contains(VALUE));
}

#[test]
fn tunnels_to_its_hosts_are_looked_into() {
    let rules = rules(&["a.example", "b.example"], &[]).with_secrets([secret(&["a.example"])]);
    let tunnel = |host: &str| rules.decide_tunnel(&Host::parse(host).unwrap(), 443).unwrap();
    assert_eq!(tunnel("a.example"), Tunnel::Inspected);
    assert!(matches!(tunnel("b.example"), Tunnel::Closed(_)));
}

/// A gateway for one server under two names, of which one may get the secret.
struct Scene {
    lab: Lab,
    server: Server,
}

impl Scene {
    fn new() -> Self {
        let server = Server::hello();
        let lab = Lab::new(&[], &[]);
        Scene { lab, server }
    }

    fn rules(&self) -> Rules {
        let port = self.server.port();
        let names = ["localhost", NAME].map(|name| format!("{name}:{port}"));
        rules(&[&names[0], &names[1]], &["localhost", NAME])
            .with_secrets([secret(&[&format!("GET localhost:{port}/in/**"), &names[1]])])
    }

    fn put_in_force(&self) {
        self.lab.served.as_ref().unwrap().replace_rules(Arc::new(self.rules()));
    }

    fn ask(&self, name: &str, line: &str, header: &str) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let at = format!("{name}:{}", self.server.port());
        self.lab
            .ask(format!("{method} http://{at}{path} HTTP/1.1\r\nHost: {at}\r\n{header}\r\n\r\n"))
    }
}

#[test]
fn a_decoy_goes_nowhere_and_has_nothing_looked_into() {
    const DECOY: &str = "AKIAQ7XMPLE2DECOY3KX";
    let scene = Scene::new();
    let decoys = || [Secret::decoy("wallet", DECOY).unwrap()];
    let port = scene.server.port();
    let name = format!("localhost:{port}");
    let with_decoy = rules(&[&name], &["localhost"]).with_secrets(decoys());
    assert!(!with_decoy.looks_into_tunnels());
    let a = rules(&["a.example"], &[]).with_secrets(decoys());
    let tunnel = a.decide_tunnel(&Host::parse("a.example").unwrap(), 443).unwrap();
    assert!(matches!(tunnel, Tunnel::Closed(_)));
    scene.lab.served.as_ref().unwrap().replace_rules(Arc::new(with_decoy));
    for (line, header) in [
        (format!("GET /?key={DECOY}"), String::new()),
        (format!("GET /{DECOY}"), String::new()),
        ("GET /".to_owned(), format!("X: {DECOY}")),
    ] {
        assert_eq!(scene.ask("localhost", &line, &header).status(), 403, "{line} {header}");
    }
    assert_eq!(scene.ask("localhost", "GET /", "X: AKIAQ7XMPLE2").status(), 200);
    let is_decoy = |event: &EgressEvent| matches!(&event.stage, Stage::Denied(denied) if denied.why == Why::Decoy("wallet".into()));
    assert_eq!(scene.lab.events.all().iter().filter(|event| is_decoy(event)).count(), 3);
    for text in ["short", "with a blank in it, and long", ""] {
        assert!(Secret::decoy("wallet", text).is_err(), "{text}");
    }
}

#[test]
fn a_secret_that_is_withheld_goes_nowhere() {
    let scene = Scene::new();
    let withholding = scene.rules().withholding_secrets();
    scene.lab.served.as_ref().unwrap().replace_rules(Arc::new(withholding));
    let bearer = format!("Authorization: Bearer {PLACEHOLDER}");
    assert_eq!(scene.ask("localhost", "GET /in/a", &bearer).status(), 403);
    assert_eq!(scene.ask("localhost", "GET /in/a", "").status(), 200, "the rest is as it was");
    scene.put_in_force();
    assert_eq!(scene.ask("localhost", "GET /in/a", &bearer).status(), 200);
}

#[test]
fn a_secret_is_sent_where_it_belongs_alone() {
    let scene = Scene::new();
    scene.put_in_force();
    let bearer = format!("Authorization: Bearer {PLACEHOLDER}");
    assert_eq!(scene.ask("localhost", "GET /in/a", &bearer).status(), 200);
    let sent = &scene.server.requests()[0].head;
    assert!(sent.contains(&format!("Authorization: Bearer {VALUE}\r\n")), "{sent}");
    assert!(!sent.contains(PLACEHOLDER));
    let twice = format!("X: {PLACEHOLDER},{PLACEHOLDER}");
    assert_eq!(scene.ask("localhost", "GET /in/a", &twice).status(), 200);
    assert!(scene.server.requests()[1].head.contains(&format!("X: {VALUE},{VALUE}\r\n")));
    for (name, line, header) in [
        // Another path, another method, in the clear over a network, in the address.
        ("localhost", "GET /out", bearer.as_str()),
        ("localhost", "POST /in/a", &bearer),
        (NAME, "GET /", &bearer),
        ("other.example", "GET /", &bearer),
        ("localhost", &format!("GET /in/{PLACEHOLDER}"), "A: b"),
        ("localhost", &format!("GET /in/a?k={PLACEHOLDER}"), "A: b"),
        ("localhost", "GET /in/%61ether-secret-0123456789", "A: b"),
        ("other.example", "GET /", &format!("{PLACEHOLDER}: x")),
    ] {
        let answer = scene.ask(name, line, header);
        assert_eq!(answer.status(), 403, "{name} {line}");
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert_eq!(why, Why::Secret("token".into()).to_string(), "{name} {line}");
        assert!(!answer.text().contains(VALUE));
    }
    assert_eq!(scene.server.requests().len(), 2);
    assert_eq!(scene.ask("localhost", "GET /out", "A: b").status(), 200);
    let told = format!("{:?}", scene.lab.events.all());
    assert!(!told.contains(VALUE) && told.contains("Secret(\"token\")"));
}

/// A value of `Authorization` for a name and this password.
fn basic(password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("user:{password}")))
}

#[test]
fn a_secret_in_basic_credentials_is_seen_and_filled() {
    let scene = Scene::new();
    scene.put_in_force();
    let header = format!("Authorization: {}", basic(PLACEHOLDER));
    assert_eq!(scene.ask("localhost", "GET /in/a", &header).status(), 200);
    let sent = scene.server.requests()[0].head.clone();
    assert!(sent.contains(&format!("Authorization: {}\r\n", basic(VALUE))), "{sent}");
    // As sent when nothing is to be filled in, however it is spelled.
    assert_eq!(scene.ask("localhost", "GET /in/a", "Authorization: basic  dTpwcA").status(), 200);
    assert!(scene.server.requests()[1].head.contains("Authorization: basic  dTpwcA\r\n"));
    let loose = header.replace("Basic ", "bASIC   ").replace('=', "");
    for (name, line, header) in [
        ("localhost", "GET /out", header.as_str()),
        (NAME, "GET /", &header),
        ("other.example", "GET /", &loose),
        ("other.example", "GET /", &header.replace("Authorization", "X-Other")),
    ] {
        let answer = scene.ask(name, line, header);
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert_eq!(why, Why::Secret("token".into()).to_string(), "{name} {line} {header}");
    }
    assert_eq!(scene.server.requests().len(), 2);
}

#[test]
fn a_placeholder_in_a_body_goes_no_further() {
    let server = Server::answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec());
    let lab = Lab::new(&[], &[]);
    let at = format!("localhost:{}", server.port());
    let rules = rules(&[&at], &["localhost"]).with_secrets([secret(&[&at])]);
    lab.served.as_ref().unwrap().replace_rules(Arc::new(rules));
    let body = format!("{}{PLACEHOLDER}{}", "x".repeat(100_000), "y".repeat(1000));
    let chunked: String =
        body.as_bytes().chunks(10).map(|c| format!("{:x}\r\n{}\r\n", c.len(), text(c))).collect();
    for (field, body) in [
        (format!("Content-Length: {}", body.len()), body),
        ("Transfer-Encoding: chunked".to_owned(), chunked + "0\r\n\r\n"),
        (format!("Content-Length: {}", PLACEHOLDER.len()), PLACEHOLDER.to_owned()),
    ] {
        let answer =
            lab.ask(format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\n{field}\r\n\r\n{body}"));
        assert_eq!(answer.status(), 403, "{field}");
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert_eq!(why, Why::Secret("token".into()).to_string(), "{field}");
    }
    // The server got no whole request.
    assert!(server.requests().iter().all(|request| !request.is_whole));
    assert!(server.requests().iter().all(|request| !text(&request.body).contains(PLACEHOLDER)));
    let denied = |event: &EgressEvent| matches!(&event.stage, Stage::Denied(denied) if denied.why == Why::Secret("token".into()));
    lab.events.wait_for(denied);
    let short = &PLACEHOLDER[..PLACEHOLDER.len() - 1];
    let head =
        format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: {}", short.len());
    assert_eq!(lab.ask(format!("{head}\r\n\r\n{short}")).status(), 200);
}

/// An outlet for one server, whose rules hold a secret for it.
fn outlet_to(lab: &Lab, methods: &str, server: &Server) -> Outlet {
    let rule = format!("{methods}localhost:{}", server.port());
    let rules = rules(&[&rule], &["localhost"]).with_secrets([secret(&[&rule])]);
    let outlet = lab.outlet(&[], &[], Limits::default());
    outlet.replace_rules(Arc::new(rules));
    outlet
}

#[test]
fn a_placeholder_in_a_body_that_is_written_goes_no_further() {
    let (say, came) = channel();
    let server = Server::raw(move |peer| {
        peer.head();
        say.send(peer.rest()).unwrap();
    });
    let lab = Lab::new(&[], &[]);
    let (writer, stream) = body_stream();
    let fetch = Fetch {
        method: "POST".into(),
        url: format!("http://localhost:{}/", server.port()),
        body: Body::Stream(stream),
        ..Fetch::default()
    };
    let mut fetching = outlet_to(&lab, "", &server).fetcher().fetch(fetch, Arc::new(|| {}));
    let (front, back) = PLACEHOLDER.split_at(9);
    writer.write(format!("a {front}").into_bytes()).unwrap();
    writer.write(back.into()).unwrap();
    let Some(Part::Failed(FetchError::Denied(denied))) = fetching.next_part() else { panic!() };
    assert_eq!(denied.why, Why::Secret("token".into()));
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), b"b\r\na aether-se\r\n");
    assert!(matches!(lab.events.ended().stage, Stage::Denied(_)));
}

#[test]
fn a_placeholder_in_a_message_goes_no_further() {
    let server = echo();
    let lab = Lab::new(&[], &[]);
    let outlet = outlet_to(&lab, "WS ", &server);
    let open = || {
        let url = format!("ws://localhost:{}/", server.port());
        let open = OpenSocket { url, ..OpenSocket::default() };
        let mut socket = outlet.fetcher().open(open, Arc::new(|| {}));
        assert!(matches!(socket.next_heard(), Some(Heard::Opened(_))));
        socket
    };
    let is_denied = |heard: Option<Heard>| {
        matches!(heard, Some(Heard::Failed(FetchError::Denied(denied)))
            if denied.why == Why::Secret("token".into()))
    };
    let (front, back) = PLACEHOLDER.split_at(9);
    let mut socket = open();
    socket.send(Message::Text(front.to_owned())).unwrap();
    assert_eq!(socket.next_heard(), Some(Heard::Message(Message::Text(front.to_owned()))));
    socket.send(Message::Binary(back.into())).unwrap();
    assert!(is_denied(socket.next_heard()));
    assert!(matches!(lab.events.ended().stage, Stage::Denied(_)));
    let mut socket = open();
    socket.close(Some((1000, PLACEHOLDER))).unwrap();
    assert!(is_denied(socket.next_heard()));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the gateway would deny before it does anything, told without a gateway.
#[test]
fn a_misplaced_secret_is_told_as_such() {
    let rules = rules(&["a.example", "b.example"], &[]).with_secrets([secret(&["a.example"])]);
    let decide = |url: &str, value: &str, body: &str| {
        let request = Request::parse("POST", url).unwrap();
        let headers = [("Authorization".to_owned(), value.to_owned())];
        let decided = rules.decide_whole(&request, &headers, body.as_bytes());
        decided.map(|allowed| allowed.rule).map_err(|denied| denied.why)
    };
    let misplaced = Err(Why::Secret("token".into()));
    let bearer = format!("Bearer {PLACEHOLDER}");
    assert_eq!(decide("https://a.example/", &bearer, ""), Ok(Some(0)));
    assert_eq!(decide("https://b.example/", "x", "y"), Ok(Some(1)));
    assert_eq!(decide("https://b.example/", &bearer, ""), misplaced);
    assert_eq!(decide("https://c.example/", &bearer, ""), misplaced);
    assert_eq!(decide("https://c.example/", &basic(PLACEHOLDER), ""), misplaced);
    assert_eq!(decide("http://a.example/", &bearer, ""), misplaced);
    assert_eq!(decide("https://a.example/", "x", PLACEHOLDER), misplaced);
    assert_eq!(decide("https://c.example/", "x", PLACEHOLDER), Err(Why::Host));
    assert_eq!(decide("https://c.example/", "a\nb", ""), Err(Why::Host));
}

#[test]
fn a_secret_that_is_for_one_path_is_not_sent_to_another_by_a_header() {
    let to = |text: &str| rules(&["a.example"], &[]).with_secrets([secret(&[text])]);
    let request = Request::parse("GET", "https://a.example/in").unwrap();
    let headers = ["X-Key", "X-Original-URL"].map(|name| (name.to_owned(), PLACEHOLDER.to_owned()));
    let decide =
        |rules: Rules| rules.decide_headers(&request, &headers).map_err(|denied| denied.why);
    assert_eq!(decide(to("GET a.example/in")).unwrap_err(), Why::Secret("token".into()));
    assert!(decide(to("a.example")).is_ok());
}

#[test]
fn a_secret_does_not_go_along_with_a_redirect() {
    let other = Server::hello();
    let port = other.port();
    let server = Server::answering(move |_: &Answer| {
        format!("HTTP/1.1 307 X\r\nLocation: http://{NAME}:{port}/\r\nContent-Length: 0\r\n\r\n")
            .into()
    });
    let lab = Lab::new(&[], &[]);
    let patterns = [format!("localhost:{}", server.port()), format!("{NAME}:{port}")];
    let rules = rules(&[&patterns[0], &patterns[1]], &["localhost", NAME])
        .with_secrets([secret(&[&patterns[0]])]);
    let events = lab.events.clone();
    let fetcher = lab.egress.fetcher(Client {
        name: "triage".into(),
        rules: Arc::new(rules),
        on_event: Arc::new(move |event| {
            events.push(event.clone());
            Ok(())
        }),
        limits: Limits::default(),
    });
    let url = format!("http://localhost:{}/", server.port());
    let run = |name: &str| {
        let headers = vec![(name.to_owned(), PLACEHOLDER.to_owned())];
        let fetch = Fetch { method: "GET".into(), url: url.clone(), headers, ..Fetch::default() };
        fetcher.fetch(fetch, Arc::new(|| {})).next_part()
    };
    // The header of another origin's credentials is dropped; another header is denied.
    assert!(matches!(run("Authorization"), Some(Part::Head(_))));
    let Some(Part::Failed(FetchError::Denied(denied))) = run("X-Key") else { panic!() };
    assert_eq!(denied.why, Why::Secret("token".into()));
    assert!(server.requests().iter().all(|request| request.head.contains(VALUE)));
    assert_eq!(other.requests().len(), 1);
    assert!(!other.requests()[0].head.contains("aether-secret"));
    lab.events.wait_for(|event| matches!(event.stage, Stage::Denied(_)));
}

#[test]
fn a_request_without_placeholders_is_decided_on_as_ever() {
    let request = Request::parse("GET", "https://a.example/").unwrap();
    let rules = rules(&["b.example"], &[]).with_secrets([secret(&["a.example"])]);
    assert_eq!(rules.decide(&request).unwrap_err().why, Why::Host);
}

#[test]
fn a_websocket_carries_a_secret_and_does_not_tell_it() {
    // It chooses the protocol that it is offered, as servers do.
    let server = Server::answering(|request| {
        let accept = accept(&request.field("sec-websocket-key").unwrap());
        let chosen = request.field("sec-websocket-protocol").unwrap();
        format!(
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Protocol: {chosen}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into()
    });
    let lab = Lab::new(&[], &[]);
    let outlet = lab.outlet(&[], &[], Limits::default());
    let port = server.port();
    let secret = |to: &str| {
        let to = DomainPattern::parse(to).unwrap();
        Secret::new("token", PLACEHOLDER, "s3cr3t", [to]).unwrap()
    };
    let open = |to: &str, protocol: &str| {
        let rules = rules(&[&format!("WS localhost:{port}")], &["localhost"]);
        outlet.replace_rules(Arc::new(rules.with_secrets([secret(to)])));
        let asked = OpenSocket {
            url: format!("ws://localhost:{port}/"),
            protocols: vec![protocol.to_owned()],
            headers: vec![("Authorization".into(), format!("Bearer {PLACEHOLDER}"))],
        };
        outlet.fetcher().open(asked, Arc::new(|| {})).next_heard()
    };
    let to = format!("WS localhost:{port}");
    let Some(Heard::Opened(head)) = open(&to, "plain") else { panic!() };
    assert!(!format!("{head:?}").contains("s3cr3t"));
    assert_eq!(server.requests()[0].field("authorization").as_deref(), Some("Bearer s3cr3t"));
    let chosen = Failure::Handshake(HandshakeError::Chosen);
    assert_eq!(open(&to, PLACEHOLDER), Some(Heard::Failed(FetchError::Failed(chosen))));
    // A secret for requests is none for WebSockets.
    let denied = open(&format!("localhost:{port}"), "plain");
    assert!(matches!(denied, Some(Heard::Failed(FetchError::Denied(denied)))
        if denied.why == Why::Secret("token".into())));
}
