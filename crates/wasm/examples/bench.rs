//! Measures this crate side by side with wasmtime by itself, in one run, and prints JSON: the
//! median of batches, in nanoseconds an operation.
//!
//! `cargo run --release -p aether-wasm --example bench`, or `scripts/bench-wasm`, which has Extism's
//! library for a peer.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_wasm::entry::{self, Key};
use aether_wasm::{
    Ask, Call, Code, Compiler, Engine, Gate, Input, Layout, Limits, Look, Over, Plugin, Program,
    Refused, Reuse, Settings, Surroundings, Ticker, Told, compile,
};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What is called: an echo through memory, and something to compute.
const GUEST: &str = r#"(component
  (core module $m
    (memory (export "memory") 40)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "echo") (param i32 i32) (result i32)
      (local $to i32)
      (local.set $to (i32.add (local.get 0) (local.get 1)))
      (memory.copy (local.get $to) (local.get 0) (local.get 1))
      (i32.store (i32.const 16) (local.get $to))
      (i32.store (i32.const 20) (local.get 1))
      (global.set $next (i32.const 65536))
      (i32.const 16))
    (func $fib (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add
          (call $fib (i32.sub (local.get 0) (i32.const 1)))
          (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "sum") (param i32) (result i32)
      (local $at i32) (local $sum i32)
      (loop $again
        (local.set $sum (i32.add (local.get $sum)
          (i32.load (i32.and (i32.mul (local.get $at) (i32.const 4)) (i32.const 0xffffc)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $at) (local.get 0))))
      (local.get $sum)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "echo") (param "it" (list u8)) (result (list u8))
    (canon lift (core func $i "echo") (memory $memory) (realloc $realloc)))
  (func (export "fib") (param "n" s32) (result s32) (canon lift (core func $i "fib")))
  (func (export "sum") (param "n" s32) (result s32) (canon lift (core func $i "sum"))))"#;

struct Nobody;

impl Gate for Nobody {
    fn ask(&mut self, _: Ask) -> Result<Told, Refused> {
        Err(Refused::io("ENOENT"))
    }

    fn notify(&mut self, _: &'static str, _: String) -> Result<(), Over> {
        Ok(())
    }

    fn look(&mut self) -> Look {
        Look::GoOn
    }

    fn random(&mut self, into: &mut [u8]) {
        into.fill(0);
    }

    fn wall_ms(&mut self) -> u64 {
        0
    }

    fn monotonic(&mut self) -> u64 {
        0
    }
}

/// The median of batches of about two milliseconds, in nanoseconds for one.
fn median(mut one: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let begun = Instant::now();
    one()?;
    let estimate = begun.elapsed().max(Duration::from_nanos(100));
    let count = (2_000_000 / estimate.as_nanos()).clamp(1, 10_000) as u32;
    let mut batches = Vec::new();
    for _ in 0..101 {
        let begun = Instant::now();
        for _ in 0..count {
            one()?;
        }
        batches.push(begun.elapsed().as_nanos() as f64 / f64::from(count));
    }
    batches.sort_by(f64::total_cmp);
    Ok(batches[batches.len() / 2])
}

fn program(settings: &Settings, ticker: &Ticker, wasm: &[u8]) -> Outcome<Program<Nobody>> {
    let compiled = compile(&Compiler::new(settings)?, wasm, 256 << 20)?;
    let engine = Engine::new(settings, ticker)?;
    let (digest, key) = (entry::digest(wasm), Key::new([0; 32]));
    let key = key.of(&digest);
    let header = entry::seal(&compiled, &digest, &key)?;
    Ok(Program::load(&engine, &header, &Code::Held(compiled.code), &digest, &key)?)
}

fn call<'a>(method: &'a str, input: Input<'a>, until: Instant) -> Call<'a> {
    Call { id: 1, method, input, until, caller: None, wants_pieces: false }
}

