//! A door over a temporary folder, spoken to in lines.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use aether_audit::{Log, Memory, Record, Records, RunId, Start};
use aether_gateway::{
    Auditor, Blobs, Door, Elevated, Event, Expelled, InMemory, Named, NoPool, Outgoing, Pool,
    Services, Values,
};
use aether_overlay::{Mount, Overlay, OverlayConfig, Quota};
use aether_path::VirtualPath;
use aether_policy::grant::{Decision, Grant, Identity, Input, decide};
use aether_policy::policy::{Policy, PolicyOrigin};
use aether_protocol::Versions;
use aether_protocol::v1::{CellLimits, Hello, PluginInfo};
use aether_source::Source;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::older::both;

/// What is in a file that was never granted, so that it is recognised wherever it turns up.
pub(crate) const SECRET: &str = "THE-SECRET-THAT-NOBODY-WAS-GIVEN";

/// The request of most tests.
pub(crate) const REQUEST: &str = r#"{ "filesystem": { "read": ["./in/**", "./both/**"], "write": ["./out/**", "./both/**"] }, "environment": ["LANG", "UNSET"] }"#;

/// A door with everything around it. The host's folder is `/workspace`.
pub(crate) struct Bench {
    pub(crate) door: Door,
    pub(crate) log: Log,
    memory: Option<Memory>,
    folder: TempDir,
    next_id: u64,
}

impl Bench {
    /// A door after its greeting, with a call open, for a plugin with [`REQUEST`] granted.
    pub(crate) fn new() -> Self {
        Self::granting(REQUEST)
    }

    pub(crate) fn granting(request: &str) -> Self {
        let mut bench = Self::before_hello(request);
        bench.greet();
        bench.open_call();
        bench
    }

    pub(crate) fn before_hello(request: &str) -> Self {
        let run = RunId::random().expect("a run");
        let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
        Self::with_log(request, log, Some(memory))
    }

    pub(crate) fn with_log(request: &str, log: Log, memory: Option<Memory>) -> Self {
        Self::with_values(request, Box::new(InMemory::default()), log, memory)
    }

    /// A door after its greeting, with a call open, for a plugin whose store this is.
    pub(crate) fn storing_in(values: Box<dyn Values>) -> Self {
        let run = RunId::random().expect("a run");
        let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
        let mut bench = Self::with_values("{}", values, log, Some(memory));
        bench.greet();
        bench.open_call();
        bench
    }

    /// A door after its greeting, with a call open, under a policy that answers wishes like this;
    /// whether somebody can be asked where it does not.
    pub(crate) fn elevating(rules: &str, asks: bool) -> Self {
        let mut bench = Self::elevating_before_hello(REQUEST, rules, asks);
        bench.greet();
        bench.open_call();
        bench
    }

    /// A door after its greeting, with a call open, under a policy that has these places changed on
    /// disk at once.
    pub(crate) fn directly(request: &str, places: &str) -> Self {
        let run = RunId::random().expect("a run");
        let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
        let policy = policy_of(request, &format!("direct: {places}"));
        let grant = granted(request, Some(&policy));
        let reached =
            (Box::new(InMemory::default()) as Box<dyn Values>, Box::new(NoPool) as Box<dyn Pool>);
        let elevated = Elevated::nothing("p").expect("a key");
        let mut bench = Self::with_all(grant, reached, elevated, log, Some(memory));
        bench.greet();
        bench.open_call();
        bench
    }

    pub(crate) fn elevating_before_hello(request: &str, rules: &str, asks: bool) -> Self {
        let run = RunId::random().expect("a run");
        let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
        let mut elevated = Elevated::nothing("p").expect("a key");
        elevated.asks = asks;
        elevated.named = Arc::new(Shop);
        let grant = granted(request, Some(&policy(request, rules)));
        let values = Box::new(InMemory::default());
        let reached =
            (values as Box<dyn Values>, Box::new(crate::blobs::List::default()) as Box<dyn Pool>);
        Self::with_all(grant, reached, elevated, log, Some(memory))
    }

    /// A door after its greeting, with a call open, whose blobs are in this pool.
    pub(crate) fn with_pool(pool: Box<dyn Pool>) -> Self {
        let run = RunId::random().expect("a run");
        let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
        let elevated = Elevated::nothing("p").expect("a key");
        let values = Box::new(InMemory::default());
        let mut bench =
            Self::with_all(granted("{}", None), (values, pool), elevated, log, Some(memory));
        bench.greet();
        bench.open_call();
        bench
    }

    /// A door after its greeting, with a call open, whose cell speaks this version.
    pub(crate) fn speaking(version: u32) -> Self {
        let mut bench = Self::before_hello(REQUEST).serving(both());
        let hello = Hello { protocol: both().offered(), ..hello() };
        bench.door.hello(&hello).expect("a greeting");
        let reply = json!({ "jsonrpc": "2.0", "id": 1, "result": { "protocol": version } });
        bench.say(&reply.to_string()).expect("a fair greeting");
        assert!(matches!(bench.events().as_slice(), [Event::Greeted(Ok(_))]));
        bench.open_call();
        bench
    }

