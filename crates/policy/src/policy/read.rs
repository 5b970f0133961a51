//! The policy file, read with every problem at once.

use aether_manifest::{Located, MAX_ENTRIES, Priority, Rates, read_patterns};
use aether_path::PathPattern;
use aether_source::{
    Diagnostic, Fields, Item, Key, Reader, Severity, Source, did_you_mean, quoted, yaml,
};
use jiff::tz::TimeZoneDatabase;

use super::allow;
use super::defined::{Defined, refuse_found};
use super::protections::PROTECTIONS;
use super::{
    Allow, Ceilings, ConsentMode, Isolation, Javascript, NamePattern, Policy, PolicyOrigin, Rule,
    UnsafeMode, Watching,
};
use super::{commands, javascript, secrets};
use crate::{elevation, window};

/// The most plugin entries in a policy.
pub const MAX_RULES: usize = 1024;
/// The most names of protections in one rule.
const MAX_DEGRADED: usize = 64;

const NAME_HELP: &str = "write small letters, digits, `.`, `_` and `-`, with `*` only at the end";

const KEYS: &[&str] =
    &["version", "unsafe", "limits", "secrets", "commands", "monitor", "javascript", "plugins"];
const RULE_KEYS: &[&str] = &[
    "digest",
    "allow",
    "limits",
    "rates",
    "windows",
    "consent",
    "degraded",
    "isolation",
    "priority",
    "monitor",
    "javascript",
    "callers",
    "commit",
    "direct",
    "elevation",
];

/// What entries are read with.
struct Around<'a> {
    origin: PolicyOrigin,
    zones: &'a TimeZoneDatabase,
    defined: Defined<'a>,
}

impl Policy {
    /// Reads a policy. Time zones are looked up in `zones`. All problems come at once.
    pub fn parse(
        source: Source,
        origin: PolicyOrigin,
        zones: &TimeZoneDatabase,
    ) -> Result<Policy, Vec<Diagnostic>> {
        let node = yaml(&source)?;
        let reader = Reader::new(&source);
        let policy = file(&reader.root(&node), origin, zones);
        let (mut policy, warnings) = reader.finish(policy)?;
        policy.warnings = warnings;
        Ok(policy)
    }
}

fn file(item: &Item<'_>, origin: PolicyOrigin, zones: &TimeZoneDatabase) -> Option<Policy> {
    let fields = item.fields(KEYS)?;
    version(&fields);
    let words = [("allow", UnsafeMode::Allow), ("forbid", UnsafeMode::Forbid)];
    let unsafe_mode = fields.get("unsafe").and_then(|item| item.one_of(&words));
    let around = Around { origin, zones, defined: Defined::of(&fields) };
    for key in ["secrets", "commands"] {
        if let Some(item) = fields.get(key) {
            refuse_found(&item, key, origin);
        }
    }
    let commands = fields.get("commands").map(|item| commands::read(&item, &around.defined));
    let all =
        fields.get("monitor").and_then(|item| watching(&item, around.origin)).unwrap_or_default();
    let rules = fields.get("plugins").map(|item| rules(&item, &around)).unwrap_or_default();
    for rule in &rules {
        rule.watching.check_with(&all, item.reader(), rule.name.span);
    }
    let javascript = fields.get("javascript").map(|item| Javascript::read(&item, origin));
    let javascript = javascript::sound(javascript).map(Option::unwrap_or_default);
    if let Some(javascript) = &javascript {
        javascript.check_under(&Javascript::default(), item.reader());
        rules.iter().for_each(|rule| rule.javascript.check_under(javascript, item.reader()));
    }
    Some(Policy {
        source: item.reader().source().clone(),
        origin,
        unsafe_mode: unsafe_mode.unwrap_or_default(),
        limits: fields.get("limits").and_then(|item| Ceilings::read(&item)).unwrap_or_default(),
        secrets: fields.get("secrets").map(|item| secrets::read(&item)).unwrap_or_default(),
        commands: commands.unwrap_or_default(),
        watching: all,
        javascript: javascript.unwrap_or_default(),
        rules,
        warnings: Vec::new(),
    })
}

fn version(fields: &Fields<'_>) {
    let Some(item) = fields.require_with("version", "write version: 1") else { return };
    match item.whole() {
        Some(1) | None => {}
        Some(other) => {
            let message = format!("this is version {other} of the policy format");
            item.error_with("unsupported-version", message, "write version: 1");
        }
    }
}

