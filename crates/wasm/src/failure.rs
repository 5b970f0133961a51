//! How a call failed, and how that is told.

use std::fmt::Write as _;

use aether_protocol::v1::failure as kind;
use aether_protocol::{Code, RpcError, limits as wire};
use wasmtime::{AsContextMut, Trap, WasmBacktrace, WasmCoreDump};

use crate::gate::Over;
use crate::json::Unfit;
use crate::limits;
use crate::wasi::Exit;

/// Longest stack text, in bytes.
const STACK_BYTES: usize = 8 << 10;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// How.
    pub why: Why,
    /// One sentence for people.
    pub message: String,
    /// Where in the plugin's code, innermost first; the names are the plugin's.
    pub stack: Vec<Frame>,
    /// What the plugin was at that moment, where that is kept: a core module with the sections of
    /// a WebAssembly coredump.
    pub coredump: Option<Vec<u8>>,
    /// What the plugin said of it, JSON.
    pub value: Option<String>,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// There is no such method.
    NoMethod,
    /// The input does not fit the method.
    Input,
    /// The result has no JSON form, or is too large.
    Output,
    /// The method gave an error.
    Error,
    /// The code did what it may not; the name says what.
    Trap(&'static str),
    /// A program ended with this code, which is not 0.
    Exit(u8),
    /// The time was up.
    Timeout,
    /// Whoever called gave it up.
    Cancelled,
    /// The host is gone.
    Gone,
    /// The memory was full.
    Memory,
    /// The fuel was used up.
    Fuel,
    /// More passed to the host at once than may.
    Transfer,
    /// The plugin is no more.
    Ended,
    /// The plugin could not be begun.
    Start,
}

/// One frame of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The function's name, or its number where it has none.
    pub function: String,
    /// Source file, where the plugin brought line tables.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// Offset in the module.
    pub offset: Option<usize>,
}

impl Failure {
    pub(crate) fn new(why: Why, message: impl Into<String>) -> Self {
        let message = message.into();
        let message = wire::cut(&message, wire::ERROR_TEXT_BYTES).to_owned();
        Self { why, message, stack: Vec::new(), coredump: None, value: None }
    }

    pub(crate) fn input(method: &str, unfit: &Unfit) -> Self {
        Self::new(Why::Input, format!("the input of `{method}` does not fit: {unfit}"))
    }

    pub(crate) fn output(method: &str, why: &impl std::fmt::Display) -> Self {
        Self::new(Why::Output, format!("the result of `{method}` cannot be told: {why}"))
    }

    /// Whether the instance is no more, with all that it kept.
    #[must_use]
    pub const fn ends_instance(&self) -> bool {
        !matches!(self.why, Why::NoMethod | Why::Input | Why::Output | Why::Error)
    }

    /// What became of the plugin's code. `refused` says that it was refused memory in this call,
    /// `keeps` that its memory is small enough to be kept.
    pub(crate) fn of(
        error: &wasmtime::Error,
        store: impl AsContextMut,
        refused: bool,
        keeps: bool,
    ) -> Self {
        let mut failure = Self::classify(error, refused);
        if let Some(trace) = error.downcast_ref::<WasmBacktrace>()
            // Where a program ended that wanted to tells nothing.
            && !matches!(failure.why, Why::Exit(_))
        {
            failure.stack = trace.frames().iter().map(frame).collect();
        }
        if let Some(dump) = error.downcast_ref::<WasmCoreDump>().filter(|_| keeps) {
            failure.coredump = Some(dump.serialize(store, "plugin"));
        }
        failure
    }

    fn classify(error: &wasmtime::Error, refused: bool) -> Self {
        if let Some(over) = error.downcast_ref::<Over>() {
            return Self::over(*over);
        }
        if let Some(Exit(code)) = error.downcast_ref::<Exit>() {
            return Self::new(Why::Exit(*code), format!("the program ended with code {code}"));
        }
        let trap = error.downcast_ref::<Trap>();
        if trap == Some(&Trap::OutOfFuel) {
            return Self::new(Why::Fuel, "the plugin used up its fuel");
        }
        if refused {
            return Self::new(
                Why::Memory,
                "the plugin's memory was full, and it went on all the same",
            );
        }
        if let Some(trap) = trap {
            let (name, what) = describe(*trap);
            return Self::new(Why::Trap(name), format!("the plugin trapped: {what}"));
        }
        let root = error.root_cause().to_string();
        let text = crate::compile::one_line(&root);
        match root.contains("fuel allocated for hostcalls") {
            true => Self::new(Why::Transfer, "the plugin handed over more at once than it may"),
            false => Self::new(Why::Trap("host"), format!("the plugin was stopped: {text}")),
        }
    }

    pub(crate) fn over(over: Over) -> Self {
        let why = match over {
            Over::Cancelled => Why::Cancelled,
            Over::Deadline => Why::Timeout,
            Over::Gone => Why::Gone,
        };
        Self::new(why, over.to_string())
    }

