//! `allow`: a manifest's `permissions` with `compat` beside them.

use aether_manifest::{Compat, Located, Permissions, read_permissions};
use aether_source::{Entry, Item, Node, Value};

use super::Allow;

/// Reads `allow`.
pub(super) fn read(item: &Item<'_>) -> Option<Allow> {
    let Value::Object(entries) = &item.node().value else {
        return item.expected("an object");
    };
    let compat = item.entries()?.into_iter().find(|(key, _)| key.text == "compat");
    // What a manifest's `permissions` can hold is known to the manifest alone, so it gets the rest.
    let rest = Node { span: item.span(), value: Value::Object(without_compat(entries)) };
    let permissions = read_permissions(&item.reader().root(&rest))?;
    Some(Allow {
        permissions: below(permissions, item.pointer()),
        compat: compat.map(|(_, item)| layers(&item)),
    })
}

fn without_compat(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.key != "compat").cloned().collect()
}

/// The permissions were read as if they were the whole file: sets their pointers right.
fn below(mut permissions: Permissions, pointer: &str) -> Permissions {
    fn prefix<T>(list: &mut [Located<T>], pointer: &str) {
        for entry in list {
            entry.pointer.insert_str(0, pointer);
        }
    }
    prefix(&mut permissions.read, pointer);
    prefix(&mut permissions.write, pointer);
    prefix(&mut permissions.domains, pointer);
    prefix(&mut permissions.inbound, pointer);
    prefix(&mut permissions.environment, pointer);
    prefix(&mut permissions.process, pointer);
    prefix(&mut permissions.plugins, pointer);
    permissions
}

fn layers(item: &Item<'_>) -> Vec<Located<Compat>> {
    let words = [(Compat::NodeFs.as_str(), Compat::NodeFs)];
    let list = item.list().unwrap_or_default();
    list.iter()
        .filter_map(|item| item.one_of(&words).map(|layer| Located::at(item, layer)))
        .collect()
}
