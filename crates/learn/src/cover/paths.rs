//! From paths to patterns.
//!
//! A path is asked for as itself. It becomes more than that in three ways only:
//!
//! 1. What stands alone in it as a hash, a UUID or a name made by `mktemp` is a wildcard, for the
//!    next run has another one. Never where nothing else would be left of the last name.
//! 2. Where several paths differ in nothing but a version, a date, a number or the like, a wildcard
//!    stands for that.
//! 3. A folder is named as `folder/*` where very many different entries of it were used, and as
//!    `folder/` where as many below it were too.
//!
//! None of the three touches the first name of a path, or whose home it is; none takes all of a
//! folder right below the root, of the folder of relative paths, or of a home; none leaves a name
//! right below such a folder open from its beginning, as in `/etc/*.conf`; and none is done where
//! the pattern would reach a sensitive place: there, each path stands by itself. Every pattern is
//! then held against the paths that it is for.

use aether_path::PathPattern;

use super::fold::fold;
use super::folder::gather;
use super::guard::permitted;
use super::item::Item;
use super::{Cover, Draft, Path};
use crate::options::Options;

/// Most pairs of patterns that are compared to find those that another one covers. Stops thousands
/// of wildcards from costing minutes; nothing but brevity is lost.
const MAX_COMPARED: usize = 250_000;

/// Patterns for all these paths.
pub(crate) fn cover_paths(paths: &[Path], options: &Options) -> Cover {
    let items =
        paths.iter().enumerate().map(|(member, path)| begun(path, member, options)).collect();
    finished(gather(fold(items, options), options), paths, options)
}

/// What becomes of the items: patterns, each held against what it is for.
pub(super) fn finished(items: Vec<Item>, paths: &[Path], options: &Options) -> Cover {
    let mut cover = Cover::default();
    for item in items {
        match drafted(&item, paths, options) {
            Some(draft) => cover.drafts.push(draft),
            None => {
                item.members.iter().for_each(|member| alone(&mut cover, paths, *member, options))
            }
        }
    }
    cover.drafts = without_covered(cover.drafts);
    cover.drafts.sort_by(|one, other| one.entry.cmp(&other.entry));
    cover
}

fn begun(path: &Path, member: usize, options: &Options) -> Item {
    let item = Item::of(path, member);
    let general = item.generalised();
    if general.is_wild() && permitted(&general, &options.closed).is_some() { general } else { item }
}

/// The pattern of an item that matches all that it is for.
fn drafted(item: &Item, paths: &[Path], options: &Options) -> Option<Draft> {
    let entry = item.written().ok()?;
    let pattern = PathPattern::parse(&entry).ok()?;
    let names = |member: &usize| paths.get(*member).is_some_and(|path| pattern.matches(&path.path));
    let exact = pattern.is_exact();
    // What varies was held against this when it came to do so.
    let safe = exact || item.is_wild() || permitted(item, &options.closed).is_some();
    let widened = item.widened(options.folder).or_else(|| stands_in(exact));
    (safe && item.members.iter().all(names)).then(|| {
        let mut members = item.members.clone();
        members.sort_unstable();
        Draft { entry, members, widened }
    })
}

fn stands_in(exact: bool) -> Option<String> {
    (!exact).then(|| "`?` stands in for what no pattern can write".to_owned())
}

/// A path for which only a pattern of itself will do.
fn alone(cover: &mut Cover, paths: &[Path], member: usize, options: &Options) {
    let Some(path) = paths.get(member) else { return };
    let item = Item::exact(path, member);
    match drafted(&item, paths, options) {
        Some(draft) => cover.drafts.push(draft),
        None => cover.left.push((member, reason(&item))),
    }
}

fn reason(item: &Item) -> String {
    let written = match item.written() {
        Ok(written) => written,
        Err(why) => return why.to_owned(),
    };
    match PathPattern::parse(&written) {
        Err(error) => format!("{error}"),
        Ok(_) => "a pattern of its name would reach other files too".to_owned(),
    }
}

/// The drafts without those that a wider one covers, which takes over what they are for.
fn without_covered(drafts: Vec<Draft>) -> Vec<Draft> {
    let (mut wide, narrow): (Vec<Draft>, Vec<Draft>) =
        drafts.into_iter().partition(|draft| draft.widened.is_some());
    let parsed = |draft: &Draft| PathPattern::parse(&draft.entry).ok();
    let mut patterns: Vec<Option<PathPattern>> = wide.iter().map(parsed).collect();
    if wide.len().saturating_mul(wide.len() + narrow.len()) > MAX_COMPARED {
        wide.extend(narrow);
        return wide;
    }
    let mut kept = Vec::new();
    for draft in narrow {
        let mine = parsed(&draft);
        let covers = |pattern: &Option<PathPattern>| covers(pattern.as_ref(), mine.as_ref());
        match patterns.iter().position(covers).and_then(|at| wide.get_mut(at)) {
            Some(wider) => wider.members.extend(draft.members),
            None => kept.push(draft),
        }
    }
    kept.extend(maximal(&mut wide, &mut patterns));
    kept
}

/// Of patterns with wildcards, those that no other one covers.
fn maximal(wide: &mut Vec<Draft>, patterns: &mut Vec<Option<PathPattern>>) -> Vec<Draft> {
    let mut at = 0;
    while at < wide.len() {
        let mine = patterns.get(at).cloned().flatten();
        let wider = patterns
            .iter()
            .enumerate()
            .position(|(other, pattern)| other != at && covers(pattern.as_ref(), mine.as_ref()));
        match wider {
            Some(other) => {
                let draft = wide.remove(at);
                patterns.remove(at);
                let other = if other > at { other - 1 } else { other };
                if let Some(wider) = wide.get_mut(other) {
                    wider.members.extend(draft.members);
                }
            }
            None => at += 1,
        }
    }
    std::mem::take(wide)
}

fn covers(wide: Option<&PathPattern>, narrow: Option<&PathPattern>) -> bool {
    wide.zip(narrow).is_some_and(|(wide, narrow)| wide.covers(narrow))
}
