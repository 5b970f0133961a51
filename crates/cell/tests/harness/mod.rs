//! A host for tests: the cell runs in a thread, its requests are answered from maps.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

mod files;
pub mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::OnceLock;
use std::thread::JoinHandle;

use aether_cell::Machine;
use aether_protocol::v1::{self, Level};
use aether_protocol::{Code, Id, Message, Payload, RpcError, message};
use serde_json::{Value, json};

pub use files::Files;
use wire::{HostEnd, Wire};

/// Milliseconds that calls get unless a test says otherwise.
pub const PLENTY: u64 = 20_000;

/// The engine for JavaScript that the tests are run on: QuickJS, or what `AETHER_TEST_ENGINE` says:
/// `v8`, or `v8-jit`, which makes machine code.
fn under_test() -> (String, bool) {
    let said = std::env::var("AETHER_TEST_ENGINE").unwrap_or_default();
    match said.strip_suffix("-jit") {
        Some(engine) => (engine.to_owned(), true),
        None => (said, false),
    }
}

/// The name of that engine.
pub fn engine() -> String {
    under_test().0
}

/// Whether it makes machine code.
pub fn makes_code() -> bool {
    under_test().1
}

/// What is expected of the engine that the tests are run on, where engines may differ: in what the
/// language leaves to them.
pub fn by_engine<T>(quickjs: T, v8: T) -> T {
    match engine().as_str() {
        "v8" => v8,
        _ => quickjs,
    }
}

/// What a process that nobody confines can do for an engine.
pub const MACHINE: Machine =
    Machine { aside: |body| std::thread::Builder::new().spawn(body).map(drop), ..Machine::NONE };

/// How a cell is started.
pub struct Setup {
    pub bundle: BTreeMap<String, Vec<u8>>,
    pub compat: Vec<String>,
    pub heap: u64,
    pub stack: u64,
    pub load_ms: u64,
    pub files: Files,
    pub env: BTreeMap<String, String>,
    pub runtime: &'static str,
    pub entry: &'static str,
    pub made: Vec<v1::CodePart>,
    pub machine: Machine,
    /// Parts of compiled code by name, and what is told with them.
    pub parts: BTreeMap<&'static str, (Vec<u8>, Value)>,
}

impl Setup {
    pub fn new(main: &str) -> Self {
        Self {
            bundle: BTreeMap::from([("main.js".into(), main.as_bytes().to_vec())]),
            compat: Vec::new(),
            heap: 64 << 20,
            stack: 1 << 20,
            load_ms: PLENTY,
            files: Files::default(),
            env: BTreeMap::from([("LANG".into(), "C.UTF-8".into())]),
            runtime: "javascript",
            entry: "main.js",
            made: Vec::new(),
            machine: MACHINE,
            parts: BTreeMap::new(),
        }
    }

    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.bundle.insert(path.into(), text.as_bytes().to_vec());
        self
    }

    pub fn heap(mut self, bytes: u64) -> Self {
        self.heap = bytes;
        self
    }

    pub fn compat_fs(mut self) -> Self {
        self.compat = vec!["node:fs".into()];
        self
    }

    pub fn with_files(mut self, files: Files) -> Self {
        self.files = files;
        self
    }

    pub fn hello(&self) -> v1::Hello {
        v1::Hello {
            protocol: vec![v1::VERSION],
            api: BTreeMap::new(),
            plugin: v1::PluginInfo {
                name: "tested".into(),
                version: "1.2.3".into(),
                digest: "b3:0".into(),
            },
            runtime: self.runtime.into(),
            packages: self
                .bundle
                .keys()
                .any(|path| path.ends_with("package.json") || path.contains("node_modules/")),
            engine: if self.runtime == "javascript" { engine() } else { String::new() },
            jit: under_test().1,
            debug: v1::Debug::No,
            made: self.made.clone(),
            entry: self.entry.into(),
            compat: self.compat.clone(),
            stateless: false,
            in_host: false,
            coredump: false,
            cwd: "/workspace".into(),
            limits: v1::CellLimits {
                heap: self.heap,
                stack: self.stack,
                load_ms: self.load_ms,
                in_flight: 64,
            },
            fixes: BTreeMap::new(),
        }
    }

    /// The cell after `hello`. V8's begins with what was made ahead.
    pub fn greet(mut self) -> Cell {
        if engine() == "v8" && self.runtime == "javascript" && self.made.is_empty() {
            self.made.push(v1::CodePart::Snapshot);
            self.parts.insert("snapshot", (snapshot(), json!({})));
        }
        self.greet_as_it_is()
    }

    /// The cell after `hello`, with nothing made ahead but what is said.
    pub fn greet_as_it_is(self) -> Cell {
        let (host, cell) = wire::ends();
        let thread = std::thread::Builder::new().stack_size(8 << 20);
        let thread = thread.spawn(move || aether_cell::run(cell, self.machine)).unwrap();
        let mut cell = Cell::over(host, self);
        cell.thread = Some(thread);
        let hello = serde_json::to_value(cell.setup.hello()).unwrap();
        cell.request("hello", hello).unwrap();
        cell
    }

    /// The cell after `load`.
    pub fn load(self) -> Cell {
        let mut cell = self.greet();
        cell.load().unwrap();
        cell
    }

    /// What loading fails with.
    pub fn load_error(self) -> RpcError {
        self.greet().load().unwrap_err()
    }
}

