//! The caps of this crate. Each says which attack it answers.
//!
//! The first ones hold before and while a stranger's bytes are read, the later ones while a plugin
//! runs. What a host sets for one plugin is in [`Limits`].

/// Largest module or component, in bytes. Stops a compiler that needs many times the memory of
/// what it reads from being fed gigabytes.
pub const WASM_BYTES: usize = 64 << 20;

/// Deepest nesting of components. A component in a component costs the compiler stack.
pub const COMPONENT_DEPTH: usize = 8;

/// Most modules and components in one component, at every depth. Each is compiled by itself: stops
/// a file of ten thousand empty modules.
pub const MODULES: usize = 512;

/// Most functions, at every depth. Stops a bomb of empty functions, each of which costs the
/// compiler far more than the three bytes that it has in the file.
pub const FUNCTIONS: usize = 200_000;

/// Most types, at every depth. Types that refer to each other grow by multiplication.
pub const TYPES: usize = 100_000;

/// Most imports of one module or component. Each is resolved and checked by name.
pub const IMPORTS: usize = 10_000;

/// Most exports of one module or component.
pub const EXPORTS: usize = 10_000;

/// Most memories, at every depth. Each reserves address space when it is instantiated.
pub const MEMORIES: usize = 64;

/// Most tables, at every depth.
pub const TABLES: usize = 256;

/// Most globals, at every depth.
pub const GLOBALS: usize = 100_000;

/// Most segments of data, at every depth. Each is copied or mapped when it is instantiated.
pub const DATA_SEGMENTS: usize = 200_000;

/// Most segments of elements, at every depth.
pub const ELEMENT_SEGMENTS: usize = 100_000;

/// Most instances, aliases and canonical functions that a component makes, at every depth. They
/// become steps that are taken at each instantiation.
pub const COMPONENT_ITEMS: usize = 100_000;

/// Largest single custom section, in bytes: names and line tables. They are read when a trap is
/// told, so in time that the plugin does not pay for.
pub const CUSTOM_BYTES: usize = 32 << 20;

/// Most custom sections. Stops a file of nothing else.
pub const CUSTOM_SECTIONS: usize = 10_000;

/// Largest linear memory that may be declared, in bytes, whatever a plugin is granted.
pub const MEMORY_BYTES: u64 = 4 << 30;

/// Most elements that a table may be declared with.
pub const TABLE_ELEMENTS: u64 = 1_000_000;

/// Longest name of an import or export, in bytes. Stops megabyte names in messages and logs.
pub const NAME_BYTES: usize = 1024;

/// Most problems that one error tells of.
pub const PROBLEMS: usize = 64;

/// Deepest nesting of a value that is converted between JSON and WIT.
pub const VALUE_DEPTH: usize = 60;

/// Most values in one input or result that is converted between JSON and WIT: each costs some
/// fifty bytes here, and may have one in the text.
pub const VALUES: usize = 1_000_000;

/// Most nodes of a WIT type that is read as text for people.
pub const TYPE_NODES: usize = 500;

/// Longest text of a WIT type, in bytes; longer ones are cut. Stops names of a megabyte.
pub const TYPE_BYTES: usize = 4 << 10;

/// Most bytes that the facts of a plugin take. They are read whenever it is loaded.
pub const FACTS_BYTES: usize = 4 << 20;

/// Largest memory that is kept as a coredump, in bytes. The host holds it until somebody has looked.
pub const COREDUMP_BYTES: u64 = 64 << 20;

/// Most bytes that are read of, or written to, a stream or file at a time.
pub const PIECE_BYTES: u64 = 1 << 20;

/// Most bytes that the host holds for one instance beside its memory: bodies of requests and
/// answers, headers, listings. Stops a thousand handles with a body of megabytes each.
pub const HELD_BYTES: u64 = 40 << 20;

/// Longest path or host of a request that is being put together, and longest other word of it, in bytes: the
/// host holds them for each request that is open.
pub const ADDRESS_BYTES: usize = 8 << 10;
/// See [`ADDRESS_BYTES`].
pub const WORD_BYTES: usize = 64;

/// Cases of a variant that are looked through for what one value counts. Stops a type of ten thousand cases
/// from making each of a million values ten thousand steps.
pub const CASES: usize = 16;

/// Most random bytes that are given at a time. More takes more calls, between which the plugin
/// can be stopped.
pub const RANDOM_BYTES: u64 = 1 << 20;

/// Longest that the host rests for a plugin without looking whether it is to end, in
/// milliseconds.
pub const REST_MS: u64 = 10;

/// Most pollables that are waited for at a time.
pub const POLLABLES: usize = 10_000;

/// Longest text of a report of progress, in bytes; longer ones are cut. It and the next stop what is
/// told without an answer from being longer than a line of the gateway may be.
pub const PROGRESS_BYTES: usize = 1 << 10;

/// Largest JSON text of the facts beside a line of the log, in bytes.
pub const FIELDS_BYTES: usize = 16 << 10;

/// Longest symbolic name of a frame in a backtrace, in bytes.
pub const SYMBOL_BYTES: usize = 256;

/// Most frames of a backtrace. A stack that overflowed has a million of them.
pub const FRAMES: usize = 64;

/// What one plugin may use. Every limit has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together. Growing beyond it fails as WebAssembly has
    /// it (`memory.grow` gives -1) and is counted.
    pub memory: u64,
    /// Elements of tables, all tables together.
    pub table_elements: u64,
    /// Instances, memories and tables, each: what instantiating may make.
    pub instances: usize,
    /// Resources and other handles that may be open at a time. Stops descriptor floods.
    pub handles: usize,
    /// Bytes that may pass from the plugin to its host in one call, either way called. Stops
    /// giant lists from filling the host's memory.
    pub transfer: usize,
    /// Bytes of standard output that become the result of a command.
    pub output: usize,
    /// Units of fuel that one call may use; none where fuel is not counted. It needs an engine
    /// that counts it.
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: TABLE_ELEMENTS,
            instances: 1000,
            handles: 4096,
            transfer: 20 << 20,
            output: 16 << 20,
            fuel: None,
        }
    }
}
