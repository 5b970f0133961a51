//! WebAssembly: in cells, and in the host's own process.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{Cell, Host, Plugin};
use serde_json::{Value, json};

use super::echo::Echo;
use super::memory::idle;
use super::turns::{Contestant, Row, WALL, report, take_turns};
use super::us;
use crate::figure::Aim;
use crate::process::{Cost, children_cpu, own_cpu};
use crate::run::Document;
use crate::scene::{Scene, hello, start};
use crate::spread::Spread;

/// A component that does nothing, and gives texts back.
const GUEST: &str = r#"(component
    (core module $m
        (memory (export "memory") 40)
        (global $next (mut i32) (i32.const 65536))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $next))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (local.get $at))
        (func (export "hello") (result i32) (i32.const 1))
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 16) (local.get 0))
            (i32.store (i32.const 20) (local.get 1))
            (global.set $next (i32.const 65536))
            (i32.const 16)))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (func (export "hello") (result u32) (canon lift (core func $i "hello")))
    (func (export "echo") (param "it" string) (result string)
        (canon lift (core func $i "echo") (memory $memory) (realloc $realloc))))"#;

const MANIFEST: &str =
    r#"{ "name": "probe", "version": "0.1.0", "runtime": "wasm", "permissions": {} }"#;

/// Milliseconds from nothing to the first answer, with the code compiled before.
const COLD: f64 = 5.0;

/// Mebibytes of private memory of an idle cell.
const PRIVATE: f64 = 8.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let folder = guest(scene)?;
    let cells = scene.host("wasm-cells.jsonl")?;
    let beside = scene.builder("wasm-beside.jsonl").policy(in_process()?).build()?;
    let (plugin, script) = (cells.load(&folder)?, cells.load(hello())?);
    // Compiles it, which is no part of a start.
    for host in [&cells, &beside] {
        first_answer(host, &plugin)?;
    }
    let mut contestants = [
        Contestant::new("cell", || first_answer(&cells, &plugin)),
        Contestant::new("beside", || first_answer(&beside, &plugin)),
        Contestant::new("script", || first_answer(&cells, &script)),
    ];
    take_turns(&mut contestants, scene.args.size(100, 6))?;
    report(&ROWS, &contestants, document);
    calls(scene, &cells, &beside, &plugin, document)?;
    let rows = [
        (
            "wasm.memory.private",
            "private memory of an idle cell of WebAssembly",
            Aim::AtMost(PRIVATE),
        ),
        ("wasm.memory.pss", "  the same, proportional", Aim::None),
        ("wasm.memory.host", "growth of the host for each", Aim::None),
    ];
    idle(scene.args.size(50, 10), &cells, &plugin, rows, document)
}

#[rustfmt::skip] // A table is read by its columns.
const ROWS: [Row; 3] = [
    ("cell", WALL, "wasm.start.cell", "start and first answer of compiled WebAssembly", "", Aim::AtMost(COLD)),
    ("cell", WALL, "wasm.start.cell-script", "  the same beside JavaScript", "script", Aim::None),
    ("beside", WALL, "wasm.start.beside", "  in the host's own process", "script", Aim::None),
];

fn guest(scene: &Scene) -> Result<PathBuf, Box<dyn Error>> {
    let folder = scene.path("wasm-probe");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("aether-plugin.json"), MANIFEST)?;
    fs::write(folder.join("main.wasm"), wat::parse_str(GUEST)?)?;
    Ok(folder)
}

fn in_process() -> Result<Policy, Box<dyn Error>> {
    let text = "version: 1\nplugins: { probe: { isolation: in-process } }\n";
    let source = Source::new("policy.yaml", text);
    Policy::parse(source, PolicyOrigin::Named, jiff::tz::db())
        .map_err(|_| "the policy is none".into())
}

fn first_answer(host: &Host, plugin: &Plugin) -> Result<Cost, Box<dyn Error>> {
    let before = children_cpu()? + own_cpu()?;
    let began = Instant::now();
    let cell = start(host, plugin)?;
    cell.call("hello", json!({}))?;
    let wall = began.elapsed();
    cell.stop();
    Ok(Cost { wall, cpu: (children_cpu()? + own_cpu()?).saturating_sub(before) })
}

/// Calls through the handle, of nothing and of texts that come back.
fn calls(
    scene: &Scene,
    cells: &Host,
    beside: &Host,
    plugin: &Plugin,
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let (cell, beside) = (start(cells, plugin)?, start(beside, plugin)?);
    let mut echo = Echo::start(scene)?;
    let (batches, batch) = (scene.args.size(40, 4), scene.args.size(100, 25));
    let nothing = |cell: &Cell| took(batch, || Ok(cell.call("hello", json!({}))? == json!(1)));
    let text = Value::from("x".repeat(1 << 20));
    let large = |cell: &Cell| took(2, || Ok(cell.call("echo", text.clone())? == text));
    let mut samples: [Vec<f64>; 5] = Default::default();
    for round in 0..=batches {
        let taken = [
            nothing(&cell)?,
            nothing(&beside)?,
            large(&cell)?,
            large(&beside)?,
            echo.round_trips(batch)?,
        ];
        if round > 0 {
            samples.iter_mut().zip(taken).for_each(|(all, taken)| all.extend(taken));
        }
    }
    let [in_cell, in_host, large_in_cell, large_in_host, floor] = samples;
    let Some(floor) = Spread::of(floor) else { return Ok(()) };
    let rows = [
        ("wasm.call.cell", "call of an empty method of WebAssembly", in_cell),
        ("wasm.call.beside", "  in the host's own process", in_host),
        ("wasm.call.cell-1m", "text of 1 MiB there and back, as JSON", large_in_cell),
        ("wasm.call.beside-1m", "  in the host's own process", large_in_host),
    ];
    document.beside_echo(rows, floor);
    cell.stop();
    beside.stop();
    Ok(())
}

fn took(
    count: usize,
    mut act: impl FnMut() -> Result<bool, Box<dyn Error>>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        let right = act()?;
        took.push(us(began.elapsed()));
        if !right {
            return Err("the plugin gave something else".into());
        }
    }
    Ok(took)
}
