//! Whatever the order of messages: every request is answered once or is owed an answer, no more are
//! owed than may be, and once all work is done nothing is owed.

use std::collections::BTreeMap;

use aether_gateway::{Attach, CodeSide, CodeSink, Done, Event, Fetched, News, Ran, Work, limits};
use aether_protocol::v1::{METHODS, Side, method};
use aether_protocol::{Code, RpcError};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, value};
use crate::code::coded;
use crate::properties::any_json;

/// Something of everything.
const REQUEST: &str = r#"{
    "filesystem": { "read": ["./in/**", "./both/**"], "write": ["./out/**", "./both/**"] },
    "environment": ["LANG"],
    "plugins": ["b.run"],
    "events": { "emit": ["build.*"], "on": ["build.*"] }
}"#;

/// What is answered by the policy; that for a person to answer is the network.
const RULES: &str = "{ right: secret, name: key, answer: allow, uses: 1000 }, \
    { right: command, name: format, answer: allow, uses: 1000 }, \
    { right: memory, most: 1GB, answer: allow, uses: 1000 }, \
    { right: time, most: 5s, answer: allow, uses: 1000 }";

/// What tokens are asked for at the beginning.
fn wants() -> [Value; 4] {
    [
        json!({ "right": "secret", "name": "key" }),
        json!({ "right": "command", "name": "format" }),
        json!({ "right": "memory", "bytes": 1 << 29 }),
        json!({ "right": "time", "ms": 100 }),
    ]
}

/// What both sides do, in any order.
#[derive(Clone, Debug)]
enum Step {
    /// The cell asks.
    Ask { method: Index, odd: Option<Value>, id: Index, call: Index },
    /// It asks for the same so often, under identifiers of their own.
    Burst { pieces: bool, times: usize, call: Index },
    /// It tells something.
    Tell { progress: bool, odd: Option<Value>, call: Index },
    /// It answers a call or an event.
    Answer { of: Index, with: Option<Value>, fails: bool },
    /// The host calls.
    Call { credits: Option<u32>, caller: bool },
    /// The host says something that wants no answer.
    Say { what: u8, call: Index },
    /// The host tells of something.
    Event,
    /// Some work is done.
    Finish { of: Index, fits: bool, how: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let odd = |often: f64| prop::option::weighted(often, any_json());
    prop_oneof![
        10 => (index(), odd(0.2), index(), index())
            .prop_map(|(method, odd, id, call)| Step::Ask { method, odd, id, call }),
        2 => (any::<bool>(), 1..80_usize, index())
            .prop_map(|(pieces, times, call)| Step::Burst { pieces, times, call }),
        1 => (any::<bool>(), odd(0.05), index())
            .prop_map(|(progress, odd, call)| Step::Tell { progress, odd, call }),
        2 => (index(), odd(0.3), any::<bool>())
            .prop_map(|(of, with, fails)| Step::Answer { of, with, fails }),
        3 => (prop::option::of(0..70_u32), any::<bool>())
            .prop_map(|(credits, caller)| Step::Call { credits, caller }),
        1 => (0..4_u8, index()).prop_map(|(what, call)| Step::Say { what, call }),
        1 => Just(Step::Event),
        6 => (index(), prop::bool::weighted(0.8), 0..12_u8)
            .prop_map(|(of, fits, how)| Step::Finish { of, fits, how }),
    ]
}

/// The methods that are answered.
fn requests() -> Vec<&'static str> {
    let asked = |one: &&aether_protocol::v1::Method| one.from == Side::Cell && one.result.is_some();
    METHODS.iter().filter(asked).map(|one| one.name).collect()
}

