//! A path of which some parts may have become wildcards.

use std::collections::BTreeSet;

use aether_path::{VirtualPath, WORKSPACE};

use super::Path;
use super::name::{Piece, Varies, pieces};
use crate::limits::{MAX_STAND_INS, MAX_VARIABLE};

/// Plain characters that a name must have beside those that `?` stands in for, and that it must
/// begin with to vary right below the root.
const PLAIN: usize = 3;

/// One name of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pieces: Vec<Piece>,
    /// See [`Name::key`]; it is asked for very often.
    key: String,
}

impl Name {
    fn new(pieces: Vec<Piece>) -> Self {
        let key = keyed(&pieces, false);
        Name { pieces, key }
    }

    fn plain(text: &str) -> Self {
        Name::new(vec![Piece::Text(text.to_owned())])
    }

    fn of(text: &str) -> Self {
        Name::new(pieces(text))
    }

    /// As a pattern writes it, if it can.
    pub(super) fn written(&self) -> Result<String, &'static str> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(&literal(text)?),
                Piece::Seen(token) => out.push_str(&token.text),
                Piece::Any(_, wildcard) => out.push_str(wildcard),
            }
        }
        Ok(out)
    }

    /// What tells two names apart: wildcards are no letters here.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The same for all names that differ only in what may vary.
    pub(super) fn skeleton(&self) -> String {
        keyed(&self.pieces, true)
    }

    pub(super) fn may_vary(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)))
    }

    /// Whether something varies and no letter or figure stays.
    pub(super) fn is_bare(&self) -> bool {
        let plain = |piece: &Piece| match piece {
            Piece::Text(text) => text.contains(char::is_alphanumeric),
            Piece::Seen(_) => true,
            Piece::Any(..) => false,
        };
        self.is_wild() && !self.pieces.iter().any(plain)
    }

    /// Whether something varies before a few characters that stay.
    pub(super) fn is_open(&self) -> bool {
        let begins = match self.pieces.first() {
            Some(Piece::Text(text)) => text.chars().count() >= PLAIN,
            Some(Piece::Seen(_)) | None => true,
            Some(Piece::Any(..)) => false,
        };
        self.is_wild() && !begins
    }

    pub(super) fn is_wild(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Any(..)))
    }

    /// The name with wildcards where another one of the same skeleton differs.
    pub(super) fn with(&self, other: &Name) -> Name {
        let both = self.pieces.iter().zip(&other.pieces);
        let merged = both.map(|(mine, theirs)| match (mine, theirs) {
            (Piece::Seen(token), theirs) if mine != theirs => {
                Piece::Any(token.varies, token.wildcard)
            }
            _ => mine.clone(),
        });
        Name::new(merged.collect())
    }

    /// The name with wildcards for what stands alone.
    fn generalised(&self) -> Name {
        let alone = |piece: &Piece| match piece {
            Piece::Seen(token) if token.alone => Piece::Any(token.varies, token.wildcard),
            other => other.clone(),
        };
        Name::new(self.pieces.iter().map(alone).collect())
    }

    fn varies(&self) -> impl Iterator<Item = Varies> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Any(varies, _) => Some(*varies),
            _ => None,
        })
    }
}

/// The parts as one text, in which what varies is no text; nor is what may vary, in a skeleton.
fn keyed(pieces: &[Piece], skeleton: bool) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Seen(token) if !skeleton => out.push_str(&token.text),
            Piece::Seen(token) => put_varying(&mut out, token.varies, token.wildcard),
            Piece::Any(varies, wildcard) => put_varying(&mut out, *varies, wildcard),
        }
    }
    out
}

fn put_varying(out: &mut String, varies: Varies, wildcard: &str) {
    out.push('\0');
    out.push_str(varies.as_str());
    out.push_str(wildcard);
}

/// A text as a pattern of itself; what patterns cannot write becomes `?`.
fn literal(text: &str) -> Result<String, &'static str> {
    let is_plain = |letter: &char| !letter.is_control() && !"*?[]{}!\\".contains(*letter);
    let odd = text.chars().filter(|letter| !is_plain(letter)).count();
    if odd > 0 && (odd > MAX_STAND_INS || text.chars().filter(is_plain).count() < PLAIN) {
        return Err("no pattern can write its name");
    }
    // What was no text has become this character, which is not in the name.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err("its name is not UTF-8");
    }
    Ok(text.chars().map(|letter| if is_plain(&letter) { letter } else { '?' }).collect())
}

