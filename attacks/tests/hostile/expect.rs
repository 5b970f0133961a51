//! Verdicts, and whether what happened is one.

use std::time::Duration;

use aether::policy::grant::api_name;
use aether::{CallError, Ending, Event, Limit, LoadError, PluginError, StartError};
use serde::Deserialize;
use serde_json::Value;

use super::run::Seen;

/// Most that a call may outlive its time limit.
const LATE: Duration = Duration::from_secs(1);

/// Most that the kernel may take to bury the process after that: a call is answered when nothing is
/// left, and a busy machine takes namespaces down in its own time.
const BURIAL: Duration = Duration::from_secs(2);

/// Longest text of a plugin's error that may reach a host, in bytes.
const ERROR_BYTES: usize = 8 << 10;

/// What kind of failure it is that code is none.
const SYNTAX: &str = "syntax";

/// The verdict that an attack must get.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Expect {
    /// The call fails with this denial, and the host is told.
    Denied(Denial),
    /// The cell is ended for this limit: `time`, `memory`, `output` or `unread`; or for whichever of several
    /// is met first, with `or` between them.
    Limit(String),
    /// The cell's process dies of this signal: code of the engine's was refused memory, and used it.
    Crash(i32),
    /// The plugin's own code fails like this.
    Error(Fault),
    /// One of these: what comes first depends on the machine.
    Any(Vec<Expect>),
    /// The call returns a value that holds this: members of objects may be more, everything else
    /// is equal.
    Inert(Value),
    /// The plugin is not even started, for reasons with all these words.
    Refused(Vec<String>),
    /// The code is not even compiled, for reasons with all these words.
    Uncompiled(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Denial {
    code: String,
    permission: String,
}

/// What is known of an error. What is left out may be anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    kind: Option<String>,
    code: Option<String>,
    name: Option<String>,
    message: Option<String>,
    /// Whether it comes with a manifest line that would allow what was refused.
    #[serde(default)]
    fix: bool,
}

/// What came of an attack.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was not started; everything that was said.
    Refused(String),
    /// It returned a value.
    Returned(Value),
    /// Its own code failed, in a call or while it was loaded.
    Failed(PluginError),
    /// The cell was ended.
    Ended(Ending),
}

impl Outcome {
    pub(super) fn of_load(error: &LoadError) -> Self {
        let mut text = error.to_string();
        if let LoadError::Manifest { problems, .. } = error {
            for problem in problems {
                text.push_str(&format!("\n{problem}"));
            }
        }
        Self::Refused(text)
    }

    pub(super) fn of_start(error: StartError) -> Self {
        match error {
            StartError::Load(error) => Self::of_call(Err(error)),
            StartError::Refused(refused) => {
                let reasons = refused.refusals.iter();
                let reasons = reasons.map(|reason| format!("{}: {}", reason.what, reason.why));
                Self::Refused(reasons.collect::<Vec<_>>().join("\n"))
            }
            other => Self::Refused(other.to_string()),
        }
    }

    pub(super) fn of_call(result: Result<Value, CallError>) -> Self {
        match result {
            Ok(value) => Self::Returned(value),
            Err(CallError::Plugin(error)) => Self::Failed(*error),
            Err(CallError::Ended(ending)) => Self::Ended(ending),
            Err(other) => Self::Refused(other.to_string()),
        }
    }
}

impl Expect {
    /// Whether the plugin runs at all.
    pub(super) const fn starts(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Uncompiled(_))
    }

    /// Whether its code is compiled.
    pub(super) const fn compiles(&self) -> bool {
        !matches!(self, Self::Uncompiled(_))
    }

    /// Nothing when that is the verdict.
    ///
    /// A limit on time may be met by `allowance` later than it should be.
    pub(super) fn judge(
        &self,
        seen: &Seen,
        events: &[Event],
        allowance: Duration,
    ) -> Result<(), String> {
        bounded(&seen.outcome)?;
        let fits = match (self, &seen.outcome) {
            (Self::Any(all), _) => all.iter().any(|one| one.judge(seen, events, allowance).is_ok()),
            (Self::Denied(denial), Outcome::Failed(error)) => denial.judge(error, events)?,
            (Self::Limit(limit), Outcome::Ended(Ending::Limit(reached))) => {
                limit.split(" or ").any(|limit| limit == word(reached))
                    && in_time(reached, seen.took, allowance)?
            }
            (Self::Crash(signal), Outcome::Ended(Ending::Crashed(why))) => {
                *why == format!("signal {signal}")
            }
            (Self::Error(fault), Outcome::Failed(error)) => fault.fits(error),
            (Self::Inert(pattern), Outcome::Returned(value)) => holds(value, pattern),
            (Self::Refused(words), Outcome::Refused(text)) => {
                words.iter().all(|words| text.contains(words))
            }
            (Self::Uncompiled(words), Outcome::Failed(error)) => {
                error.kind == SYNTAX && words.iter().all(|words| error.message.contains(words))
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(format!("expected {self:?}, and in {:?} came {}", seen.took, shown(&seen.outcome)))
    }
}

impl Denial {
    fn judge(&self, error: &PluginError, events: &[Event]) -> Result<bool, String> {
        let told = events.iter().any(|event| match event {
            Event::Denied { denied, .. } => api(&denied.permission) == Some(&self.permission),
            _ => false,
        });
        if !told {
            return Err(format!("the host was not told of a denied {}", self.permission));
        }
        Ok(error.code.as_ref() == Some(&self.code) && error.fix.is_some())
    }
}

/// The name that plugins see of a permission's.
fn api(permission: &str) -> Option<&'static str> {
    use aether::manifest::Permission;
    let all = Permission::ALL.iter();
    let found = all.copied().find(|known| known.to_string() == permission);
    found.map(api_name)
}

impl Fault {
    fn fits(&self, error: &PluginError) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        same(&self.kind, Some(&error.kind))
            && same(&self.code, error.code.as_deref())
            && same(&self.name, error.name.as_deref())
            && self.message.as_ref().is_none_or(|part| error.message.contains(part))
            && self.fix == error.fix.is_some()
    }
}

const fn word(limit: &Limit) -> &'static str {
    match limit {
        Limit::Memory(_) => "memory",
        Limit::Time(_) => "time",
        Limit::Output(_) => "output",
        Limit::Unread(_) => "unread",
        _ => "another limit",
    }
}

fn in_time(limit: &Limit, took: Duration, allowance: Duration) -> Result<bool, String> {
    match limit {
        Limit::Time(limit) if took > *limit + LATE + BURIAL + allowance => {
            Err(format!("it was ended after {took:?}, its limit is {limit:?}"))
        }
        _ => Ok(true),
    }
}

/// Nothing of an error is long, whatever the plugin threw.
fn bounded(outcome: &Outcome) -> Result<(), String> {
    let Outcome::Failed(error) = outcome else { return Ok(()) };
    let texts = [&error.name, &error.stack, &error.code, &error.fix].into_iter().flatten();
    match texts.chain([&error.kind, &error.message]).find(|text| text.len() > ERROR_BYTES) {
        Some(long) => Err(format!("an error with a text of {} bytes", long.len())),
        None => Ok(()),
    }
}

/// Whether everything of `pattern` is in `value`.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => pattern
            .iter()
            .all(|(key, pattern)| value.get(key).is_some_and(|value| holds(value, pattern))),
        _ => value == pattern,
    }
}

/// Longest part of an outcome shown in a failure.
const MOST_SHOWN: usize = 3000;

fn shown(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::Returned(value) => format!("the value {value}"),
        other => format!("{other:?}"),
    };
    text.chars().take(MOST_SHOWN).collect()
}
