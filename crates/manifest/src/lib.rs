//! The plugin manifest, `aether-plugin.json`: what a plugin says about itself and what it asks for.
//!
//! [`parse`] turns a source into a [`Manifest`] of checked types or into every problem at once, each
//! with its place and a way out; [`schema`] gives editors the same rules as JSON Schema. A manifest
//! is only a request: this crate does no I/O and decides nothing about what is granted. Of Aether's
//! crates it depends on `source` and `path`.

#![forbid(unsafe_code)]

mod advice;
mod domain;
mod engine;
mod entry;
mod exports;
mod located;
mod manifest;
mod name;
mod permission;
mod permissions;
mod priority;
mod quantity;
mod rates;
mod read;
mod resources;
mod schema;
mod topic;

pub use advice::{Asking, manifest_line, manifest_list, option_line, shell_word};
pub use domain::{
    DomainError, DomainPattern, DomainProblem, HostPattern, METHODS, UrlPath, WEBSOCKET,
};
pub use engine::JsEngine;
pub use entry::{Entry, MAX_COMMAND, Runtime};
pub use exports::{Export, MAX_EXPORTS};
pub use located::Located;
pub use manifest::{API_VERSION, Compat, MANIFEST_FILE, MAX_DESCRIPTION, Manifest};
pub use name::{EnvName, NameError, PluginName, SecretName, is_name, is_program};
pub use permission::Permission;
pub use permissions::{
    MAX_ENTRIES, Permissions, read_allowed, read_domains, read_patterns, read_permissions,
};
pub use priority::Priority;
pub use quantity::{
    QuantityError, QuantityProblem, parse_duration, parse_size, read_duration, read_size,
    show_duration, show_size,
};
pub use rates::{MAX_CALLS, MAX_PERIOD, MIN_BYTES, RATED, Rate, Rates};
pub use read::{parse, read_kinds};
pub use resources::{
    Limit, MAX_CPU_MILLIS, MAX_DISK, MAX_MEMORY, MAX_PROCESSES, MAX_TIMEOUT, MIN_CPU_MILLIS,
    MIN_MEMORY, MIN_TIMEOUT, Resources,
};
pub use schema::{PermissionsFile, schema, schema_of};
pub use topic::{MAX_TOPIC, TopicError, TopicPattern, TopicProblem, is_topic};