/// Parameters that could be those of an honest cell.
fn plausible(name: &str, call: u64, tokens: &BTreeMap<String, String>, blob: &str) -> Value {
    let token = |right: &str| tokens.get(right).cloned();
    match name {
        method::CALL_CHUNK => json!({ "call": call, "data": { "json": [call] } }),
        method::BUNDLE_READ => json!({ "path": "main.js" }),
        method::BUNDLE_LIST => json!({}),
        method::BUNDLE_CODE => json!({ "part": "facts" }),
        method::BUNDLE_KEEP => json!({ "part": "code", "data": { "base64": "AAAA" } }),
        method::FS_READ => json!({ "path": "./in/a.txt", "offset": 0, "length": 1 }),
        method::FS_WRITE => json!({ "path": "./out/n.txt", "data": { "text": "n" } }),
        method::FS_LIST => json!({ "path": "./in" }),
        method::FS_STAT => json!({ "path": "./in/a.txt" }),
        method::FS_REMOVE => json!({ "path": "./both/c.txt", "recursive": false }),
        method::FS_RENAME => json!({ "from": "./both/c.txt", "to": "./out/c.txt" }),
        method::FS_MKDIR => json!({ "path": "./out/a/b", "recursive": true }),
        method::FS_OPEN => json!({ "path": "./both/c.txt", "access": "both", "create": true }),
        // One that is open, or not.
        method::FS_CLOSE => json!({ "file": 1 + call % 8 }),
        method::FS_PREAD => json!({ "file": 1 + call % 8, "offset": 0, "length": 1 }),
        method::FS_PWRITE => json!({ "file": 1 + call % 8, "data": { "text": "more" } }),
        method::FS_RESIZE => json!({ "file": 1 + call % 8, "size": 3 }),
        method::FS_FSTAT => json!({ "file": 1 + call % 8 }),
        method::FS_LINK => json!({ "from": "./both/c.txt", "to": "./both/e.txt" }),
        method::FS_SYMLINK => json!({ "path": "./both/s.txt", "target": "c.txt" }),
        method::FS_READLINK => json!({ "path": "./both/s.txt" }),
        method::FS_CHMOD => json!({ "path": "./both/c.txt", "mode": 0o600 }),
        method::FS_UTIMES => json!({ "path": "./both/c.txt", "modified_ms": 1 }),
        method::ENV_GET => json!({ "name": "LANG" }),
        method::ENV_LIST => json!({}),
        method::KV_GET | method::KV_DELETE => json!({ "key": "k" }),
        method::KV_SET => json!({ "key": "k", "value": { "json": 1 } }),
        method::KV_LIST => json!({ "prefix": "" }),
        // A person is asked.
        method::TOKEN_REQUEST => json!({ "want": { "right": "network", "host": "a.example" } }),
        method::TOKEN_DROP => json!({ "token": format!("aec1.{0}..{0}{0}", "0".repeat(32)) }),
        method::TOKEN_NARROW => json!({
            "token": format!("aec1.{0}..{0}{0}", "0".repeat(32)), "caveats": { "uses": 1 },
        }),
        method::SECRET_GET => json!({ "name": "key", "token": token("secret") }),
        method::COMMAND_RUN => {
            json!({ "name": "format", "input": { "text": "x" }, "token": token("command") })
        }
        method::TIME_EXTEND => json!({ "call": call, "ms": 100, "token": token("time") }),
        method::MEMORY_EXTEND => json!({ "bytes": 1 << 29, "token": token("memory") }),
        // By a number of its own, or whole, as it happens.
        method::HTTP_FETCH if call.is_multiple_of(2) => {
            json!({ "url": "https://a.example/", "stream": call })
        }
        method::HTTP_FETCH => json!({ "url": "https://a.example/", "body": { "text": "b" } }),
        method::HTTP_READ | method::HTTP_CLOSE => json!({ "stream": call }),
        method::PLUGINS_CALL => json!({ "method": "b.run", "input": { "json": null } }),
        method::EVENTS_EMIT => json!({ "topic": "build.done", "data": { "json": {} } }),
        method::EVENTS_ON | method::EVENTS_OFF => json!({ "topic": "build.*" }),
        method::BLOB_CREATE => json!({ "data": { "text": "a blob" } }),
        method::BLOB_OPEN | method::BLOB_DROP => json!({ "blob": blob }),
        method::BLOB_SEND => json!({ "blob": blob, "to": "b" }),
        other => panic!("what does an honest cell ask {other} for?"),
    }
}

/// Which work it is.
const fn kind(work: &Work) -> u8 {
    match work {
        Work::Ask(_) => 0,
        Work::Run { .. } => 1,
        Work::Fetch(_) => 2,
        Work::Memory { .. } => 3,
        Work::Chunk { .. } => 4,
        Work::Call { .. } => 5,
        Work::Read { .. } => 6,
    }
}

