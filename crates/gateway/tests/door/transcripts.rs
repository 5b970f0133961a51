//! Conversations as they stand in `tests/transcripts`, played back to a real door: what the host says
//! is what stands there, byte for byte.
//!
//! A line of a transcript is one of
//!
//! - `{"from":"host","do":{…},"line":{…}}`: the host speaks of its own accord: `do` says what for;
//! - `{"from":"host","line":{…}}`: it answers what was last asked, or whose work was last done;
//! - `{"from":"cell","line":{…}}`, or `"text"` for what is no JSON object. Bytes that come attached
//!   are told by `"attach":{"of":"x","bytes":40000}`, so many times the text within `""`;
//!   `"bad":true` marks what is against the schema;
//! - `{"work":{…}}`: what the host did meanwhile, such as asking a person;
//! - `{"expect":{…}}`: `strikes`, how many there were, or `expelled`, the reason; or `event`, which
//!   says what the cell's answer was taken for.
//!
//! Tokens, and numbers that depend on clocks, are put as [`NORMAL`] says. `AETHER_BLESS=1` writes what
//! the host says anew: look at the difference, since every cell that was ever built reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aether_gateway::{
    Ahead, AheadPart, Attach, CodeSide, CodeSink, Done, Event, Fetched, News, Outgoing, Ran, Work,
};
use aether_protocol::v1::{CodePart, Debug, DebugAttached, Load, METHODS, Side, method};
use aether_protocol::version::Versions;
use aether_protocol::{Code, RpcError};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, hello};
use crate::code::coded;
use crate::older::{NO_LINKS, both};

/// Keys whose numbers differ from run to run, and what stands for them.
const NORMAL: &[(&str, &str)] =
    &[("\"modified_ms\":", "1750000000000"), ("\"retry_after_ms\":", "6000")];

/// What stands for the only token of a transcript.
const TOKEN: &str = "TOKEN";

/// What is granted in every transcript. The folders of the host are `in`, `out` and `both`.
const GRANTED: &str = r#"{ "filesystem": { "read": ["./in/**", "./both/**"], "write": ["./out/**", "./both/**"] }, "environment": ["LANG", "UNSET"], "plugins": ["geoip.lookup"], "events": { "emit": ["build.done"], "on": ["build.*"] } }"#;

/// The policy of a transcript: wishes for most things are granted, memory is asked about.
const RULES: &str = "{ right: host-write, below: ./out/, answer: allow, uses: 2 }, \
    { right: secret, name: key, answer: allow }, \
    { right: command, name: format, answer: allow }, \
    { right: time, most: 60s, answer: allow }, \
    { right: network, host: a.example, answer: refuse }";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn<'a> {
    from: Option<String>,
    #[serde(rename = "do")]
    act: Option<Value>,
    #[serde(borrow)]
    line: Option<&'a RawValue>,
    text: Option<String>,
    attach: Option<Attached>,
    work: Option<Value>,
    expect: Option<Value>,
    #[serde(rename = "bad")]
    _bad: Option<bool>,
}

#[derive(Deserialize)]
struct Attached {
    of: String,
    bytes: usize,
}

impl Attached {
    fn content(&self) -> Vec<u8> {
        format!("\"{}\"", self.of.repeat((self.bytes - 2) / self.of.len())).into_bytes()
    }
}

/// Transcript and door.
struct Stage {
    bench: Bench,
    served: Versions,
    said: Option<Outgoing>,
    events: Vec<Event>,
    work: Option<(u64, Work)>,
    token: Option<String>,
    expelled: Option<String>,
}

impl Stage {
    fn new(served: Versions) -> Self {
        let bench = Bench::elevating_before_hello(GRANTED, RULES, true).serving(served.clone());
        let (said, events, work) = (None, Vec::new(), None);
        Self { bench, served, said, events, work, token: None, expelled: None }
    }

