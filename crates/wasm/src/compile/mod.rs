//! From a stranger's bytes to code: what they are, what they want, and what can be called.

mod adapt;
mod error;
mod exports;
mod inspect;
mod numbers;
mod types;
mod wrap;

use serde::{Deserialize, Serialize};
use wasmtime::component::Component;

pub(crate) use error::one_line;
pub use error::{CompileError, Missing};
pub(crate) use exports::{HANDLER, LISTENER, is_only_types};

use crate::engine::Compiler;
use crate::facts::{Facts, Import, Kind};
use crate::{limits, worlds};
use inspect::{Inspected, Shape};

/// Code for an engine, and what is known of it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Machine code, for [`Code`](crate::entry::Code).
    pub code: Vec<u8>,
    /// The facts.
    pub facts: Facts,
    /// The engine that it is for, see [`Compiler::compatibility`].
    pub compatibility: u64,
}

/// All but the code, on its way from the process that compiled.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    facts: Facts,
    compatibility: u64,
}

impl Compiled {
    /// What is to be told of the code: JSON.
    ///
    /// # Errors
    /// When the facts have no JSON form; a bug.
    pub fn told(&self) -> serde_json::Result<String> {
        let (facts, compatibility) = (self.facts.clone(), self.compatibility);
        serde_json::to_string(&Told { facts, compatibility })
    }

    /// Code with what was told of it. Whoever told it may have had a stranger's bytes in it.
    ///
    /// # Errors
    /// When it is none of that.
    pub fn of(told: &[u8], code: Vec<u8>) -> serde_json::Result<Self> {
        let Told { facts, compatibility } = serde_json::from_slice(told)?;
        Ok(Self { code, facts, compatibility })
    }
}

/// Compiles a plugin that may have `memory` bytes.
///
/// The bytes are a stranger's: the compiler is some hundred thousand lines of foreign code that
/// reads them. It belongs into a confined process with limits on memory and time, and never into
/// the host.
///
/// # Errors
/// [`CompileError`].
pub fn compile(compiler: &Compiler, wasm: &[u8], memory: u64) -> Result<Compiled, CompileError> {
    let found = inspect::inspect(wasm)?;
    if found.size.memory > memory {
        return Err(CompileError::Memory { has: found.size.memory, most: memory });
    }
    let (component, kind, left_out) = as_component(wasm, &found)?;
    let component = Component::from_binary(&compiler.engine, component.as_deref().unwrap_or(wasm))
        .map_err(|error| failed(&error))?;
    let mut facts = facts_of(compiler, &component, kind)?;
    facts.size = found.size;
    facts.left_out.extend(left_out);
    facts.left_out.truncate(limits::PROBLEMS);
    let told = serde_json::to_string(&facts).map_or(usize::MAX, |text| text.len());
    if told > limits::FACTS_BYTES {
        let what = "bytes of names and types".to_owned();
        let (has, most) = (told as u64, limits::FACTS_BYTES as u64);
        return Err(CompileError::TooMany { what, has, most });
    }
    if facts.methods.is_empty() && !facts.handler {
        return Err(CompileError::NoMethods { left_out: facts.left_out });
    }
    let code = component.serialize().map_err(|error| failed(&error))?;
    Ok(Compiled { code, facts, compatibility: compiler.compatibility() })
}

/// A component's bytes where they are not the plugin's own, what it was, and what it lost.
type AsComponent = (Option<Vec<u8>>, Kind, Vec<String>);

fn as_component(wasm: &[u8], found: &Inspected) -> Result<AsComponent, CompileError> {
    match found.shape {
        Shape::Component => Ok((None, Kind::Component, Vec::new())),
        Shape::Module => {
            let adapted = adapt::adapt(wasm, found)?;
            Ok((Some(adapted.bytes), adapted.kind, adapted.left_out))
        }
    }
}

fn facts_of(compiler: &Compiler, component: &Component, kind: Kind) -> Result<Facts, CompileError> {
    let ty = component.component_type();
    let (mut imports, mut missing) = (Vec::new(), Vec::new());
    for (name, import) in ty.imports(&compiler.engine) {
        match worlds::need(name) {
            Err(_) if exports::is_only_types(&import.ty, &compiler.engine) => {}
            Ok(needs) => imports.push(Import { name: name.to_owned(), needs }),
            Err(one) => missing.push(one),
        }
    }
    if !missing.is_empty() {
        missing.truncate(limits::PROBLEMS);
        return Err(CompileError::Imports { missing });
    }
    let exports = exports::of(&ty, &compiler.engine);
    Ok(Facts {
        kind,
        imports,
        methods: exports.methods,
        handler: exports.handler,
        listener: exports.listener,
        left_out: exports.left_out,
        size: crate::facts::Size::default(),
    })
}

fn failed(error: &wasmtime::Error) -> CompileError {
    let message = error::one_line(&format!("{error:#}"));
    match invalid(&message) {
        Some((what, at)) => {
            let mut message = what.to_owned();
            if what.contains("enabled") {
                message.push_str(", which no plugin has: build it without that");
            }
            CompileError::Invalid { message, at }
        }
        None => CompileError::Compiler { message },
    }
}

/// What the validator found and where, which it says in words alone, and in two ways.
fn invalid(message: &str) -> Option<(&str, u64)> {
    let (before, rest) = message.split_once("at offset ")?;
    if let Some((at, what)) = rest.split_once(": ") {
        return Some((what, at.parse().ok()?));
    }
    let at = rest.strip_prefix("0x")?.strip_suffix(')')?;
    let what = before.trim_end_matches(['(', ' ']).rsplit(": ").next()?;
    Some((what, u64::from_str_radix(at, 16).ok()?))
}
