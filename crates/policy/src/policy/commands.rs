//! `commands`: what plugins may have run as it stands here.

use std::collections::BTreeMap;
use std::time::Duration;

use aether_manifest::{
    DomainPattern, EnvName, Located, MAX_COMMAND, MAX_ENTRIES, MAX_MEMORY, MAX_TIMEOUT, MIN_MEMORY,
    MIN_TIMEOUT, SecretName, is_name, is_program, read_domains, read_patterns,
};
use aether_path::PathPattern;
use aether_source::{Diagnostic, Item, Key, Severity, Span, quoted};

use super::bounds;
use super::defined::Defined;

/// Most commands of a policy.
pub const MAX_COMMANDS: usize = 256;

/// Longest argument and longest value of a variable, in bytes: those of a manifest's command.
const MAX_WORD: usize = 4096;

const KEYS: &[&str] = &["run", "read", "write", "environment", "network", "timeout", "memory"];

/// A command, fixed by the owner of the host to the last argument: the plugin that has it run gives
/// standard input and nothing else. It reaches what stands here, whatever the plugin may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program, by name or absolute path, and its arguments. No shell sees them.
    pub run: Vec<String>,
    /// Files that it reads.
    pub read: Vec<Located<PathPattern>>,
    /// Files that it writes.
    pub write: Vec<Located<PathPattern>>,
    /// Its variables, by name.
    pub environment: BTreeMap<String, CommandValue>,
    /// Where it sends requests.
    pub network: Vec<Located<DomainPattern>>,
    /// How long it may take; without, as long as a call does by default.
    pub timeout: Option<Duration>,
    /// The memory that it may have; without, as much as a plugin has by default.
    pub memory: Option<u64>,
    /// Where its name stands.
    pub span: Span,
}

/// The value of a command's variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandValue {
    /// As it stands.
    Text(String),
    /// `secret://name`: the secret of this name, which the same policy defines.
    Secret(String),
}

/// Reads `commands`.
pub(super) fn read(item: &Item<'_>, defined: &Defined<'_>) -> BTreeMap<String, Command> {
    // Nothing below the key is an honest way to have none.
    let entries = if item.is_null() { None } else { item.entries() };
    let entries = entries.unwrap_or_default();
    if entries.len() > MAX_COMMANDS {
        let message = format!("{} commands; at most {MAX_COMMANDS} are read", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return BTreeMap::new();
    }
    let read = |(key, item): &(Key<'_>, Item<'_>)| {
        Some((key.text.to_owned(), command(*key, item, defined)?))
    };
    entries.iter().filter_map(read).collect()
}

fn command(key: Key<'_>, item: &Item<'_>, defined: &Defined<'_>) -> Option<Command> {
    if !is_name(key.text) {
        let message = format!("{} is not the name of a command", quoted(key.text));
        let source = item.reader().source();
        let problem = Diagnostic::error("bad-name", source, key.span, message);
        let help = "a command's name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with \
                    a letter or digit";
        item.reader().report(problem.with_help(help));
    }
    let fields = item.fields(KEYS)?;
    let help = "write the program and its arguments, such as [\"rustfmt\", \"--check\"]";
    let run = fields.require_with("run", help).and_then(|item| words(&item));
    let get = |key| fields.get(key);
    let timeout = get("timeout")
        .and_then(|item| bounds::duration(&item, "timeout", MIN_TIMEOUT, MAX_TIMEOUT));
    let memory =
        get("memory").and_then(|item| bounds::size(&item, "memory", MIN_MEMORY, MAX_MEMORY));
    let command = Command {
        run: Vec::new(),
        read: get("read").map(|item| read_patterns(&item)).unwrap_or_default(),
        write: get("write").map(|item| read_patterns(&item)).unwrap_or_default(),
        environment: get("environment").map(|item| variables(&item, defined)).unwrap_or_default(),
        network: get("network").map(|item| read_domains(&item)).unwrap_or_default(),
        timeout,
        memory,
        span: key.span,
    };
    Some(Command { run: run?, ..command })
}

/// The words of a command. A source has no NUL characters, so none of them has.
fn words(item: &Item<'_>) -> Option<Vec<String>> {
    let words = item.strings()?;
    if words.is_empty() {
        item.error("bad-command", "the command is empty");
        return None;
    }
    if words.len() > MAX_COMMAND {
        item.error("bad-command", format!("a command has at most {MAX_COMMAND} words"));
        return None;
    }
    for (index, (item, word)) in words.iter().enumerate() {
        check_word(item, word, index == 0);
    }
    Some(words.into_iter().map(|(_, word)| word.to_owned()).collect())
}

fn check_word(item: &Item<'_>, word: &str, first: bool) {
    if word.len() > MAX_WORD {
        item.error("bad-command", format!("a word of a command has at most {MAX_WORD} bytes"));
    } else if first && !is_program(word) {
        let message = format!("{} is not a program name or absolute path", quoted(word));
        let help = if word.contains(char::is_whitespace) {
            "write each argument as a word of its own"
        } else {
            "write a name such as \"git\" or a path such as \"/usr/bin/git\""
        };
        item.error_with("bad-command", message, help);
    } else if word.contains(SecretName::SCHEME) {
        let message = "a secret is no argument: every process of the machine can read those";
        item.error_with("secret-argument", message, "put it into `environment`");
    }
}

fn variables(item: &Item<'_>, defined: &Defined<'_>) -> BTreeMap<String, CommandValue> {
    let entries = item.entries().unwrap_or_default();
    if entries.len() > MAX_ENTRIES {
        let message = format!("{} entries are too many: at most {MAX_ENTRIES}", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return BTreeMap::new();
    }
    let read = |(key, item): &(Key<'_>, Item<'_>)| {
        if let Err(error) = EnvName::parse(key.text) {
            let message = format!("{} is not a variable name", quoted(key.text));
            let source = item.reader().source();
            let problem = Diagnostic::error("bad-name", source, key.span, message);
            item.reader().report(problem.with_help(error.to_string()));
        }
        Some((key.text.to_owned(), value(item, defined)?))
    };
    entries.iter().filter_map(read).collect()
}

fn value(item: &Item<'_>, defined: &Defined<'_>) -> Option<CommandValue> {
    let text = item.string()?;
    if let Some(name) = text.strip_prefix(SecretName::SCHEME) {
        return defined.has_secret(item, name).then(|| CommandValue::Secret(name.to_owned()));
    }
    if text.len() > MAX_WORD {
        item.error("bad-command", format!("a variable has at most {MAX_WORD} bytes"));
        return None;
    }
    if text.contains(SecretName::SCHEME) {
        item.reader().report_with(Severity::Warning, |source| {
            let message = "a secret is put in only where it is the whole value";
            let help = "write \"secret://name\" and nothing beside it";
            Diagnostic::warning("secret-inside", source, item.span(), message).with_help(help)
        });
    }
    Some(CommandValue::Text(text.to_owned()))
}