fn rules(item: &Item<'_>, around: &Around<'_>) -> Vec<Rule> {
    // `plugins:` with nothing below is an honest way to allow nothing.
    let entries = if item.is_null() { Some(Vec::new()) } else { item.entries() };
    let entries = entries.unwrap_or_default();
    if entries.len() > MAX_RULES {
        item.error(
            "too-many-plugins",
            format!("{} plugins; at most {MAX_RULES} are read", entries.len()),
        );
        return Vec::new();
    }
    entries.iter().filter_map(|(key, item)| rule(*key, item, around)).collect()
}

fn rule(key: Key<'_>, item: &Item<'_>, around: &Around<'_>) -> Option<Rule> {
    let name = NamePattern::parse(key.text);
    if name.is_none() {
        let message = format!("{} is no plugin name", quoted(key.text));
        let help = NAME_HELP;
        let diagnostic =
            Diagnostic::error("plugin-name", item.reader().source(), key.span, message);
        item.reader().report(diagnostic.with_help(help));
    }
    let fields = item.fields(RULE_KEYS)?;
    let words = [("granted", ConsentMode::Granted), ("ask", ConsentMode::Ask)];
    let consent = fields.get("consent").and_then(|item| item.one_of(&words));
    let digest = fields.get("digest").and_then(|item| digest(&item));
    let degraded = fields.get("degraded").map(|item| degraded(&item)).unwrap_or_default();
    let isolation = fields.get("isolation").and_then(|item| isolation(&item, around.origin));
    let elevation = fields
        .get("elevation")
        .map(|item| elevation::read(&item, &around.defined, around.origin))
        .unwrap_or_default();
    let places = |name: &str| {
        let read = |item: Item<'_>| unreviewed(name, &item, around.origin);
        fields.get(name).map(read).unwrap_or_default()
    };
    let rule = Rule {
        // A name that is none is an error already; the rest is read for its own errors.
        name: Located {
            value: name.unwrap_or_default(),
            span: key.span,
            pointer: item.pointer().to_owned(),
        },
        digest,
        allow: fields.get("allow").and_then(|item| allow::read(&item)).unwrap_or_default(),
        limits: fields.get("limits").and_then(|item| Ceilings::read(&item)).unwrap_or_default(),
        rates: fields.get("rates").and_then(|item| Rates::read(&item)).unwrap_or_default(),
        windows: fields.get("windows").and_then(|item| window::read_windows(&item, around.zones)),
        windows_at: fields.key_span("windows"),
        consent: consent.unwrap_or_default(),
        degraded,
        isolation: isolation.unwrap_or_default(),
        priority: fields.get("priority").and_then(|item| priority(&item, around.origin)),
        watching: fields
            .get("monitor")
            .and_then(|item| watching(&item, around.origin))
            .unwrap_or_default(),
        javascript: fields
            .get("javascript")
            .and_then(|item| Javascript::read(&item, around.origin))
            .unwrap_or_default(),
        commit: places("commit"),
        direct: places("direct"),
        callers: fields.get("callers").map(|item| callers(&item)).unwrap_or_default(),
        elevation,
    };
    warn_without_effect(item, &rule);
    warn_undefined(item, &rule, &around.defined);
    warn_unpinned(item, &rule);
    Some(rule)
}

/// A rule that names nothing is legal (a plugin may need nothing), but so is a forgotten `allow`.
fn warn_without_effect(item: &Item<'_>, rule: &Rule) {
    if rule.name.value != NamePattern::default()
        && rule.allow == Allow::default()
        && rule.digest.is_none()
        && rule.windows.is_none()
        && rule.limits == Ceilings::default()
        && rule.rates.is_empty()
        && rule.isolation == Isolation::default()
        && rule.priority.is_none()
        && rule.watching == Watching::default()
        && rule.javascript == Javascript::default()
        && rule.callers.is_empty()
        && rule.commit.is_empty()
        && rule.direct.is_empty()
        && rule.elevation.is_empty()
    {
        item.warning(
            "rule-empty",
            format!("nothing is allowed to {}", quoted(&rule.name.value.to_string())),
        );
    }
}

/// A plugin's name is what its manifest says: whoever takes that name would run in the host's process.
fn warn_unpinned(item: &Item<'_>, rule: &Rule) {
    if rule.isolation == Isolation::InProcess && rule.digest.is_none() {
        let name = quoted(&rule.name.value.to_string());
        item.reader().report_with(Severity::Warning, |source| {
            let message = format!("whatever calls itself {name} runs in the host's own process");
            let help = "add the `digest` of the version that is meant";
            Diagnostic::warning("in-process-unpinned", source, rule.name.span, message)
                .with_help(help)
        });
    }
}

