//! What a cell did, counted.

use std::collections::BTreeMap;
use std::time::Instant;

use aether_overlay::Change;
use aether_policy::sensitive;

use crate::limits;

/// Something that was refused, with how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The permission that was missing, such as `filesystem.read`, or the kind of violation.
    pub permission: String,
    /// What was asked for. Plugin-supplied.
    pub object: String,
    /// One sentence: what was refused and why.
    pub message: String,
    /// The exact manifest line that would ask for it; none when nothing would.
    pub manifest_line: Option<String>,
    /// The exact policy line that would allow it; none when nothing would.
    pub policy_line: Option<String>,
    /// How often.
    pub count: u64,
    /// Milliseconds after the cell's start of the first.
    pub first_ms: u64,
    /// Milliseconds after the cell's start of the last.
    pub last_ms: u64,
    /// The first times, one by one.
    pub times: Vec<Time>,
}

/// One time that something was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Milliseconds after the cell's start.
    pub ms: u64,
    /// The number of its record in the audit log, where it has one.
    pub record: Option<u64>,
    /// The method that was asked for, where it was one.
    pub method: String,
}

impl Denied {
    /// What stands in place of a permission where a plugin met a border within its grant.
    pub const BORDER: &'static str = "filesystem.exception";
    /// What stands there where it used up what it may write.
    pub const DISK_LIMIT: &'static str = "resources.disk";

    /// What stands there where a native program was refused a system call.
    pub const SYSTEM_CALL: &'static str = "syscall";

    /// A refusal that nothing would allow, not counted yet.
    #[must_use]
    pub fn of(
        permission: impl Into<String>,
        object: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            permission: permission.into(),
            object: object.into(),
            message: message.into(),
            manifest_line: None,
            policy_line: None,
            count: 0,
            first_ms: 0,
            last_ms: 0,
            times: Vec::new(),
        }
    }

    /// The same, with what is known of this one time.
    #[must_use]
    pub fn this_time(mut self, record: Option<u64>, method: &str) -> Self {
        self.times = vec![Time { ms: 0, record, method: method.to_owned() }];
        self
    }

    /// What stands there where a native program could not have another process.
    pub const PROCESS_LIMIT: &'static str = "resources.processes";

    /// What stands there where something that was written is not among the changes.
    pub const LEFT_OUT: &'static str = "filesystem.left-out";

    /// What stands there where it called its host too often in too short a time.
    pub const RATE: &'static str = "resources.rates";

    /// What stands there where a token did not allow what it was presented for.
    pub const TOKEN: &'static str = "token";

    /// What stands there where its store could not be used.
    pub const STORE: &'static str = "kv";

    /// What stands there where it named a blob that is not there, or not for it.
    pub const BLOB: &'static str = "blob";

    /// Whether it weighs more than most: a way out of the container was tried, or a place where people
    /// keep secrets.
    #[must_use]
    pub fn is_weighty(&self) -> bool {
        match self.permission.as_str() {
            Self::SYSTEM_CALL | Self::TOKEN => true,
            "filesystem.read" | "filesystem.write" => sensitive::reached_by(&self.object).is_some(),
            _ => false,
        }
    }

    /// Whether it was a limit, and not the grant, that refused.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        Self::names_limit(&self.permission)
    }

    /// Whether what stands in place of a permission is a limit.
    #[must_use]
    pub fn names_limit(permission: &str) -> bool {
        matches!(permission, Self::DISK_LIMIT | Self::PROCESS_LIMIT | Self::RATE)
    }
}

/// A token that was wanted, and what became of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// What for, such as `host-write below /workspace/out`.
    pub want: String,
    /// Whether it was issued.
    pub issued: bool,
    /// The policy's line or the person who decided, or why nobody could.
    pub by: String,
    /// Why it was wanted, in the plugin's own words.
    pub why: String,
    /// How often it could be used.
    pub uses: u32,
    /// Milliseconds that it lived at most.
    pub lifetime_ms: u64,
    /// Milliseconds after the cell's start.
    pub at_ms: u64,
}

/// Plain counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests from the cell.
    pub calls: u64,
    /// Bytes from the cell, attachments included.
    pub bytes_in: u64,
    /// Bytes to the cell, attachments included.
    pub bytes_out: u64,
    /// Bytes of log text, dropped ones included.
    pub log_bytes: u64,
    /// Log lines that were dropped.
    pub log_dropped: u64,
    /// Refused requests.
    pub denials: u64,
    /// Calls and messages that came too fast. They are no denials, so that a flood of them does not
    /// use up what is recorded of those.
    pub too_fast: u64,
    /// Protocol violations.
    pub strikes: u32,
}

/// How often a line of a grant allowed something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// How often.
    pub count: u64,
    /// Milliseconds after the cell's start of the last.
    pub last_ms: u64,
}

