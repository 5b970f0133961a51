//! Native programs: their cold start, and what they lose while they work.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use aether::{Ending, Host, Plugin, ProgramLimits, StartOptions, Streams};
use serde_json::json;

use super::turns::{CPU, Contestant, Row, WALL, report, take_turns};
use crate::figure::Aim;
use crate::process::{Cost, children_cpu, own_cpu, run};
use crate::programs::clean;
use crate::run::Document;
use crate::scene::Scene;

/// A confined start over a plain one.
const PLAIN_TIMES: f64 = 3.5;

/// What is left of the speed of a program that works, as time over time.
const WORK_TIMES: f64 = 1.0 / 0.95;

/// Longer than a spare process takes to be made.
const MADE_AHEAD: Duration = Duration::from_millis(60);

/// Files that are read, and bytes of each.
const FILES: usize = 3000;
const FILE_BYTES: usize = 16 << 10;

/// The same, of large ones.
const LARGE_FILES: usize = 64;
const LARGE_BYTES: usize = 1 << 20;
const LARGE_READINGS: usize = 40;

/// Times that all of them are read in a round: long enough that a start is little of it.
const READINGS: usize = 10;

/// Sources that are compiled in a round.
const SOURCES: usize = 12;

/// Roots and namespaces like ours, as far as bubblewrap has them.
const BWRAP: [&str; 28] = [
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/bin",
    "/bin",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--ro-bind",
    "/etc/alternatives",
    "/etc/alternatives",
    "--chdir",
    "/",
];

#[rustfmt::skip] // A table is read by its columns.
const STARTS: [Row; 9] = [
    ("execute", WALL, "native.start.wall", "library: a confined `true`, from start to its end", "true", Aim::OfPeer(PLAIN_TIMES)),
    ("execute", CPU, "native.start.cpu", "  the same, processor time", "true", Aim::None),
    ("execute", WALL, "native.start-bwrap.wall", "  the same beside bwrap with a root like ours", "bwrap", Aim::OfPeer(1.0)),
    ("execute", CPU, "native.start-bwrap.cpu", "  the same, processor time", "bwrap", Aim::None),
    ("ready", WALL, "native.start-ready.wall", "library: the same from a process made ahead", "true", Aim::OfPeer(PLAIN_TIMES)),
    ("ready", WALL, "native.start-ready-bwrap.wall", "  the same beside bwrap with a root like ours", "bwrap", Aim::OfPeer(1.0)),
    ("cli", WALL, "native.start-cli.wall", "`aether exec -- true`, whole process", "bwrap", Aim::None),
    ("cli", CPU, "native.start-cli.cpu", "  the same, processor time", "bwrap", Aim::None),
    ("bwrap", WALL, "native.start-peer.wall", "bwrap with a root like ours", "true", Aim::None),
];

#[rustfmt::skip] // A table is read by its columns.
const READS: [Row; 4] = [
    ("execute", WALL, "native.read.wall", "reading 3000 files of 16 KiB ten times", "bare", Aim::OfPeer(WORK_TIMES)),
    ("execute", CPU, "native.read.cpu", "  the same, processor time", "bare", Aim::None),
    ("bwrap", WALL, "native.read-bwrap.wall", "  the same in bwrap", "bare", Aim::None),
    ("bare", WALL, "native.read-bare.wall", "  the same without any sandbox", "", Aim::None),
];

#[rustfmt::skip] // A table is read by its columns.
const STREAMS: [Row; 4] = [
    ("execute", WALL, "native.stream.wall", "reading 64 files of 1 MiB forty times", "bare", Aim::OfPeer(WORK_TIMES)),
    ("execute", CPU, "native.stream.cpu", "  the same, processor time", "bare", Aim::None),
    ("bwrap", WALL, "native.stream-bwrap.wall", "  the same in bwrap", "bare", Aim::None),
    ("bare", WALL, "native.stream-bare.wall", "  the same without any sandbox", "", Aim::None),
];

#[rustfmt::skip] // A table is read by its columns.
const COMPILES: [Row; 4] = [
    ("execute", WALL, "native.compile.wall", "compiling 12 small files of C", "bare", Aim::OfPeer(WORK_TIMES)),
    ("execute", CPU, "native.compile.cpu", "  the same, processor time", "bare", Aim::None),
    ("bwrap", WALL, "native.compile-bwrap.wall", "  the same in bwrap", "bare", Aim::None),
    ("bare", WALL, "native.compile-bare.wall", "  the same without any sandbox", "", Aim::None),
];

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.host("native.jsonl")?;
    starts(scene, &host, document)?;
    read(scene, &host, ("many", FILES, FILE_BYTES, READINGS), &READS, document)?;
    read(scene, &host, ("large", LARGE_FILES, LARGE_BYTES, LARGE_READINGS), &STREAMS, document)?;
    if Path::new("/usr/bin/cc").exists() {
        let sources = scene.path("sources");
        fs::create_dir_all(&sources)?;
        for number in 0..SOURCES {
            fs::write(sources.join(format!("{number}.c")), source(number))?;
        }
        let script = format!(
            "cd {}; for one in *.c; do cc -O1 -c $one -o /tmp/out.o || exit 1; done",
            sources.display()
        );
        work(scene, &host, &sources, &script, &COMPILES, document)?;
    } else {
        document.notes.push("cc is not installed: nothing is compiled".to_owned());
    }
    Ok(())
}