    fn act(&mut self, act: &Value) {
        let (what, of) = act.as_object().and_then(|act| act.iter().next()).expect("one thing");
        let door = &mut self.bench.door;
        let number = |key: &str| of[key].as_u64().expect("a number");
        let said = match &**what {
            "hello" => {
                let mut hello = hello();
                hello.protocol = self.served.offered();
                hello.fixes = self.served.told();
                hello.api = aether_protocol::v1::MODULES.map(|(m, v)| (m.to_owned(), v)).into();
                if let Some(side @ ("has" | "makes")) = of["code"].as_str() {
                    let part = |bytes: &[u8]| {
                        let digest = format!("b3:{}", bytes.len());
                        Some(AheadPart { bytes: Attach::Bytes(bytes.to_vec()), digest })
                    };
                    let code = match side {
                        "has" => {
                            CodeSide::Has(Ahead { snapshot: part(b"snap"), script: part(b"made") })
                        }
                        _ => CodeSide::Makes(CodePart::Script, CodeSink::default()),
                    };
                    hello.made = code.parts();
                    door.set_code(code);
                } else if let Some(side) = of["code"].as_str() {
                    hello.runtime = "wasm".to_owned();
                    hello.entry = "main.wasm".to_owned();
                    door.set_code(match side {
                        "runs" => CodeSide::Runs(coded(), None),
                        _ => CodeSide::Compiles(Attach::Bytes(vec![0; 800]), CodeSink::default()),
                    });
                }
                if of["debug"] == true {
                    hello.debug = Debug::Yes;
                    door.let_debug();
                }
                door.hello(&hello)
            }
            "load" => door.load(&Load { deadline_ms: number("deadline_ms") }),
            "compile" => door.compile(&Load { deadline_ms: number("deadline_ms") }),
            "call" => {
                let method = of["method"].as_str().expect("a name");
                let input = match of.get("large") {
                    Some(large) => json!("x".repeat(large.as_u64().expect("a number") as usize)),
                    None => of["input"].clone(),
                };
                let credits = of["credits"].as_u64().map(|credits| credits as u32);
                let called = door.call_for(
                    of["caller"].as_str(),
                    method,
                    &input,
                    number("deadline_ms"),
                    credits,
                );
                called.map(|(_, line)| line)
            }
            "event" => {
                let data = of["data"].to_string();
                let text = |key: &str| of[key].as_str().unwrap_or_default();
                let (topic, from) = (text("topic"), text("from"));
                let dropped = of["dropped"].as_u64().unwrap_or(0);
                let news = News { topic, from, data: &data, dropped };
                door.event(&news, number("deadline_ms")).map(|(_, line)| line)
            }
            "memory" => door.memory(number("heap")),
            "cancel" => door.cancel(number("call")),
            "extend" => door.extend(number("call"), number("ms")),
            "attach" => door.debug_attached(&DebugAttached {
                attached: of["attached"] == true,
                root: of["root"].as_str().unwrap_or_default().to_owned(),
            }),
            "debug" => {
                let message = of["message"].as_str().expect("a text");
                door.debug(message).map(|mut lines| lines.remove(0))
            }
            "shutdown" => door.shutdown(),
            other => panic!("what is {other:?}?"),
        };
        self.said = Some(said.expect("a line"));
    }

    fn hear(&mut self, text: &str, attached: Option<Attached>) {
        let text = match &self.token {
            Some(token) => text.replace(TOKEN, token),
            None => text.to_owned(),
        };
        let mut blobs =
            attached.map_or_else(FakeBlobs::default, |all| FakeBlobs::of(all.content()));
        match self.bench.door.receive(text.as_bytes(), &mut blobs) {
            Ok(said) => self.said = said.or(self.said.take()),
            Err(expelled) => self.expelled = Some(expelled.to_string()),
        }
        assert!(blobs.0.is_empty() || self.expelled.is_some(), "unclaimed: {text}");
        for event in self.bench.events() {
            match event {
                Event::Work { number, work } => self.work = Some((number, work)),
                other => self.events.push(other),
            }
        }
    }

