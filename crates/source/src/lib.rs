//! Source text that people write (manifests, policies, pipelines) and what is said about it.
//!
//! A [`Source`] is a named text; [`json`] and [`yaml`] read it into one tree of [`Node`]s in which
//! every value and key knows its place; a [`Reader`] walks that tree with types and collects every
//! problem at once as [`Diagnostic`]s. This crate does no I/O, prints nothing, uses no colour and
//! never interprets what a file means. It depends on none of Aether's other crates.

#![forbid(unsafe_code)]

mod caps;
mod diagnostic;
mod json;
mod node;
mod printable;
mod problems;
mod reader;
mod source;
mod span;
mod suggest;
mod yaml;

pub use caps::{MAX_DEPTH, MAX_NODES, MAX_SOURCE};
pub use diagnostic::{Diagnostic, Severity};
pub use json::{json, json_with_problems};
pub use node::{Entry, Node, Number, Value};
pub use printable::{inert_json, printable, quoted};
pub use problems::{MAX_PROBLEMS, Problems};
pub use reader::{Fields, Item, Key, Reader};
pub use source::Source;
pub use span::{Place, Span};
pub use suggest::did_you_mean;
pub use yaml::{MAX_FLOW, yaml};
