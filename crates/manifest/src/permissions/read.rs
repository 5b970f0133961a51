//! Reading `permissions`.

use aether_path::PathPattern;
use aether_source::{Fields, Item, quoted};

use super::entries::{capped, read_texts, unique};
use super::{Permissions, overlap};
use crate::name::{is_method, is_place, is_program};
use crate::{DomainPattern, EnvName, Located, PluginName, SecretName, TopicPattern};

const PERMISSION_KEYS: &[&str] =
    &["filesystem", "network", "environment", "process", "plugins", "secrets", "events"];
const FILESYSTEM_KEYS: &[&str] = &["read", "write"];
const NETWORK_KEYS: &[&str] = &["domains", "inbound"];
const EVENTS_KEYS: &[&str] = &["emit", "on"];

/// Whether `*` may stand for every topic. Whoever asks for all that others say has not thought of
/// what it needs; an owner may well allow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EveryTopic {
    Refused,
    Allowed,
}

/// Reads the object that `permissions` is in a manifest (and in a pipeline step's `permissions`,
/// which has the same shape), reporting everything that is wrong with it.
pub fn read_permissions(item: &Item<'_>) -> Option<Permissions> {
    read(item, EveryTopic::Refused)
}

/// Reads the same object as a policy has it in `allow`, where `*` may stand for every topic.
pub fn read_allowed(item: &Item<'_>) -> Option<Permissions> {
    read(item, EveryTopic::Allowed)
}

/// Reads a list of domain patterns, as `network.domains` is one.
pub fn read_domains(item: &Item<'_>) -> Vec<Located<DomainPattern>> {
    let found = read_texts(item, domain);
    overlap::warn(item.reader(), &found, DomainPattern::covers, DomainPattern::as_str);
    found
}

/// Reads a list of path patterns, as `filesystem.read` is one.
pub fn read_patterns(item: &Item<'_>) -> Vec<Located<PathPattern>> {
    let found = read_texts(item, pattern);
    overlap::warn(item.reader(), &found, PathPattern::covers, PathPattern::as_str);
    found
}

fn read(item: &Item<'_>, every: EveryTopic) -> Option<Permissions> {
    let mut found = Permissions::default();
    found.heading("", item);
    let fields = item.fields(PERMISSION_KEYS)?;
    read_filesystem(&mut found, &fields);
    read_network(&mut found, &fields);
    if let Some(item) = fields.get("environment") {
        found.heading("environment", &item);
        found.environment = read_texts(&item, env_name);
    }
    if let Some(item) = fields.get("process") {
        found.heading("process", &item);
        found.process = read_texts(&item, program);
    }
    if let Some(item) = fields.get("plugins") {
        found.heading("plugins", &item);
        found.plugins = read_texts(&item, plugin_method);
    }
    if let Some(item) = fields.get("secrets") {
        found.heading("secrets", &item);
        found.secrets = read_texts(&item, secret_name);
    }
    read_events(&mut found, &fields, every);
    Some(found)
}

impl Permissions {
    fn heading(&mut self, path: &'static str, item: &Item<'_>) {
        let pointer = item.pointer().to_owned();
        let heading = Located { value: (), span: item.heading(), pointer };
        self.headings.insert(path, heading);
    }
}

fn read_filesystem(found: &mut Permissions, fields: &Fields<'_>) {
    let Some(item) = fields.get("filesystem") else { return };
    found.heading("filesystem", &item);
    let Some(fields) = item.fields(FILESYSTEM_KEYS) else { return };
    if let Some(item) = fields.get("read") {
        found.heading("filesystem.read", &item);
        found.read = read_patterns(&item);
    }
    if let Some(item) = fields.get("write") {
        found.heading("filesystem.write", &item);
        found.write = read_patterns(&item);
    }
}

fn read_network(found: &mut Permissions, fields: &Fields<'_>) {
    let Some(item) = fields.get("network") else { return };
    found.heading("network", &item);
    let Some(fields) = item.fields(NETWORK_KEYS) else { return };
    if let Some(item) = fields.get("domains") {
        found.heading("network.domains", &item);
        found.domains = read_domains(&item);
    }
    if let Some(item) = fields.get("inbound") {
        found.heading("network.inbound", &item);
        found.inbound = ports(&item);
    }
}

