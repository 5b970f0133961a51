//! A plugin from its bytes to its calls.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use aether_wasm::entry::{self, Key};
use aether_wasm::{
    Call, Code, CompileError, Compiled, Compiler, Engine, Failure, Folder, Input, Limits, Output,
    Plugin, Program, Reuse, Settings, Surroundings, Ticker, compile,
};

use crate::gate::{Seen, TestGate};

pub(crate) static TICKER: LazyLock<Ticker> = LazyLock::new(|| Ticker::start().expect("a thread"));

/// Longest that anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A plugin, and what a test sees of it.
pub(crate) struct Bench {
    pub(crate) plugin: Plugin<TestGate>,
    pub(crate) seen: Seen,
}

/// How a plugin is begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct How {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    pub(crate) reuse: Reuse,
}

pub(crate) fn compiled(wasm: &[u8]) -> Result<Compiled, CompileError> {
    let settings = Settings::default();
    compile(&Compiler::new(&settings).expect("a compiler"), wasm, Limits::default().memory)
}

pub(crate) fn program(wasm: &[u8], settings: &Settings) -> Program<TestGate> {
    let compiler = Compiler::new(settings).expect("a compiler");
    let compiled = compile(&compiler, wasm, 4 << 30).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::new(settings, &TICKER).expect("an engine");
    let (digest, key) = (entry::digest(wasm), Key::new([1; 32]));
    let key = key.of(&digest);
    let header = entry::seal(&compiled, &digest, &key).expect("a header");
    Program::load(&engine, &header, &Code::Held(compiled.code), &digest, &key)
        .unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn around(limits: Limits) -> Arc<Surroundings> {
    let folder = |name: &str, path: &str| Folder { name: name.to_owned(), path: path.to_owned() };
    Arc::new(Surroundings {
        name: "p".to_owned(),
        version: "1.2.3".to_owned(),
        folders: vec![folder(".", "/workspace"), folder("/workspace", "/workspace")],
        cwd: "/workspace".to_owned(),
        arguments: Vec::new(),
        limits,
    })
}

impl Bench {
    pub(crate) fn try_new(wasm: &[u8], gate: TestGate, how: &How) -> Result<Self, Failure> {
        let seen = gate.seen.clone();
        let program = program(wasm, &how.settings);
        let around = around(how.limits.clone());
        let until = Instant::now() + PATIENCE;
        let plugin = Plugin::start(&program, gate, around, how.reuse, until);
        let plugin = plugin.map_err(|lost| lost.failure)?;
        Ok(Self { plugin, seen })
    }

    pub(crate) fn with(wasm: &[u8], gate: TestGate, how: &How) -> Self {
        Self::try_new(wasm, gate, how).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    pub(crate) fn new(wasm: &[u8]) -> Self {
        Self::with(wasm, TestGate::default(), &How::default())
    }

    /// Calls with JSON, which gives JSON.
    pub(crate) fn call(&mut self, method: &str, input: &str) -> Result<String, Failure> {
        self.give(method, Input::Json(input), PATIENCE).map(|output| match output {
            Output::Json(json) => json,
            other => panic!("{other:?}"),
        })
    }

    pub(crate) fn give(
        &mut self,
        method: &str,
        input: Input<'_>,
        time: Duration,
    ) -> Result<Output, Failure> {
        self.plugin.call(&Call {
            id: 7,
            method,
            input,
            until: Instant::now() + time,
            caller: Some("caller"),
            wants_pieces: false,
        })
    }
}