    fn work(&mut self, done: &Value) {
        let (number, work) = self.work.take().expect("something to do");
        let (what, of) = done.as_object().and_then(|done| done.iter().next()).expect("one thing");
        let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
        let error = || {
            let code = Code::from_number(of["code"].as_i64().expect("a code") as i32);
            RpcError::new(code, text("message"))
        };
        let done = match (&**what, &work) {
            ("answered", Work::Ask(_)) => Done::Answered(of.as_bool().expect("yes or no")),
            ("ran", Work::Run { .. }) => Done::Ran(Ok(Ran {
                code: 0,
                output: text("output").into_bytes(),
                errors: text("errors").into_bytes(),
            })),
            ("fetched", Work::Fetch(_)) => Done::Fetched(Ok(Fetched {
                status: 200,
                reason: text("reason"),
                url: text("url"),
                redirected: false,
                headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
                body: of["body"].as_str().map(|body| body.as_bytes().to_vec()),
            })),
            ("read", Work::Read { .. }) => {
                let is_end = of["end"].as_bool().unwrap_or_default();
                Done::Read(Ok((text("data").into_bytes(), is_end)))
            }
            ("memory", Work::Memory { bytes }) => Done::Memory(Ok(*bytes)),
            ("called", Work::Call { .. }) => Done::Called(Ok(of.clone())),
            ("taken", Work::Chunk { .. }) => Done::Taken(Ok(())),
            ("failed", Work::Run { .. }) => Done::Ran(Err(error())),
            ("failed", Work::Fetch(_)) => Done::Fetched(Err(error())),
            ("failed", Work::Read { .. }) => Done::Read(Err(error())),
            ("failed", Work::Memory { .. }) => Done::Memory(Err(error())),
            ("failed", Work::Call { .. }) => Done::Called(Err(error())),
            (what, work) => panic!("{what} is not what {work:?} comes to"),
        };
        self.said = self.bench.door.finish(number, done);
        self.events.extend(self.bench.events());
    }

    #[track_caller]
    fn expect(&mut self, expect: &Value, place: &str) {
        for (what, of) in expect.as_object().expect("expectations") {
            match &**what {
                "strikes" => {
                    assert_eq!(json!(self.bench.door.ledger().totals.strikes), *of, "{place}")
                }
                "expelled" => assert_eq!(json!(self.expelled), *of, "{place}"),
                "event" => {
                    let events = std::mem::take(&mut self.events);
                    let shown: Vec<String> = events.iter().map(shown).collect();
                    let wanted = of.as_str().expect("a text");
                    assert!(
                        shown.iter().any(|event| event == wanted),
                        "{place}: {wanted}: {shown:#?}"
                    );
                }
                other => panic!("what is {other:?}?"),
            }
        }
    }

    /// What the host said last, as it stands in a transcript.
    #[track_caller]
    fn told(&mut self) -> (String, Option<usize>) {
        let Outgoing { line, attach } = self.said.take().expect("the host is silent");
        let line = String::from_utf8(line).expect("UTF-8");
        let mut line = line.strip_suffix('\n').expect("a line").to_owned();
        if let Some((before, rest)) = line.split_once("\"aec1.") {
            let (token, after) = rest.split_once('"').expect("its end");
            self.token = Some(format!("aec1.{token}"));
            line = format!("{before}\"{TOKEN}\"{after}");
        }
        for (key, normal) in NORMAL {
            if let Some((before, rest)) = line.split_once(key) {
                let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                line = format!("{before}{key}{normal}{after}");
            }
        }
        (line, attach.map(|attached| attached.size() as usize))
    }
}

