//! How to lift a limit that was reached.

use std::time::Duration;

use aether_manifest::{Limit, MAX_MEMORY, MAX_TIMEOUT, show_duration};
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
        let asked = &started.plugin.manifest().resources;
        let source = &started.plugin.manifest().source;
        let held = started.grant.as_ref().map_or(asked, |grant| grant.limits());
        if let Some(time) = time.filter(|time| *time < held.timeout) {
            return Self::of_call(started.step.as_deref(), time, held.timeout);
        }
        let manifest =
            asked.place_of(limit).map(|span| location(started, source.place(span.start)));
        if held.show(limit) != asked.show(limit) {
            let note = format!(", which is the policy's ceiling on `resources.{limit}`");
            return Self { manifest, note, ..Self::default() };
        }
        let mut more = asked.clone();
        more.memory = more.memory.saturating_mul(2).min(MAX_MEMORY);
        more.timeout = more.timeout.saturating_mul(2).min(MAX_TIMEOUT);
        if more.show(limit) == asked.show(limit) {
            let note = ", the most that there can be".to_owned();
            return Self { manifest, note, ..Self::default() };
        }
        let note = match manifest {
            Some(_) => String::new(),
            None => format!(", the default; set `resources.{limit}` in the manifest for another"),
        };
        let fix = format!("\"resources\": {{ \"{limit}\": \"{}\" }}", more.show(limit));
        Self { manifest, fix: Some(fix), note, ..Self::default() }
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
