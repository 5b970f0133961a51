//! Entries of the cache: what is loaded, and what never is.

use aether_wasm::entry::{self, EntryKey, Key};
use aether_wasm::{Code, Compiled, Compiler, Engine, EntryError, Program, Settings, compile};

use crate::bench::{Bench, PATIENCE, TICKER, around};
use crate::build::module;
use crate::gate::TestGate;

struct Entry {
    compiled: Compiled,
    header: Vec<u8>,
    digest: entry::Digest,
    key: EntryKey,
}

fn entry(text: &str, settings: &Settings) -> Entry {
    let wasm = module(text);
    let compiler = Compiler::new(settings).unwrap();
    let compiled = compile(&compiler, &wasm, 1 << 30).unwrap();
    let digest = entry::digest(&wasm);
    let key = Key::new([3; 32]).of(&digest);
    let header = entry::seal(&compiled, &digest, &key).unwrap();
    Entry { compiled, header, digest, key }
}

const ONE: &str = r#"(module (func (export "f") (result i32) (i32.const 1)))"#;
const TWO: &str = r#"(module (func (export "f") (result i32) (i32.const 2)))"#;

fn load(settings: &Settings, entry: &Entry) -> Result<Program<TestGate>, EntryError> {
    let engine = Engine::new(settings, &TICKER).unwrap();
    let code = Code::Held(entry.compiled.code.clone());
    Program::load(&engine, &entry.header, &code, &entry.digest, &entry.key)
}

fn run(program: &Program<TestGate>) -> String {
    let gate = TestGate::default();
    let seen = gate.seen.clone();
    let until = std::time::Instant::now() + PATIENCE;
    let plugin = aether_wasm::Plugin::start(
        program,
        gate,
        around(aether_wasm::Limits::default()),
        aether_wasm::Reuse::Kept,
        until,
    );
    Bench { plugin: plugin.ok().unwrap(), seen }.call("f", "null").unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn code_is_mapped_from_a_file() {
    use std::io::Write as _;

    let settings = Settings::default();
    let entry = entry(ONE, &settings);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&entry.compiled.code).unwrap();
    let engine = Engine::new(&settings, &TICKER).unwrap();
    let program =
        Program::load(&engine, &entry.header, &Code::Mapped(file), &entry.digest, &entry.key);
    let program = program.unwrap();
    assert_eq!(run(&program), "1");
    assert_eq!(program.facts().methods[0].name, "f");
    // Nothing of it is writable and executable, and it is gone with the program.
    let maps = || std::fs::read_to_string("/proc/self/maps").unwrap();
    assert!(!maps().lines().any(|line| line.contains("rwxp")));
    drop(program);
}

#[test]
fn forged_and_swapped_entries_are_refused() {
    let settings = Settings::default();
    let good = entry(ONE, &settings);
    assert_eq!(run(&load(&settings, &good).unwrap()), "1");
    let other = entry(TWO, &settings);

    let swapped = Entry { header: good.header.clone(), ..entry(TWO, &settings) };
    assert!(matches!(load(&settings, &swapped), Err(EntryError::Forged)), "another key");

    let other_code = Entry { compiled: other.compiled.clone(), ..entry(ONE, &settings) };
    assert!(matches!(load(&settings, &other_code), Err(EntryError::OtherCode)));

    let mut changed = entry(ONE, &settings);
    let last = changed.compiled.code.len() - 1;
    changed.compiled.code[last] ^= 1;
    assert!(matches!(load(&settings, &changed), Err(EntryError::OtherCode)));

    let renamed = Entry { digest: other.digest, ..entry(ONE, &settings) };
    assert!(matches!(load(&settings, &renamed), Err(EntryError::OtherPlugin)));

    let forged = Entry { key: EntryKey::new([9; 32]), ..entry(ONE, &settings) };
    assert!(matches!(load(&settings, &forged), Err(EntryError::Forged)));

    for at in 0..good.header.len() {
        let mut header = good.header.clone();
        header[at] ^= 0x40;
        let broken = Entry { header, ..entry(ONE, &settings) };
        assert!(load(&settings, &broken).is_err(), "byte {at}");
        if at > 30 && at < good.header.len() - 5 {
            continue;
        }
    }
    for length in [0, 1, 11, 43, 44, good.header.len() - 1] {
        let header = good.header[..length].to_vec();
        let cut = Entry { header, ..entry(ONE, &settings) };
        assert!(load(&settings, &cut).is_err(), "{length} bytes");
    }
}

#[test]
fn code_for_another_engine_is_refused() {
    let settings = Settings::default();
    let fuel = Settings { fuel: true, ..settings.clone() };
    let entry = entry(ONE, &fuel);
    assert!(matches!(load(&settings, &entry), Err(EntryError::OtherEngine)));
    assert_eq!(run(&load(&fuel, &entry).unwrap()), "1");
}

#[test]
fn precompiled_code_is_no_plugin() {
    let entry = entry(ONE, &Settings::default());
    let compiler = Compiler::new(&Settings::default()).unwrap();
    assert!(compile(&compiler, &entry.compiled.code, 1 << 30).is_err());
}

#[test]
fn the_number_of_an_engine_is_the_same_in_every_process() {
    let settings = Settings::default();
    let compiler = Compiler::new(&settings).unwrap();
    let engine = Engine::new(&settings, &TICKER).unwrap();
    assert_eq!(compiler.compatibility(), engine.compatibility());
    let pooled = Settings { slots: 4, slot_memory: 16 << 20, ..settings.clone() };
    assert_eq!(Engine::new(&pooled, &TICKER).unwrap().compatibility(), engine.compatibility());
    let tight = Settings { layout: aether_wasm::Layout::Tight, ..settings };
    assert_ne!(Engine::new(&tight, &TICKER).unwrap().compatibility(), engine.compatibility());
}