    /// The same for a host that serves these versions.
    pub(crate) fn serving(mut self, served: Versions) -> Self {
        self.door = self.door.with_versions(served);
        self
    }

    fn with_values(
        request: &str,
        values: Box<dyn Values>,
        log: Log,
        memory: Option<Memory>,
    ) -> Self {
        let elevated = Elevated::nothing("p").expect("a key");
        Self::with_all(granted(request, None), (values, Box::new(NoPool)), elevated, log, memory)
    }

    fn with_all(
        grant: Grant,
        (values, pool): (Box<dyn Values>, Box<dyn Pool>),
        elevated: Elevated,
        log: Log,
        memory: Option<Memory>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("its path");
        fill(&root);
        let roots = ["in", "out", "both"];
        let at = |name: &str| VirtualPath::parse(&format!("/workspace/{name}")).expect("a path");
        let mounts = roots.iter().map(|name| Mount::folder(at(name), root.join(name))).collect();
        let quota = Quota { bytes: 1 << 20, entries: 1000 };
        let config = OverlayConfig { mounts, quota, ..OverlayConfig::default() };
        let bundle = [("main.js", &b"export default 1;"[..]), ("binary", &[0xff, 0])];
        let services = Services {
            bundle: Arc::new(
                bundle.map(|(name, bytes)| (name.to_owned(), Arc::from(bytes))).into(),
            ),
            overlay: Overlay::new(config).expect("an overlay"),
            cwd: VirtualPath::workspace(),
            environment: BTreeMap::from([("LANG".to_owned(), "C".to_owned())]),
            values,
            pool,
            elevated,
        };
        let auditor = Auditor::new(log.clone(), "p", 1);
        let door = Door::new(Arc::new(grant), services, auditor);
        Self { door, log, memory, folder, next_id: 100 }
    }

    /// Greets as the host does, and answers as a cell does.
    pub(crate) fn greet(&mut self) {
        let asked = self.door.hello(&hello()).expect("a greeting");
        let id = value(&asked)["id"].clone();
        let reply = json!({ "jsonrpc": "2.0", "id": id, "result": { "protocol": 1, "engine": "x", "attachments": true } });
        self.say(&reply.to_string()).expect("a fair greeting");
        assert!(matches!(self.events().as_slice(), [Event::Greeted(Ok(_))]));
    }

    /// Calls the plugin, so that it may ask for something. Gives the call's identifier.
    pub(crate) fn open_call(&mut self) -> u64 {
        self.door.call("run", &Value::Null, 1000).expect("a call").0
    }

    /// A request that is not answered at once; gives its identifier.
    #[track_caller]
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let answer = self.say(&line.to_string()).expect("not expelled");
        assert_eq!(answer, None, "it takes its time");
        id
    }

    /// A line from the cell, without attachments.
    pub(crate) fn say(&mut self, line: &str) -> Result<Option<Outgoing>, Expelled> {
        self.door.receive(line.as_bytes(), &mut NoBlobs)
    }

    /// A request of the cell, and the answer to it.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        self.ask_with(method, params, &mut NoBlobs)
    }

    /// The same, with attachments.
    #[track_caller]
    pub(crate) fn ask_with(
        &mut self,
        method: &str,
        params: Value,
        blobs: &mut dyn Blobs,
    ) -> Result<Value, Refusal> {
        self.next_id += 1;
        let line =
            json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params });
        let answer = self.door.receive(line.to_string().as_bytes(), blobs);
        let answer = value(&answer.expect("not expelled").expect("an answer"));
        assert_eq!(answer["id"], self.next_id);
        outcome(&answer)
    }

    /// What the door told, but for what it tells of every request.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        let is_news = |event: &Event| {
            !matches!(
                event,
                Event::Asked { .. }
                    | Event::Unallowed { .. }
                    | Event::Refused { .. }
                    | Event::Struck(_)
            )
        };
        self.all_events().into_iter().filter(is_news).collect()
    }

    pub(crate) fn all_events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.door.next_event()).collect()
    }

    /// The records of the log.
    pub(crate) fn records(&self) -> Vec<Record> {
        let bytes = self.memory.as_ref().expect("a log in memory").bytes();
        Records::new(&bytes[..]).map(|record| record.expect("a record")).collect()
    }

    /// The records of one kind, as action and object.
    pub(crate) fn recorded(&self, kind: &str) -> Vec<(String, String)> {
        let records = self.records();
        let of_kind = records.iter().filter(|record| record.kind.as_str() == kind);
        of_kind.map(|one| (one.action.clone(), one.object.clone().unwrap_or_default())).collect()
    }

    pub(crate) fn host(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// An error of the door.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal(pub(crate) Value);

impl Refusal {
    pub(crate) fn number(&self) -> i64 {
        self.0["code"].as_i64().expect("a number")
    }

    /// The name of the system's error, or the number where there is none.
    pub(crate) fn word(&self) -> String {
        self.0["data"]["code"].as_str().map_or_else(|| self.number().to_string(), str::to_owned)
    }

    pub(crate) fn message(&self) -> &str {
        self.0["message"].as_str().expect("a message")
    }
}

/// No descriptor arrived.
pub(crate) struct NoBlobs;

impl Blobs for NoBlobs {
    fn claim(&mut self, _: u64) -> Result<Vec<u8>, String> {
        Err("a blob without an attached descriptor".to_owned())
    }

    fn skip(&mut self) -> Result<(), String> {
        self.claim(0).map(drop)
    }
}

/// Descriptors that arrived, with what they hold or what is wrong with them; a size that was not
/// announced is found, as by the real ones.
#[derive(Default)]
pub(crate) struct FakeBlobs(pub(crate) VecDeque<Result<Vec<u8>, String>>);

impl FakeBlobs {
    pub(crate) fn of(bytes: impl Into<Vec<u8>>) -> Self {
        Self([Ok(bytes.into())].into())
    }
}

impl Blobs for FakeBlobs {
    fn claim(&mut self, size: u64) -> Result<Vec<u8>, String> {
        let bytes = self.0.pop_front().ok_or("a blob without an attached descriptor")??;
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(format!("it has {} bytes", bytes.len())),
        }
    }

    fn skip(&mut self) -> Result<(), String> {
        self.0.pop_front().ok_or("a blob without an attached descriptor")?.map(drop)
    }
}

