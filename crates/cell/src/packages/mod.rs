//! npm packages that a plugin brings in the `node_modules` of its bundle: which file a specifier names,
//! what kind of code that file is, and what names a CommonJS file exports.
//!
//! Node's algorithms over a tree of names. What the bundle has is asked of [`Files`]; nothing here
//! opens, downloads, installs or runs anything, follows a link, or decodes a name, so that the name
//! that was checked is the name that is read. Everything that is looked at was written by strangers:
//! it is capped before it is worked on, and whatever it says, what is found lies in the bundle, and
//! what a package's `package.json` names lies in that package's folder.

mod cjs;
mod config;
mod format;
mod json;
mod package;
mod path;
mod problem;
mod refusals;
mod require;
mod resolve;
mod search;
mod spelling;
mod targets;
#[cfg(test)]
mod tree;

pub(crate) use cjs::lex;
pub(crate) use format::Format;
pub(crate) use problem::{Problem, Refused};
pub(crate) use resolve::{Files, Found, Packages};