/// The runtime as V8 makes it ahead, in a cell that does nothing else.
pub fn snapshot() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let mut setup = Setup::new("");
        setup.made.push(v1::CodePart::Snapshot);
        setup.entry = "";
        let mut cell = setup.greet_as_it_is();
        cell.request("compile", json!({ "deadline_ms": PLENTY })).unwrap();
        cell.kept.remove("snapshot").unwrap()
    };
    MADE.get_or_init(make).clone()
}

/// A running cell, seen from its host.
pub struct Cell {
    pub wire: Wire,
    pub setup: Setup,
    pub logs: Vec<v1::Log>,
    pub progress: Vec<v1::Progress>,
    pub kv: BTreeMap<String, String>,
    /// Methods that the plugin asked for, in order.
    pub asked: Vec<String>,
    /// Parts of compiled code that the cell handed over, by name.
    pub kept: BTreeMap<String, Vec<u8>>,
    /// Answers that came while another was waited for.
    answers: VecDeque<(u64, Result<Value, RpcError>)>,
    next_id: u64,
    pub thread: Option<JoinHandle<u8>>,
}

impl Cell {
    pub fn over(end: HostEnd, setup: Setup) -> Self {
        Self {
            wire: Wire::new(end),
            setup,
            logs: Vec::new(),
            progress: Vec::new(),
            kv: BTreeMap::new(),
            asked: Vec::new(),
            kept: BTreeMap::new(),
            answers: VecDeque::new(),
            next_id: 100,
            thread: None,
        }
    }

    pub fn load(&mut self) -> Result<Vec<String>, RpcError> {
        let reply = self.request("load", json!({ "deadline_ms": PLENTY }))?;
        Ok(serde_json::from_value(reply["exports"].clone()).unwrap())
    }

    pub fn run(&mut self, input: Value) -> Result<Value, RpcError> {
        self.call("run", input, PLENTY)
    }

    pub fn call(&mut self, method: &str, input: Value, ms: u64) -> Result<Value, RpcError> {
        let id = self.begin(method, input, ms);
        self.finish(id)
    }

    /// Begins a call and returns its identifier.
    pub fn begin(&mut self, method: &str, input: Value, ms: u64) -> u64 {
        let made = Payload::json(input.to_string()).unwrap();
        let call = v1::Call {
            method: method.into(),
            input: made.payload,
            deadline_ms: ms,
            caller: None,
            credits: None,
        };
        self.send("call", &call, &made.attach.into_iter().collect::<Vec<_>>())
    }

    /// Waits for the answer to a call.
    pub fn finish(&mut self, id: u64) -> Result<Value, RpcError> {
        Ok(self.wait(id)?["output"].take())
    }

    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, RpcError> {
        let id = self.send(method, &params, &[]);
        self.wait(id)
    }

    pub fn send(
        &mut self,
        method: &str,
        params: &impl serde::Serialize,
        attach: &[Vec<u8>],
    ) -> u64 {
        self.next_id += 1;
        let line = message::request(&Id::Number(self.next_id), method, params).unwrap();
        self.wire.send(&line, attach);
        self.next_id
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.wire.send(&message::notification(method, &params).unwrap(), &[]);
    }

    /// Ends the conversation; the exit code of the cell.
    pub fn hang_up(mut self) -> u8 {
        let thread = self.thread.take().unwrap();
        drop(self);
        thread.join().unwrap()
    }

    /// Serves the cell until it ends by itself.
    pub fn wait_for_end(mut self) -> (u8, Vec<v1::Log>) {
        while let Some(line) = self.wire.line() {
            self.take(&line);
        }
        (self.thread.take().unwrap().join().unwrap(), std::mem::take(&mut self.logs))
    }

    pub fn wait(&mut self, id: u64) -> Result<Value, RpcError> {
        loop {
            if let Some(at) = self.answers.iter().position(|(answered, _)| *answered == id) {
                return self.answers.remove(at).unwrap().1;
            }
            let line = self.wire.line();
            let line = line.unwrap_or_else(|| panic!("the cell hung up: {:?}", self.logs));
            self.take(&line);
        }
    }