/// What could become of that kind of work.
fn done(kind: u8, well: bool) -> Done {
    let error = || RpcError::new(Code::Io, "it failed");
    match kind {
        0 => Done::Answered(well),
        1 => Done::Ran(well.then(ran).ok_or_else(error)),
        2 => Done::Fetched(well.then(fetched).ok_or_else(error)),
        3 => Done::Memory(well.then_some(1 << 28).ok_or_else(error)),
        4 => Done::Taken(well.then_some(()).ok_or_else(error)),
        6 => Done::Read(well.then(|| (vec![b'p'; 100_000], false)).ok_or_else(error)),
        _ => Done::Called(well.then(|| json!({ "x": 1 })).ok_or_else(error)),
    }
}

fn ran() -> Ran {
    Ran { code: 0, output: vec![0xff; 100_000], errors: b"e".repeat(100_000) }
}

fn fetched() -> Fetched {
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    let url = "https://a.example/".to_owned();
    let (reason, body) = ("OK".to_owned(), Some(vec![b'b'; 100_000]));
    Fetched { status: 200, reason, url, redirected: false, headers, body }
}

/// Both sides, and what is known of what they owe each other.
struct Table {
    bench: Bench,
    tokens: BTreeMap<String, String>,
    blob: String,
    /// What the cell was asked and has not answered; events are no calls.
    open: Vec<(u64, bool)>,
    /// Work that is not done, with the identifier that it is to be answered under.
    owed: Vec<(u64, String, u8)>,
    next_id: u64,
    expelled: bool,
}

impl Table {
    fn new() -> Self {
        let mut bench = Bench::elevating_before_hello(REQUEST, RULES, true);
        bench.greet();
        let call = bench.open_call();
        let mut tokens = BTreeMap::new();
        for want in wants() {
            let asked = json!({ "want": want, "uses": 1000 });
            let reply = bench.ask("token.request", asked).expect("a token");
            let token = reply["token"].as_str().expect("its text").to_owned();
            tokens.insert(want["right"].as_str().expect("a right").to_owned(), token);
        }
        let made = bench.ask("blob.create", json!({ "data": { "text": "a blob" } }));
        let blob = made.expect("a blob")["blob"].as_str().expect("a name").to_owned();
        bench.events();
        let open = vec![(call, true)];
        Self { bench, tokens, blob, open, owed: Vec::new(), next_id: 1000, expelled: false }
    }

    fn call(&self, of: &Index) -> u64 {
        // One in some is no call.
        let at = of.index(self.open.len() + 1);
        self.open.get(at).map_or(77_777, |open| open.0)
    }

    fn new_id(&mut self) -> String {
        self.next_id += 1;
        self.next_id.to_string()
    }

    /// The work that is to be done since this was asked last.
    fn works(&mut self) -> Vec<(u64, u8)> {
        let work = |event| match event {
            Event::Work { number, work } => Some((number, kind(&work))),
            _ => None,
        };
        self.bench.events().into_iter().filter_map(work).collect()
    }

    /// The cell says something that has no identifier of its own.
    fn say(&mut self, line: &str) -> Result<(), TestCaseError> {
        if self.expelled {
            return Ok(());
        }
        match self.bench.door.receive(line.as_bytes(), &mut FakeBlobs::of("[1]")) {
            Ok(answer) => prop_assert_eq!(answer, None, "{}", line),
            Err(_) => self.expelled = true,
        }
        prop_assert_eq!(self.works(), []);
        Ok(())
    }

    /// The cell asks: it is answered, or owed an answer, or ended.
    fn ask(&mut self, id: &str, name: &str, params: &Value) -> Result<(), TestCaseError> {
        if self.expelled {
            return Ok(());
        }
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{name}","params":{params}}}"#);
        let strikes = self.bench.door.ledger().totals.strikes;
        let refused = self.owed.len() >= limits::IN_FLIGHT as usize
            || self.owed.iter().any(|owed| owed.1 == id);
        let answer = self.bench.door.receive(line.as_bytes(), &mut FakeBlobs::of("[1]"));
        let works = self.works();
        let struck = self.bench.door.ledger().totals.strikes - strikes;
        match answer {
            Err(_) => {
                prop_assert_eq!(self.bench.door.ledger().totals.strikes, limits::STRIKES);
                self.expelled = true;
                prop_assert!(works.is_empty() || !refused, "work for what was refused");
                // A claim of what was not attached to it may have come with work; it is done still.
                self.owed.extend(works.into_iter().map(|(n, kind)| (n, id.to_owned(), kind)));
            }
            Ok(Some(answer)) => {
                let answer = value(&answer);
                prop_assert_eq!(answer["id"].to_string(), id);
                prop_assert_eq!(works, [], "answered, and work: {}", line);
                if refused {
                    prop_assert_eq!((&answer["error"]["code"], struck), (&json!(-32600), 1));
                }
            }
            Ok(None) => {
                prop_assert!(!refused, "{line}");
                prop_assert_eq!(works.len(), 1, "neither answered nor owed: {}", line);
                self.owed.push((works[0].0, id.to_owned(), works[0].1));
            }
        }
        prop_assert!(self.owed.len() <= limits::IN_FLIGHT as usize);
        Ok(())
    }

