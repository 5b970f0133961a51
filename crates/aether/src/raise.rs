//! How to lift a limit that was reached.

use std::time::Duration;

use aether_manifest::{
    Asking, Limit, MAX_DISK, MAX_MEMORY, MAX_PROCESSES, MAX_TIMEOUT, Resources, show_duration,
};
use aether_report::Location;

use crate::host::Started;
use crate::run_record::location;

/// What a person can do about a limit that was reached.
#[derive(Default)]
pub(crate) struct Raise {
    /// Where the manifest sets it, if it is the manifest's.
    pub(crate) manifest: Option<Location>,
    /// The line for more, of the manifest or of the pipeline's step.
    pub(crate) fix: Option<String>,
    /// What is to be added to the sentence on the limit.
    pub(crate) note: String,
    /// Whether it was a limit of the one call, and not the plugin's.
    pub(crate) is_of_call: bool,
}

impl Raise {
    /// `time` is how long a call that took too long was let run, which may be less than the
    /// plugin's own limit.
    pub(crate) fn of(started: &Started, limit: Limit, time: Option<Duration>) -> Self {
        let written = started.plugin.manifest();
        let asked = &written.resources;
        let held = started.grant.as_ref().map_or(asked, |grant| grant.limits());
        if let Some(time) = time.filter(|time| *time < held.timeout) {
            return Self::of_call(started.step.as_deref(), time, held.timeout);
        }
        // Whoever typed options has no manifest to look into.
        let place = asked.place_of(limit).filter(|_| written.asking == Asking::Manifest);
        let manifest = place.map(|span| location(started, written.source.place(span.start)));
        if held.show(limit) != asked.show(limit) {
            let note = format!(", which is the policy's ceiling on `resources.{limit}`");
            return Self { manifest, note, ..Self::default() };
        }
        let more = twice(asked);
        if more.show(limit) == asked.show(limit) {
            let note = ", the most that there can be".to_owned();
            return Self { manifest, note, ..Self::default() };
        }
        let is_default = manifest.is_none() && written.asking == Asking::Manifest;
        let note = match is_default {
            false => String::new(),
            true => format!(", the default; set `resources.{limit}` in the manifest for another"),
        };
        let fix = written.asking.limit(limit, &more);
        Self { manifest, fix: Some(fix), note, ..Self::default() }
    }

    /// A limit that only an option of a command sets.
    pub(crate) fn of_option(started: &Started, option: &str, more: &str) -> Self {
        let is_typed = started.plugin.manifest().asking == Asking::Options;
        Self { fix: is_typed.then(|| format!("{option} {more}")), ..Self::default() }
    }

    /// A limit of the one call: a step's, which stands in the pipeline, or one that the host's own
    /// program set. Beyond the plugin's limit more would change nothing.
    fn of_call(step: Option<&str>, time: Duration, most: Duration) -> Self {
        let Some(step) = step else {
            let note = ", which the host set for this call alone".to_owned();
            return Self { note, is_of_call: true, ..Self::default() };
        };
        let more = show_duration(time.saturating_mul(2).min(most));
        let fix = (more != show_duration(time)).then(|| format!("timeout: {more}"));
        let note = format!(", which is the `timeout` of step `{step}` in the pipeline");
        Self { fix, note, is_of_call: true, ..Self::default() }
    }
}

/// Twice of everything, as far as there can be.
pub(crate) fn twice(limits: &Resources) -> Resources {
    let mut more = limits.clone();
    more.memory = more.memory.saturating_mul(2).min(MAX_MEMORY);
    more.timeout = more.timeout.saturating_mul(2).min(MAX_TIMEOUT);
    more.disk = more.disk.saturating_mul(2).min(MAX_DISK);
    more.processes = more.processes.saturating_mul(2).min(MAX_PROCESSES);
    more
}
