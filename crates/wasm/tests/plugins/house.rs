//! A real door, and a gate that asks it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use aether_audit::{Log, RunId, Start};
use aether_gateway::{Auditor, Blobs, Door, Elevated, InMemory, NoPool, Outgoing, Services};
use aether_overlay::{Mount, Overlay, OverlayConfig, Quota};
use aether_path::VirtualPath;
use aether_policy::grant::{Decision, Grant, Identity, Input, decide};
use aether_protocol::RpcError;
use aether_protocol::v1::{CellLimits, Hello, PluginInfo};
use aether_source::Source;
use aether_wasm::{Ask, Told};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::gate::TestGate;

impl TestGate {
    /// One that asks a real door for the rest, over these files.
    pub(crate) fn house(request: &str, files: &[(&str, &str)]) -> Self {
        let variables = BTreeMap::from([("LANG".to_owned(), "C".to_owned())]);
        Self::over(House::new(request, &["in", "out"], files, variables))
    }

    /// The same over these folders of `/workspace`, and with these variables.
    pub(crate) fn house_of(
        request: &str,
        roots: &[&str],
        files: &[(&str, &str)],
        variables: BTreeMap<String, String>,
    ) -> Self {
        Self::over(House::new(request, roots, files, variables))
    }

    /// Where the door's folders are on the host.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.house.as_ref().expect("a door").folder.path().to_owned()
    }
}

/// A real door over a temporary folder, some of whose folders are in `/workspace`.
pub(crate) struct House {
    door: Door,
    folder: TempDir,
    next: u64,
}

struct Attached(VecDeque<Vec<u8>>);

impl Blobs for Attached {
    fn claim(&mut self, size: u64) -> Result<Vec<u8>, String> {
        let bytes = self.0.pop_front().ok_or("nothing attached")?;
        assert_eq!(bytes.len() as u64, size, "the blob says its size");
        Ok(bytes)
    }

    fn skip(&mut self) -> Result<(), String> {
        self.0.pop_front().map(drop).ok_or_else(|| "nothing attached".to_owned())
    }
}

impl House {
    fn new(
        request: &str,
        roots: &[&str],
        files: &[(&str, &str)],
        environment: BTreeMap<String, String>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("its path");
        for name in roots {
            std::fs::create_dir_all(root.join(name)).expect("a folder");
        }
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            match text.strip_prefix("-> ") {
                Some(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
                None => std::fs::write(path, text).expect("a file"),
            }
        }
        let at = |name: &str| VirtualPath::parse(&format!("/workspace/{name}")).expect("a path");
        let mounts = roots.iter().map(|name| Mount::folder(at(name), root.join(name))).collect();
        let quota = Quota { bytes: 1 << 20, entries: 1000 };
        let config = OverlayConfig { mounts, quota, ..OverlayConfig::default() };
        let services = Services {
            bundle: Arc::new(BTreeMap::new()),
            overlay: Overlay::new(config).expect("an overlay"),
            cwd: VirtualPath::workspace(),
            environment,
            values: Box::new(InMemory::default()),
            pool: Box::new(NoPool),
            elevated: Elevated::nothing("p").expect("a key"),
        };
        let run = RunId::random().expect("a run");
        let (log, _) = Log::memory(run, &Start::default()).expect("a log");
        let door = Door::new(Arc::new(granted(request)), services, Auditor::new(log, "p", 1));
        let mut house = Self { door, folder, next: 0 };
        house.greet();
        house
    }

    fn greet(&mut self) {
        let hello = Hello {
            protocol: vec![1],
            api: BTreeMap::new(),
            plugin: PluginInfo {
                name: "p".to_owned(),
                version: String::new(),
                digest: String::new(),
            },
            runtime: "wasm".to_owned(),
            entry: "main.wasm".to_owned(),
            compat: Vec::new(),
            stateless: false,
            engine: String::new(),
            debug: Default::default(),
            packages: false,
            made: Vec::new(),
            jit: false,
            in_host: false,
            coredump: false,
            cwd: "/workspace".to_owned(),
            limits: CellLimits { heap: 1 << 20, stack: 1 << 20, load_ms: 1000, in_flight: 64 },
            fixes: BTreeMap::new(),
        };
        self.door.hello(&hello).expect("a greeting");
        let reply =
            json!({ "jsonrpc": "2.0", "id": 1, "result": { "protocol": 1, "attachments": true } });
        self.receive(&reply, Vec::new());
        self.door.call("run", &Value::Null, 60_000).expect("a call");
    }

    fn receive(&mut self, line: &Value, attach: Vec<Vec<u8>>) -> Option<Outgoing> {
        let received = self.door.receive(line.to_string().as_bytes(), &mut Attached(attach.into()));
        received.expect("not expelled")
    }

    pub(crate) fn ask(&mut self, ask: Ask) -> Result<Told, RpcError> {
        self.next += 1;
        let params: Value = serde_json::from_str(&ask.params).expect("JSON");
        let line =
            json!({ "jsonrpc": "2.0", "id": self.next, "method": ask.method, "params": params });
        let answer = self.receive(&line, ask.attach).expect("an answer");
        let value: Value = serde_json::from_slice(&answer.line).expect("JSON");
        if let Some(error) = value.get("error") {
            return Err(serde_json::from_value(error.clone()).expect("an error"));
        }
        let attachments = answer.attach.into_iter().map(|attached| bytes_of(&attached)).collect();
        Ok(Told { result: value["result"].to_string(), attachments })
    }
}

fn bytes_of(attached: &aether_gateway::Attach) -> Vec<u8> {
    match attached {
        aether_gateway::Attach::Bytes(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    }
}

fn granted(request: &str) -> Grant {
    let source = Source::new("aether-plugin.json", format!("{{ \"permissions\": {request} }}"));
    let manifest = aether_manifest::parse(source).expect("a manifest");
    let identity = Identity { name: "p".into(), version: String::new(), digest: String::new() };
    let decision = decide(&Input {
        manifest: &manifest,
        identity: &identity,
        policy: None,
        engine: aether_policy::grant::Engine::default(),
        narrowing: None,
        mounts: &[],
        consents: None,
        unattended: false,
        now: jiff::Timestamp::UNIX_EPOCH,
    });
    match decision {
        Decision::Ask(review) => review.accept(),
        Decision::Granted(grant) => *grant,
        Decision::Refused(refused) => panic!("{refused:?}"),
    }
}
