//! The engine's settings. What compiles and what runs must agree on most of them: they are part of
//! the key of the cache.

use std::hash::{Hash, Hasher};

use wasmtime::{
    Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::ticker::Ticker;
use crate::{limits, trusted};

/// How memories lie in the address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Each memory has 4 GiB of address space, so that compiled code needs no checks of bounds.
    /// Hardly any of it is memory. For processes whose address space is not limited.
    #[default]
    Roomy,
    /// Memories have little more address space than memory. Compiled code checks bounds, which
    /// costs it a third of its speed where it does little but reach for memory. For processes with
    /// a limit on address space (`RLIMIT_AS`): beside what its memories have, a plugin needs no
    /// more than [`TIGHT_SLACK`] here. A memory moves when it grows, and meanwhile has its old
    /// place besides: one of more than half of the limit cannot grow.
    Tight,
}

/// Address space that a plugin in a [`Layout::Tight`] engine needs beside its memories and its
/// compiled code, in bytes.
pub const TIGHT_SLACK: u64 = 32 << 20;

/// What an engine is made with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// How memories lie in the address space.
    pub layout: Layout,
    /// Count the steps of the plugin, so that a limit of them can be set. It costs a fifth of the
    /// speed.
    pub fuel: bool,
    /// Bytes of stack that a plugin may use.
    pub stack: usize,
    /// Keep slots ready for so many instances at a time, each with memories of at most
    /// [`slot_memory`](Self::slot_memory): for plugins that get a fresh instance for every call.
    /// Where the address space has no room for them, instances are made one by one.
    pub slots: u32,
    /// Bytes of each memory of a slot.
    pub slot_memory: u64,
    /// Keep what each memory is at the start in a memory file, which instances are mapped from: for
    /// those that are made again and again. A limit on the size of files counts it.
    pub images: bool,
    /// Keep what a plugin was when it trapped, as a coredump.
    pub coredump: bool,
    /// Tell traps with files and lines, where the plugin brings tables of them. Reading those takes time that
    /// nothing stops: not for a process that is not the plugin's own.
    pub lines: bool,
    /// Results of floating-point operations are the same on every machine, to the last bit.
    pub deterministic: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            layout: Layout::Roomy,
            fuel: false,
            stack: 1 << 20,
            slots: 0,
            slot_memory: 256 << 20,
            images: false,
            coredump: false,
            lines: true,
            deterministic: false,
        }
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The settings or the machine do not allow it.
    #[error("the WebAssembly engine cannot be made: {0}")]
    Refused(String),
}

/// What compiles plugins. It makes no memory executable: code that it compiled cannot run in it.
#[derive(Clone)]
pub struct Compiler {
    pub(crate) engine: wasmtime::Engine,
}

impl Compiler {
    /// A compiler for engines with these settings.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn new(settings: &Settings) -> Result<Self, EngineError> {
        let mut config = config(settings);
        config.with_custom_code_memory(Some(trusted::never_executable()));
        Ok(Self { engine: made(&config)? })
    }
}

/// What runs plugins. Many can share one; none of them sees another.
#[derive(Clone)]
pub struct Engine {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) settings: Settings,
    pub(crate) ticker: Ticker,
    pooled: bool,
}

impl Engine {
    /// An engine that looks at the clock when `ticker` says so. Where the process confines itself,
    /// it is made before, in the thread that its plugins run in; what it needs of the system then
    /// and later stands at the head of `trusted.rs`.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn new(settings: &Settings, ticker: &Ticker) -> Result<Self, EngineError> {
        let pooled = match settings.slots {
            0 => None,
            _ => made(&pooling(settings)).ok(),
        };
        let is_pooled = pooled.is_some();
        let engine = match pooled {
            Some(engine) => engine,
            None => made(&running(settings))?,
        };
        // This thread's stack for signals: later it may not be had any more.
        wasmtime::Engine::tls_eager_initialize();
        ticker.add(&engine);
        let settings = settings.clone();
        Ok(Self { engine, settings, ticker: ticker.clone(), pooled: is_pooled })
    }

    /// Whether the slots that the settings ask for are there.
    #[must_use]
    pub const fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// Its beat, for a ticker [by hand](Ticker::by_hand).
    #[must_use]
    pub fn beat(&self) -> Beat {
        Beat(self.engine.clone())
    }

    /// What code must have been compiled for to be loaded here: the engine's version, its settings
    /// and the processor's features. Another number is another compilation.
    #[must_use]
    pub fn compatibility(&self) -> u64 {
        compatibility(&self.engine)
    }
}

