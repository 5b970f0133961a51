//! From requests to domain patterns.
//!
//! A host is asked for by its name, with the methods that were used and what all the paths begin
//! with; with neither where a record does not tell it. Hosts right below one domain become one only
//! where there are many, and never below a name under which strangers have theirs: the manifest
//! knows these names and refuses such a pattern.

use std::collections::{BTreeMap, BTreeSet};

use aether_manifest::DomainPattern;

use super::{Cover, Draft, Request};
use crate::options::Options;

/// Requests that become one entry.
#[derive(Debug, Clone)]
struct Group<'a> {
    host: String,
    port: Option<u16>,
    requests: Vec<(usize, &'a Request)>,
}

/// Patterns for all these requests.
pub(crate) fn cover_hosts(requests: &[Request], options: &Options) -> Cover {
    let mut groups: BTreeMap<(String, Option<u16>), Group<'_>> = BTreeMap::new();
    for (member, request) in requests.iter().enumerate() {
        let key = (request.host.clone(), request.port);
        let new = || Group { host: request.host.clone(), port: request.port, requests: Vec::new() };
        groups.entry(key).or_insert_with(new).requests.push((member, request));
    }
    let (mut cover, groups) = families(groups.into_values().collect(), options);
    for group in groups {
        match drafted(&group, None) {
            Some(draft) => cover.drafts.push(draft),
            None => {
                let left = group.requests.iter().map(|(member, _)| *member);
                cover.left.extend(left.map(|member| (member, "no pattern can name it".to_owned())));
            }
        }
    }
    cover.drafts.sort_by(|one, other| one.entry.cmp(&other.entry));
    cover
}

/// Takes out the hosts of which there are many right below one domain.
fn families<'a>(groups: Vec<Group<'a>>, options: &Options) -> (Cover, Vec<Group<'a>>) {
    let mut parents: BTreeMap<(String, Option<u16>), Vec<Group<'a>>> = BTreeMap::new();
    for group in groups {
        let parent = group.host.split_once('.').map_or("", |(_, parent)| parent).to_owned();
        parents.entry((parent, group.port)).or_default().push(group);
    }
    let (mut cover, mut single) = (Cover::default(), Vec::new());
    for ((parent, port), family) in parents {
        let requests = family.iter().flat_map(|group| group.requests.clone()).collect();
        let count = family.len();
        let whole = Group { host: format!("*.{parent}"), port, requests };
        let why = format!("{count} hosts right below this domain were used");
        match drafted(&whole, Some(why)).filter(|_| count >= options.subdomains()) {
            Some(draft) => cover.drafts.push(draft),
            None => single.extend(family),
        }
    }
    (cover, single)
}

/// The narrowest pattern that can be written and allows all of the group's requests.
fn drafted(group: &Group<'_>, widened: Option<String>) -> Option<Draft> {
    let (methods, path) = (methods(group), path(group));
    let authority = match group.port {
        Some(port) => format!("{}:{port}", group.host),
        None => group.host.clone(),
    };
    let narrow = format!("{methods}{authority}{}", path.as_deref().unwrap_or_default());
    let tries = [narrow, format!("{methods}{authority}"), authority];
    let entry = tries.into_iter().find(|entry| {
        let pattern = DomainPattern::parse(entry).ok();
        let allows = |pattern: &DomainPattern| {
            group.requests.iter().all(|(_, request)| request.is_allowed_by(pattern))
        };
        pattern.is_some_and(|pattern| allows(&pattern))
    })?;
    let members = group.requests.iter().map(|(member, _)| *member).collect();
    Some(Draft { entry, members, widened })
}

/// The methods, as a pattern begins with them; nothing where one is not known.
fn methods(group: &Group<'_>) -> String {
    let known: Option<BTreeSet<&str>> =
        group.requests.iter().map(|(_, request)| request.method).collect();
    match known {
        Some(methods) => format!("{} ", methods.into_iter().collect::<Vec<_>>().join(",")),
        None => String::new(),
    }
}

/// What all paths begin with, as a pattern ends with it: the one path, or a folder and all below.
fn path(group: &Group<'_>) -> Option<String> {
    let known: Option<BTreeSet<&str>> =
        group.requests.iter().map(|(_, request)| request.path.as_deref()).collect();
    let known = known?;
    let mut paths = known.iter().map(|path| segments(path));
    let first = paths.next()?;
    if known.len() == 1 && !first.iter().any(|segment| segment.is_empty()) {
        return Some(format!(
            "/{}",
            first.iter().map(|name| written(name)).collect::<Vec<_>>().join("/")
        ));
    }
    let common = paths.fold(first, |common, other| {
        let same = common.iter().zip(&other).take_while(|(mine, theirs)| mine == theirs).count();
        common.into_iter().take(same).collect()
    });
    let named: Vec<String> =
        common.iter().take_while(|name| !name.is_empty()).map(|name| written(name)).collect();
    (!named.is_empty()).then(|| format!("/{}/**", named.join("/")))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').skip(1).collect()
}

/// A segment as a pattern has it: `*` for what a URL has in escapes.
fn written(segment: &str) -> String {
    let mut out = String::new();
    let mut rest = segment;
    while let Some(character) = rest.chars().next() {
        let length = if character == '%' { rest.len().min(3) } else { character.len_utf8() };
        match character {
            '%' | '*' if out.ends_with('*') => {}
            '%' => out.push('*'),
            plain => out.push(plain),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}
