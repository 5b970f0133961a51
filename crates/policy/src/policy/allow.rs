//! `allow`: a manifest's `permissions`, with `compat` beside them and `private` in `network`.

use aether_manifest::{Compat, Located, MAX_ENTRIES, Permissions, read_allowed};
use aether_source::{Entry, Item, Node, Value};

use super::Allow;

/// Reads `allow`.
pub(super) fn read(item: &Item<'_>) -> Option<Allow> {
    let Value::Object(entries) = &item.node().value else {
        return item.expected("an object");
    };
    let compat = child(item, "compat");
    let private = child(item, "network").and_then(|network| child(&network, "private"));
    // What a manifest's `permissions` can hold is known to the manifest alone, so it gets the rest.
    let mut rest = without(entries, "compat");
    for entry in rest.iter_mut().filter(|entry| entry.key == "network") {
        if let Value::Object(network) = &entry.value.value {
            entry.value.value = Value::Object(without(network, "private"));
        }
    }
    let rest = Node { span: item.span(), value: Value::Object(rest) };
    let permissions = read_allowed(&item.reader().root(&rest))?;
    Some(Allow {
        permissions: below(permissions, item.pointer()),
        compat: compat.map(|item| layers(&item)),
        private: private.map(|item| targets(&item)).unwrap_or_default(),
    })
}

/// The value of a key, where there is an object that has it.
fn child<'a>(item: &Item<'a>, key: &str) -> Option<Item<'a>> {
    let Value::Object(_) = &item.node().value else { return None };
    item.entries()?.into_iter().find(|(known, _)| known.text == key).map(|(_, item)| item)
}

fn without(entries: &[Entry], key: &str) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.key != key).cloned().collect()
}

fn targets(item: &Item<'_>) -> Vec<Located<String>> {
    let texts = item.strings().unwrap_or_default();
    if texts.len() > MAX_ENTRIES {
        let message = format!("{} entries are too many: at most {MAX_ENTRIES}", texts.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return Vec::new();
    }
    texts.into_iter().map(|(item, text)| Located::at(&item, text.to_owned())).collect()
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
    prefix(&mut permissions.secrets, pointer);
    prefix(&mut permissions.emit, pointer);
    prefix(&mut permissions.on, pointer);
    permissions
}

fn layers(item: &Item<'_>) -> Vec<Located<Compat>> {
    let words = [(Compat::NodeFs.as_str(), Compat::NodeFs)];
    let list = item.list().unwrap_or_default();
    list.iter()
        .filter_map(|item| item.one_of(&words).map(|layer| Located::at(item, layer)))
        .collect()
}
