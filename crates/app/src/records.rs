//! What is told of what happened: events, interactions, reports, the audit log.

use std::collections::{BTreeMap, VecDeque};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use aether::audit::{
    ChainVerdict, CheckpointSink, Evidence, Filter, RunId, SignedCheckpoint, Signer, read,
    verify_log,
};
use aether::report::{RunRecord, html, json as as_json, sarif};
use aether::{ExitCode, KEY_NAME, Level};
use serde_json::{Value, json};

use crate::app::{Inner, private};
use crate::model::{AuditCheck, AuditRecord, Destination, Edge, Event, Interactions, LifeState};
use crate::{App, Error, lock, word};

/// Records of the audit log that are told at a time.
const MAX_RECORDS: usize = 1_000;

/// The longest data of an event that is passed on, in bytes. Stops a plugin from filling the app's memory
/// with what pages have not taken yet.
const LONGEST: usize = 16 << 10;

/// The page of a report.
const PAGE: &str = "report.html";

impl App {
    /// Who called whom, and which machines they talked to, of the plugins that `hears` is true for. What
    /// plugins that still run talk to is told when they have ended.
    #[must_use]
    pub fn interactions(&self, hears: impl Fn(&str) -> bool) -> Interactions {
        let (host, feed) = (&self.0.host, &self.0.hub.feed);
        let mut plugins: Vec<String> = host.cells().into_iter().map(|(_, plugin)| plugin).collect();
        let mut edges: BTreeMap<(String, String, String), Edge> = BTreeMap::new();
        for edge in host.edges() {
            let (Some(from), Some(to)) = (feed.plugin_of(edge.from), feed.plugin_of(edge.to))
            else {
                continue;
            };
            plugins.extend([from.clone(), to.clone()]);
            let key = (from.clone(), to.clone(), edge.via.clone());
            let sum = edges.entry(key).or_insert_with(|| Edge {
                from,
                to,
                label: edge.via.clone(),
                ..Edge::default()
            });
            sum.calls += edge.calls;
            sum.bytes = sum.bytes.saturating_add(edge.bytes);
            sum.refused += edge.refused;
        }
        let mut machines: BTreeMap<(String, String), Destination> = BTreeMap::new();
        for (cell, destinations) in host.egress() {
            let Some(plugin) = feed.plugin_of(cell) else { continue };
            plugins.push(plugin.clone());
            for one in destinations {
                let key = (plugin.clone(), one.destination.clone());
                let sum = machines.entry(key).or_insert_with(|| Destination {
                    plugin: plugin.clone(),
                    host: one.destination,
                    ..Destination::default()
                });
                sum.allowed |= one.allowed > 0;
                sum.times += one.allowed + one.refused;
            }
        }
        plugins.sort();
        plugins.dedup();
        plugins.retain(|plugin| hears(plugin));
        // An edge tells of both: whoever may not hear of one of them hears nothing of it.
        let between = edges.into_values().filter(|edge| hears(&edge.from) && hears(&edge.to));
        let machines = machines.into_values().filter(|machine| hears(&machine.plugin));
        Interactions { plugins, edges: between.collect(), destinations: machines.collect() }
    }

    /// Writes the report of what ran so far: a page, its data, and its findings. Gives the folder, and the
    /// token and path under which the page is shown.
    ///
    /// # Errors
    /// `system`.
    pub fn report(&self) -> Result<(PathBuf, String, String), Error> {
        let inner: &Inner = &self.0;
        let number = inner.reports.fetch_add(1, Ordering::Relaxed) + 1;
        let name = inner.log.file_stem().and_then(|stem| stem.to_str()).unwrap_or("run");
        let folder = inner.folder.join("reports").join(format!("{name}-{number}"));
        private(&folder)?;
        let record = self.run_record();
        let page = html(&record);
        for (file, text) in [
            (PAGE, &page),
            ("report.json", &as_json(&record)),
            ("violations.sarif", &sarif(&record)),
        ] {
            write(&folder.join(file), text)?;
        }
        let files = BTreeMap::from([(PAGE.to_owned(), Arc::from(page.as_bytes()))]);
        let token = inner.pages.open_report(Arc::new(files))?;
        Ok((folder, token, PAGE.to_owned()))
    }

