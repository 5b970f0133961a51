//! A client of the Model Context Protocol that knows nothing but lines of JSON.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Stage;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `aether mcp`, and what it said.
pub(super) struct Client {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    words: Option<JoinHandle<String>>,
    last: i64,
    /// Notifications so far.
    pub(super) heard: Vec<Value>,
}

/// How it ended.
pub(super) struct Left {
    pub(super) code: Option<i32>,
    /// What was said for people.
    pub(super) words: String,
    /// Messages that came after the last one that was waited for.
    pub(super) rest: Vec<Value>,
}

impl Client {
    /// Starts the server and says nothing yet.
    pub(super) fn silent(stage: &Stage, arguments: &[&str]) -> Self {
        let mut process = stage.aether(&["mcp"]).args(arguments).spawn();
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut errors = process.stderr.take().expect("a pipe");
        // Nothing is read before it is asked for.
        let (send, lines) = sync_channel(0);
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        let words = std::thread::spawn(move || {
            let mut words = String::new();
            // What was said until then is enough.
            drop(errors.read_to_string(&mut words));
            words
        });
        let input = process.stdin.take();
        Self { process, input, lines, words: Some(words), last: 0, heard: Vec::new() }
    }

    /// Starts the server and shakes hands.
    pub(super) fn begin(stage: &Stage, arguments: &[&str]) -> Self {
        Self::of_version(stage, arguments, "2025-11-25")
    }

    /// The same, of this version of the protocol.
    pub(super) fn of_version(stage: &Stage, arguments: &[&str], version: &str) -> Self {
        let mut client = Self::silent(stage, arguments);
        let me = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": me });
        let answer = client.ask("initialize", params);
        assert_eq!(answer["result"]["protocolVersion"], version, "{answer}");
        client.notify("notifications/initialized", json!({}));
        client
    }

    /// Writes a line, whatever it is.
    pub(super) fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("an open end");
        input.write_all(format!("{line}\n").as_bytes()).expect("a reader");
    }

    /// Writes bytes that end no line.
    pub(super) fn write_bytes(&mut self, bytes: &[u8]) {
        self.input.as_mut().expect("an open end").write_all(bytes).expect("a reader");
    }

    pub(super) fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    /// Sends a request without waiting; gives its identifier.
    pub(super) fn send(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let id = self.last;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write(&request.to_string());
        id
    }

    /// The next message.
    #[track_caller]
    pub(super) fn next(&mut self) -> Value {
        let line = match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => panic!("no message: {error}; {}", self.abort()),
        };
        message(&line)
    }

    /// The answer to the request of this identifier; what else comes until then must be a
    /// notification.
    #[track_caller]
    pub(super) fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.next();
            if message.get("method").is_some() {
                self.heard.push(message);
                continue;
            }
            assert_eq!(message["id"], id, "{message}");
            return message;
        }
    }

    #[track_caller]
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// The tools by name.
    #[track_caller]
    pub(super) fn tools(&mut self) -> Vec<Value> {
        let answer = self.ask("tools/list", json!({}));
        answer["result"]["tools"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// Calls a tool; gives the whole answer.
    #[track_caller]
    pub(super) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Calls a tool that works; gives its result as text.
    #[track_caller]
    pub(super) fn works(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        text(&answer)
    }

    /// Calls a tool that fails; gives what a model reads.
    #[track_caller]
    pub(super) fn fails(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments);
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        text(&answer)
    }

    /// A figure of the server's own memory, in bytes, such as `VmHWM`.
    pub(super) fn memory(&self, key: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(path).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("the figure");
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().expect("a number") << 10
    }

    /// The processes below it: cells, and what is ready to become one.
    pub(super) fn below(&self) -> BTreeSet<u32> {
        let mut found = BTreeSet::from([self.process.id()]);
        // Children are numbered after their parents but where numbers begin anew: go on until there
        // are no more.
        loop {
            let before = found.len();
            for (process, parent) in processes() {
                if found.contains(&parent) {
                    found.insert(process);
                }
            }
            if found.len() == before {
                break;
            }
        }
        found.remove(&self.process.id());
        found
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.expect("the command").success());
    }

    /// Closes its standard input and waits for its end.
    #[track_caller]
    pub(super) fn leave(mut self) -> Left {
        drop(self.input.take());
        self.ended()
    }

    /// Waits for its end.
    #[track_caller]
    pub(super) fn ended(mut self) -> Left {
        let until = Instant::now() + PATIENCE;
        let code = loop {
            match self.process.try_wait().expect("its status") {
                Some(status) => break status.code(),
                None if Instant::now() > until => panic!("it does not end: {}", self.abort()),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let words = self.words.take().expect("a thread").join().expect("its words");
        assert!(!words.contains("panicked at"), "{words}");
        let rest = self.lines.iter().map(|line| message(&line)).collect();
        Left { code, words, rest }
    }

    fn abort(&mut self) -> String {
        drop(self.process.kill());
        drop(self.process.wait());
        self.words.take().map_or_else(String::new, |words| words.join().expect("its words"))
    }
}

impl Left {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.words);
        self
    }

    #[track_caller]
    pub(super) fn says(self, text: &str) -> Self {
        assert!(self.words.contains(text), "expected {text:?} of {}", self.words);
        self
    }
}

/// What a model reads of a result.
#[track_caller]
pub(super) fn text(answer: &Value) -> String {
    let text = answer["result"]["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Standard output has messages and nothing else.
#[track_caller]
fn message(line: &str) -> Value {
    let message: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    assert_eq!(message["jsonrpc"], "2.0", "{message}");
    message
}

/// Each process with its parent.
fn processes() -> Vec<(u32, u32)> {
    let of = |entry: fs::DirEntry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Behind the name, which may have anything in it.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((process, parent))
    };
    fs::read_dir("/proc").expect("the processes").flatten().filter_map(of).collect()
}
