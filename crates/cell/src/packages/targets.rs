//! What `exports` and `imports` of a `package.json` send a name to.

use super::json::Json;
use super::path;
use super::problem::{
    Answer, IMPORT_NOT_DEFINED, INVALID_SPECIFIER, INVALID_TARGET, NOT_EXPORTED, shown,
};
use super::search::{PATH_BYTES, Place, Search};
use super::spelling::{filled, is_index, is_reserved, is_url, literal};
use super::{Files, Problem, Refused};

/// Text of a target that counts as one step more.
const STEP_BYTES: usize = 32;

/// One of the two fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Exports,
    Imports,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Imports => "imports",
        }
    }
}

/// An entry that applies.
struct Entry<'a> {
    field: Field,
    /// The package's folder.
    home: &'a str,
    key: &'a str,
    /// What stands for the key's `*`.
    star: Option<&'a str>,
}

/// Where a target leads. Node's `null` ends the search for a condition that holds, its `undefined`
/// does not.
enum Target {
    Place(Place),
    Null,
    Undefined,
}

impl<F: Files> Search<'_, F> {
    /// Node's `PACKAGE_EXPORTS_RESOLVE`.
    pub(super) fn exports(
        &mut self,
        home: &str,
        exports: &Json,
        subpath: &str,
    ) -> Answer<Place, F> {
        let whole = Entry { field: Field::Exports, home, key: ".", star: None };
        let found = match exports {
            Json::Object(entries) if self.are_subpaths(home, entries)? => {
                self.entry(Field::Exports, home, entries, subpath)?
            }
            Json::Object(_) | Json::Text(_) | Json::List(_) if subpath == "." => {
                self.target(&whole, exports)?
            }
            _ => Target::Undefined,
        };
        match found {
            Target::Place(place) => Ok(place),
            Target::Null | Target::Undefined => Err(self.not_exported(home, subpath).into()),
        }
    }

    /// Node's `PACKAGE_IMPORTS_RESOLVE`, for the specifier that is searched for.
    pub(super) fn internal(&mut self) -> Answer<Place, F> {
        if self.specifier == "#" {
            return Err(self.invalid("`#` is followed by a name").into());
        }
        let scope = self.scope(self.base)?;
        let imports =
            scope.as_ref().and_then(|(home, package)| Some((home, package.imports.as_ref()?)));
        if let Some((home, imports)) = imports
            && let Target::Place(place) =
                self.entry(Field::Imports, home, imports, self.specifier)?
        {
            return Ok(place);
        }
        Err(self.not_defined(imports.map(|(home, _)| home.as_str())).into())
    }

    /// Whether the keys of `exports` are subpaths, as opposed to conditions.
    fn are_subpaths(&mut self, home: &str, entries: &[(String, Json)]) -> Result<bool, Refused> {
        self.spend(entries.len())?;
        match entries.iter().filter(|(key, _)| key.starts_with('.')).count() {
            0 => Ok(false),
            dotted if dotted == entries.len() => Ok(true),
            _ => {
                let reason = "some keys of its `exports` begin with `.` and some do not";
                Err(Refused::config(home, reason))
            }
        }
    }

    /// Node's `PACKAGE_IMPORTS_EXPORTS_RESOLVE`.
    fn entry(
        &mut self,
        field: Field,
        home: &str,
        entries: &[(String, Json)],
        wanted: &str,
    ) -> Answer<Target, F> {
        if wanted.ends_with('/') {
            return Err(self.invalid("it ends with `/`; name a file").into());
        }
        self.spend(entries.len())?;
        if !wanted.contains('*')
            && let Some((key, target)) = entries.iter().find(|(key, _)| key == wanted)
        {
            return self.target(&Entry { field, home, key, star: None }, target);
        }
        let short = entries.iter().filter(|(key, _)| key.len() <= wanted.len());
        let fitting = short.filter_map(|(key, target)| {
            let (before, after) = key.split_once('*')?;
            let star = wanted.strip_prefix(before)?.strip_suffix(after)?;
            let fits = !star.is_empty() && !after.contains('*');
            fits.then_some(((before.len(), key.len()), key, star, target))
        });
        // `PATTERN_KEY_COMPARE`: two keys that fit and are as long before and after `*` are one key.
        match fitting.max_by_key(|(rank, ..)| *rank) {
            Some((_, key, star, target)) => {
                self.target(&Entry { field, home, key, star: Some(star) }, target)
            }
            None => Ok(Target::Undefined),
        }
    }

    /// Node's `PACKAGE_TARGET_RESOLVE`. Recursion ends with the nesting of [`Json`].
    fn target(&mut self, entry: &Entry<'_>, target: &Json) -> Answer<Target, F> {
        match target {
            Json::Text(text) => self.text(entry, text).map(Target::Place),
            Json::Object(conditions) => self.conditions(entry, conditions),
            Json::List(targets) => self.alternatives(entry, targets),
            Json::Null => Ok(Target::Null),
            Json::Other(_) => Err(self.invalid_target(entry, &target.told()).into()),
        }
    }

    fn conditions(
        &mut self,
        entry: &Entry<'_>,
        conditions: &[(String, Json)],
    ) -> Answer<Target, F> {
        self.spend(conditions.len())?;
        if let Some((key, _)) = conditions.iter().find(|(key, _)| is_index(key)) {
            let (field, key) = (entry.field.name(), shown(key));
            let reason = format!("the number `{key}` is no condition in its `{field}`");
            return Err(Refused::config(entry.home, &reason).into());
        }
        let holding = self.by.conditions();
        for (key, target) in conditions {
            if key == "default" || holding.contains(&key.as_str()) {
                match self.target(entry, target)? {
                    Target::Undefined => {}
                    found => return Ok(found),
                }
            }
        }
        Ok(Target::Undefined)
    }

    /// The first of several targets that is one at all; whether the file is there does not matter.
    fn alternatives(&mut self, entry: &Entry<'_>, targets: &[Json]) -> Answer<Target, F> {
        let mut last = Ok(if targets.is_empty() { Target::Null } else { Target::Undefined });
        for target in targets {
            self.spend(1)?;
            match self.target(entry, target) {
                Ok(Target::Place(place)) => return Ok(Target::Place(place)),
                Ok(Target::Null) => last = Ok(Target::Null),
                Ok(Target::Undefined) => {}
                Err(Problem::Refused(refused)) if refused.code == INVALID_TARGET => {
                    last = Err(refused.into());
                }
                Err(problem) => return Err(problem),
            }
        }
        last
    }

    fn text(&mut self, entry: &Entry<'_>, target: &str) -> Answer<Place, F> {
        let invalid = |search: &Self| search.invalid_target(entry, &format!("`{}`", shown(target)));
        if target.len() > PATH_BYTES {
            return Err(invalid(self).into());
        }
        self.spend(1 + target.len() / STEP_BYTES)?;
        let Some(inside) = target.strip_prefix("./") else {
            let outside = target.starts_with("../") || target.starts_with('/') || is_url(target);
            if entry.field == Field::Exports || outside {
                return Err(invalid(self).into());
            }
            let name = filled(target, entry.star).ok_or_else(|| invalid(self))?;
            return self.package(&path::join(entry.home, "package.json"), &name);
        };
        if inside.split(['/', '\\']).any(is_reserved) {
            return Err(invalid(self).into());
        }
        if entry.star.is_some_and(|star| star.split(['/', '\\']).any(is_reserved)) {
            return Err(self.invalid_star(entry).into());
        }
        let inside = filled(inside, entry.star).ok_or_else(|| invalid(self))?;
        literal(&inside)?;
        Ok(Place::File(path::join(entry.home, &inside)))
    }

    fn invalid_target(&self, entry: &Entry<'_>, target: &str) -> Refused {
        let message = format!(
            "`{}` of `{}` sends `{}` to {target}, which is no target: one begins with `./` and stays \
             in the package's folder",
            entry.field.name(),
            shown(&path::join(entry.home, "package.json")),
            shown(entry.key)
        );
        Refused::new(INVALID_TARGET, message)
    }

    fn invalid_star(&self, entry: &Entry<'_>) -> Refused {
        let message = format!(
            "`{}`{}, does not fit `{}` in `{}` of `{}`: what stands for `*` has no `.`, `..` or \
             `node_modules`",
            shown(self.specifier),
            self.asker(),
            shown(entry.key),
            entry.field.name(),
            shown(&path::join(entry.home, "package.json"))
        );
        Refused::new(INVALID_SPECIFIER, message)
    }

    fn not_exported(&self, home: &str, subpath: &str) -> Refused {
        let config = shown(&path::join(home, "package.json"));
        let message = format!(
            "`{config}` does not export `{}`{}: use what its `exports` lists for `{}` or `default`",
            shown(subpath),
            self.asker(),
            self.by.conditions().join("`, `")
        );
        Refused::new(NOT_EXPORTED, message)
    }

    /// Without `imports`, Node's `require` goes on to look for a package of that name.
    fn not_defined(&self, home: Option<&str>) -> Refused {
        let (name, asker) = (shown(self.specifier), self.asker());
        let code = match home {
            None if !self.by.is_import() => self.by.not_found(),
            _ => IMPORT_NOT_DEFINED,
        };
        let reason = match home {
            Some(home) => {
                let config = shown(&path::join(home, "package.json"));
                format!("`imports` of `{config}` has no target for it")
            }
            None => "the `package.json` above the file has no `imports`".to_owned(),
        };
        Refused::new(code, format!("`{name}`{asker}, is not defined: {reason}"))
    }
}

#[cfg(test)]
mod tests;
