//! `secrets`: what plugins may have used by name, and where it comes from.

use std::collections::BTreeMap;

use aether_manifest::{DomainPattern, EnvName, Located, SecretName, read_domains};
use aether_path::VirtualPath;
use aether_source::{Diagnostic, Item, Key, Span, quoted};

/// Most secrets of a policy. Each is one that a host keeps in memory.
pub const MAX_SECRETS: usize = 256;

const KEYS: &[&str] = &["from", "hosts"];

/// A secret: where the host gets it, and where it may go. Its value is in no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where the host gets it.
    pub from: SecretSource,
    /// The requests that may carry it; without any, none does.
    pub hosts: Vec<Located<DomainPattern>>,
    /// Where its name stands.
    pub span: Span,
}

/// Where a host gets a secret. Nothing is read here: this is only what to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretSource {
    /// `env:NAME`: a variable of the host.
    Env(String),
    /// `file:/path`: a file of the machine, by absolute path in normal form.
    File(String),
}

/// Reads `secrets`.
pub(super) fn read(item: &Item<'_>) -> BTreeMap<String, Secret> {
    // Nothing below the key is an honest way to have none.
    let entries = if item.is_null() { None } else { item.entries() };
    let entries = entries.unwrap_or_default();
    if entries.len() > MAX_SECRETS {
        let message = format!("{} secrets; at most {MAX_SECRETS} are read", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return BTreeMap::new();
    }
    let read = |(key, item): &(Key<'_>, Item<'_>)| Some((key.text.to_owned(), secret(*key, item)?));
    entries.iter().filter_map(read).collect()
}

fn secret(key: Key<'_>, item: &Item<'_>) -> Option<Secret> {
    if let Err(error) = SecretName::parse(key.text) {
        let message = format!("{} is not the name of a secret", quoted(key.text));
        let source = item.reader().source();
        let problem = Diagnostic::error("bad-name", source, key.span, message);
        item.reader().report(problem.with_help(error.to_string()));
    }
    let fields = item.fields(KEYS)?;
    let from = fields.require_with("from", FROM_HELP).and_then(|item| source(&item));
    let hosts = fields.get("hosts").map(|item| read_domains(&item)).unwrap_or_default();
    Some(Secret { from: from?, hosts, span: key.span })
}

const FROM_HELP: &str = "write \"env:NAME\" for a variable, or \"file:/path\" for a file";

/// Nothing that is wrong is repeated in a message: somebody may have written the secret itself.
fn source(item: &Item<'_>) -> Option<SecretSource> {
    let text = item.string()?;
    let (message, help) = if let Some(name) = text.strip_prefix("env:") {
        match EnvName::parse(name) {
            Ok(name) => return Some(SecretSource::Env(name.as_str().to_owned())),
            Err(error) => ("what follows `env:` is not a variable name", error.to_string()),
        }
    } else if let Some(path) = text.strip_prefix("file:") {
        match VirtualPath::parse(path) {
            Ok(path) if !path.is_root() => {
                return Some(SecretSource::File(path.as_str().to_owned()));
            }
            _ => (
                "what follows `file:` is not the absolute path of a file",
                "write it from `/` on, without `.`, `..` and `//`".to_owned(),
            ),
        }
    } else {
        ("this does not say where the secret comes from", FROM_HELP.to_owned())
    };
    item.error_with("secret-source", message, help);
    None
}