    /// The error that a cell answers the call with.
    #[must_use]
    pub fn into_error(self) -> RpcError {
        let (code, kind, name) = match self.why {
            Why::NoMethod => (Code::Plugin, kind::NO_METHOD, ""),
            Why::Input => (Code::InvalidParams, "", ""),
            Why::Output => (Code::Plugin, kind::NOT_JSON, ""),
            Why::Timeout => (Code::Plugin, kind::TIMEOUT, ""),
            Why::Cancelled | Why::Gone => (Code::Plugin, kind::CANCELLED, ""),
            Why::Memory => (Code::Plugin, kind::MEMORY, ""),
            Why::Trap(name) => (Code::Plugin, kind::EXCEPTION, name),
            Why::Exit(_) => (Code::Plugin, kind::EXCEPTION, "exit"),
            Why::Fuel => (Code::Plugin, kind::EXCEPTION, "fuel"),
            Why::Transfer => (Code::Plugin, kind::EXCEPTION, "transfer"),
            Why::Ended => (Code::Plugin, kind::EXCEPTION, "ended"),
            Why::Error | Why::Start => (Code::Plugin, kind::EXCEPTION, "Error"),
        };
        let mut error = RpcError::new(code, self.message.clone());
        if !kind.is_empty() {
            error = error.with("kind", kind);
        }
        if !name.is_empty() {
            error = error.with("name", name).with("message", self.message.clone());
        }
        if let Some(code) = self.value.as_deref().and_then(code_of) {
            error = error.with("code", code);
        }
        if !self.stack.is_empty() {
            error = error.with("stack", self.stack_text());
        }
        error.bounded()
    }

    /// The stack as lines.
    #[must_use]
    pub fn stack_text(&self) -> String {
        let mut text = String::new();
        for same in self.stack.chunk_by(|one, other| one == other) {
            // Endless recursion is one line.
            let times =
                if same.len() > 1 { format!(", {} times", same.len()) } else { String::new() };
            if let Some(frame) = same.first() {
                let _ = writeln!(text, "    at {frame}{times}");
            }
        }
        wire::cut(text.trim_end_matches('\n'), STACK_BYTES).to_owned()
    }
}

/// `code` of an error that has one.
fn code_of(value: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Coded {
        code: String,
    }
    Some(serde_json::from_str::<Coded>(value).ok()?.code)
}

impl std::fmt::Display for Frame {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.function)?;
        match (&self.file, self.line, self.column, self.offset) {
            (Some(file), Some(line), Some(column), _) => write!(out, " ({file}:{line}:{column})"),
            (Some(file), Some(line), None, _) => write!(out, " ({file}:{line})"),
            (_, _, _, Some(offset)) => write!(out, " (wasm:{offset:#x})"),
            _ => Ok(()),
        }
    }
}

fn frame(info: &wasmtime::FrameInfo) -> Frame {
    let short = |text: &str| wire::cut(text, limits::SYMBOL_BYTES).to_owned();
    // The innermost of functions that were put into one another.
    let symbol = info.symbols().first();
    let name = symbol.and_then(|symbol| symbol.name()).or_else(|| info.func_name());
    Frame {
        function: name.map_or_else(|| format!("function {}", info.func_index()), short),
        file: symbol.and_then(|symbol| symbol.file()).map(short),
        line: symbol.and_then(|symbol| symbol.line()),
        column: symbol.and_then(|symbol| symbol.column()),
        offset: info.module_offset(),
    }
}

/// The stable name of a trap, and what it means.
fn describe(trap: Trap) -> (&'static str, &'static str) {
    match trap {
        Trap::StackOverflow => ("stack-overflow", "its stack is full"),
        Trap::MemoryOutOfBounds => ("memory-out-of-bounds", "it reached beyond its memory"),
        Trap::HeapMisaligned => ("misaligned", "an atomic access is not aligned"),
        Trap::TableOutOfBounds => ("table-out-of-bounds", "it reached beyond a table"),
        Trap::IndirectCallToNull => ("call-to-null", "it called a function that is not there"),
        Trap::BadSignature => ("bad-signature", "it called a function of another type"),
        Trap::IntegerOverflow => ("integer-overflow", "a whole number is too large"),
        Trap::IntegerDivisionByZero => ("division-by-zero", "it divided by zero"),
        Trap::BadConversionToInteger => ("bad-conversion", "a number has no whole form"),
        Trap::UnreachableCodeReached => {
            ("unreachable", "it gave up (`unreachable`), as a panic or an abort does")
        }
        Trap::CannotLeaveComponent => {
            ("cannot-leave", "it called its host while that had it allocate or clean up")
        }
        Trap::CannotEnterComponent => {
            ("cannot-enter", "it is called while it runs, or after it trapped")
        }
        _ => ("trap", "WebAssembly has no rule for what it did"),
    }
}
