//! What the tests share: a scene with hosts in it, and what is heard of them.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether::audit::Record;
use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{Cell, Event, Host, HostBuilder, Plugin, StartOptions};
use aether_testkit::Scene;

pub(crate) use aether_testkit::tests;

/// A scene with everything that its hosts told.
pub(crate) struct Lab {
    scene: Scene,
    pub(crate) heard: Heard,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self { scene: Scene::new(), heard: Heard::default() }
    }

    /// A host that works in the scene, tells what happens, and keeps its log in the scene.
    pub(crate) fn builder(&self) -> HostBuilder {
        let heard = self.heard.clone();
        Host::builder()
            .workdir(self.path(""))
            .audit(self.aside("audit.jsonl"))
            .on_event(move |event| heard.0.lock().expect("events").push(event.clone()))
    }

    /// A host without a policy.
    pub(crate) fn host(&self) -> Host {
        self.builder().build().expect("a host")
    }

    /// A host under a policy that allows the working folder.
    pub(crate) fn generous_host(&self) -> Host {
        let text = "version: 1\nplugins: { \"*\": { allow: { filesystem: { read: [\"./**\"], write: [\"./**\"] } } } }\n";
        self.builder().policy(policy(text)).build().expect("a host")
    }

    /// A plugin that asks for nothing, loaded.
    pub(crate) fn load(&self, host: &Host, name: &str, code: &str) -> Plugin {
        host.load(self.plugin(name).main(code)).expect("a plugin")
    }

    /// The same, started on a host without a policy.
    pub(crate) fn start(&self, code: &str) -> (Host, Cell) {
        let host = self.host();
        let cell = start(&host, &self.load(&host, "p", code));
        (host, cell)
    }

    /// The folder of a native plugin, which does this in the shell when its method `run` is called:
    /// `$line` is the call, `$id` its number, `$calls` how many there were, and `answer` answers.
    pub(crate) fn native(&self, name: &str, called: &str) -> PathBuf {
        self.native_with(name, "{}", called)
    }

    /// The same for one that asks for these permissions.
    pub(crate) fn native_with(&self, name: &str, permissions: &str, called: &str) -> PathBuf {
        let plugin = self.plugin(name).with("runtime", r#""native""#).permissions(permissions);
        let folder = plugin.with("entry", r#"["./main.sh"]"#).main("");
        let script = NATIVE.replace("CALLED", called);
        self.file(format!("{name}/main.sh"), script);
        folder
    }

    /// The records of the scene's log so far.
    pub(crate) fn records(&self, host: &Host) -> Vec<Record> {
        host.log().flush().expect("a log");
        let records = aether::audit::read(&self.aside("audit.jsonl")).expect("a log");
        records.map(|record| record.expect("a record")).collect()
    }

    /// The process of a cell, by what the log says.
    pub(crate) fn pid_of(&self, host: &Host, cell: u32) -> u32 {
        let records = self.records(host);
        let start = records.iter().find(|one| one.action == "start" && one.cell == Some(cell));
        let pid = start
            .and_then(|start| start.detail.get("pid"))
            .and_then(aether::audit::Detail::as_integer);
        let pid = pid.unwrap_or_else(|| panic!("cell {cell} never started: {records:#?}"));
        u32::try_from(pid).expect("a number")
    }
}

const NATIVE: &str = r#"#!/bin/sh
calls=0
answer() { echo "{\"jsonrpc\":\"2.0\",\"id\":$1,\"result\":$2}"; }
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"method":"hello"'*) answer "$id" '{"protocol":1}' ;;
        *'"method":"load"'*) answer "$id" '{"exports":["run"]}' ;;
        *'"method":"call"'*) calls=$((calls + 1)); CALLED ;;
        *'"method":"shutdown"'*) exit 0 ;;
    esac
done
"#;

impl Deref for Lab {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

/// Events in their order.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    pub(crate) fn all(&self) -> Vec<Event> {
        self.0.lock().expect("events").clone()
    }

    /// Waits until there is such an event.
    pub(crate) fn until(&self, is_it: impl Fn(&Event) -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.all().iter().any(&is_it) {
            assert!(Instant::now() < until, "never: {:?}", self.all());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What is found in the events, in their order.
    pub(crate) fn of<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.all().iter().filter_map(pick).collect()
    }
}

/// A policy that a person named.
pub(crate) fn policy(text: &str) -> Policy {
    let source = Source::new("policy.yaml", text);
    Policy::parse(source, PolicyOrigin::Named, jiff::tz::db()).expect("a policy")
}

/// Starts a plugin as it is.
pub(crate) fn start(host: &Host, plugin: &Plugin) -> Cell {
    host.start(plugin, &StartOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A server, each of whose connections is served on a thread of its own.
pub(crate) fn serve(act: impl Fn(TcpStream, String) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(200) {
            let (Ok(mut stream), act) = (stream, act.clone()) else { return };
            std::thread::spawn(move || {
                if let Some(head) = head_of(&mut stream) {
                    act(stream, head);
                }
            });
        }
    });
    port
}

/// Reads the head of a request; nothing where the client is gone.
fn head_of(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a stream");
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    String::from_utf8(head).ok()
}

/// Whether a process, or what is left of one, is there.
pub(crate) fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