    fn take(&mut self, line: &[u8]) {
        match Message::parse(line).unwrap() {
            Message::Response { id: Id::Number(id), outcome } => {
                let outcome = outcome.map(|result| {
                    let mut value: Value = serde_json::from_str(result).unwrap();
                    if !value["output"].is_null() {
                        value["output"] = self.wire.json(value["output"].take());
                    }
                    value
                });
                self.answers.push_back((id, outcome));
            }
            Message::Notification { method: "log.write", params } => {
                self.logs.push(serde_json::from_str(params).unwrap());
            }
            Message::Notification { method: "call.progress", params } => {
                self.progress.push(serde_json::from_str(params).unwrap());
            }
            Message::Request { id, method, params } => {
                self.asked.push(method.to_owned());
                let (method, params) = (method.to_owned(), params.to_owned());
                match self.answer(&method, &params) {
                    Ok((result, attach)) => {
                        self.wire.send(&message::response(&id, &result).unwrap(), &attach);
                    }
                    Err(error) => self.wire.send(&message::failure(&id, &error).unwrap(), &[]),
                }
            }
            other => panic!("unexpected {other:?}"),
        }
    }

    fn answer(&mut self, method: &str, params: &str) -> Result<(Value, Vec<Vec<u8>>), RpcError> {
        let params: Value = serde_json::from_str(params).unwrap();
        let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
        match method {
            "bundle.read" => {
                let bytes = self.setup.bundle.get(&text("path")).cloned();
                let bytes = bytes.ok_or_else(|| io("ENOENT", &text("path")))?;
                let made = Payload::bytes(bytes).unwrap();
                Ok((json!({ "data": made.payload }), made.attach.into_iter().collect()))
            }
            "bundle.list" => {
                let paths: Vec<_> = self.setup.bundle.keys().collect();
                let made = Payload::json(json!(paths).to_string()).unwrap();
                Ok((json!({ "data": made.payload }), made.attach.into_iter().collect()))
            }
            "bundle.code" => {
                let none = || RpcError::new(Code::MethodNotFound, "there is none");
                let part = self.setup.parts.get(&*text("part")).cloned();
                let (bytes, mut told) = part.ok_or_else(none)?;
                told["size"] = bytes.len().into();
                Ok((told, vec![bytes]))
            }
            "bundle.keep" => {
                let bytes = self.wire.bytes(params["data"].clone());
                self.kept.entry(text("part")).or_default().extend(bytes);
                Ok((json!({}), vec![]))
            }
            "env.get" => match self.setup.env.get(&text("name")) {
                Some(value) => Ok((json!({ "value": value }), vec![])),
                None => Err(denied("Environment", &text("name"))),
            },
            "env.list" => {
                let names: Vec<_> = self.setup.env.keys().collect();
                Ok((json!({ "names": names }), vec![]))
            }
            "kv.get" => {
                let value = self.kv.get(&text("key")).cloned();
                let made = value.map(|value| Payload::json(value).unwrap());
                let (value, attach) = match made {
                    Some(made) => (Some(made.payload), made.attach.into_iter().collect()),
                    None => (None, vec![]),
                };
                Ok((json!({ "value": value }), attach))
            }
            "kv.set" => {
                let value = self.wire.json(params["value"].clone());
                self.kv.insert(text("key"), value.to_string());
                Ok((json!({}), vec![]))
            }
            "kv.delete" => {
                Ok((json!({ "deleted": self.kv.remove(&text("key")).is_some() }), vec![]))
            }
            "kv.list" => {
                let prefix = text("prefix");
                let names: Vec<_> = self.kv.keys().filter(|key| key.starts_with(&prefix)).collect();
                Ok((json!({ "names": names }), vec![]))
            }
            "events.on" | "events.off" | "events.emit" => Ok((json!({}), vec![])),
            _ => self.setup.files.answer(method, &params, &mut self.wire),
        }
    }

    pub fn messages(&self, level: Level) -> Vec<&str> {
        self.logs.iter().filter(|log| log.level == level).map(|log| log.message.as_str()).collect()
    }
}

pub fn io(code: &str, path: &str) -> RpcError {
    RpcError::new(Code::Io, format!("{code}: {path}")).with("code", code)
}

pub fn denied(permission: &str, resource: &str) -> RpcError {
    RpcError::new(Code::PermissionDenied, format!("{permission} of {resource} is not granted"))
        .with("permission", permission)
        .with("resource", resource)
        .with("plugin", "tested")
        .with("fix", format!("\"read\": [\"{resource}\"]"))
}

/// Runs a plugin once and returns the result, or the error as `kind: message`.
pub fn outcome(main: &str) -> Value {
    told(Setup::new(main).load().run(Value::Null))
}

pub fn told(outcome: Result<Value, RpcError>) -> Value {
    outcome.unwrap_or_else(|error| {
        format!("{}: {}", error.fact("kind").unwrap_or("?"), error.message).into()
    })
}

/// Source in, JSON out.
#[track_caller]
pub fn check(main: &str, expect: Value) {
    let got = outcome(main);
    assert_eq!(got, expect, "\n{main}\n  gave {got}\n  expected {expect}");
}

/// The body of an async function in, JSON out; `imports` come before it.
#[track_caller]
pub fn check_body(imports: &str, body: &str, expect: Value) {
    check(&format!("{imports}\nexport default async function (input, ctx) {{ {body} }}"), expect);
}
