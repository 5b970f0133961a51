//! Paths that differ only in what varies become one.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::permitted;
use super::item::{Item, Name};
use crate::limits::MAX_VARIABLE;
use crate::options::Options;

/// Folds until nothing changes: first at the last names, then before them. Two paths become one
/// where they are alike but for one name, and alike in that too but for a version, a date and the
/// like; it takes `alike` different ones, unless a wildcard stands there already.
pub(super) fn fold(mut items: Vec<Item>, options: &Options) -> Vec<Item> {
    let mut refused = BTreeSet::new();
    for _ in 0..MAX_VARIABLE {
        let before = items.len();
        for from_end in 0..MAX_VARIABLE {
            items = fold_at(items, from_end, options, &mut refused);
        }
        if items.len() == before {
            break;
        }
    }
    items
}

fn fold_at(
    items: Vec<Item>,
    from_end: usize,
    options: &Options,
    refused: &mut BTreeSet<String>,
) -> Vec<Item> {
    let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut out = Vec::new();
    for item in items {
        match key(&item, from_end) {
            Some(key) => groups.entry(key).or_default().push(item),
            None => out.push(item),
        }
    }
    for (key, group) in groups {
        match merged(&group, from_end, options.alike()).filter(|_| !refused.contains(&key)) {
            Some(item) if permitted(&item, &options.closed).is_some() => out.push(item),
            Some(_) => {
                refused.insert(key);
                out.extend(group);
            }
            None => out.extend(group),
        }
    }
    out
}

/// The same for all paths that differ only in what varies at this place.
fn key(item: &Item, from_end: usize) -> Option<String> {
    let at = item.names.len().checked_sub(from_end + 1)?;
    item.names.get(at).filter(|name| name.may_vary())?;
    let mut key = format!("{at}");
    for (index, name) in item.names.iter().enumerate() {
        key.push('/');
        if index == at { key.push_str(&name.skeleton()) } else { key.push_str(name.key()) }
    }
    Some(key)
}

fn merged(group: &[Item], from_end: usize, alike: usize) -> Option<Item> {
    let (first, others) = group.split_first().filter(|(_, others)| !others.is_empty())?;
    let at = first.names.len().checked_sub(from_end + 1)?;
    let names: Vec<&Name> = group.iter().filter_map(|item| item.names.get(at)).collect();
    let different: BTreeSet<&str> = names.iter().map(|name| name.key()).collect();
    if different.len() < alike && !names.iter().any(|name| name.is_wild()) {
        return None;
    }
    let mut item = first.clone();
    let name = item.names.get_mut(at)?;
    for other in names {
        *name = name.with(other);
    }
    for other in others {
        item.members.extend(&other.members);
        item.is_used |= other.is_used;
    }
    Some(item)
}
