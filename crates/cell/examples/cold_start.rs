//! Times a cell from its process's start to the first answer of a hello plugin, unconfined.
//!
//! `cargo run --release -p aether-cell --example cold_start [ROUNDS]`. The program starts itself
//! as the cell, with the socket as standard input.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const PLUGIN: &str = "export default (input) => ({ hello: input.name });";

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("cell") => {
            let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else {
                return ExitCode::FAILURE;
            };
            ExitCode::from(aether_cell::run(socket))
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
    ExitCode::SUCCESS
}

fn as_thread(socket: OwnedFd) -> Option<()> {
    std::thread::Builder::new()
        .stack_size(8 << 20)
        .spawn(move || aether_cell::run(socket))
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
    let mut say = |text: &str| (&host).write_all(format!("{text}\n").as_bytes()).ok();
    let mut hear = || {
        let mut line = String::new();
        lines.read_line(&mut line).ok().map(|_| line)
    };
    let began = Instant::now();
    start(cell.into())?;
    say(
        r#"{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":[1],"api":{},"plugin":{"name":"hello","version":"","digest":""},"runtime":"javascript","entry":"main.js","compat":[],"cwd":"/workspace","limits":{"heap":67108864,"stack":1048576,"load_ms":5000}}}"#,
    )?;
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
