//! A process whose address space is limited, as that of a cell is: it maps code that another one
//! compiled, and runs it. The process is this program, started again.
#![cfg(target_arch = "x86_64")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use aether_wasm::entry::{self, EntryKey, Key};
use aether_wasm::{
    Call, Code, Compiler, Engine, Input, Layout, Limits, Output, Plugin, Program, Reuse, Settings,
    Why, compile,
};

use crate::bench::{PATIENCE, TICKER, around};
use crate::build::module;
use crate::gate::TestGate;

/// Bytes of address space: what a cell with 256 MB has.
const SPACE: u64 = 512 << 20;

/// Where the process finds what it is to run.
const FOLDER: &str = "AETHER_WASM_CONFINED";

const GUEST: &str = r#"(module (memory 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "sum") (result i32) (local $at i32) (local $sum i32)
      (loop $l
        (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4096)))
        (br_if $l (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
      (local.get $sum)))"#;

fn settings(layout: Layout) -> Settings {
    Settings { layout, slots: 4, slot_memory: 64 << 20, ..Settings::default() }
}

/// Runs `confined::in_there` in a process of its own, with this layout.
fn run(layout: Layout) -> String {
    let folder = tempfile::tempdir().unwrap();
    let wasm = module(GUEST);
    let compiled = compile(&Compiler::new(&settings(layout)).unwrap(), &wasm, 1 << 20).unwrap();
    let digest = entry::digest(&wasm);
    let key = Key::new([5; 32]).of(&digest);
    fs::write(folder.path().join("header"), entry::seal(&compiled, &digest, &key).unwrap())
        .unwrap();
    fs::write(folder.path().join("code"), &compiled.code).unwrap();
    fs::write(folder.path().join("wasm"), &wasm).unwrap();
    fs::write(folder.path().join("key"), key.bytes()).unwrap();
    fs::write(folder.path().join("layout"), format!("{layout:?}")).unwrap();
    // Memory that is not executable when it is mapped never becomes so (`PR_SET_MDWE`), where the
    // kernel can be told so.
    let limited = format!(
        "ulimit -v {}; exec perl -e '{}' \"$0\" --exact confined::in_there --nocapture",
        SPACE >> 10,
        "$ENV{AETHER_MDWE} = 1 if syscall(157, 65, 1, 0, 0, 0) == 0; exec @ARGV"
    );
    let output = Command::new("sh")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn in_there() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let read = |name: &str| fs::read(Path::new(&folder).join(name)).unwrap();
    let layout = match read("layout") == b"Tight" {
        true => Layout::Tight,
        false => Layout::Roomy,
    };
    let key = EntryKey::new(read("key").try_into().unwrap());
    let engine = Engine::new(&settings(layout), &TICKER).unwrap();
    println!("pooled {}", engine.is_pooled());
    let code = Code::Mapped(fs::File::open(Path::new(&folder).join("code")).unwrap());
    let digest = entry::digest(&read("wasm"));
    if std::env::var_os("AETHER_MDWE").is_some() {
        // What is copied would have to become executable: so it is known that nothing can.
        let held = Code::Held(read("code"));
        let held = Program::<TestGate>::load(&engine, &read("header"), &held, &digest, &key);
        assert!(held.is_err());
    }
    let program = Program::load(&engine, &read("header"), &code, &digest, &key);
    let program = program.unwrap_or_else(|error| panic!("{error}"));
    let around = around(Limits { memory: 64 << 20, ..Limits::default() });
    let until = Instant::now() + PATIENCE;
    let started =
        Plugin::start(&program, TestGate::default(), Arc::clone(&around), Reuse::Kept, until);
    let mut plugin = match started {
        Ok(plugin) => plugin,
        Err(lost) => return println!("not started: {:?}", lost.failure),
    };
    let mut call = |method: &str, input: &str| {
        let input = Input::Json(input);
        let call = Call { id: 1, method, input, until, caller: None, wants_pieces: false };
        match plugin.call(&call) {
            Ok(Output::Json(json)) => println!("{method} {json}"),
            other => println!("{method} {other:?}"),
        }
    };
    for pages in ["100", "400", "500", "2000"] {
        call("grow", pages);
    }
    call("sum", "null");
}

#[test]
fn a_tight_layout_fits_where_a_roomy_one_does_not() {
    let said = run(Layout::Tight);
    for line in ["grow 1\n", "grow 101\n", "grow 501\n", "grow -1\n", "sum 0\n"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let said = run(Layout::Roomy);
    assert!(said.contains("pooled false"), "{said}");
    assert!(said.contains(&format!("not started: Failure {{ why: {:?}", Why::Start)), "{said}");
}
