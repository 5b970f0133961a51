//! A gateway on loopback, with servers that say what they are told to and a resolver that lies.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use aether_egress::{
    Client, Config, Egress, EgressEvent, Limits, Lookup, LookupError, Outlet, Resolver, Roots,
    Served, Stage, Unrecorded,
};

use crate::rules::rules;

/// The longest that a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A name that the owner opened, at this machine.
pub(crate) const NAME: &str = "api.test.example";

/// Answers what a test says; the answers of a name are given one after another, the last forever.
#[derive(Default)]
pub(crate) struct Liar {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    pub(crate) lookups: AtomicUsize,
}

impl Liar {
    pub(crate) fn says(&self, name: &str, answers: &[&[&str]]) {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        self.answers.lock().unwrap().insert(name.to_owned(), answers);
    }
}

impl Resolver for Liar {
    fn lookup(&self, name: &str) -> Lookup {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let found = answers
            .get_mut(name)
            .map(|list| if list.len() > 1 { list.remove(0) } else { list[0].clone() });
        Box::pin(async move { found.ok_or(LookupError) })
    }
}

pub(crate) struct Lab {
    pub(crate) egress: Egress,
    pub(crate) served: Option<Served>,
    pub(crate) proxy: SocketAddr,
    pub(crate) liar: Arc<Liar>,
    pub(crate) events: Events,
}

#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<EgressEvent>>>);

impl Events {
    pub(crate) fn all(&self) -> Vec<EgressEvent> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn push(&self, event: EgressEvent) {
        self.0.lock().unwrap().push(event);
    }

