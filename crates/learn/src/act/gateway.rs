//! Calls that the gateway allowed.

use aether_audit::{Detail, Record};
use aether_manifest::Permission;
use aether_path::VirtualPath;

use super::{Act, What, of, on, other};
use crate::observations::Use;

/// Between the two paths of a record that has two.
const ARROW: &str = " -> ";

/// What is written down of a call only because a token allowed it.
const BY_TOKEN: [&str; 5] =
    ["fs.write-through", "secret.get", "command.run", "time.extend", "memory.extend"];

pub(super) fn acts(record: &Record) -> Vec<Act> {
    let Some(object) = record.object.as_deref() else { return Vec::new() };
    let action = record.action.as_str();
    match action {
        "fs.rename" | "fs.link" => two(record, object),
        "fs.open" => opened(record, object),
        _ if BY_TOKEN.contains(&action) => vec![other(record)],
        _ => what(action).map(|what| on(record, what, object)).into_iter().collect(),
    }
}

fn what(action: &str) -> Option<What> {
    Some(match action {
        "fs.read" | "fs.pread" => of(Permission::FilesystemRead),
        "fs.write" | "fs.pwrite" | "fs.resize" | "fs.remove" | "fs.mkdir" | "fs.symlink"
        | "fs.chmod" | "fs.utimes" => of(Permission::FilesystemWrite),
        "fs.list" | "fs.stat" | "fs.readlink" => What::Use(Use::Look),
        "env.get" => of(Permission::Environment),
        "network.request" => of(Permission::NetworkDomains),
        "network.inbound" => of(Permission::NetworkInbound),
        "secret.use" => of(Permission::Secrets),
        "plugins.call" => of(Permission::Plugins),
        "events.emit" => of(Permission::EventsEmit),
        "events.on" => of(Permission::EventsOn),
        _ => return None,
    })
}

/// A file that was opened, for the purpose that the record gives, if it gives one.
fn opened(record: &Record, object: &str) -> Vec<Act> {
    let (read, write) = (of(Permission::FilesystemRead), of(Permission::FilesystemWrite));
    let purposes = match record.detail.get("access").and_then(Detail::as_str) {
        Some("read") => vec![read],
        Some("write") => vec![write],
        Some("both") => vec![read, write],
        _ => vec![What::Opened],
    };
    purposes.into_iter().map(|what| on(record, what, object)).collect()
}

/// Two files that were both written. Where a name holds the arrow, the record could be read in
/// several ways, and is read in none.
fn two(record: &Record, object: &str) -> Vec<Act> {
    let split = |at: usize| {
        let (from, to) = (object.get(..at)?, object.get(at + ARROW.len()..)?);
        let is_path = |text: &str| VirtualPath::parse(text).is_ok();
        (is_path(from) && is_path(to)).then_some([from, to])
    };
    let mut readings = object.match_indices(ARROW).filter_map(|(at, _)| split(at));
    match (readings.next(), readings.next()) {
        (Some(both), None) => {
            both.map(|path| on(record, of(Permission::FilesystemWrite), path)).into()
        }
        _ => vec![other(record)],
    }
}
