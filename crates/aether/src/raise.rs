//! How to lift a limit that was reached.

use aether_manifest::{Limit, MAX_MEMORY, MAX_TIMEOUT};
use aether_report::Location;

use crate::host::Started;
use crate::run_record::location;

/// What a person can do about a limit that was reached.
#[derive(Default)]
pub(crate) struct Raise {
    /// Where the manifest sets it.
    pub(crate) manifest: Option<Location>,
    /// The manifest's line for more.
    pub(crate) fix: Option<String>,
    /// What is to be added to the sentence on the limit.
    pub(crate) note: String,
}

impl Raise {
    pub(crate) fn of(started: &Started, limit: Limit) -> Self {
        let asked = &started.plugin.manifest().resources;
        let source = &started.plugin.manifest().source;
        let manifest =
            asked.place_of(limit).map(|span| location(started, source.place(span.start)));
        let held = started.grant.as_ref().map_or(asked, |grant| grant.limits());
        if held.show(limit) != asked.show(limit) {
            let note = format!(", which is the policy's ceiling on `resources.{limit}`");
            return Self { manifest, fix: None, note };
        }
        let note = match manifest {
            Some(_) => String::new(),
            None => format!(", the default; set `resources.{limit}` in the manifest for another"),
        };
        let mut more = asked.clone();
        more.memory = more.memory.saturating_mul(2).min(MAX_MEMORY);
        more.timeout = more.timeout.saturating_mul(2).min(MAX_TIMEOUT);
        let fix = format!("\"resources\": {{ \"{limit}\": \"{}\" }}", more.show(limit));
        Self { manifest, fix: Some(fix), note }
    }
}