    /// The record of what ran so far, those that the host has forgotten among it.
    #[must_use]
    pub fn run_record(&self) -> RunRecord {
        let inner: &Inner = &self.0;
        let mut record = inner.host.record("app", ExitCode::Done, "", Vec::new());
        record.cells.extend(lock(&inner.past).iter().cloned());
        record.cells.sort_by_key(|cell| cell.id);
        record
    }

    /// The last records of the audit log, the newest last; those of one plugin, or of all.
    ///
    /// # Errors
    /// `audit` where it cannot be read.
    pub fn audit(&self, plugin: Option<&str>, last: usize) -> Result<Vec<AuditRecord>, Error> {
        let log = &self.0.log;
        let unreadable = |error: &dyn std::fmt::Display| {
            Error::new("audit", format!("the audit log cannot be read: {error}"))
        };
        if !self.0.is_closed() {
            self.0.host.log().flush()?;
        }
        let filter = Filter { plugin: plugin.map(str::to_owned), ..Filter::default() };
        let last = last.clamp(1, MAX_RECORDS);
        let mut found: VecDeque<AuditRecord> = VecDeque::new();
        for record in read(log).map_err(|error| unreadable(&error))? {
            let record = record.map_err(|error| unreadable(&error))?;
            if filter.matches(&record) {
                found.push_back(audit_record(record));
            }
            if found.len() > last {
                found.pop_front();
            }
        }
        Ok(found.into())
    }

    /// Whether the audit log is as it was written, held against the checkpoints that are kept of it. That
    /// it has no end yet is as it should be.
    ///
    /// # Errors
    /// `audit` where it cannot be read.
    pub fn verify_audit(&self) -> Result<AuditCheck, Error> {
        let inner: &Inner = &self.0;
        let unreadable = |error: &dyn std::fmt::Display| {
            Error::new("audit", format!("the audit log cannot be checked: {error}"))
        };
        if !inner.is_closed() {
            inner.host.log().flush()?;
        }
        let signer = Signer::open_or_create(KEY_NAME, &inner.folder.join("key"));
        let key = signer.map_err(|error| unreadable(&error))?.key().clone();
        let run = RunId::parse(inner.host.run_id()).map_err(|error| unreadable(&error))?;
        let notes = CheckpointSink::file_of(&inner.folder.join("checkpoints"), &run);
        let checkpoints = match notes.is_file() {
            true => SignedCheckpoint::read_all(&notes).map_err(|error| unreadable(&error))?,
            false => Vec::new(),
        };
        let evidence = Evidence { checkpoints, keys: vec![key], ..Evidence::default() };
        let found = verify_log(&inner.log, &evidence).map_err(|error| unreadable(&error))?;
        let intact = !matches!(found.verdict, ChainVerdict::Broken { .. });
        Ok(AuditCheck { intact, records: found.records, text: found.full_sentence() })
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Error::system(&format!("write {}", path.display()), &error))
}

fn audit_record(record: aether::audit::Record) -> AuditRecord {
    AuditRecord {
        seq: record.seq,
        time: record.time,
        plugin: record.plugin,
        cell: record.cell,
        kind: record.kind.as_str().to_owned(),
        action: record.action,
        verdict: record.verdict.as_str().to_owned(),
        object: record.object,
        rule: record.rule,
    }
}