fn main() -> Outcome<()> {
    let wasm = wat::parse_str(GUEST)?;
    let ticker = Ticker::start()?;
    let until = Instant::now() + Duration::from_secs(3600);
    let around = Arc::new(Surroundings { limits: Limits::default(), ..Surroundings::default() });
    let mut out = serde_json::Map::new();
    let mut put = |name: &str, value: f64| {
        out.insert(name.to_owned(), serde_json::json!((value * 10.0).round() / 10.0));
    };

    // wasmtime by itself, with epochs and a pool, as we have them.
    let mut config = Config::new();
    config.epoch_interruption(true).native_unwind_info(false);
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(128 << 10).total_memories(64).max_memory_size(256 << 20);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let raw = wasmtime::Engine::new(&config)?;
    let component = Component::new(&raw, &wasm)?;
    let pre = Linker::<()>::new(&raw).instantiate_pre(&component)?;
    let mut store = Store::new(&raw, ());
    store.set_epoch_deadline(u64::MAX / 2);
    let instance = pre.instantiate(&mut store)?;
    let echo = instance.get_typed_func::<(&[u8],), (Vec<u8>,)>(&mut store, "echo")?;
    let fib = instance.get_typed_func::<(i32,), (i32,)>(&mut store, "fib")?;
    let sum = instance.get_typed_func::<(i32,), (i32,)>(&mut store, "sum")?;
    put(
        "raw.instantiate",
        median(|| {
            let mut store = Store::new(&raw, ());
            store.set_epoch_deadline(1);
            black_box(pre.instantiate(&mut store)?);
            Ok(())
        })?,
    );

    let settings = Settings { slots: 64, images: true, ..Settings::default() };
    let program = program(&settings, &ticker, &wasm)?;
    let start = |reuse| {
        Plugin::start(&program, Nobody, around.clone(), reuse, until).map_err(|lost| lost.failure)
    };
    let mut kept = start(Reuse::Kept)?;
    let mut fresh = start(Reuse::Fresh)?;
    put(
        "fresh.instantiate_and_echo_64",
        median(|| {
            black_box(fresh.call(&call("echo", Input::Bytes(&[1; 64]), until))?);
            Ok(())
        })?,
    );
    for size in [64, 4096, 1 << 20] {
        let bytes = vec![1; size];
        put(
            &format!("raw.echo_{size}"),
            median(|| {
                black_box(echo.call(&mut store, (&bytes,))?);
                Ok(())
            })?,
        );
        put(
            &format!("kept.echo_{size}"),
            median(|| {
                black_box(kept.call(&call("echo", Input::Bytes(&bytes), until))?);
                Ok(())
            })?,
        );
    }
    put(
        "raw.fib_27",
        median(|| {
            black_box(fib.call(&mut store, (27,))?);
            Ok(())
        })?,
    );
    put(
        "kept.fib_27",
        median(|| {
            black_box(kept.call(&call("fib", Input::Json("27"), until))?);
            Ok(())
        })?,
    );
    put(
        "raw.sum_1e6",
        median(|| {
            black_box(sum.call(&mut store, (1_000_000,))?);
            Ok(())
        })?,
    );
    put(
        "kept.sum_1e6",
        median(|| {
            black_box(kept.call(&call("sum", Input::Json("1000000"), until))?);
            Ok(())
        })?,
    );
    let tight = Settings { layout: Layout::Tight, ..Settings::default() };
    let tight = self::program(&tight, &ticker, &wasm)?;
    let tight = Plugin::start(&tight, Nobody, around.clone(), Reuse::Kept, until);
    let mut tight = tight.map_err(|lost| lost.failure)?;
    put(
        "tight.sum_1e6",
        median(|| {
            black_box(tight.call(&call("sum", Input::Json("1000000"), until))?);
            Ok(())
        })?,
    );
    let plain = Settings::default();
    put(
        "load_and_start",
        median(|| {
            let _ = black_box(&plain);
            let plugin = start(Reuse::Kept)?;
            black_box(plugin.methods());
            Ok(())
        })?,
    );
    put("load_with_digest", {
        let compiled = compile(&Compiler::new(&plain)?, &wasm, 256 << 20)?;
        let engine = Engine::new(&plain, &ticker)?;
        let digest = entry::digest(&wasm);
        let key = Key::new([0; 32]).of(&digest);
        let header = entry::seal(&compiled, &digest, &key)?;
        median(|| {
            let code = Code::Held(compiled.code.clone());
            black_box(Program::<Nobody>::load(&engine, &header, &code, &digest, &key)?);
            Ok(())
        })?
    });
    if let Some(peer) = std::env::var_os("AETHER_EXTISM") {
        let module =
            std::env::temp_dir().join(format!("aether-extism-{}.wasm", std::process::id()));
        std::fs::write(&module, wat::parse_str(include_str!("peers/extism.wat"))?)?;
        let told = Command::new(peer).arg(&module).output();
        std::fs::remove_file(&module)?;
        let told = told?;
        if !told.status.success() {
            return Err(String::from_utf8_lossy(&told.stderr).into());
        }
        let told: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&told.stdout)?;
        out.extend(told.into_iter().map(|(name, value)| (format!("extism.{name}"), value)));
    }
    println!("{:#}", serde_json::Value::Object(out));
    Ok(())
}
