//! Folders of which so much was used that they are named as a whole.

use std::collections::BTreeMap;

use super::guard::permitted;
use super::item::{Item, Name, Whole};
use crate::options::Options;

/// Names a folder as `folder/*` where more than so many different entries directly in it are left,
/// and as `folder/` where more than that are left below those too.
pub(super) fn gather(items: Vec<Item>, options: &Options) -> Vec<Item> {
    trees(entries(items, options), options)
}

fn entries(items: Vec<Item>, options: &Options) -> Vec<Item> {
    let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        groups.entry(folder_of(&item)).or_default().push(item);
    }
    let gathered = |group: Vec<Item>| match whole(&group, Whole::Entries, options) {
        Some(item) if used(&group) > options.folder => vec![item],
        _ => group,
    };
    groups.into_values().flat_map(gathered).collect()
}

fn trees(mut items: Vec<Item>, options: &Options) -> Vec<Item> {
    let is_gathered = |item: &Item| item.whole == Some(Whole::Entries);
    let folders: Vec<String> = items.iter().filter(|item| is_gathered(item)).map(path_of).collect();
    for folder in folders {
        let inside = format!("{folder}/");
        // The folder's own entries are one item by now.
        let is_below = |item: &Item| format!("{}/", path_of(item)).starts_with(&inside);
        let (below, others): (Vec<Item>, Vec<Item>) = items.into_iter().partition(is_below);
        let tree = below.iter().find(|item| path_of(item) == folder && is_gathered(item));
        let tree = tree.map(|item| Item {
            whole: Some(Whole::Tree),
            members: below.iter().flat_map(|item| item.members.clone()).collect(),
            ..item.clone()
        });
        items = others;
        let is_much = used(&below) > options.folder + 1;
        match tree.filter(|tree| is_much && permitted(tree, &options.closed).is_some()) {
            Some(tree) => items.push(tree),
            None => items.extend(below),
        }
    }
    items
}

/// The folder of these entries of it, as a whole.
fn whole(group: &[Item], whole: Whole, options: &Options) -> Option<Item> {
    let (_, folder) = group.first()?.names.split_last()?;
    let members = group.iter().flat_map(|item| item.members.clone()).collect();
    let is_used = used(group) > 0;
    let item = Item { names: folder.to_vec(), whole: Some(whole), members, is_used };
    permitted(&item, &options.closed).map(|_| item)
}

fn used(items: &[Item]) -> usize {
    items.iter().filter(|item| item.is_used).count()
}

fn folder_of(item: &Item) -> String {
    item.names.split_last().map(|(_, folder)| joined(folder)).unwrap_or_default()
}

fn path_of(item: &Item) -> String {
    joined(&item.names)
}

fn joined(names: &[Name]) -> String {
    names.iter().flat_map(|name| ["/", name.key()]).collect()
}
