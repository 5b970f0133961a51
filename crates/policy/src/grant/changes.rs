//! Changes to a policy, and the lines that make them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aether_manifest::{Compat, JsEngine, Limit, Located, Permission};

use crate::policy::{Allow, Ceilings, ConsentMode, Isolation, Javascript, Policy, Rule};

/// Stands behind limits that are not of one plugin's entry.
const OF_ALL: &str = "    # for every plugin";

/// What a policy must say in addition.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    entries: BTreeSet<(Permission, String)>,
    layers: BTreeSet<Compat>,
    engines: BTreeSet<JsEngine>,
    limits: BTreeMap<Limit, String>,
    limits_of_all: BTreeMap<Limit, String>,
    keys: BTreeMap<&'static str, String>,
}

impl Changes {
    pub(super) fn allow(mut self, permission: Permission, resource: &str) -> Self {
        self.entries.insert((permission, resource.to_owned()));
        self
    }

    pub(super) fn layer(mut self, layer: Compat) -> Self {
        self.layers.insert(layer);
        self
    }

    pub(super) fn engine(mut self, engine: JsEngine) -> Self {
        self.engines.insert(engine);
        self
    }

    /// Raises a ceiling of the plugin's entry.
    pub(super) fn limit(mut self, limit: Limit, value: String) -> Self {
        self.limits.insert(limit, value);
        self
    }

    /// Raises a ceiling for every plugin.
    pub(super) fn limit_of_all(mut self, limit: Limit, value: String) -> Self {
        self.limits_of_all.insert(limit, value);
        self
    }

    /// Sets a key of the plugin's entry to a word or text.
    pub(super) fn key(mut self, key: &'static str, value: &str) -> Self {
        self.keys.insert(key, scalar(value));
        self
    }

    /// Adds further changes.
    pub(super) fn join(&mut self, other: Changes) {
        self.entries.extend(other.entries);
        self.layers.extend(other.layers);
        self.engines.extend(other.engines);
        self.limits.extend(other.limits);
        self.limits_of_all.extend(other.limits_of_all);
        self.keys.extend(other.keys);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaves_entry() && self.limits_of_all.is_empty()
    }

    /// Whether the plugin's entry stays as it is.
    fn leaves_entry(&self) -> bool {
        let lists = self.entries.is_empty() && self.layers.is_empty() && self.engines.is_empty();
        lists && self.keys.is_empty() && self.limits.is_empty()
    }

    /// The policy's lines: the whole entry, with what it has already, so that it can be replaced;
    /// and the limits for all plugins, whole as well, where one of them is raised.
    pub(super) fn lines(
        &self,
        plugin: &str,
        policy: Option<&Policy>,
        rule: Option<&Rule>,
    ) -> String {
        let mut out = String::new();
        if !self.limits_of_all.is_empty() {
            let old = policy.map(|policy| &policy.limits);
            // Whoever pastes it is to see that it is not about the one plugin alone: a ceiling of
            // its own entry cannot be higher.
            put(&mut out, 0, &format!("{}{OF_ALL}", limits(&with(&self.limits_of_all, old))));
        }
        if self.leaves_entry() {
            return out;
        }
        let name = rule.map_or(plugin.to_owned(), |rule| rule.name.value.to_string());
        put(&mut out, 0, "plugins:");
        put(&mut out, 1, &format!("{}:", scalar(&name)));
        for (key, value) in self.keys_with(rule) {
            put(&mut out, 2, &format!("{key}: {value}"));
        }
        self.allow_lines(&mut out, rule);
        let own = with(&self.limits, rule.map(|rule| &rule.limits));
        if !own.is_empty() {
            put(&mut out, 2, &limits(&own));
        }
        if let Some(rule) = rule.filter(|rule| !rule.rates.is_empty()) {
            put(&mut out, 2, &format!("rates: {}", rule.rates));
        }
        if let Some(javascript) = self.javascript(policy, rule) {
            put(&mut out, 2, &format!("javascript: {javascript}"));
        }
        let lines = rule.map(|rule| rule.elevation.as_slice()).unwrap_or_default();
        if !lines.is_empty() {
            put(&mut out, 2, "elevation:");
            lines.iter().for_each(|line| put(&mut out, 3, &format!("- {line}")));
        }
        if let Some(windows) = rule.and_then(|rule| rule.windows.as_ref()) {
            put(&mut out, 2, "windows:");
            windows.iter().for_each(|one| put(&mut out, 3, &format!("- {}", one.to_yaml())));
        }
        out
    }