/// What a cell did, counted, and what it was refused.
#[derive(Clone, Debug)]
pub struct Ledger {
    started: Instant,
    /// Plain counts.
    pub totals: Totals,
    /// The digest of the version that wrote its store last, where that is another one.
    pub stored_by: Option<String>,
    /// Uses of each line of the grant, by the line's index.
    pub uses: BTreeMap<usize, Uses>,
    denied: BTreeMap<(String, String), Denied>,
    /// How many of them weigh much.
    weighty: usize,
    /// Refusals of things that were not kept one by one.
    pub more_denied: u64,
    /// Tokens that were wanted, in that order; the first of them.
    pub elevations: Vec<Elevation>,
    /// Those that were not kept one by one.
    pub more_elevations: u64,
    /// Changes that were made on disk at once, where the policy says so; the first of them.
    pub at_once: Vec<Change>,
    /// Changes of those that were not kept one by one.
    pub more_at_once: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            totals: Totals::default(),
            stored_by: None,
            uses: BTreeMap::new(),
            denied: BTreeMap::new(),
            weighty: 0,
            more_denied: 0,
            elevations: Vec::new(),
            more_elevations: 0,
            at_once: Vec::new(),
            more_at_once: 0,
        }
    }

    /// Notes a change that was made on disk at once. Of a path that is changed again and again in the
    /// same way the last counts.
    pub(crate) fn changed_at_once(&mut self, change: &Change) {
        let same = |known: &Change| known.path == change.path && known.kind == change.kind;
        if let Some(known) = self.at_once.iter_mut().rev().find(|known| same(known)) {
            known.clone_from(change);
        } else if self.at_once.len() < limits::AT_ONCE_KEPT {
            self.at_once.push(change.clone());
        } else {
            self.more_at_once += 1;
        }
    }

    /// Notes what became of a wish for a token.
    pub(crate) fn elevated(&mut self, elevation: Elevation) {
        if self.elevations.len() < limits::ELEVATIONS_KEPT {
            self.elevations.push(elevation);
        } else {
            self.more_elevations += 1;
        }
    }

    /// What was refused, ordered by permission and object.
    pub fn denied(&self) -> impl Iterator<Item = &Denied> {
        self.denied.values()
    }

    /// How many different ones there were that weigh much.
    pub(crate) const fn weighty(&self) -> usize {
        self.weighty
    }

    /// Whether the disk limit was ever met.
    #[must_use]
    pub fn disk_limit_met(&self) -> bool {
        self.denied.values().any(|denied| denied.permission == Denied::DISK_LIMIT)
    }

    /// Whether a refusal came with this manifest line as advice.
    #[must_use]
    pub fn advised(&self, line: &str) -> bool {
        self.denied.values().any(|denied| denied.manifest_line.as_deref() == Some(line))
    }

    /// Milliseconds since the cell's start.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn used(&mut self, line: usize) {
        let last_ms = self.now_ms();
        let uses = self.uses.entry(line).or_default();
        *uses = Uses { count: uses.count + 1, last_ms };
    }

    /// Counts a refusal; gives it back when it is the first of its kind.
    pub(crate) fn refused(&mut self, denied: Denied) -> Option<Denied> {
        self.totals.denials += 1;
        self.keep(denied)
    }

    /// Counts what came too fast; gives its number of all, and it back as [`Ledger::refused`] does.
    pub(crate) fn too_fast(&mut self, limited: Denied) -> (u64, Option<Denied>) {
        self.totals.too_fast += 1;
        (self.totals.too_fast, self.keep(limited))
    }

    fn keep(&mut self, mut denied: Denied) -> Option<Denied> {
        let now = self.now_ms();
        denied.times.iter_mut().for_each(|time| time.ms = now);
        let key = (denied.permission.clone(), denied.object.clone());
        if let Some(known) = self.denied.get_mut(&key) {
            known.count += 1;
            known.last_ms = now;
            if known.times.len() < limits::TIMES_KEPT {
                known.times.append(&mut denied.times);
            }
            return None;
        }
        let weighty = denied.is_weighty();
        let (kept, most) = match weighty {
            true => (self.weighty, limits::WEIGHTY_KEPT),
            false => (self.denied.len() - self.weighty, limits::DENIALS_KEPT),
        };
        if kept >= most {
            self.more_denied += 1;
            return None;
        }
        self.weighty += usize::from(weighty);
        denied.count = 1;
        (denied.first_ms, denied.last_ms) = (now, now);
        self.denied.insert(key, denied.clone());
        Some(denied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(object: &str) -> Denied {
        Denied::of("filesystem.read", object, "")
    }

    #[test]
    fn the_same_refusal_is_kept_once_and_counted() {
        let mut ledger = Ledger::new();
        assert!(ledger.refused(denied("/a")).is_some());
        assert!(ledger.refused(denied("/a")).is_none());
        assert!(ledger.refused(denied("/b")).is_some());
        assert_eq!(ledger.denied().map(|d| d.count).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(ledger.totals.denials, 3);
    }

    #[test]
    fn a_flood_of_different_refusals_stays_bounded() {
        let mut ledger = Ledger::new();
        for index in 0..limits::DENIALS_KEPT as u64 + 10 {
            ledger.refused(denied(&index.to_string()));
        }
        assert_eq!(ledger.denied().count(), limits::DENIALS_KEPT);
        assert_eq!(ledger.more_denied, 10);
        // What weighs much is kept beside them.
        assert!(ledger.refused(denied("/root/.ssh/id_rsa")).is_some());
        assert!(ledger.refused(Denied::of(Denied::SYSTEM_CALL, "bpf", "")).is_some());
        for index in 0..limits::WEIGHTY_KEPT {
            ledger.refused(Denied::of(Denied::SYSTEM_CALL, index.to_string(), ""));
        }
        assert_eq!(ledger.denied().count(), limits::DENIALS_KEPT + limits::WEIGHTY_KEPT);
        assert_eq!(ledger.more_denied, 12);
    }
}
