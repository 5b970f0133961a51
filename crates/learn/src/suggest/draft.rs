//! From what is wanted to lines.

use std::cmp::Reverse;

use aether_manifest::{MAX_ENTRIES, Permission, manifest_line};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::sensitive;
use aether_source::Source;

use super::line::{NotSuggested, SuggestedLine};
use super::making::Made;
use super::wanted::Wanted;
use crate::cover::{Cover, Draft, Path, Request, cover_hosts, cover_native_writes, cover_paths};
use crate::limits::MAX_SAMPLES;
use crate::options::Options;
use crate::risk;

/// Lines for all that is wanted of a permission.
pub(super) fn drafts(
    permission: Permission,
    wanted: Vec<Wanted<'_>>,
    room: usize,
    is_native: bool,
    options: &Options,
) -> Made {
    let mut found = Made::default();
    let (usable, cover) = match permission {
        Permission::FilesystemRead | Permission::FilesystemWrite => {
            let parse = |one: &Wanted<'_>| match VirtualPath::parse(one.object) {
                Ok(path) => Ok(Path { path, is_used: !one.is_look, is_made: one.is_made() }),
                Err(error) => Err(error.to_string()),
            };
            let (usable, paths) = parsed(permission, wanted, parse, &mut found);
            let by_folder = is_native && permission == Permission::FilesystemWrite;
            let cover = if by_folder { cover_native_writes } else { cover_paths };
            (usable, cover(&paths, options))
        }
        Permission::NetworkDomains => {
            let parse = |one: &Wanted<'_>| Request::parse(one.object);
            let (usable, requests) = parsed(permission, wanted, parse, &mut found);
            (usable, cover_hosts(&requests, options))
        }
        _ => {
            let cover = exact(&wanted);
            (wanted, cover)
        }
    };
    let left = |(member, why): (usize, String)| {
        let one = usable.get(member)?;
        Some(NotSuggested::of(Some(permission), one.object, one.observed, why))
    };
    found.left.extend(cover.left.into_iter().filter_map(left));
    for (draft, of) in most_used_first(cover.drafts, &usable) {
        let objection = match found.lines.len() < room {
            true => objection(permission, &draft),
            false => Some(format!("the list would have more than {MAX_ENTRIES} entries")),
        };
        found.take(permission, draft, &of, objection);
    }
    found
}

/// The drafts with what they are for, what was used most at the beginning of both.
fn most_used_first<'a>(drafts: Vec<Draft>, usable: &[Wanted<'a>]) -> Vec<(Draft, Vec<Wanted<'a>>)> {
    let with_members = |draft: Draft| {
        let mut of: Vec<Wanted<'a>> =
            draft.members.iter().filter_map(|member| usable.get(*member).copied()).collect();
        of.sort_by_key(|one| (Reverse(one.observed.count()), one.object));
        (draft, of)
    };
    let mut found: Vec<(Draft, Vec<Wanted<'a>>)> = drafts.into_iter().map(with_members).collect();
    // Stable, so that of those used alike the order stays.
    found.sort_by_key(|(_, of)| Reverse(total(of)));
    found
}

/// How often all of them were seen.
fn total(of: &[Wanted<'_>]) -> u64 {
    of.iter().fold(0, |sum, one| sum.saturating_add(one.observed.count()))
}

/// What can be read as what the permission is about; the rest is left, with the reason.
fn parsed<'a, T>(
    permission: Permission,
    wanted: Vec<Wanted<'a>>,
    parse: impl Fn(&Wanted<'_>) -> Result<T, String>,
    found: &mut Made,
) -> (Vec<Wanted<'a>>, Vec<T>) {
    let (mut usable, mut values) = (Vec::new(), Vec::new());
    for one in wanted {
        match parse(&one) {
            Ok(value) => {
                usable.push(one);
                values.push(value);
            }
            Err(why) => {
                found.left.push(NotSuggested::of(Some(permission), one.object, one.observed, why));
            }
        }
    }
    (usable, values)
}

/// Each as itself.
fn exact(wanted: &[Wanted<'_>]) -> Cover {
    let draft = |(member, one): (usize, &Wanted<'_>)| Draft {
        entry: one.object.to_owned(),
        members: vec![member],
        widened: None,
    };
    Cover { drafts: wanted.iter().enumerate().map(draft).collect(), left: Vec::new() }
}

impl Made {
    /// Keeps a draft, as a line or, where something is held against it, for what it was.
    fn take(
        &mut self,
        permission: Permission,
        draft: Draft,
        of: &[Wanted<'_>],
        objection: Option<String>,
    ) {
        if let Some(why) = objection {
            let left = |one: &Wanted<'_>| {
                NotSuggested::of(Some(permission), one.object, one.observed, why.clone())
            };
            self.left.extend(of.iter().map(left));
            return;
        }
        let (risk, note) = risk::of(permission, &draft.entry);
        let is_denied = of.iter().any(|one| !one.observed.is_allowed());
        let denied = is_denied.then(|| "it was denied".to_owned());
        let is_look = of.iter().all(|one| one.is_look);
        let looks = is_look.then(|| "it was only looked at".to_owned());
        let why = [Some(note), draft.widened.clone(), looks, denied];
        self.lines.push(SuggestedLine {
            permission,
            risk,
            count: total(of),
            evidence: of.len(),
            first: of.iter().map(|one| one.observed.first).min().unwrap_or_default(),
            samples: of.iter().take(MAX_SAMPLES).map(|one| one.object.to_owned()).collect(),
            why: why.into_iter().flatten().collect::<Vec<_>>().join("; "),
            is_widened: draft.widened.is_some(),
            is_look,
            entry: draft.entry,
        });
    }
}

/// What speaks against a draft in the end: a wildcard that reaches a sensitive place, though none
/// should have come so far, or the manifest's own reader.
fn objection(permission: Permission, draft: &Draft) -> Option<String> {
    let pattern = PathPattern::parse(&draft.entry).ok().filter(|_| draft.widened.is_some());
    let place = pattern.filter(|_| is_files(permission)).and_then(|wide| sensitive::reached(&wide));
    if let Some(place) = place {
        return Some(format!("a pattern of it would reach {}", place.name));
    }
    let text = format!("{{ {} }}", manifest_line(permission, &draft.entry));
    let problems = aether_manifest::parse(Source::new("suggestion", text)).err()?;
    let first = problems.first().map(|problem| problem.message.clone());
    Some(first.unwrap_or_else(|| "no manifest takes it as an entry".to_owned()))
}

fn is_files(permission: Permission) -> bool {
    matches!(permission, Permission::FilesystemRead | Permission::FilesystemWrite)
}