    /// Work is done: it is answered now, and never again.
    fn finish(&mut self, at: usize, done: impl Fn(u8) -> Done) -> Result<(), TestCaseError> {
        let (number, id, kind) = self.owed.swap_remove(at);
        let fits = |done: &Done| match done {
            Done::Answered(_) => kind == 0,
            Done::Taken(_) => kind == 4,
            _ => !matches!(kind, 0 | 4),
        };
        let came = done(kind);
        let fits = fits(&came);
        let answer = self.bench.door.finish(number, came);
        prop_assert!(answer.is_some(), "work {number} is answered by nothing");
        let answer = value(&answer.expect("there is one"));
        prop_assert_eq!(answer["id"].to_string(), id);
        prop_assert_eq!(answer.get("result").is_some(), answer.get("error").is_none());
        prop_assert!(fits || answer.get("error").is_some(), "{answer}");
        prop_assert_eq!(self.bench.door.finish(number, done(kind)), None, "answered twice");
        prop_assert_eq!(self.works(), []);
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Ask { method, odd, id, call } => {
                let names = requests();
                let name = names[method.index(names.len())];
                let params = match odd {
                    Some(odd) => odd.clone(),
                    None => plausible(name, self.call(call), &self.tokens, &self.blob),
                };
                // One in thirty has the identifier of another.
                let id = match id.index(30) {
                    0 if !self.owed.is_empty() => self.owed[id.index(self.owed.len())].1.clone(),
                    1 => format!("\"{}\"", self.new_id()),
                    _ => self.new_id(),
                };
                self.ask(&id, name, &params)?;
            }
            Step::Burst { pieces, times, call } => {
                let name = if *pieces { method::CALL_CHUNK } else { method::HTTP_FETCH };
                let params = plausible(name, self.call(call), &self.tokens, &self.blob);
                for _ in 0..*times {
                    // Two are one too few to end it.
                    if self.bench.door.ledger().totals.strikes + 1 >= limits::STRIKES {
                        break;
                    }
                    let id = self.new_id();
                    self.ask(&id, name, &params)?;
                }
            }
            Step::Tell { progress, odd, call } => {
                let (name, params) = match progress {
                    true => (
                        method::CALL_PROGRESS,
                        json!({ "call": self.call(call), "fraction": 0.5, "message": "m" }),
                    ),
                    false => (method::LOG_WRITE, json!({ "level": "info", "message": "m" })),
                };
                let params = odd.as_ref().unwrap_or(&params);
                let line = json!({ "jsonrpc": "2.0", "method": name, "params": params });
                self.say(&line.to_string())?;
            }
            Step::Answer { of, with, fails } => {
                if self.open.is_empty() {
                    return Ok(());
                }
                let (id, is_call) = self.open.swap_remove(of.index(self.open.len()));
                let fine = if is_call { json!({ "output": { "json": 1 } }) } else { json!({}) };
                let with = with.clone().unwrap_or(fine);
                let line = match fails {
                    true => {
                        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32000, "message": with.to_string() } })
                    }
                    false => json!({ "jsonrpc": "2.0", "id": id, "result": with }),
                };
                self.say(&line.to_string())?;
            }
            Step::Call { credits, caller } => {
                let caller = caller.then_some("b");
                let door = &mut self.bench.door;
                let called = door.call_for(caller, "run", &json!({}), 1000, *credits);
                self.open.push((called.expect("a call").0, true));
            }
            Step::Say { what, call } => {
                let call = self.call(call);
                let door = &mut self.bench.door;
                let said = match what {
                    0 => door.cancel(call),
                    1 => door.extend(call, 10),
                    2 => door.memory(1 << 28),
                    _ => door.shutdown(),
                };
                prop_assert!(said.is_ok());
            }
            Step::Event => {
                let news = News { topic: "build.done", from: "b", data: "[1]", dropped: 0 };
                let told = self.bench.door.event(&news, 1000).expect("an event");
                self.open.push((told.0, false));
            }
            Step::Finish { of, fits, how } => {
                if !self.owed.is_empty() {
                    let at = of.index(self.owed.len());
                    self.finish(at, |kind| {
                        done(if *fits { kind } else { how % 6 }, how.is_multiple_of(2))
                    })?;
                }
            }
        }
        prop_assert_eq!(self.works(), []);
        Ok(())
    }

    /// All that is left is done, in any order: then nothing is owed, and as much may be again.
    fn end(mut self, order: &[Index]) -> Result<(), TestCaseError> {
        let mut ids = Vec::new();
        for at in order.iter().cycle() {
            if self.owed.is_empty() {
                break;
            }
            let at = at.index(self.owed.len());
            ids.push(self.owed[at].1.clone());
            self.finish(at, |kind| done(kind, true))?;
        }
        for number in 0..2000 {
            prop_assert_eq!(self.bench.door.finish(number, Done::Answered(true)), None);
        }
        if self.expelled {
            return Ok(());
        }
        let strikes = self.bench.door.ledger().totals.strikes;
        let most = limits::IN_FLIGHT;
        let call = self.bench.door.call_for(None, "run", &json!({}), 1000, Some(most));
        let call = call.expect("a call").0;
        for id in ids {
            self.ask(&id, method::ENV_LIST, &json!({}))?;
        }
        for _ in 0..most {
            let id = self.new_id();
            self.ask(&id, method::CALL_CHUNK, &json!({ "call": call, "data": { "json": 1 } }))?;
        }
        prop_assert_eq!(self.owed.len(), most as usize, "each was taken");
        prop_assert_eq!(self.bench.door.ledger().totals.strikes, strikes);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_messages_leaves_a_request_without_its_one_answer(
        steps in prop::collection::vec(step(), 1..80),
        order in prop::collection::vec(any::<Index>(), 1..20),
    ) {
        let mut table = Table::new();
        for step in &steps {
            table.take(step)?;
        }
        table.end(&order)?;
    }
}