    /// Waits until one is there.
    pub(crate) fn wait_for(&self, what: impl Fn(&EgressEvent) -> bool) -> EgressEvent {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(event) = self.all().into_iter().find(&what) {
                return event;
            }
            assert!(Instant::now() < end, "it is not among {:#?}", self.all());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// All of them, once there are so many: an answer may arrive before its end is recorded.
    pub(crate) fn first(&self, count: usize) -> Vec<EgressEvent> {
        let end = Instant::now() + PATIENCE;
        while self.all().len() < count {
            assert!(Instant::now() < end, "there are only {:#?}", self.all());
            thread::sleep(Duration::from_millis(5));
        }
        self.all()
    }

    pub(crate) fn ended(&self) -> EgressEvent {
        self.wait_for(|event| event.stage != Stage::Allowed)
    }
}

/// Limits for tests that wait for them.
pub(crate) fn hasty() -> Limits {
    Limits {
        head_time: Duration::from_millis(300),
        keep_alive_time: Duration::from_millis(600),
        idle_time: Duration::from_millis(300),
        exchange_time: Duration::from_millis(1500),
        tunnel_time: Duration::from_millis(1500),
        lookup_time: Duration::from_millis(300),
        connect_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

impl Lab {
    pub(crate) fn new(patterns: &[&str], private: &[&str]) -> Self {
        Self::with(patterns, private, Limits::default())
    }

    pub(crate) fn with(patterns: &[&str], private: &[&str], limits: Limits) -> Self {
        Self::start(patterns, private, limits, |_| Ok(()))
    }

    pub(crate) fn start(
        patterns: &[&str],
        private: &[&str],
        limits: Limits,
        judge: impl Fn(&EgressEvent) -> Result<(), Unrecorded> + Send + Sync + 'static,
    ) -> Self {
        Self::start_all(patterns, private, limits, judge, Roots::Only(Vec::new()))
    }

    /// A gateway that trusts these certificates of servers.
    pub(crate) fn trusting(
        patterns: &[&str],
        private: &[&str],
        limits: Limits,
        roots: Vec<Vec<u8>>,
    ) -> Self {
        Self::start_all(patterns, private, limits, |_| Ok(()), Roots::Only(roots))
    }

    fn start_all(
        patterns: &[&str],
        private: &[&str],
        limits: Limits,
        judge: impl Fn(&EgressEvent) -> Result<(), Unrecorded> + Send + Sync + 'static,
        roots: Roots,
    ) -> Self {
        let liar = Arc::new(Liar::default());
        liar.says(NAME, &[&["127.0.0.1"]]);
        let resolver: Arc<dyn Resolver> = liar.clone();
        let egress = Egress::start(Config { resolver, roots, ..Config::default() }).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let proxy = listener.local_addr().unwrap();
        let events = Events::default();
        let kept = events.clone();
        let client = Client {
            name: "triage".to_owned(),
            rules: Arc::new(rules(patterns, private)),
            on_event: Arc::new(move |event| {
                // Judged first: what a test sees has then been answered.
                let judged = judge(event);
                kept.push(event.clone());
                judged
            }),
            limits,
        };
        let served = egress.serve(listener, client).unwrap();
        Lab { egress, served: Some(served), proxy, liar, events }
    }

    /// A gateway for one server, which the owner opened.
    pub(crate) fn to(server: &Server) -> Self {
        Self::to_with(server, Limits::default())
    }

    pub(crate) fn to_with(server: &Server, limits: Limits) -> Self {
        Self::with(&[&format!("{NAME}:{}", server.port())], &[NAME], limits)
    }

    /// All ways out of one more client, whose events are among the others.
    pub(crate) fn outlet(&self, patterns: &[&str], private: &[&str], limits: Limits) -> Outlet {
        let events = self.events.clone();
        self.egress.client(Client {
            name: "triage".to_owned(),
            rules: Arc::new(rules(patterns, private)),
            on_event: Arc::new(move |event| {
                events.push(event.clone());
                Ok(())
            }),
            limits,
        })
    }

    pub(crate) fn connect(&self) -> Peer {
        Peer::connect(self.proxy)
    }

    /// Sends bytes and reads one answer.
    pub(crate) fn ask(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut peer = self.connect();
        peer.send(bytes);
        peer.answer(false)
    }

    /// A GET of the server's path.
    pub(crate) fn get(&self, server: &Server, path: &str) -> Answer {
        self.ask(get(server, path))
    }
}

pub(crate) fn get(server: &Server, path: &str) -> String {
    let at = format!("{NAME}:{}", server.port());
    format!("GET http://{at}{path} HTTP/1.1\r\nHost: {at}\r\n\r\n")
}

/// One end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer, or a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body is all there.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A field's value.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Peer { stream, unread: Vec::new() }
    }

    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect_timeout(&address, PATIENCE).unwrap())
    }

    /// Sends as much as the other side takes.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(read @ 1..) => {
                self.unread.extend_from_slice(&buffer[..read]);
                true
            }
            Ok(_) => false,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing came for too long: {error}"),
        }
    }

    /// Everything until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.unread)
    }

    pub(crate) fn is_closed(&mut self) -> bool {
        self.rest().is_empty()
    }

    /// At least so many bytes, or what came before the end.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length && self.more() {}
        let length = length.min(self.unread.len());
        self.unread.drain(..length).collect()
    }

    /// The next head; empty at the end.
    pub(crate) fn head(&mut self) -> String {
        loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.unread.drain(..at + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            if !self.more() {
                return String::new();
            }
        }
    }

    /// The next answer with its body; `to_head` for one without.
    pub(crate) fn answer(&mut self, to_head: bool) -> Answer {
        let head = self.head();
        let mut answer = Answer { head, is_whole: true, ..Answer::default() };
        let status = answer.status();
        if to_head || matches!(status, 204 | 304) || answer.head.is_empty() {
            return answer;
        }
        if let Some(length) = answer.field("content-length") {
            let length: usize = length.parse().unwrap();
            answer.body = self.bytes(length);
            answer.is_whole = answer.body.len() == length;
        } else if answer.field("transfer-encoding").is_some() {
            answer.is_whole = self.chunks(&mut answer.body);
        } else if answer.head.starts_with("HTTP/") {
            answer.body = self.rest();
        }
        answer
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let line = self.line();
            let Ok(length) = usize::from_str_radix(line.trim_end(), 16) else { return false };
            let data = self.bytes(length);
            if data.len() < length {
                return false;
            }
            body.extend_from_slice(&data);
            if self.line() != "\r\n" {
                return false;
            }
            if length == 0 {
                return true;
            }
        }
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(at) = self.unread.windows(2).position(|two| two == b"\r\n") {
                return String::from_utf8(self.unread.drain(..at + 2).collect()).unwrap();
            }
            if !self.more() {
                return String::new();
            }
        }
    }
}

/// A server on loopback; what it was sent is kept.
pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Answer>>>,
}

impl Server {
    /// A server that does what it is told with each connection.
    pub(crate) fn raw(act: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let act = Arc::new(act);
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let act = Arc::clone(&act);
                thread::spawn(move || act(&mut Peer::new(stream.unwrap())));
            }
        });
        Server { address, connections, requests: Arc::default() }
    }

    /// A server that reads requests and answers each with these bytes.
    pub(crate) fn answering(answer: impl Fn(&Answer) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let requests: Arc<Mutex<Vec<Answer>>> = Arc::default();
        let kept = Arc::clone(&requests);
        let server = Self::raw(move |peer| {
            loop {
                let request = peer.answer(false);
                if request.head.is_empty() {
                    return;
                }
                kept.lock().unwrap().push(request.clone());
                let answer = answer(&request);
                let is_last = !answer.windows(15).any(|part| part == b"Content-Length:")
                    && !answer.windows(18).any(|part| part == b"Transfer-Encoding:");
                if !peer.send(answer) || is_last {
                    return;
                }
            }
        });
        Server { requests, ..server }
    }

    /// A server that answers everything with `hello`.
    pub(crate) fn hello() -> Self {
        Self::answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec())
    }

    /// A server that says exactly this to any request, and closes.
    pub(crate) fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::raw(move |peer| {
            peer.head();
            peer.send(&bytes);
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn requests(&self) -> Vec<Answer> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}