/// What makes the code of one engine look at the clock. It counts up atomically and does nothing else,
/// so that it may be beaten from a signal's handler.
#[derive(Clone)]
pub struct Beat(wasmtime::Engine);

impl Beat {
    /// Beats once.
    pub fn beat(&self) {
        self.0.increment_epoch();
    }
}

impl Compiler {
    /// As [`Engine::compatibility`]: of what is compiled here.
    #[must_use]
    pub fn compatibility(&self) -> u64 {
        compatibility(&self.engine)
    }
}

fn compatibility(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = Digested(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// A hasher whose results are the same in every build, unlike those of the standard library.
struct Digested(blake3::Hasher);

impl Hasher for Digested {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

fn made(config: &Config) -> Result<wasmtime::Engine, EngineError> {
    wasmtime::Engine::new(config).map_err(|error| EngineError::Refused(format!("{error:#}")))
}

fn running(settings: &Settings) -> Config {
    let mut config = config(settings);
    config.with_custom_code_memory(trusted::published());
    config
}

fn pooling(settings: &Settings) -> Config {
    let mut config = running(settings);
    let mut pool = PoolingAllocationConfig::new();
    // A component of several modules takes as many instances, and a memory of each. One that has more than
    // this is not loaded here; whoever embeds the engine loads it without slots.
    let each = 4;
    pool.max_core_instances_per_component(each * 2)
        .max_memories_per_component(each)
        .max_tables_per_component(each)
        .max_memories_per_module(each)
        .max_tables_per_module(each);
    pool.total_component_instances(settings.slots)
        .total_core_instances(settings.slots.saturating_mul(each * 2))
        .total_memories(settings.slots.saturating_mul(each))
        .total_tables(settings.slots.saturating_mul(each))
        .max_memory_size(usize::try_from(settings.slot_memory).unwrap_or(usize::MAX))
        .table_elements(20_000)
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(16 << 10)
        .max_unused_warm_slots(settings.slots);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn config(settings: &Settings) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(settings.fuel)
        .epoch_interruption(true)
        .max_wasm_stack(settings.stack)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(settings.deterministic)
        .relaxed_simd_deterministic(settings.deterministic)
        .wasm_backtrace_details(match settings.lines {
            true => WasmBacktraceDetails::Enable,
            false => WasmBacktraceDetails::Disable,
        })
        .coredump_on_trap(settings.coredump)
        .memory_init_cow(settings.images)
        // Backtraces here follow frame pointers; nobody else unwinds through a plugin, but Windows, which
        // finds its way past one to whoever takes a trap.
        .native_unwind_info(cfg!(windows))
        // Memory that no limit counts, and nothing that plugins could share it with.
        .shared_memory(false)
        .wasm_memory64(false);
    if let Some(frames) = std::num::NonZeroUsize::new(limits::FRAMES) {
        config.wasm_backtrace_max_frames(Some(frames));
    }
    match settings.layout {
        Layout::Roomy => config.memory_reservation(4 << 30).memory_guard_size(32 << 20),
        Layout::Tight => config
            .memory_reservation(0)
            .memory_reservation_for_growth(1 << 20)
            .memory_guard_size(64 << 10)
            .guard_before_linear_memory(false),
    };
    config
}
