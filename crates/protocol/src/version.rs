//! Which versions of the protocol a host serves, and the security fixes of each.
//!
//! The door speaks the latest version. What comes from a cell of an older one is converted to the
//! latest before anything looks at it, and what goes there is converted last: see [`Older`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::value::RawValue;

use crate::error::RpcError;
use crate::v1;

/// The latest version's number.
pub const LATEST: u32 = v1::VERSION;

/// The versions before the latest that are served: at most the one before it. Version 1 is the
/// first, so there is none.
pub const OLDER: &[&dyn Older] = &[];

/// The security fixes of this build. None is needed yet.
pub const FIXES: &[Fix] = &[];

/// A version before the latest, by what differs: each conversion says what the other side's words
/// are in the other version. One frozen module implements it for each version.
///
/// `hello` is never converted: a version is agreed on by it, so its form is that of the latest for
/// all of them. Payloads stay as they are, since their descriptors are claimed in the order in which
/// the blobs stand in a line.
pub trait Older: fmt::Debug + Sync {
    /// The version's number.
    fn number(&self) -> u32;

    /// A request or notification of the cell, as the latest version has it.
    ///
    /// # Errors
    /// `MethodNotFound` for a method that this version does not have, the latest's included;
    /// `InvalidParams`.
    fn asked<'a>(&self, method: &'a str, params: &'a str) -> Result<Form<'a>, RpcError>;

    /// The host's result, as this version has it. `method` is the latest version's name.
    ///
    /// # Errors
    /// [`RpcError`] where this version has no words for it.
    fn result(
        &self,
        method: &str,
        result: Box<RawValue>,
        fixed: &Fixed,
    ) -> Result<Box<RawValue>, RpcError>;

    /// The host's error, as this version has it.
    fn error(&self, method: &str, error: RpcError) -> RpcError;

    /// A request or notification of the host, as this version has it.
    ///
    /// # Errors
    /// [`RpcError`] where this version has no words for it.
    fn told(&self, method: &'static str, params: Box<RawValue>) -> Result<Told, RpcError>;

    /// What the cell answered to a request of the host, as the latest version has it. `method` is the
    /// latest version's name.
    ///
    /// # Errors
    /// The cell's error, or `InvalidParams` for a result that is not this version's.
    fn answered<'a>(
        &self,
        method: &str,
        outcome: Result<&'a str, RpcError>,
    ) -> Result<Cow<'a, str>, RpcError>;
}

/// A method and the JSON text of its parameters. Of the latest version both are the line's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<'a> {
    /// The method.
    pub method: Cow<'a, str>,
    /// The parameters.
    pub params: Cow<'a, str>,
}

/// The same on its way to a cell.
#[derive(Debug)]
pub struct Told {
    /// The method.
    pub method: &'static str,
    /// The parameters.
    pub params: Box<RawValue>,
}

/// A change of what a released version does, because what it did was unsafe. It may break a plugin,
/// so it can be turned on and off for each version by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its name, in words with `-`.
    pub id: &'static str,
    /// The API module that it is in.
    pub module: &'static str,
    /// What it changes and why, in one sentence.
    pub what: &'static str,
    /// The protocol versions that it applies to; whether it is on where nobody says otherwise.
    pub versions: &'static [(u32, bool)],
}

/// The fixes that are in force for a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed(BTreeSet<&'static str>);

impl Fixed {
    /// Whether this one is.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains(id)
    }

    /// Their names, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied()
    }
}

/// There is no such fix, or not for this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no security fix {id:?} for protocol version {version}")]
pub struct NoSuchFix {
    /// The name that was given.
    pub id: String,
    /// The version.
    pub version: u32,
}

/// The versions that a host serves, with the fixes that are in force for each.
#[derive(Clone, Debug)]
pub struct Versions {
    older: &'static [&'static dyn Older],
    fixes: &'static [Fix],
    turned: BTreeMap<(&'static str, u32), bool>,
}

impl Default for Versions {
    /// Those of this build.
    fn default() -> Self {
        Self::new(OLDER, FIXES)
    }
}