/// A folder that is named as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// What is directly in it.
    Entries,
    /// Everything below it, and itself.
    Tree,
    /// The same, since the plugin made it.
    Made,
    /// The same, since what can be written is granted by file or by folder.
    Filled,
}

/// One or several observed paths, and the pattern that stands for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The names of the path, or of the folder that is named as a whole.
    pub(super) names: Vec<Name>,
    pub(super) whole: Option<Whole>,
    pub(super) members: Vec<usize>,
    /// Whether any of it was more than looked at.
    pub(super) is_used: bool,
}

impl Item {
    /// The path alone.
    pub(super) fn exact(path: &Path, member: usize) -> Self {
        let names = path.path.components().map(Name::plain).collect();
        Item { names, whole: None, members: vec![member], is_used: path.is_used }
    }

    /// The path with what may vary made out, none of which is a wildcard yet.
    pub(super) fn of(path: &Path, member: usize) -> Self {
        let is_used = path.is_used;
        let path = &path.path;
        let count = path.components().count();
        let names = path.components().enumerate().map(|(at, name)| {
            let looked_at = at + MAX_VARIABLE >= count && may_vary(at, path);
            if looked_at { Name::of(name) } else { Name::plain(name) }
        });
        Item { names: names.collect(), whole: None, members: vec![member], is_used }
    }

    /// The same with wildcards for what stands alone; not where that leaves the last name, or one
    /// right below the root, without a letter of its own.
    pub(super) fn generalised(&self) -> Item {
        let last = self.names.len().saturating_sub(1);
        let general = |(at, name): (usize, &Name)| {
            let wild = name.generalised();
            let keeps = wild.is_bare() && (at == last || at < 2);
            if keeps { name.clone() } else { wild }
        };
        let names = self.names.iter().enumerate().map(general).collect();
        Item { names, ..self.clone() }
    }

    /// The folder that the path is in.
    pub(super) fn folder(&self) -> Option<Item> {
        let (_, names) = self.names.split_last()?;
        Some(Item { names: names.to_vec(), ..self.clone() })
    }

    pub(super) fn is_wild(&self) -> bool {
        self.whole.is_some() || self.names.iter().any(Name::is_wild)
    }

    /// The pattern, relative to the folder of relative paths where it lies there.
    pub(super) fn written(&self) -> Result<String, &'static str> {
        let mut out = String::new();
        for name in &self.names {
            out.push('/');
            out.push_str(&name.written()?);
        }
        match self.whole {
            Some(Whole::Entries) => out.push_str("/*"),
            Some(Whole::Tree | Whole::Made | Whole::Filled) => out.push('/'),
            None if out.is_empty() => out.push('/'),
            None => {}
        }
        let below =
            out.strip_prefix(WORKSPACE).filter(|rest| rest.len() > 1 && rest.starts_with('/'));
        Ok(below.map_or_else(|| out.clone(), |rest| format!(".{rest}")))
    }

    /// Why it is more than was seen.
    pub(super) fn widened(&self, folder: usize) -> Option<String> {
        match self.whole {
            Some(Whole::Entries) => {
                return Some(format!("more than {folder} entries of this folder were used"));
            }
            Some(Whole::Tree) => {
                return Some(format!(
                    "more than {folder} entries of this folder and more than {folder} below were used"
                ));
            }
            Some(Whole::Made) => return Some("it made this folder".to_owned()),
            Some(Whole::Filled) => {
                return Some(format!("more than {folder} entries of this folder were written"));
            }
            None => {}
        }
        let varies: BTreeSet<Varies> = self.names.iter().flat_map(Name::varies).collect();
        let words: Vec<&str> = varies.into_iter().map(Varies::as_str).collect();
        (!words.is_empty()).then(|| format!("the wildcard stands for {}", words.join(" and ")))
    }
}

/// Whether the name at this place may become a wildcard: never the first, and never whose home it
/// is.
fn may_vary(at: usize, path: &VirtualPath) -> bool {
    at > 0 && !(at == 1 && path.components().next().is_some_and(holds_homes))
}

/// Whether people have their homes in this folder of the root.
pub(super) fn holds_homes(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "home" | "users")
}