    /// The keys of the entry that hold one word, text or list of words.
    fn keys_with(&self, rule: Option<&Rule>) -> BTreeMap<&'static str, String> {
        let mut all = self.keys.clone();
        let Some(rule) = rule else { return all };
        if let Some(digest) = &rule.digest {
            all.entry("digest").or_insert_with(|| scalar(&digest.value));
        }
        if rule.consent == ConsentMode::Ask {
            all.entry("consent").or_insert_with(|| "ask".to_owned());
        }
        if rule.isolation != Isolation::Process {
            all.entry("isolation").or_insert_with(|| rule.isolation.as_str().to_owned());
        }
        let lists = [
            ("degraded", list_of(&rule.degraded)),
            ("callers", list_of(&rule.callers)),
            ("commit", list_of(&rule.commit)),
            ("direct", list_of(&rule.direct)),
        ];
        all.extend(lists.into_iter().filter_map(|(key, list)| Some((key, list?))));
        all
    }

    fn allow_lines(&self, out: &mut String, rule: Option<&Rule>) {
        let old = rule.is_some_and(|rule| rule.allow != Allow::default());
        if self.entries.is_empty() && self.layers.is_empty() && !old {
            return;
        }
        put(out, 2, "allow:");
        let mut section = "";
        for permission in Permission::ALL {
            let list = self.list(permission, rule);
            if permission == Permission::NetworkInbound {
                private_line(out, &mut section, rule);
            }
            let Some(list) = list else { continue };
            match permission.as_str().split_once('.') {
                Some((outer, inner)) => {
                    if section != outer {
                        put(out, 3, &format!("{outer}:"));
                        section = outer;
                    }
                    put(out, 4, &format!("{inner}: [{list}]"));
                }
                None => put(out, 3, &format!("{permission}: [{list}]")),
            }
        }
        if !self.layers.is_empty() || rule.is_some_and(|rule| rule.allow.compat.is_some()) {
            let old = rule
                .and_then(|rule| rule.allow.compat.as_ref())
                .into_iter()
                .flatten()
                .map(|layer| layer.value);
            let layers: BTreeSet<Compat> = self.layers.iter().copied().chain(old).collect();
            let words: Vec<String> =
                layers.iter().map(|layer| format!("\"{}\"", layer.as_str())).collect();
            put(out, 3, &format!("compat: [{}]", words.join(", ")));
        }
    }

    /// What the entry says of JavaScript, with the engines that are asked for beside those that may be
    /// had now.
    fn javascript(&self, policy: Option<&Policy>, rule: Option<&Rule>) -> Option<Javascript> {
        let mut own = rule.map(|rule| rule.javascript.clone()).unwrap_or_default();
        if !self.engines.is_empty() {
            let now = policy.and_then(|policy| policy.javascript_under(rule).engines);
            own.engines = now.map(|listed| {
                listed.map(|old| old.into_iter().chain(self.engines.iter().copied()).collect())
            });
        }
        (own != Javascript::default()).then_some(own)
    }

    /// The whole list of a permission, old entries first.
    fn list(&self, permission: Permission, rule: Option<&Rule>) -> Option<String> {
        let added: Vec<String> = self
            .entries
            .iter()
            .filter(|(of, _)| *of == permission)
            .map(|(_, resource)| resource.clone())
            .collect();
        let old: Vec<Located<String>> =
            rule.map(|rule| rule.allow.permissions.entries(permission)).unwrap_or_default();
        let mut all: Vec<String> = old.into_iter().map(|entry| entry.value).collect();
        all.extend(added);
        if all.is_empty() {
            return None;
        }
        let quoted = all.iter().map(|entry| match permission {
            Permission::NetworkInbound => entry.clone(),
            _ => text(entry),
        });
        Some(quoted.collect::<Vec<_>>().join(", "))
    }
}

/// Raised ceilings beside those that were there.
fn with(raised: &BTreeMap<Limit, String>, old: Option<&Ceilings>) -> BTreeMap<Limit, String> {
    let mut all = raised.clone();
    for limit in Limit::ALL {
        if let Some(old) = old.and_then(|old| old.show(limit)) {
            all.entry(limit).or_insert(old);
        }
    }
    all
}

/// What the owner has opened inside: no request adds to it, but an entry is replaced as a whole.
fn private_line(out: &mut String, section: &mut &str, rule: Option<&Rule>) {
    let targets = rule.iter().flat_map(|rule| &rule.allow.private);
    let targets: Vec<String> = targets.map(|target| text(&target.value)).collect();
    if targets.is_empty() {
        return;
    }
    if *section != "network" {
        put(out, 3, "network:");
        *section = "network";
    }
    put(out, 4, &format!("private: [{}]", targets.join(", ")));
}

fn limits(all: &BTreeMap<Limit, String>) -> String {
    let words: Vec<String> = all.iter().map(|(limit, value)| format!("{limit}: {value}")).collect();
    format!("limits: {{ {} }}", words.join(", "))
}

/// What a key holds that has a list; nothing where that is empty.
fn list_of<T: ToString>(items: &[Located<T>]) -> Option<String> {
    let words: Vec<String> = items.iter().map(|item| scalar(&item.value.to_string())).collect();
    (!words.is_empty()).then(|| format!("[{}]", words.join(", ")))
}

fn put(out: &mut String, depth: usize, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}{line}", "  ".repeat(depth));
}

/// A word as it stands, or quoted where YAML could take it for something else.
fn scalar(word: &str) -> String {
    let letters =
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let plain = letters && word.starts_with(|letter: char| letter.is_ascii_lowercase());
    let taken = matches!(word, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if plain && !taken { word.to_owned() } else { text(word) }
}

/// A text in double quotes: JSON's, which YAML reads too.
pub(super) fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