/// What pages hear of an event, and the plugin that it is about.
pub(crate) fn page_event(
    event: &aether::Event,
    plugin_of: impl Fn(u32) -> String,
) -> Option<(Option<String>, Event)> {
    use aether::Event as Told;
    let life = |plugin: &str, cell, state, detail| Event::Lifecycle {
        plugin: plugin.to_owned(),
        cell,
        state,
        detail,
    };
    let (plugin, event) = match event {
        Told::Starting { cell, plugin, .. } => {
            (plugin.clone(), life(plugin, Some(*cell), LifeState::Starting, None))
        }
        Told::Started { cell, plugin } => {
            (plugin.clone(), life(plugin, Some(*cell), LifeState::Started, None))
        }
        Told::Ended { cell, ending } => {
            let plugin = plugin_of(*cell);
            let event = life(&plugin, Some(*cell), LifeState::Ended, Some(ending.to_string()));
            (plugin, event)
        }
        Told::Restarting { plugin, after, .. } => {
            let why = Some(after.to_string());
            (plugin.clone(), life(plugin, None, LifeState::Restarting, why))
        }
        Told::BreakerOpened { plugin, failures, .. } => {
            let why = Some(format!("it has failed {failures} times"));
            (plugin.clone(), life(plugin, None, LifeState::Resting, why))
        }
        Told::BreakerClosed { plugin } => {
            (plugin.clone(), life(plugin, None, LifeState::Started, None))
        }
        Told::Held { plugin, after } => {
            let why = Some(after.to_string());
            (plugin.clone(), life(plugin, None, LifeState::Held, why))
        }
        Told::Pressure { tier, because } => {
            let (tier, because) = (tier.name().to_owned(), because.clone());
            return Some((None, Event::Pressure { tier, because }));
        }
        other => return of_cell(other, plugin_of),
    };
    Some((Some(plugin), event))
}

/// The same for what a cell does.
fn of_cell(
    event: &aether::Event,
    plugin_of: impl Fn(u32) -> String,
) -> Option<(Option<String>, Event)> {
    use aether::Event as Told;
    let (plugin, event) = match event {
        Told::Log { cell, level, message, .. } => {
            let (plugin, cell, message) = (plugin_of(*cell), *cell, message.clone());
            let level = level_word(*level).to_owned();
            (plugin.clone(), Event::Log { plugin, cell, level, message })
        }
        Told::Progress { cell, call, fraction, message } => {
            let (plugin, message) = (plugin_of(*cell), message.clone());
            let (cell, call, fraction) = (*cell, *call, *fraction);
            (plugin.clone(), Event::Progress { plugin, cell, call, fraction, message })
        }
        Told::Denied { cell, denied } => {
            let plugin = plugin_of(*cell);
            let event = Event::Violation {
                plugin: plugin.clone(),
                cell: *cell,
                permission: denied.permission.clone(),
                object: denied.object.clone(),
                message: denied.message.clone(),
                fix: denied.manifest_line.clone(),
                policy_line: denied.policy_line.clone(),
            };
            (plugin, event)
        }
        Told::Finding { cell, finding } => {
            let plugin = plugin_of(*cell);
            let event = Event::Finding {
                plugin: plugin.clone(),
                cell: *cell,
                rule: finding.rule.to_owned(),
                text: finding.sentence.clone(),
                risk: finding.risk,
            };
            (plugin, event)
        }
        Told::Ladder { cell, step } => {
            let plugin = plugin_of(*cell);
            let event = Event::Ladder {
                plugin: plugin.clone(),
                cell: *cell,
                from: word(&step.from),
                to: word(&step.to),
                by: step.by.clone(),
                because: step.because.clone(),
            };
            (plugin, event)
        }
        Told::Emitted { cell, topic, data } => {
            let (plugin, topic, data) = (plugin_of(*cell), topic.clone(), bounded(data));
            (plugin.clone(), Event::Emitted { plugin, cell: *cell, topic, data })
        }
        _ => return None,
    };
    Some((Some(plugin), event))
}

/// What a plugin tells, unless that is long.
fn bounded(data: &Value) -> Value {
    let length = data.to_string().len();
    if length > LONGEST { json!({ "leftOutBytes": length }) } else { data.clone() }
}

const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