/// A secret that is allowed and not defined cannot be used: a slip in the name, most likely.
fn warn_undefined(item: &Item<'_>, rule: &Rule, defined: &Defined<'_>) {
    for secret in &rule.allow.permissions.secrets {
        let name = secret.value.as_str();
        let Some(near) = defined.missing_secret(name) else { continue };
        item.reader().report_with(Severity::Warning, |source| {
            let message = format!("{} is allowed, but is no secret of this policy", quoted(name));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "define it under `secrets`".to_owned(),
            };
            Diagnostic::warning("not-defined", source, secret.span, message).with_help(help)
        });
    }
}

/// What a policy that was found says of it would be said by whoever laid it there.
fn unreviewed(name: &str, item: &Item<'_>, origin: PolicyOrigin) -> Vec<Located<PathPattern>> {
    if is_not_here(name, item, origin) {
        return Vec::new();
    }
    read_patterns(item)
}

fn callers(item: &Item<'_>) -> Vec<Located<NamePattern>> {
    let names = item.strings().unwrap_or_default();
    if names.len() > MAX_ENTRIES {
        let message = format!("{} entries are too many: at most {MAX_ENTRIES}", names.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return Vec::new();
    }
    let read = |(item, text): (Item<'_>, &str)| {
        let name = NamePattern::parse(text);
        if name.is_none() {
            let message = format!("{} is no plugin name", quoted(text));
            item.error_with("plugin-name", message, NAME_HELP);
        }
        Some(Located::at(&item, name?))
    };
    names.into_iter().filter_map(read).collect()
}

fn digest(item: &Item<'_>) -> Option<Located<String>> {
    let text = item.string()?;
    let hex = text.strip_prefix("b3:").unwrap_or_default();
    let plain =
        hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !plain {
        item.error_with(
            "digest",
            format!("{} is no digest", quoted(text)),
            "write `b3:` and 64 hexadecimal digits",
        );
        return None;
    }
    Some(Located::at(item, text.to_owned()))
}

fn isolation(item: &Item<'_>, origin: PolicyOrigin) -> Option<Isolation> {
    let isolation = item.one_of(&Isolation::WORDS)?;
    let weaker = isolation != Isolation::Process;
    (!weaker || !is_not_here("isolation", item, origin)).then_some(isolation)
}

/// Whoever laid a policy beside a pipeline may say of a plugin that it matters less, and not that it
/// matters more.
fn priority(item: &Item<'_>, origin: PolicyOrigin) -> Option<Priority> {
    let priority = item.one_of(&Priority::WORDS)?;
    let raised = priority > Priority::Normal;
    (!raised || !is_not_here("priority: high", item, origin)).then_some(priority)
}

/// Nobody but a person sets how closely is watched.
fn watching(item: &Item<'_>, origin: PolicyOrigin) -> Option<Watching> {
    (!is_not_here("monitor", item, origin)).then(|| Watching::read(item)).flatten()
}

/// Tells of what only a policy may say that a person named.
pub(super) fn is_not_here(name: &str, item: &Item<'_>, origin: PolicyOrigin) -> bool {
    let is_found = origin != PolicyOrigin::Named;
    if is_found {
        let message = format!("`{name}` holds in a policy that is named on the command line alone");
        item.error_with("not-here", message, "give the policy with --policy, or leave this out");
    }
    is_found
}

fn degraded(item: &Item<'_>) -> Vec<Located<String>> {
    let names = item.strings().unwrap_or_default();
    if names.len() > MAX_DEGRADED {
        item.error(
            "too-many-entries",
            format!("{} names; at most {MAX_DEGRADED} are read", names.len()),
        );
        return Vec::new();
    }
    let known = |(item, text): &(Item<'_>, &str)| {
        let known = PROTECTIONS.contains(text);
        if !known {
            let message = format!("{} is no name of a protection", quoted(text));
            let help = match did_you_mean(text, PROTECTIONS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", PROTECTIONS.join(", ")),
            };
            item.error_with("protection-name", message, help);
        }
        known
    };
    names
        .into_iter()
        .filter(known)
        .map(|(item, text)| Located::at(&item, text.to_owned()))
        .collect()
}