/// So many files of so many bytes, all of them read again and again.
fn read(
    scene: &Scene,
    host: &Host,
    (name, count, bytes, readings): (&str, usize, usize, usize),
    rows: &[Row],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let files = scene.path(name);
    fs::create_dir_all(&files)?;
    for number in 0..count {
        fs::write(files.join(format!("{number}.txt")), vec![b'x'; bytes])?;
    }
    let script = format!(
        "i=0; while [ $i -lt {readings} ]; do cat {}/*.txt >/dev/null; i=$((i+1)); done",
        files.display()
    );
    work(scene, host, &files, &script, rows, document)
}

fn starts(scene: &Scene, host: &Host, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let programs = &scene.programs;
    let Some(nothing) = &programs.nothing else {
        document.notes.push("true is not installed: no start to compare with".to_owned());
        return Ok(());
    };
    let command = command(&["true"], None)?;
    let ready = scene.builder("ready.jsonl").spares().build()?;
    let mut all = vec![
        Contestant::new("execute", || execute(host, &command)),
        Contestant::new("ready", || {
            let cost = execute(&ready, &command);
            // The next one is made before anybody else is measured.
            std::thread::sleep(MADE_AHEAD);
            cost
        }),
        Contestant::new("cli", || {
            let mut command = clean(&programs.cli);
            command.env("HOME", scene.workspace()).args(["exec", "--", "true"]);
            Ok(run(&mut command)?)
        }),
        Contestant::new("true", || Ok(run(&mut clean(nothing))?)),
    ];
    if let Some(bwrap) = &programs.bwrap {
        all.push(Contestant::new("bwrap", || {
            Ok(run(clean(bwrap).args(BWRAP).args(["--", "/usr/bin/true"]))?)
        }));
    }
    take_turns(&mut all, scene.args.size(100, 6))?;
    report(&STARTS, &all, document);
    Ok(())
}

/// A shell script over a folder that may be read, in a cell, in bubblewrap, and bare.
fn work(
    scene: &Scene,
    host: &Host,
    folder: &Path,
    script: &str,
    rows: &[Row],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let granted = command(&["sh", "-c", script], Some(folder))?;
    let shell = PathBuf::from("/bin/sh");
    let mut all = vec![
        Contestant::new("execute", || execute(host, &granted)),
        Contestant::new("bare", || Ok(run(clean(&shell).args(["-c", script]))?)),
    ];
    if let Some(bwrap) = &scene.programs.bwrap {
        let paths = "/usr/local/bin:/usr/bin:/bin";
        all.push(Contestant::new("bwrap", move || {
            let mut command: Command = clean(bwrap);
            command.args(BWRAP).args(["--setenv", "PATH", paths, "--ro-bind"]);
            command.args([folder, folder]).args(["--", "/bin/sh", "-c", script]);
            Ok(run(&mut command)?)
        }));
    }
    take_turns(&mut all, scene.args.size(20, 2))?;
    report(rows, &all, document);
    Ok(())
}

/// A command with what `aether exec` gives to one.
fn command(words: &[&str], read: Option<&Path>) -> Result<Plugin, Box<dyn Error>> {
    let read: Vec<String> = read.iter().map(|folder| format!("{}/", folder.display())).collect();
    let text = json!({
        "runtime": "native",
        "entry": ["command"],
        "permissions": { "filesystem": { "read": read } },
        "resources": { "memory": "1GB", "disk": "1GB", "processes": 256, "timeout": "5m", "cpu": 64 },
    });
    let source = aether::source::Source::from_bytes("bench".to_owned(), text.to_string().into());
    let parsed = source.map_err(|problem| vec![problem]).and_then(aether::manifest::parse);
    let manifest = parsed.map_err(|problems| format!("{problems:?}"))?;
    let words = words.iter().map(|word| (*word).into()).collect();
    Ok(Plugin::of_command(manifest, words, Path::new("/")))
}

fn execute(host: &Host, command: &Plugin) -> Result<Cost, Box<dyn Error>> {
    let before = children_cpu()? + own_cpu()?;
    let began = Instant::now();
    let streams =
        Streams { input: None, output: Box::new(io::sink()), errors: Box::new(io::stderr()) };
    let (options, limits) = (StartOptions::default(), ProgramLimits::default());
    let ending = host.execute(command, &options, Path::new("/tmp"), limits, streams)?;
    let wall = began.elapsed();
    if ending != Ending::Normal {
        return Err(ending.to_string().into());
    }
    Ok(Cost { wall, cpu: (children_cpu()? + own_cpu()?).saturating_sub(before) })
}

/// A small file of C that takes a compiler some milliseconds.
fn source(number: usize) -> String {
    let mut text = String::from("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n");
    for function in 0..20 {
        text += &format!(
            "int f{number}_{function}(int n) {{ int s = 0; for (int i = 0; i < n; i++) \
             s += i * {function} ^ (s >> 3); return s; }}\n"
        );
    }
    text
}
