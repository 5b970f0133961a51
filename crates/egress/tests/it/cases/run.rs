//! Plays cases on real sockets, and listens at the canaries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use aether_egress::{
    Client, Config, Egress, Fetch, FetchError, Limits, Part, Private, Roots, Rule, Rules, Secret,
    Stage as Told,
};
use aether_manifest::DomainPattern;

use super::{Act, Case, Group, NAME, PLACEHOLDER, Verdict};
use crate::dns::{NameServer, Says, Script};
use crate::lab::{Answer, Events, PATIENCE, Peer};
use crate::tunnels::{hello, sni};

/// What the name server says whatever else it says.
const OWN: Script = &[(NAME, &[Says::These(&["127.0.0.1"])])];

/// Everything that the cases share.
pub(super) struct Stage {
    egress: Egress,
    names: NameServer,
    server: Ear,
    canaries: Vec<Ear>,
    escapes: usize,
}

/// What became of a case.
struct Came {
    verdict: Verdict,
    reason: String,
}

impl Stage {
    pub(super) fn new() -> Self {
        let names = NameServer::start();
        let (resolver, roots) = (names.resolver(), Roots::Only(Vec::new()));
        let egress = Egress::start(Config { resolver, roots, ..Config::default() }).unwrap();
        let (server, canaries) = ears();
        // A canary that nobody can hear proves nothing.
        canaries.iter().for_each(Ear::prove);
        Stage { egress, names, server, canaries, escapes: 0 }
    }

    /// Plays one case; tells what was wrong with it, if anything was.
    pub(super) fn play(&mut self, group: &Group, (act, expect, reason): Case) -> Option<String> {
        self.names.says(group.names.iter().chain(OWN));
        let came = self.act(group, act);
        let heard: Vec<String> = self.server.lines().into_iter().filter(|l| !is_hop(l)).collect();
        let wanted = wanted(act, expect, reason);
        let strays: usize = self.canaries.iter().map(Ear::connections).sum();
        let beyond = heard.iter().filter(|line| **line != wanted.0).count();
        let more = heard.len().saturating_sub(wanted.1);
        self.escapes += strays + beyond.max(more);
        let is_told = expect == Verdict::Passed || came.reason.contains(reason);
        let is_heard = strays == 0 && beyond == 0 && heard.len() == wanted.1;
        let Came { verdict, reason: said } = came;
        (verdict != expect || !is_told || !is_heard).then(|| {
            let name = group.name;
            format!("{name}: {act:?}: {verdict:?} ({said}), not {expect:?} ({reason}); {heard:?}")
        })
    }

    /// How much got where it must not, with what came late.
    pub(super) fn escapes(&self) -> usize {
        self.canaries.iter().for_each(Ear::prove);
        self.escapes + self.canaries.iter().map(Ear::connections).sum::<usize>()
    }

    fn act(&self, group: &Group, act: Act) -> Came {
        let events = Events::default();
        let client = self.client(group, &events);
        match act {
            Act::Fetch(url) => self.fetch(client, url, None),
            Act::FetchWith(url, header) => self.fetch(client, url, Some(header)),
            Act::Tunnel(to, name) => self.tunnel(client, &events, to, name),
            Act::Get(url) => self.ask(client, [self.request("GET", url, "", "")]),
            Act::With(url, header) => self.ask(client, [self.request("GET", url, header, "")]),
            Act::Post(url, body) => self.ask(client, [self.request("POST", url, "", body)]),
            Act::Twice(url) => self.ask(client, [(); 2].map(|()| self.request("GET", url, "", ""))),
            Act::Bytes(bytes) => self.ask(client, [self.filled(bytes)]),
        }
    }

    fn client(&self, group: &Group, events: &Events) -> Client {
        let events = events.clone();
        Client {
            name: "triage".to_owned(),
            rules: Arc::new(self.rules(group)),
            on_event: Arc::new(move |event| {
                events.push(event.clone());
                Ok(())
            }),
            limits: Limits { idle_time: Duration::from_secs(2), ..Limits::default() },
        }
    }