/// Were they refused for what they are, the property would be about refusals only.
#[test]
fn what_is_plausible_is_done() {
    let mut works = Vec::new();
    for name in requests() {
        let mut table = Table::new();
        let door = &mut table.bench.door;
        let called = door.call_for(None, "run", &json!({}), 1000, Some(8)).expect("a call");
        let mut params = plausible(name, called.0, &table.tokens, &table.blob);
        let before = match name {
            method::FS_CLOSE
            | method::FS_PREAD
            | method::FS_PWRITE
            | method::FS_RESIZE
            | method::FS_FSTAT => Some(method::FS_OPEN),
            method::FS_READLINK => Some(method::FS_SYMLINK),
            _ => None,
        };
        if let Some(before) = before {
            let asked = plausible(before, called.0, &table.tokens, &table.blob);
            let result = table.bench.ask(before, asked).expect("it is done");
            if before == method::FS_OPEN {
                params["file"] = result["file"].clone();
            }
        }
        if name == method::HTTP_READ {
            let asked = json!({ "url": "https://a.example/", "stream": called.0 });
            let begun =
                json!({ "jsonrpc": "2.0", "id": 0, "method": "http.fetch", "params": asked });
            table.bench.say(&begun.to_string()).expect("not expelled");
            let (number, _) = table.works()[0];
            table.bench.door.finish(number, Done::Fetched(Ok(fetched()))).expect("an answer");
        }
        match name {
            method::BUNDLE_CODE => table.bench.door.set_code(CodeSide::Runs(coded(), None)),
            method::BUNDLE_KEEP => {
                let entry = Attach::Bytes(Vec::new());
                table.bench.door.set_code(CodeSide::Compiles(entry, CodeSink::default()));
            }
            _ => {}
        }
        let line = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": params });
        let answer = table.bench.say(&line.to_string()).expect("not expelled");
        let work = table.works();
        match answer {
            Some(answer) => {
                let answer = value(&answer);
                assert!(answer.get("error").is_none(), "{name}: {answer}");
            }
            None => assert_eq!(work.len(), 1, "{name}"),
        }
        works.extend(work.into_iter().map(|(_, kind)| kind));
    }
    works.sort_unstable();
    assert_eq!(works, [0, 1, 2, 3, 4, 5, 6], "each kind of work");
}
