//! Which plugins a window may drive.

use aether_app::Error;
use serde::Deserialize;
use tauri::ipc::CommandScope;

/// An entry of a capability's scope. What is denied is denied, whatever else is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A plugin's name, or `*` for every one.
    pub plugin: String,
    /// The methods that may be called, or `*` among them for every one; without it, every one.
    #[serde(default)]
    pub methods: Option<Vec<String>>,
}

impl Entry {
    fn is_for(&self, plugin: &str, method: Option<&str>) -> bool {
        let covers = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        covers(&self.plugin, plugin)
            && match (method, &self.methods) {
                (Some(method), Some(methods)) => methods.iter().any(|one| covers(one, method)),
                _ => true,
            }
    }
}

/// What a window may do with one command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    allowed: Vec<Entry>,
    denied: Vec<Entry>,
}

impl Scope {
    pub(crate) fn of(scope: &CommandScope<Entry>) -> Self {
        let all = |entries: &[std::sync::Arc<Entry>]| {
            entries.iter().map(|entry| Entry::clone(entry)).collect()
        };
        Self { allowed: all(scope.allows()), denied: all(scope.denies()) }
    }

    /// Whether it holds for a plugin, whatever of it.
    pub(crate) fn has(&self, plugin: &str) -> bool {
        self.allowed.iter().any(|entry| entry.is_for(plugin, None))
            && !self.denied.iter().any(|entry| {
                let names = entry.plugin == "*" || entry.plugin == plugin;
                names && entry.methods.is_none()
            })
    }

    fn has_method(&self, plugin: &str, method: &str) -> bool {
        self.allowed.iter().any(|entry| entry.is_for(plugin, Some(method)))
            && !self.denied.iter().any(|entry| entry.is_for(plugin, Some(method)))
    }

    /// Whether it holds for all plugins.
    pub(crate) fn has_all(&self) -> bool {
        self.denied.is_empty() && self.allowed.iter().any(|entry| entry.plugin == "*")
    }

    pub(crate) fn check(&self, window: &str, plugin: &str, permission: &str) -> Result<(), Error> {
        match self.has(plugin) {
            true => Ok(()),
            false => Err(Error::out_of_scope(window, plugin, None, permission)),
        }
    }

    pub(crate) fn check_method(
        &self,
        window: &str,
        plugin: &str,
        method: &str,
        permission: &str,
    ) -> Result<(), Error> {
        match self.has_method(plugin, method) {
            true => Ok(()),
            false => Err(Error::out_of_scope(window, plugin, Some(method), permission)),
        }
    }

    pub(crate) fn check_all(&self, window: &str, permission: &str) -> Result<(), Error> {
        match self.has_all() {
            true => Ok(()),
            false => Err(Error::out_of_scope(window, "*", None, permission)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(allowed: &[(&str, Option<&[&str]>)], denied: &[(&str, Option<&[&str]>)]) -> Scope {
        let entries = |list: &[(&str, Option<&[&str]>)]| {
            let entry = |(plugin, methods): &(&str, Option<&[&str]>)| Entry {
                plugin: (*plugin).to_owned(),
                methods: methods.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
            };
            list.iter().map(entry).collect()
        };
        Scope { allowed: entries(allowed), denied: entries(denied) }
    }

    #[test]
    fn without_entries_nothing_is_driven() {
        let none = Scope::default();
        assert!(!none.has("p") && !none.has_method("p", "m") && !none.has_all());
        let error = none.check("main", "p", "aether:use").unwrap_err();
        assert_eq!(error.code, "out-of-scope");
        let fix = error.fix.expect("a line");
        assert!(
            fix.contains(r#"{ "identifier": "aether:use", "allow": [{ "plugin": "p" }] }"#),
            "{fix}"
        );
    }

    #[test]
    fn an_entry_holds_for_its_plugin_and_methods() {
        let some = scope(&[("p", Some(&["search", "list"])), ("q", None)], &[]);
        assert!(some.has("p") && some.has_method("p", "search") && !some.has_method("p", "write"));
        assert!(some.has_method("q", "anything") && !some.has("r"));
        assert!(!some.has_all());
        let every = scope(&[("*", None)], &[]);
        assert!(every.has("r") && every.has_method("r", "m") && every.has_all());
        assert!(scope(&[("p", Some(&["*"]))], &[]).has_method("p", "m"));
    }

    #[test]
    fn what_is_denied_is_denied() {
        let but_one = scope(&[("*", None)], &[("p", None)]);
        assert!(but_one.has("q") && !but_one.has("p") && !but_one.has_method("p", "m"));
        assert!(!but_one.has_all(), "p is not among what it has");
        let but_a_method = scope(&[("*", None)], &[("p", Some(&["write"]))]);
        assert!(but_a_method.has("p") && but_a_method.has_method("p", "read"));
        assert!(!but_a_method.has_method("p", "write"));
        assert!(!scope(&[("p", None)], &[("*", None)]).has("p"));
        let but_writing = scope(&[("*", None)], &[("*", Some(&["write"]))]);
        assert!(but_writing.has("p") && but_writing.has_method("p", "read"));
        assert!(!but_writing.has_method("p", "write"));
    }
}