    fn rules(&self, group: &Group) -> Rules {
        let pattern = |text: &&str| DomainPattern::parse(&self.filled(text)).unwrap();
        let rule = |(index, text)| Rule { index, pattern: pattern(text) };
        let private =
            group.private.iter().map(|text| self.filled(text).parse::<Private>().unwrap());
        let rules =
            Rules::new("triage", group.rules.iter().enumerate().map(rule), private).unwrap();
        let to = pattern(&"GET localhost:{p}/in/**");
        let secret = Secret::new("token", PLACEHOLDER, "the secret itself", [to]).unwrap();
        rules.with_secrets([secret])
    }

    fn filled(&self, text: &str) -> String {
        let authority = format!("{NAME}:{}", self.server.port());
        text.replace("{s}", &format!("http://{authority}"))
            .replace("{a}", &authority)
            .replace("{p}", &self.server.port().to_string())
    }

    fn request(&self, method: &str, url: &str, header: &str, body: &str) -> String {
        let url = self.filled(url);
        let (_, rest) = url.split_once("://").unwrap();
        let host = rest.split(['/', '?', '#']).next().unwrap();
        let mut head = format!("{method} {url} HTTP/1.1\r\nHost: {host}\r\n");
        if !header.is_empty() {
            head.push_str(&format!("{header}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        format!("{head}\r\n{body}")
    }

    /// Sends each of the requests over a connection of its own; the last answer counts.
    fn ask<const N: usize>(&self, client: Client, requests: [String; N]) -> Came {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let proxy = listener.local_addr().unwrap();
        let served = self.egress.serve(listener, client).unwrap();
        let mut last = Answer::default();
        for request in requests {
            let mut peer = Peer::connect(proxy);
            peer.send(request);
            last = peer.answer(false);
        }
        served.close();
        came(&last)
    }

    fn fetch(&self, client: Client, url: &str, header: Option<&str>) -> Came {
        let header = header.and_then(|line| line.split_once(": "));
        let headers = header.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fetch = Fetch {
            method: "GET".to_owned(),
            url: self.filled(url),
            headers: headers.into_iter().collect(),
            ..Fetch::default()
        };
        let mut fetching = self.egress.fetcher(client).fetch(fetch, Arc::new(|| {}));
        let error = loop {
            match fetching.next_part().unwrap() {
                Part::Failed(error) => break error,
                Part::End => return Came { verdict: Verdict::Passed, reason: String::new() },
                _ => {}
            }
        };
        let verdict = match &error {
            FetchError::Denied(_) => Verdict::Denied,
            FetchError::Request(_) | FetchError::Headers(_) => Verdict::Refused,
            _ => Verdict::Failed,
        };
        Came { verdict, reason: error.to_string() }
    }

    /// Opens a tunnel and greets; it passes when the greeting comes back.
    fn tunnel(&self, client: Client, events: &Events, to: &str, name: Option<&str>) -> Came {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut peer = Peer::connect(listener.local_addr().unwrap());
        let _served = self.egress.serve(listener, client).unwrap();
        peer.send(format!("CONNECT {} HTTP/1.1\r\n\r\n", self.filled(to)));
        let head = peer.head();
        if !head.starts_with("HTTP/1.1 200") {
            let denied = events.wait_for(|event| event.stage != Told::Allowed);
            return told(&denied.stage);
        }
        let extensions = name.map(|name| sni(name.as_bytes()));
        let greeting = hello(&Vec::from_iter(extensions));
        peer.send(&greeting);
        if peer.bytes(greeting.len()) == greeting {
            return Came { verdict: Verdict::Passed, reason: String::new() };
        }
        told(&events.ended().stage)
    }
}

/// What the server must hear, and how often.
fn wanted(act: Act, expect: Verdict, reason: &'static str) -> (&'static str, usize) {
    let passed = usize::from(expect == Verdict::Passed);
    match act {
        // The first of two is there to pass.
        Act::Twice(_) => ("GET /", passed + 1),
        Act::Tunnel(..) => ("", 0),
        _ => (reason, passed),
    }
}

/// Whether a request is the first hop of a redirect, which the server was asked for.
fn is_hop(line: &str) -> bool {
    line.starts_with("GET /r?") || line.starts_with("GET /in/r?")
}

/// What an answer of the gateway, or of the server, says.
fn came(answer: &Answer) -> Came {
    if answer.status() == 200 {
        return Came { verdict: Verdict::Passed, reason: String::new() };
    }
    let body = answer.json();
    let verdict = match body["error"].as_str() {
        Some("denied by policy") => Verdict::Denied,
        Some("refused by the gateway") => Verdict::Refused,
        Some("failed beyond the gateway") => Verdict::Failed,
        _ => panic!("{answer:?}"),
    };
    Came { verdict, reason: body["why"].as_str().unwrap().to_owned() }
}

fn told(stage: &Told) -> Came {
    match stage {
        Told::Denied(denied) => Came { verdict: Verdict::Denied, reason: denied.why.to_string() },
        Told::Refused(error) => Came { verdict: Verdict::Refused, reason: error.to_string() },
        Told::Failed(failure) => Came { verdict: Verdict::Failed, reason: failure.to_string() },
        other => panic!("{other:?}"),
    }
}

/// A server that keeps who connects to it, and the line of every request that it hears.
struct Ear {
    address: SocketAddr,
    peers: Arc<Mutex<Vec<SocketAddr>>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Ear {
    fn new(listener: TcpListener) -> Self {
        let ear = Ear {
            address: listener.local_addr().unwrap(),
            peers: Arc::default(),
            lines: Arc::default(),
        };
        let (peers, lines) = (Arc::clone(&ear.peers), Arc::clone(&ear.lines));
        thread::spawn(move || {
            while let Ok((stream, peer)) = listener.accept() {
                peers.lock().unwrap().push(peer);
                let lines = Arc::clone(&lines);
                thread::spawn(move || listen(Peer::new(stream), &lines));
            }
        });
        ear
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connected since this was last asked.
    fn connections(&self) -> usize {
        self.peers.lock().unwrap().drain(..).count()
    }

    /// What was requested since this was last asked.
    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    /// Connects to it from here, and waits until it has noticed that, and all that came before.
    fn prove(&self) {
        let stream = TcpStream::connect(self.address).unwrap();
        let own = stream.local_addr().unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            let mut peers = self.peers.lock().unwrap();
            if let Some(at) = peers.iter().position(|peer| *peer == own) {
                peers.remove(at);
                return;
            }
            drop(peers);
            assert!(Instant::now() < end, "{} hears nothing", self.address);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Answers requests, or sends back what is none.
fn listen(mut peer: Peer, kept: &Mutex<Vec<String>>) {
    let first = peer.bytes(1);
    if first.first() == Some(&22) {
        // A greeting of TLS.
        peer.send(first);
        while let bytes @ [_, ..] = peer.bytes(1).as_slice() {
            peer.send(bytes);
        }
        return;
    }
    let mut first = String::from_utf8(first).unwrap();
    loop {
        let mut request = peer.answer(false);
        if request.head.is_empty() {
            return;
        }
        request.head.insert_str(0, &std::mem::take(&mut first));
        let line = request.head.lines().next().unwrap();
        let line = line.rsplit_once(' ').map_or(line, |(line, _)| line).to_owned();
        let target = line.split_once("/r?").map(|(_, target)| target.to_owned());
        if request.is_whole {
            kept.lock().unwrap().push(line);
        }
        let answer = match target {
            Some(to) => format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"),
            None => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned(),
        };
        if !request.is_whole || !peer.send(answer) {
            return;
        }
    }
}

/// The server, and canaries at the same port of other addresses of this machine.
#[expect(clippy::print_stderr, reason = "a canary that is missing is said aloud")]
fn ears() -> (Ear, Vec<Ear>) {
    let second = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    for _ in 0..100 {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let Ok(canary) = TcpListener::bind((second, port)) else { continue };
        let mut canaries = vec![Ear::new(canary)];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(canary) => canaries.push(Ear::new(canary)),
            Err(error) => eprintln!("there is no canary at [::1]: {error}"),
        }
        return (Ear::new(server), canaries);
    }
    panic!("no port is free twice");
}
