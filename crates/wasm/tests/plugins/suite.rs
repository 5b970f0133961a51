//! The tests of WASI preview 1 by those who specify it, where they are: the folder that
//! `AETHER_WASI_TESTSUITE` names has the prebuilt ones of WebAssembly/wasi-testsuite (its branch
//! `prod/testsuite-base`), which are fetched and not kept here.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_wasm::{
    Call, Folder, Input, Limits, Output, Plugin, Reuse, Settings, Surroundings, Why,
};
use serde::Deserialize;

use crate::bench::program;
use crate::gate::TestGate;

/// What a test says of itself.
#[derive(Default, Deserialize)]
struct Spec {
    #[serde(default)]
    args: Vec<String>,
    root: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    exit_code: u8,
    stdout: Option<String>,
}

/// Those that do not pass, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("args_get-multiple-arguments", STATE),
    ("environ_get-multiple-variables", STATE),
    (
        "fd_write-to-invalid-fd",
        "the adapter looks at a descriptor only where there is something to write",
    ),
    ("fd_filestat_set", TIMES),
    ("path_filestat", TIMES),
    ("path_link", "the overlay gives no second name to a symbolic link"),
    ("symlink_filestat", "the overlay keeps no times of symbolic links"),
];

/// AssemblyScript takes all memory that there is for its own, and overwrites what the adapter keeps
/// there. A module that exports `cabi_realloc` is asked for that memory instead.
const STATE: &str = "the module writes over the adapter's state";

/// They set nanoseconds.
const TIMES: &str = "times are kept in whole milliseconds";

#[test]
fn the_suite_of_wasi() {
    let Some(root) = std::env::var_os("AETHER_WASI_TESTSUITE") else {
        let why = "AETHER_WASI_TESTSUITE names no folder with the suite";
        drop(writeln!(std::io::stderr(), "SKIPPED the_suite_of_wasi: {why}"));
        return;
    };
    let mut all = Vec::new();
    find(Path::new(&root), &mut all);
    assert!(!all.is_empty(), "no tests in {root:?}");
    all.sort();
    let mut failed = Vec::new();
    for wasm in &all {
        let name = wasm.file_stem().unwrap().to_string_lossy().into_owned();
        let done = run(wasm);
        let excepted = EXCEPTIONS.iter().any(|(known, _)| *known == name);
        match done {
            Ok(()) if excepted => failed.push(format!("{name} passes, and is excepted")),
            Err(why) if !excepted => failed.push(format!("{name}: {why}")),
            _ => {}
        }
    }
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), all.len(), failed.join("\n"));
}

fn find(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, into);
        } else if path.extension().is_some_and(|end| end == "wasm") {
            into.push(path);
        }
    }
}

fn files(folder: &Path, name: &str, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => files(&path, &name, into),
            false => into.push((name, fs::read_to_string(&path).unwrap())),
        }
    }
}

fn run(wasm: &Path) -> Result<(), String> {
    let spec = fs::read_to_string(wasm.with_extension("json")).ok();
    let spec: Spec = spec.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let mut held = Vec::new();
    if let Some(dir) = &spec.root {
        files(&wasm.parent().unwrap().join(dir), dir, &mut held);
    }
    let held: Vec<_> = held.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let roots: Vec<_> = spec.root.iter().map(String::as_str).collect();
    let granted: Vec<_> = roots.iter().map(|root| format!("\"./{root}/**\"")).collect();
    let variables: Vec<_> = spec.env.keys().map(|name| format!("{name:?}")).collect();
    let granted = granted.join(",");
    let request = format!(
        r#"{{"filesystem":{{"read":[{granted}],"write":[{granted}]}},"environment":[{}]}}"#,
        variables.join(",")
    );
    let gate = TestGate::house_of(&request, &roots, &held, spec.env.clone());
    let folders = roots
        .iter()
        .map(|root| Folder { name: "/".to_owned(), path: format!("/workspace/{root}") });
    let around = Surroundings {
        name: "test".to_owned(),
        folders: folders.collect(),
        cwd: "/workspace".to_owned(),
        arguments: spec.args.clone(),
        limits: Limits::default(),
        ..Surroundings::default()
    };
    let seen = gate.seen.clone();
    let program = program(&fs::read(wasm).unwrap(), &Settings::default());
    let until = Instant::now() + Duration::from_secs(20);
    let plugin = Plugin::start(&program, gate, Arc::new(around), Reuse::Kept, until);
    let done = plugin.map_err(|lost| lost.failure.to_string())?.call(&Call {
        id: 1,
        method: "run",
        input: Input::Bytes(b""),
        until,
        caller: None,
        wants_pieces: false,
    });
    let (code, output) = match done {
        Ok(Output::Bytes(bytes)) => (0, bytes),
        Ok(other) => return Err(format!("{other:?}")),
        Err(failure) => match failure.why {
            Why::Exit(code) => (code, Vec::new()),
            _ => return Err(format!("{failure} {:?}", seen.lines())),
        },
    };
    if code != spec.exit_code && !(code == 1 && spec.exit_code > 0) {
        return Err(format!("it ended with {code}: {:?}", seen.lines()));
    }
    match spec.stdout {
        Some(expected) if expected.as_bytes() != output => {
            Err(format!("it said {:?}", String::from_utf8_lossy(&output)))
        }
        _ => Ok(()),
    }
}