/// What an answer says.
pub(crate) fn outcome(answer: &Value) -> Result<Value, Refusal> {
    match answer.get("error") {
        None => Ok(answer["result"].clone()),
        Some(error) => Err(Refusal(error.clone())),
    }
}

pub(crate) fn value(outgoing: &Outgoing) -> Value {
    assert_eq!(outgoing.line.last(), Some(&b'\n'));
    assert_eq!(outgoing.line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
    serde_json::from_slice(&outgoing.line).expect("JSON")
}

pub(crate) fn hello() -> Hello {
    Hello {
        protocol: vec![1],
        api: BTreeMap::new(),
        plugin: PluginInfo { name: "p".to_owned(), version: String::new(), digest: String::new() },
        runtime: "javascript".to_owned(),
        entry: "main.js".to_owned(),
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
    }
}

/// An owner who has named a secret and a command.
#[derive(Debug)]
struct Shop;

impl Named for Shop {
    fn has_command(&self, name: &str) -> bool {
        name == "format"
    }

    fn has_secret(&self, name: &str) -> bool {
        name == "key"
    }

    fn secret(&self, _: &str) -> Result<String, String> {
        Ok(SECRET.to_owned())
    }

    fn target(&self, url: &str) -> Result<(String, u16), String> {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        Ok((host.ok_or("no address")?.to_owned(), 443))
    }
}

/// A policy that allows this request and answers wishes like this.
fn policy(request: &str, rules: &str) -> Policy {
    policy_of(request, &format!("elevation: [{rules}]"))
}

fn policy_of(request: &str, more: &str) -> Policy {
    let text = format!(
        "version: 1\nsecrets: {{ key: {{ from: \"env:KEY\" }} }}\n\
         commands: {{ format: {{ run: [\"cat\"] }} }}\n\
         plugins: {{ p: {{ allow: {request}, {more} }} }}\n"
    );
    let source = Source::new("aether-policy.yaml", text);
    Policy::parse(source, PolicyOrigin::Named, jiff::tz::db()).expect("a policy")
}

/// What a person grants who agrees to this request, or what a policy does.
fn granted(request: &str, policy: Option<&Policy>) -> Grant {
    let source = Source::new("aether-plugin.json", format!("{{ \"permissions\": {request} }}"));
    let manifest = aether_manifest::parse(source).expect("a manifest");
    let identity = Identity { name: "p".into(), version: String::new(), digest: String::new() };
    let decision = decide(&Input {
        manifest: &manifest,
        identity: &identity,
        policy,
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

/// Files in granted folders, a secret beside them, and links from one to the other.
fn fill(root: &std::path::Path) {
    let write = |name: &str, text: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("in/a.txt", "a");
    write("in/deep/b.txt", "b");
    write("both/c.txt", "c");
    write("out/d.txt", "d");
    write("secret.txt", SECRET);
    write("secrets/e.txt", SECRET);
    #[cfg(unix)]
    for (target, link) in [
        ("../secret.txt", "in/link"),
        ("../secrets", "in/folder-link"),
        ("/etc/passwd", "in/absolute"),
        ("loop", "in/loop"),
        ("a.txt", "in/honest"),
        ("../secret.txt", "out/link"),
        ("../secrets", "both/folder-link"),
    ] {
        std::os::unix::fs::symlink(target, root.join(link)).expect("a link");
    }
}