/// What the host made of the cell's words.
fn shown(event: &Event) -> String {
    match event {
        Event::Greeted(Ok(reply)) => format!("greeted by {} in {}", reply.engine, reply.protocol),
        Event::Loaded(Ok(reply)) => format!("loaded {}", reply.exports.join(" ")),
        Event::Returned { call, outcome: Ok(value) } => {
            let text = value.to_string();
            format!("call {call} returned {}", &text[..text.len().min(40)])
        }
        Event::Returned { call, outcome: Err(error) } => {
            format!("call {call} failed with {}: {error}", error.code.number())
        }
        Event::Greeted(Err(error)) | Event::Loaded(Err(error)) => {
            format!("failed with {}: {error}", error.code.number())
        }
        Event::Log { message, .. } => format!("log {message}"),
        Event::Progress { call, fraction, message } => {
            format!("call {call} at {fraction} {message}")
        }
        Event::Close { stream } => format!("the answer {stream} is closed"),
        Event::Extend { call, ms } => format!("call {call} has {ms} ms more"),
        Event::Emitted { topic, data } => format!("emitted {topic} {data}"),
        Event::Listens(patterns) => {
            let patterns: Vec<&str> = patterns.iter().map(|pattern| pattern.as_str()).collect();
            format!("listens for {}", patterns.join(" "))
        }
        Event::Heard { request, outcome } => {
            format!("event {request} {}", if outcome.is_ok() { "dealt with" } else { "failed" })
        }
        other => format!("{other:?}"),
    }
}

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(version)
}

fn transcripts(version: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder(version)).expect("transcripts");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("text")))
        .collect()
}

/// Plays all transcripts of a version.
fn play(version: &str, served: &dyn Fn(&str) -> Versions) {
    let bless = std::env::var_os("AETHER_BLESS").is_some();
    let mut wrong = Vec::new();
    for (path, text) in transcripts(version) {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let mut stage = Stage::new(served(&name));
        let mut anew = String::new();
        for (number, written) in text.lines().enumerate() {
            let place = format!("{version}/{name}:{}", number + 1);
            let turn: Turn<'_> =
                serde_json::from_str(written).unwrap_or_else(|error| panic!("{place}: {error}"));
            let mut now = written.to_owned();
            match (turn.from.as_deref(), &turn.work, &turn.expect) {
                (Some("host"), None, None) => {
                    if let Some(act) = &turn.act {
                        stage.act(act);
                    }
                    let (line, attached) = stage.told();
                    let act =
                        turn.act.as_ref().map_or(String::new(), |act| format!("\"do\":{act},"));
                    let attached = attached.map_or(String::new(), |bytes| {
                        format!(",\"attach\":{{\"of\":\"x\",\"bytes\":{bytes}}}")
                    });
                    now = format!("{{\"from\":\"host\",{act}\"line\":{line}{attached}}}");
                    if now != written {
                        wrong.push(format!("{place}\n  stands {written}\n  said   {now}"));
                    }
                }
                (Some("cell"), None, None) => {
                    let text = turn.line.map(RawValue::get).or(turn.text.as_deref());
                    stage.hear(text.expect("what it says"), turn.attach);
                }
                (None, Some(work), None) => stage.work(work),
                (None, None, Some(expect)) => {
                    stage.expect(expect, &place);
                }
                _ => panic!("{place}: {written}"),
            }
            anew += &now;
            anew.push('\n');
        }
        assert!(stage.said.is_none(), "{version}/{name}: the host said more: {:?}", stage.said);
        if bless {
            std::fs::write(path, anew).expect("written");
        }
    }
    assert!(bless || wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn the_latest_version_says_what_it_always_said() {
    play("v1", &|_| Versions::default());
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn an_older_version_says_what_it_always_said() {
    play("v0-synthetic", &|name| match name {
        "fixed" => both().turn(NO_LINKS, 0, true).expect("there is one"),
        _ => both(),
    });
}

/// The lines of the latest version's transcripts that are meant well, with who says them. The
/// place tells where a line stands.
fn lines() -> Vec<(String, Side, Value)> {
    let mut found = Vec::new();
    for (path, text) in transcripts("v1") {
        for (number, written) in text.lines().enumerate() {
            let turn: Value = serde_json::from_str(written).expect("JSON");
            let from = match turn["from"].as_str() {
                Some("host") => Side::Host,
                Some(_) => Side::Cell,
                None => continue,
            };
            if turn.get("bad").is_none() && turn.get("line").is_some() {
                let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                found.push((format!("{name}:{}", number + 1), from, turn["line"].clone()));
            }
        }
    }
    found
}

#[test]
fn every_line_is_by_the_schema_and_every_method_and_code_is_there() {
    let schema = aether_protocol::schema::schema();
    let mut validators = BTreeMap::new();
    let mut check = |name: &str, line: &Value, place: &str| {
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            assert!(schema["$defs"].get(name).is_some(), "{place}: the schema has no {name}");
            let one = json!({ "$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"] });
            jsonschema::draft202012::new(&one).expect("a schema")
        });
        if let Err(error) = validator.validate(line) {
            panic!("{place}: {name}: {error} at `{}`", error.instance_path());
        }
    };
    let whole = jsonschema::draft202012::new(&schema).expect("a schema");
    let (mut methods, mut codes) = (BTreeSet::new(), BTreeSet::new());
    // What was asked for last with an identifier, by who asked.
    let mut asked: BTreeMap<(bool, String, String), String> = BTreeMap::new();
    for (place, from, line) in lines() {
        let file = place.split(':').next().unwrap_or_default().to_owned();
        assert!(whole.is_valid(&line), "{place}: it is no message of the schema");
        let id = line["id"].to_string();
        if let Some(name) = line["method"].as_str() {
            let known = METHODS.iter().find(|method| method.name == name);
            let Some(known) = known else { panic!("{place}: there is no {name}") };
            // What a debugger and its plugin say to each other goes both ways.
            if name != method::DEBUG_MESSAGE {
                assert_eq!(known.from, from, "{place}: {name}");
            }
            check(name, &line, &place);
            if known.result.is_none() {
                methods.insert(known.name);
            }
            asked.insert((from == Side::Host, file, id), name.to_owned());
            continue;
        }
        if let Some(code) = line["error"]["code"].as_i64() {
            check("error", &line, &place);
            codes.insert(Code::from_number(i32::try_from(code).expect("a code")).number());
            continue;
        }
        let name = asked.get(&(from == Side::Cell, file, id));
        let name = name.unwrap_or_else(|| panic!("{place}: an answer to nothing"));
        check(&format!("{name}.result"), &line, &place);
        let known = METHODS.iter().find(|method| method.name == name);
        methods.extend(known.map(|method| method.name));
    }
    for method in METHODS {
        assert!(methods.contains(method.name), "{} is in no transcript", method.name);
    }
    for code in Code::ALL {
        assert!(codes.contains(&code.number()), "{code:?} is in no transcript");
    }
}

