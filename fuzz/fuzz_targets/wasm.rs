//! A stranger's module or component is compiled, and run where anything comes of it; JSON is
//! converted by the types of WIT and back.
#![no_main]

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use aether_wasm::entry::{self, Key};
use aether_wasm::{
    Ask, Call, Code, Compiler, Engine, Gate, Input, Limits, Look, Output, Over, Plugin, Program,
    Refused, Reuse, Settings, Surroundings, Ticker, Told, compile,
};
use libfuzzer_sys::fuzz_target;

/// Gives what it was given, as whatever it is.
const ECHO: &[u8] = include_bytes!("../../crates/wasm/tests/guests/echo.wasm");

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
        into.fill(7);
    }

    fn wall_ms(&mut self) -> u64 {
        0
    }

    fn monotonic(&mut self) -> u64 {
        0
    }
}

static COMPILER: LazyLock<Compiler> =
    LazyLock::new(|| Compiler::new(&Settings::default()).expect("a compiler"));
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let ticker = Ticker::start().expect("a thread");
    Engine::new(&Settings::default(), &ticker).expect("an engine")
});

thread_local! {
    static ECHOING: RefCell<Plugin<Nobody>> =
        RefCell::new(begin(ECHO).expect("the echo"));
}

fn begin(wasm: &[u8]) -> Option<Plugin<Nobody>> {
    let compiled = compile(&COMPILER, wasm, 1 << 20).ok()?;
    let (digest, key) = (entry::digest(wasm), Key::new([0; 32]));
    let key = key.of(&digest);
    let header = entry::seal(&compiled, &digest, &key).expect("a header");
    let code = Code::Held(compiled.code);
    let program = Program::load(&ENGINE, &header, &code, &digest, &key).ok()?;
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let around = Arc::new(Surroundings { limits, ..Surroundings::default() });
    let until = Instant::now() + Duration::from_millis(200);
    Plugin::start(&program, Nobody, around, Reuse::Kept, until).ok()
}

fn call(plugin: &mut Plugin<Nobody>, method: &str, input: &str) -> Option<Output> {
    let until = Instant::now() + Duration::from_millis(200);
    let input = Input::Json(input);
    let call = Call { id: 1, method, input, until, caller: None, wants_pieces: false };
    plugin.call(&call).ok()
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(mut plugin) = begin(bytes) {
        for method in plugin.methods() {
            call(&mut plugin, &method, "1");
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    ECHOING.with_borrow_mut(|plugin| {
        if let Some(Output::Json(given)) = call(plugin, "echo", text) {
            let again = call(plugin, "echo", &given);
            assert_eq!(again, Some(Output::Json(given)), "what comes back fits");
        }
    });
});