fn read_events(found: &mut Permissions, fields: &Fields<'_>, every: EveryTopic) {
    let Some(item) = fields.get("events") else { return };
    found.heading("events", &item);
    let Some(fields) = item.fields(EVENTS_KEYS) else { return };
    if let Some(item) = fields.get("emit") {
        found.heading("events.emit", &item);
        found.emit = topics(&item, every);
    }
    if let Some(item) = fields.get("on") {
        found.heading("events.on", &item);
        found.on = topics(&item, every);
    }
}

fn topics(item: &Item<'_>, every: EveryTopic) -> Vec<Located<TopicPattern>> {
    let found = read_texts(item, |item, text| topic(item, text, every));
    overlap::warn(item.reader(), &found, TopicPattern::covers, TopicPattern::as_str);
    found
}

fn topic(item: &Item<'_>, text: &str, every: EveryTopic) -> Option<TopicPattern> {
    match TopicPattern::parse(text) {
        Ok(pattern) if pattern.is_every() && every == EveryTopic::Refused => {
            let help = "name the topics, or those below one as \"build.*\"";
            item.error_with("bad-topic", "`*` asks for every topic", help);
            None
        }
        Ok(pattern) => Some(pattern),
        Err(error) => {
            item.error_with("bad-topic", error.to_string(), error.help());
            None
        }
    }
}

fn pattern(item: &Item<'_>, text: &str) -> Option<PathPattern> {
    match PathPattern::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            match error.help() {
                Some(help) => item.error_with("bad-pattern", error.to_string(), help),
                None => item.error("bad-pattern", error.to_string()),
            }
            None
        }
    }
}

fn domain(item: &Item<'_>, text: &str) -> Option<DomainPattern> {
    match DomainPattern::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            item.error_with("bad-domain", error.to_string(), error.help());
            None
        }
    }
}

fn ports(item: &Item<'_>) -> Vec<Located<u16>> {
    let Some(list) = item.list() else { return Vec::new() };
    let parsed =
        capped(item, list).filter_map(|item| port(&item).map(|port| Located::at(&item, port)));
    unique(item, parsed)
}

fn port(item: &Item<'_>) -> Option<u16> {
    let number = item.whole()?;
    match u16::try_from(number) {
        Ok(port) if port > 0 => Some(port),
        _ => {
            item.error("bad-port", "a port is a number from 1 to 65535");
            None
        }
    }
}

fn env_name(item: &Item<'_>, text: &str) -> Option<EnvName> {
    match EnvName::parse(text) {
        Ok(name) => Some(name),
        Err(error) => {
            let message = format!("{} is not a variable name", quoted(text));
            item.error_with("bad-name", message, error.to_string());
            None
        }
    }
}

/// A program by name, or by absolute path in normal form; with a `/` at its end, every program of a
/// folder. What it is started with is not part of the permission, so a text with blanks is most
/// likely a command line, and refused.
fn program(item: &Item<'_>, text: &str) -> Option<String> {
    if is_program(text) || text.strip_suffix('/').is_some_and(is_place) {
        return Some(text.to_owned());
    }
    let message = format!("{} is not a program name or absolute path", quoted(text));
    let help = if text.contains(char::is_whitespace) {
        "name the program alone, without arguments"
    } else {
        "write a name such as \"git\" or a path such as \"/usr/bin/git\""
    };
    item.error_with("bad-program", message, help);
    None
}

fn plugin_method(item: &Item<'_>, text: &str) -> Option<String> {
    let valid = text
        .rsplit_once('.')
        .is_some_and(|(plugin, method)| PluginName::parse(plugin).is_ok() && is_method(method));
    if valid {
        return Some(text.to_owned());
    }
    let message = format!("{} does not name a method of a plugin", quoted(text));
    item.error_with("bad-plugin", message, "write `plugin.method`, such as \"geoip.lookup\"");
    None
}

fn secret_name(item: &Item<'_>, text: &str) -> Option<SecretName> {
    match SecretName::parse(text) {
        Ok(name) => Some(name),
        Err(error) => {
            let message = format!("{} is not the name of a secret", quoted(text));
            let help = match text.strip_prefix(SecretName::SCHEME) {
                Some(name) if SecretName::parse(name).is_ok() => format!("write \"{name}\""),
                _ => error.to_string(),
            };
            item.error_with("bad-name", message, help);
            None
        }
    }
}