/// A schema that takes anything would make the test above worthless.
#[test]
fn the_schema_refuses_what_the_door_refuses() {
    let whole = jsonschema::draft202012::new(&aether_protocol::schema::schema()).expect("a schema");
    for line in [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "fs.read", "params": { "path": "a" } }),
        json!({ "jsonrpc": "2.0", "id": "a", "method": "env.list" }),
        json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 7, "message": "" } }),
    ] {
        assert!(whole.is_valid(&line), "{line}");
    }
    for line in [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "fs.read", "params": {} }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "fs.read", "params": { "path": "a", "x": 1 } }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "fs.read", "params": { "path": 1 } }),
        json!({ "jsonrpc": "2.0", "method": "fs.read", "params": { "path": "a" } }),
        json!({ "jsonrpc": "2.0", "id": -1, "method": "env.list" }),
        json!({ "jsonrpc": "2.0", "id": "x".repeat(65), "method": "env.list" }),
        json!({ "jsonrpc": "1.0", "id": 1, "method": "env.list" }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "env.list", "more": 1 }),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "kv.set", "params": { "key": "k", "value": { "blob": 3 } } }),
        json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": "7", "message": "" } }),
        json!([{ "jsonrpc": "2.0", "id": 1, "method": "env.list" }]),
    ] {
        assert!(!whole.is_valid(&line), "{line}");
    }
}
