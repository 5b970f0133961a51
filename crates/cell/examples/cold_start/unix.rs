//! The measurement, over a socket.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":[1],"api":{},"plugin":{"name":"hello","version":"","digest":""},"runtime":"javascript","entry":"main.js","compat":[],"cwd":"/workspace","limits":{"heap":67108864,"stack":1048576,"load_ms":5000}}}"#;

const PLUGIN: &str = "export default (input) => ({ hello: input.name });";

pub(crate) fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("cell") => {
            let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
                return ExitCode::FAILURE;
            };
            ExitCode::from(aether_cell::run(socket, aether_cell::Machine::NONE))
        }
        rounds => measure(rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(200)),
    }
}

fn measure(rounds: usize) -> ExitCode {
    let mut in_process: Vec<[Duration; 3]> = Vec::new();
    let mut spawned: Vec<[Duration; 3]> = Vec::new();
    for _ in 0..rounds {
        let (Some(thread), Some(process)) = (round(as_thread), round(as_process)) else {
            return ExitCode::FAILURE;
        };
        in_process.push(thread);
        spawned.push(process);
    }
    let mut out = std::io::stdout();
    for (what, rounds) in [("thread ", in_process), ("process", spawned)] {
        for (step, name) in ["hello", "load", "answer"].iter().enumerate() {
            let mut times: Vec<Duration> =
                rounds.iter().filter_map(|round| round.get(step).copied()).collect();
            times.sort();
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let least = times.first().copied().unwrap_or_default();
            let _ = writeln!(out, "{what} {name:>6}: median {median:>9.1?}  min {least:>9.1?}");
        }
    }
    let each = round_trips(20_000).unwrap_or_default();
    let _ = writeln!(out, "a request of the plugin, awaited: {each:?} each");
    ExitCode::SUCCESS
}

/// The mean time of an awaited request, the host being a loop that answers without looking.
fn round_trips(count: u32) -> Option<Duration> {
    let plugin = "import { stat } from 'aether:fs';\
                  export default async (n) => { for (let i = 0; i < n; i++) await stat('x'); return 'done'; };";
    let (host, cell) = UnixStream::pair().ok()?;
    as_thread(cell.into())?;
    let mut lines = BufReader::new(host.try_clone().ok()?);
    let say = |text: String| (&host).write_all(format!("{text}\n").as_bytes()).ok();
    say(HELLO.to_owned())?;
    say(r#"{"jsonrpc":"2.0","id":2,"method":"load","params":{"deadline_ms":5000}}"#.to_owned())?;
    say(format!(
        r#"{{"jsonrpc":"2.0","id":3,"method":"call","params":{{"method":"run","input":{{"json":{count}}},"deadline_ms":60000}}}}"#
    ))?;
    let mut began = Instant::now();
    let mut line = String::new();
    loop {
        line.clear();
        lines.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.contains("\"done\"") {
            return Some(began.elapsed() / count);
        }
        let id = line.split(r#""id":"#).nth(1)?.split(',').next()?;
        if line.contains("bundle.read") {
            say(format!(
                r#"{{"jsonrpc":"2.0","id":{id},"result":{{"data":{{"text":"{plugin}"}}}}}}"#
            ))?;
            began = Instant::now();
        } else if line.contains("fs.stat") {
            say(format!(
                r#"{{"jsonrpc":"2.0","id":{id},"result":{{"kind":"file","size":1,"modified_ms":1}}}}"#
            ))?;
        }
    }
}

fn as_thread(socket: OwnedFd) -> Option<()> {
    std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || aether_cell::run(socket, aether_cell::Machine::NONE))
        .ok()
        .map(drop)
}

fn as_process(socket: OwnedFd) -> Option<()> {
    let program = std::env::current_exe().ok()?;
    Command::new(program).arg("cell").stdin(Stdio::from(socket)).spawn().ok().map(drop)
}

/// Times since the start at which `hello`, `load` and the call were answered.
fn round(start: fn(OwnedFd) -> Option<()>) -> Option<[Duration; 3]> {
    let (host, cell) = UnixStream::pair().ok()?;
    let mut lines = BufReader::new(host.try_clone().ok()?);
    let say = |text: &str| (&host).write_all(format!("{text}\n").as_bytes()).ok();
    let mut hear = || {
        let mut line = String::new();
        lines.read_line(&mut line).ok().map(|_| line)
    };
    let began = Instant::now();
    start(cell.into())?;
    say(HELLO)?;
    hear()?;
    let hello = began.elapsed();
    say(r#"{"jsonrpc":"2.0","id":2,"method":"load","params":{"deadline_ms":5000}}"#)?;
    hear()?;
    let source = PLUGIN.replace('"', "\\\"");
    say(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"data":{{"text":"{source}"}}}}}}"#))?;
    hear()?;
    let load = began.elapsed();
    say(
        r#"{"jsonrpc":"2.0","id":3,"method":"call","params":{"method":"run","input":{"json":{"name":"you"}},"deadline_ms":5000}}"#,
    )?;
    let answer = hear()?;
    let answered = began.elapsed();
    answer.contains(r#""hello":"you""#).then_some([hello, load, answered])
}
