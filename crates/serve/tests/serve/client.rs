//! A server in a scene, and a client that sends what it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aether::Host;
use aether_serve::{Feed, ServeError, Server, Settings, Stopper, Token};
use aether_testkit::Scene;
use serde_json::{Value, json};

pub(crate) use aether_testkit::tests;

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Served {
    pub(crate) scene: Scene,
    pub(crate) host: Host,
    pub(crate) feed: Feed,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) url: String,
    stopper: Stopper,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Served {
    pub(crate) fn new() -> Self {
        Self::with(|settings| settings)
    }

    pub(crate) fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let scene = Scene::new();
        let feed = Feed::default();
        let told = feed.clone();
        let host = Host::builder()
            .workdir(scene.path(""))
            .audit(scene.aside("audit.jsonl"))
            .on_event(move |event| told.tell(event))
            .build()
            .expect("a host");
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let settings = change(Settings { listen, ..Settings::default() });
        let server = Server::bind(host.clone(), feed.clone(), &settings).expect("a server");
        let (address, url, stopper) = (server.address(), server.url(), server.stopper());
        let token = server.token().secret().to_owned();
        let thread = Some(std::thread::spawn(move || server.serve()));
        Self { scene, host, feed, address, token, url, stopper, thread }
    }

    /// Stops it, and waits for that.
    pub(crate) fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("its thread").expect("it served");
        }
    }

    /// Loads and starts a plugin of this code. Gives its cell.
    pub(crate) fn start(&self, name: &str, code: &str) -> u64 {
        let folder = self.scene.plugin(name).main(code);
        let (status, plugin) = self.post("/v1/plugins", &json!({ "folder": folder }));
        assert_eq!(status, 201, "{plugin}");
        let (status, cell) = self.post(&format!("/v1/plugins/{name}/start"), &Value::Null);
        assert_eq!(status, 201, "{cell}");
        cell["cell"].as_u64().expect("a number")
    }

    pub(crate) fn call(&self, cell: u64, method: &str, input: Value) -> (u16, Value) {
        let call = json!({ "method": method, "input": input });
        self.post(&format!("/v1/cells/{cell}/call"), &call)
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        let Answer { status, body, .. } = self.answer("GET", path, "");
        (
            status,
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")),
        )
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let Answer { status, body, .. } = self.answer("POST", path, &body);
        (
            status,
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")),
        )
    }

    /// What is answered to somebody with the token.
    pub(crate) fn answer(&self, method: &str, path: &str, body: &str) -> Answer {
        let fields = format!("Authorization: Bearer {}", self.token);
        self.said(method, path, &[&format!("Host: {}", self.address), &fields], body)
    }

    /// What is answered to these fields.
    pub(crate) fn said(&self, method: &str, path: &str, fields: &[&str], body: &str) -> Answer {
        let length = match body.is_empty() {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let text =
            format!("{method} {path} HTTP/1.1\r\n{fields}{length}Connection: close\r\n\r\n{body}");
        self.raw(text.as_bytes())
    }

    /// What is answered to these bytes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("a reader");
        Answer::read(&mut stream)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a server");
        stream.set_read_timeout(Some(PATIENCE)).expect("a stream");
        stream
    }

    /// Waits until a cell is as it should be.
    pub(crate) fn until(&self, cell: u64, is_it: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let (_, about) = self.get(&format!("/v1/cells/{cell}"));
            if is_it(&about) {
                return about;
            }
            assert!(Instant::now() < until, "never: {about}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The actions of the audit log.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.host.log().flush().expect("a log");
        let records = aether::audit::read(&self.scene.aside("audit.jsonl")).expect("a log");
        records.map(|record| record.expect("a record").action).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// An answer, read until the connection was closed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A server that closes before it has read everything resets the connection.
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// The code of what is refused.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        assert!(body["error"]["message"].is_string(), "{self:?}");
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Another token of the right form.
pub(crate) fn another_token() -> String {
    Token::random().expect("random bytes").secret().to_owned()
}
