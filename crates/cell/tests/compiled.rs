//! Compiled code: handed over by one cell, and run by another.

mod harness;

use std::collections::BTreeMap;
use std::thread;

use aether_cell::{Machine, exit};
use aether_wasm::entry::{self, Key};
use aether_wasm::{Compiled, TICK};
use harness::{PLENTY, Setup};
use serde_json::{Value, json};

const MAIN: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "spin") (loop $l (br $l))))"#;

/// One whose clock never stops, and which keeps nothing from becoming executable: this process is not
/// a cell's alone.
const MACHINE: Machine = Machine {
    on_beat: |beat| {
        thread::spawn(move || {
            loop {
                thread::sleep(TICK);
                beat();
            }
        });
        Ok(())
    },
    beating: |_| Ok(Box::new(())),
    no_more_code: || Ok(()),
    aside: |_| Err(std::io::ErrorKind::Unsupported.into()),
};

fn setup(parts: BTreeMap<&'static str, (Vec<u8>, Value)>) -> Setup {
    Setup { runtime: "wasm", machine: MACHINE, parts, ..Setup::new("") }
}

/// What a cell makes of the plugin: its facts and its code.
fn compiled(wasm: &[u8]) -> Compiled {
    let mut cell = setup(BTreeMap::from([("entry", (wasm.to_vec(), json!({})))])).greet();
    cell.request("compile", json!({ "deadline_ms": PLENTY })).unwrap();
    let compiled = Compiled::of(&cell.kept["facts"], cell.kept["code"].clone()).unwrap();
    assert_eq!(cell.hang_up(), exit::DONE);
    compiled
}

/// How a cell is started that loads this code of this plugin.
fn with_code(wasm: &[u8], header: Vec<u8>, code: Vec<u8>) -> Setup {
    let digest = entry::digest(wasm);
    let told = json!({ "entry": hex(&digest), "key": hex(key().of(&digest).bytes()) });
    setup(BTreeMap::from([("facts", (header, told)), ("code", (code, json!({})))]))
}

fn sealed(wasm: &[u8], compiled: &Compiled) -> Vec<u8> {
    let digest = entry::digest(wasm);
    entry::seal(compiled, &digest, &key().of(&digest)).unwrap()
}

fn key() -> Key {
    Key::new([7; 32])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_plugin_is_compiled_in_one_cell_and_runs_in_another() {
    let wasm = wat::parse_str(MAIN).unwrap();
    let compiled = compiled(&wasm);
    let header = sealed(&wasm, &compiled);
    let mut cell = with_code(&wasm, header, compiled.code).greet();
    assert_eq!(cell.load().unwrap(), ["add", "spin"]);
    assert_eq!(cell.call("add", json!([2, 3]), PLENTY).unwrap(), json!(5));
    let late = cell.call("spin", Value::Null, 100).unwrap_err();
    assert_eq!(late.fact("kind"), Some("timeout"), "{late}");
    assert_eq!(cell.hang_up(), exit::DONE);
}

#[test]
fn code_that_was_changed_is_not_loaded() {
    let wasm = wat::parse_str(MAIN).unwrap();
    let compiled = compiled(&wasm);
    let header = sealed(&wasm, &compiled);
    let mut code = compiled.code;
    *code.last_mut().unwrap() ^= 1;
    let refused = with_code(&wasm, header, code).load_error();
    assert_eq!(refused.fact("kind"), Some("stale-code"), "{refused}");
}

#[test]
fn code_is_not_run_where_nothing_would_stop_it() {
    let wasm = wat::parse_str(MAIN).unwrap();
    let compiled = compiled(&wasm);
    let header = sealed(&wasm, &compiled);
    let setup = Setup { machine: Machine::NONE, ..with_code(&wasm, header, compiled.code) };
    let refused = setup.load_error();
    assert!(refused.message.contains("unsupported"), "{refused}");
}