impl Versions {
    /// The latest and these, best first, with these fixes at their defaults.
    #[must_use]
    pub const fn new(older: &'static [&'static dyn Older], fixes: &'static [Fix]) -> Self {
        Self { older, fixes, turned: BTreeMap::new() }
    }

    /// The same with a fix turned on or off for a version.
    ///
    /// # Errors
    /// [`NoSuchFix`].
    pub fn turn(mut self, id: &str, version: u32, on: bool) -> Result<Self, NoSuchFix> {
        let named = |fix: &&Fix| fix.id == id && fix.versions.iter().any(|(of, _)| *of == version);
        let Some(fix) = self.fixes.iter().find(named) else {
            return Err(NoSuchFix { id: id.to_owned(), version });
        };
        self.turned.insert((fix.id, version), on);
        Ok(self)
    }

    /// The numbers to offer, best first.
    #[must_use]
    pub fn offered(&self) -> Vec<u32> {
        std::iter::once(LATEST).chain(self.older.iter().map(|older| older.number())).collect()
    }

    /// The conversions of a version; none for the latest, which needs none.
    #[must_use]
    pub fn older(&self, number: u32) -> Option<&'static dyn Older> {
        self.older.iter().copied().find(|older| older.number() == number)
    }

    /// The fixes that are in force for a version.
    #[must_use]
    pub fn fixed(&self, version: u32) -> Fixed {
        let on = |fix: &Fix| {
            let (_, usual) = fix.versions.iter().find(|(of, _)| *of == version)?;
            let on = self.turned.get(&(fix.id, version)).unwrap_or(usual);
            on.then_some(fix.id)
        };
        Fixed(self.fixes.iter().filter_map(on).collect())
    }

    /// The same for each version that has any, as `hello` tells them.
    #[must_use]
    pub fn told(&self) -> BTreeMap<u32, Vec<String>> {
        let of = |version| (version, self.fixed(version).ids().map(str::to_owned).collect());
        let all = self.offered().into_iter().map(of);
        all.filter(|(_, ids): &(u32, Vec<String>)| !ids.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[Fix] = &[
        Fix {
            id: "a-b",
            module: "fs",
            what: "It is safer.",
            versions: &[(0, false), (LATEST, true)],
        },
        Fix { id: "c", module: "kv", what: "It is safer.", versions: &[(0, true)] },
    ];

    #[test]
    fn fixes_are_turned_for_each_version_by_itself() {
        let usual = Versions::new(&[], TWO);
        assert_eq!(usual.fixed(0).ids().collect::<Vec<_>>(), ["c"]);
        assert_eq!(usual.fixed(LATEST).ids().collect::<Vec<_>>(), ["a-b"]);
        let turned = usual.turn("a-b", 0, true).unwrap().turn("c", 0, false).unwrap();
        assert_eq!(turned.fixed(0).ids().collect::<Vec<_>>(), ["a-b"]);
        assert!(turned.fixed(LATEST).has("a-b"), "another version's stands");
        assert_eq!(turned.told(), BTreeMap::from([(LATEST, vec!["a-b".to_owned()])]));
        let error = turned.turn("c", LATEST, true).unwrap_err();
        assert_eq!(error.to_string(), "there is no security fix \"c\" for protocol version 1");
    }

    #[test]
    fn this_build_serves_two_versions_at_most_and_lists_its_fixes_well() {
        let versions = Versions::default();
        let offered = versions.offered();
        assert!(offered.len() <= 2 && offered.iter().rev().is_sorted(), "{offered:?}");
        assert!(offered.iter().skip(1).all(|number| *number == LATEST - 1));
        for fix in FIXES {
            assert!(fix.what.ends_with('.') && !fix.versions.is_empty(), "{fix:?}");
            assert!(v1::MODULES.iter().any(|(module, _)| *module == fix.module), "{fix:?}");
            assert!(fix.versions.iter().all(|(of, _)| offered.contains(of)), "{fix:?}");
        }
    }
}
