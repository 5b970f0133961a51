//! Reading `elevation`.

use std::time::Duration;

use aether_manifest::{MAX_MEMORY, MAX_TIMEOUT, MIN_MEMORY, MIN_TIMEOUT};
use aether_path::VirtualPath;
use aether_source::{Diagnostic, Fields, Item, Severity, quoted};

use super::Right;
use super::host;
use super::rule::{Answer, ElevationRule, LIFETIME, Reach, USES};
use super::wish::Scope;
use crate::policy::{Defined, PolicyOrigin, bounds};

/// Most lines of one plugin. They are gone through for each wish.
pub const MAX_ELEVATION: usize = 128;

/// Most uses that one line may give. Against a grant in disguise.
pub const MAX_USES: u32 = 1000;

/// Longest that what a line allows may be there: as long as a token lives. A right without an end is a
/// grant, and those stand under `allow`.
pub const MAX_LIFETIME: Duration = aether_token::limits::MAX_LIFETIME;

const MIN_LIFETIME: Duration = Duration::from_millis(1);

/// The port of requests for which a line names none.
const PORT: u16 = 443;

const KEYS: &[&str] = &["right", "below", "host", "port", "name", "most", "answer", "uses", "for"];

/// The keys that say which wishes of a right a line is for; the first is the one that must be there
/// where there is any.
fn scope_keys(right: Right) -> &'static [&'static str] {
    match right {
        Right::HostWrite => &["below"],
        Right::Network => &["host", "port"],
        Right::Command | Right::Secret => &["name"],
        Right::Time | Right::Memory => &["most"],
    }
}

