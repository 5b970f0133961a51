//! The names that a policy defines, for what refers to them.

use std::collections::BTreeSet;

use aether_source::{Diagnostic, Fields, Item, Severity, Value, did_you_mean, quoted};

use super::PolicyOrigin;

/// Names of secrets and commands. Those with something wrong in them count: what refers to one of
/// them is not wrong as well.
pub(crate) struct Defined<'a> {
    secrets: BTreeSet<&'a str>,
    commands: BTreeSet<&'a str>,
}

impl<'a> Defined<'a> {
    /// The names in the sections of a file.
    pub(super) fn of(fields: &Fields<'a>) -> Self {
        Defined { secrets: keys(fields, "secrets"), commands: keys(fields, "commands") }
    }

    /// Whether the policy defines the secret; reports where it does not.
    pub(crate) fn has_secret(&self, item: &Item<'_>, name: &str) -> bool {
        has(&self.secrets, item, name, "secret")
    }

    /// Whether the policy defines the command; reports where it does not.
    pub(crate) fn has_command(&self, item: &Item<'_>, name: &str) -> bool {
        has(&self.commands, item, name, "command")
    }

    /// The defined secret whose name is like this one, if the name itself is not defined.
    pub(super) fn missing_secret(&self, name: &str) -> Option<Option<&'a str>> {
        let missing = !self.secrets.contains(name);
        missing.then(|| did_you_mean(name, self.secrets.iter().copied()))
    }
}

/// Reports a section that only a policy that a person named can have: whoever wrote a pipeline may
/// have laid a policy beside it, and would so reach secrets and start programs.
pub(super) fn refuse_found(item: &Item<'_>, key: &'static str, origin: PolicyOrigin) {
    if origin == PolicyOrigin::Named {
        return;
    }
    item.reader().report_with(Severity::Error, |source| {
        let message = format!("a policy that was found beside a pipeline defines no `{key}`");
        let name = source.name();
        let help = format!("remove them, or review {name} and name it: --policy {name}");
        Diagnostic::error("policy-found", source, item.heading(), message).with_help(help)
    });
}

fn keys<'a>(fields: &Fields<'a>, section: &str) -> BTreeSet<&'a str> {
    let Some(item) = fields.get(section) else { return BTreeSet::new() };
    match &item.node().value {
        Value::Object(entries) => entries.iter().map(|entry| entry.key.as_str()).collect(),
        _ => BTreeSet::new(),
    }
}

fn has(known: &BTreeSet<&str>, item: &Item<'_>, name: &str, what: &str) -> bool {
    if known.contains(name) {
        return true;
    }
    item.reader().report_with(Severity::Error, |source| {
        let message = format!("{} is no {what} of this policy", quoted(name));
        let help = match did_you_mean(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it under `{what}s`"),
        };
        Diagnostic::error("not-defined", source, item.span(), message).with_help(help)
    });
    false
}
