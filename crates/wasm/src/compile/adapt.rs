//! Core modules made components, so that there is one way to run a plugin and one file system.

use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::error::{CompileError, one_line};
use super::inspect::Inspected;
use super::numbers::{self, Function};
use super::wrap;
use crate::facts::Kind;
use crate::{limits, worlds};

/// A component, and what it was made of.
pub(crate) struct Adapted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) left_out: Vec<String>,
}

/// Makes a core module a component.
pub(crate) fn adapt(bytes: &[u8], found: &Inspected) -> Result<Adapted, CompileError> {
    let missing: Vec<_> = found
        .imports
        .iter()
        .filter_map(|(module, name)| worlds::core_import(module, name).err())
        .take(limits::PROBLEMS)
        .collect();
    // A module that a toolchain has prepared for a component imports its interfaces by name.
    let prepared = found.imports.iter().all(|(module, name)| {
        worlds::core_import(module, name).is_ok() || module.contains(':') || module == "$root"
    });
    let is_prepared = prepared && has_metadata(bytes);
    if !missing.is_empty() && !is_prepared {
        return Err(CompileError::Imports { missing });
    }
    let preview1 =
        found.imports.iter().any(|(module, _)| module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME);
    if !preview1 && !is_prepared {
        let functions = numbers::exported(bytes)?;
        let wrapped = wrap::wrap(bytes, found, functions);
        return Ok(Adapted { kind: Kind::Module, ..wrapped });
    }
    match found.exports.iter().any(|name| name == "_start") {
        true => encode(bytes, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER, Kind::Preview1Command),
        false => reactor(bytes, is_prepared),
    }
}

/// A module without `_start`. One that no toolchain prepared offers those of its functions that
/// take and give numbers, under names that a component can have.
fn reactor(bytes: &[u8], is_prepared: bool) -> Result<Adapted, CompileError> {
    if is_prepared {
        return encode(bytes, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER, Kind::Preview1Reactor);
    }
    let (fitting, left_out) = numbers::split(numbers::exported(bytes)?, true);
    let mut bytes = bytes.to_vec();
    describe(&mut bytes, &fitting)?;
    let adapted = encode(&bytes, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER, Kind::Preview1Reactor)?;
    Ok(Adapted { left_out, ..adapted })
}

/// Writes into the module what its exports are in WIT.
fn describe(bytes: &mut Vec<u8>, functions: &[Function]) -> Result<(), CompileError> {
    let mut wit = String::from("package aether:adapted;\nworld root {\n");
    for function in functions {
        wit.push_str(&function.as_wit());
    }
    wit.push_str("}\n");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("adapted.wit", &wit).map_err(|error| failed(&error))?;
    let world = resolve.select_world(&[package], None).map_err(|error| failed(&error))?;
    embed_component_metadata(bytes, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| failed(&error))
}

fn encode(bytes: &[u8], adapter: &[u8], kind: Kind) -> Result<Adapted, CompileError> {
    let encoded = ComponentEncoder::default()
        .module(bytes)
        .and_then(|encoder| encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter))
        .and_then(|encoder| encoder.validate(false).encode())
        .map_err(|error| failed(&error))?;
    Ok(Adapted { bytes: encoded, kind, left_out: Vec::new() })
}

/// Whether a toolchain wrote into the module which component it is the core of.
fn has_metadata(bytes: &[u8]) -> bool {
    wasmparser::Parser::new(0).parse_all(bytes).any(|payload| {
        matches!(payload, Ok(wasmparser::Payload::CustomSection(section))
            if section.name().starts_with("component-type"))
    })
}

fn failed(error: &impl std::fmt::Display) -> CompileError {
    CompileError::Adapt { message: one_line(&format!("{error:#}")) }
}