/// Reads the lines of one plugin.
pub(crate) fn read(
    item: &Item<'_>,
    defined: &Defined<'_>,
    origin: PolicyOrigin,
) -> Vec<ElevationRule> {
    let list = item.list().unwrap_or_default();
    if list.len() > MAX_ELEVATION {
        let message = format!("{} lines are too many: at most {MAX_ELEVATION}", list.len());
        item.reader().error("too-many-entries", item.heading(), message);
        return Vec::new();
    }
    let read: Vec<(Item<'_>, ElevationRule)> =
        list.into_iter().filter_map(|item| Some((item.clone(), rule(&item, defined)?))).collect();
    for (index, (item, rule)) in read.iter().enumerate() {
        let before = read.iter().take(index).map(|(_, rule)| rule);
        warn_unreached(item, rule, before);
        warn_found(item, rule, origin);
    }
    read.into_iter().map(|(_, rule)| rule).collect()
}

fn rule(item: &Item<'_>, defined: &Defined<'_>) -> Option<ElevationRule> {
    let fields = item.fields(KEYS)?;
    let words = Right::ALL.map(|right| (right.as_str(), right));
    let help = "write `host-write`, `network`, `command`, `secret`, `time` or `memory`";
    let right = fields.require_with("right", help).and_then(|item| item.one_of(&words));
    let help = "write `allow`, `ask` or `refuse`";
    let answer = fields.require_with("answer", help).and_then(|item| item.one_of(&Answer::WORDS));
    let get = |key| fields.get(key);
    let uses = match get("uses") {
        Some(item) => bounds::whole(&item, "uses", 1, MAX_USES.into()),
        None => Some(USES.into()),
    };
    let lifetime = match get("for") {
        Some(item) => bounds::duration(&item, "for", MIN_LIFETIME, MAX_LIFETIME),
        None => Some(LIFETIME),
    };
    let (right, answer) = (right?, answer?);
    refuse_foreign(&fields, right);
    warn_idle(&fields, answer);
    let reach = reach(&fields, right, answer, defined)?;
    let uses = u32::try_from(uses?).ok()?;
    Some(ElevationRule { reach, answer, uses, lifetime: lifetime?, span: item.span() })
}

/// The wishes that the line is for. What is allowed is named: a line for all of a right can only
/// ask or refuse.
fn reach(
    fields: &Fields<'_>,
    right: Right,
    answer: Answer,
    defined: &Defined<'_>,
) -> Option<Reach> {
    let key = scope_keys(right).first()?;
    let Some(item) = fields.get(key) else {
        if let Some(port) = fields.get("port").filter(|_| right == Right::Network) {
            port.error_with(
                "elevation-scope",
                "`port` is there without `host`",
                "name the host too",
            );
            return None;
        }
        if answer == Answer::Allow {
            report_unnamed(fields, key);
            return None;
        }
        return Some(Reach::All(right));
    };
    let scope = match right {
        Right::HostWrite => Scope::HostWrite { path: below(&item, answer)? },
        Right::Network => {
            let port = match fields.get("port") {
                Some(item) => bounds::whole(&item, "port", 1, u16::MAX.into()),
                None => Some(PORT.into()),
            };
            Scope::Network { host: host(&item)?, port: u16::try_from(port?).ok()? }
        }
        Right::Command | Right::Secret => match name(&item, right, answer, defined)? {
            Some(name) if right == Right::Command => Scope::Command { name },
            Some(name) => Scope::Secret { name },
            None => return Some(Reach::All(right)),
        },
        Right::Time => {
            let most = bounds::duration(&item, key, MIN_TIMEOUT, MAX_TIMEOUT);
            Scope::Time { ms: u64::try_from(amount(&item, answer, most)?.as_millis()).ok()? }
        }
        Right::Memory => {
            let most = bounds::size(&item, key, MIN_MEMORY, MAX_MEMORY);
            Scope::Memory { bytes: amount(&item, answer, most)? }
        }
    };
    Some(Reach::Within(scope))
}

fn report_unnamed(fields: &Fields<'_>, key: &str) {
    let item = fields.item();
    let message = format!("what is allowed must be named: the key `{key}` is missing");
    let source = item.reader().source();
    let problem = Diagnostic::error("elevation-scope", source, item.heading(), message);
    let help = format!("add `{key}`, or write `answer: ask` for all of the right");
    item.reader().report(problem.with_help(help));
}

fn below(item: &Item<'_>, answer: Answer) -> Option<VirtualPath> {
    let text = item.string()?;
    let path = match VirtualPath::resolve(&VirtualPath::workspace(), text) {
        Ok(path) if path.is_root() && answer == Answer::Allow => {
            let message = "`below` is the whole machine";
            item.error_with("elevation-scope", message, "name the folder that is written to");
            return None;
        }
        Ok(path) => path,
        Err(error) => {
            item.error("bad-path", error.to_string());
            return None;
        }
    };
    // A file may have such a name, so it is no error.
    if text.contains(['*', '?']) {
        item.reader().report_with(Severity::Warning, |source| {
            let message = format!("{} is one place, not a pattern", quoted(text));
            let help = "name a folder: what is below it counts";
            Diagnostic::warning("elevation-scope", source, item.span(), message).with_help(help)
        });
    }
    Some(path)
}

fn host(item: &Item<'_>) -> Option<String> {
    let text = item.string()?;
    if host::is_canonical(text) {
        return Some(text.to_owned());
    }
    let message = format!("{} is not one host in its canonical form", quoted(text));
    let help = match host::suggestion(text) {
        Some(host) => format!("write \"{host}\""),
        None => "write one name in small letters, such as \"api.example.com\"".to_owned(),
    };
    item.error_with("bad-host", message, help);
    None
}

/// The name of a command or secret; nothing inside for `*`, all of them.
fn name(
    item: &Item<'_>,
    right: Right,
    answer: Answer,
    defined: &Defined<'_>,
) -> Option<Option<String>> {
    let text = item.string()?;
    if text == "*" {
        if answer == Answer::Allow {
            let message = "what is allowed must be named: `*` can only be asked for or refused";
            item.error_with("elevation-scope", message, format!("name one {right}"));
            return None;
        }
        return Some(None);
    }
    let known = match right {
        Right::Secret => defined.has_secret(item, text),
        _ => defined.has_command(item, text),
    };
    known.then(|| Some(text.to_owned()))
}

/// An amount, which a refusal cannot have: "no less than this" would be allowing more.
fn amount<T>(item: &Item<'_>, answer: Answer, most: Option<T>) -> Option<T> {
    if answer == Answer::Refuse {
        let help = "leave it out, and allow or ask for less in a line before";
        item.error_with("elevation-scope", "a refusal has no `most`", help);
        return None;
    }
    most
}

/// Keys of another right: whoever wrote them means something that the line does not do.
fn refuse_foreign(fields: &Fields<'_>, right: Right) {
    let own = scope_keys(right);
    for key in ["below", "host", "port", "name", "most"] {
        if let Some(span) = fields.key_span(key).filter(|_| !own.contains(&key)) {
            let message = format!("`{key}` does not belong to the right `{right}`");
            let reader = fields.item().reader();
            let problem = Diagnostic::error("elevation-scope", reader.source(), span, message);
            let own: Vec<String> = own.iter().map(|key| format!("`{key}`")).collect();
            reader.report(problem.with_help(format!("`{right}` has {}", own.join(" and "))));
        }
    }
}

/// Terms of what is allowed, in a line that allows nothing.
fn warn_idle(fields: &Fields<'_>, answer: Answer) {
    for key in ["uses", "for"] {
        if let Some(span) = fields.key_span(key).filter(|_| answer != Answer::Allow) {
            let message = format!("`{key}` counts for `answer: allow` alone");
            fields.item().reader().warning("elevation-idle", span, message);
        }
    }
}

fn warn_unreached<'r>(
    item: &Item<'_>,
    rule: &ElevationRule,
    before: impl IntoIterator<Item = &'r ElevationRule>,
) {
    let wider = before.into_iter().find(|earlier| earlier.reach.covers(&rule.reach));
    let Some(wider) = wider else { return };
    item.reader().report_with(Severity::Warning, |source| {
        let place = source.place(wider.span.start);
        let message = format!("this line decides nothing: the one at {place} comes first");
        let help = "remove it, or move it up";
        Diagnostic::warning("elevation-unreached", source, item.span(), message).with_help(help)
    });
}

/// Whoever wrote a pipeline may have laid a policy beside it.
fn warn_found(item: &Item<'_>, rule: &ElevationRule, origin: PolicyOrigin) {
    if origin == PolicyOrigin::Named || rule.answer != Answer::Allow {
        return;
    }
    item.reader().report_with(Severity::Warning, |source| {
        let message = "a policy that was found beside a pipeline allows no single operation: a \
                       person is asked";
        let name = source.name();
        let help = format!("review {name} and name it: --policy {name}");
        Diagnostic::warning("policy-found", source, item.span(), message).with_help(help)
    });
}
