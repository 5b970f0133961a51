//! How much a plugin may use up.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aether_source::{Fields, Item, Span, Value};

use crate::Rates;
use crate::quantity::{read_duration, read_size, show_duration, show_size};

/// Least memory a plugin can ask for: no engine starts in less.
pub const MIN_MEMORY: u64 = 4 << 20;
/// Most memory a plugin can ask for (64 GiB). Against "no limit" in disguise.
pub const MAX_MEMORY: u64 = 64 << 30;
/// Least time a plugin can ask for.
pub const MIN_TIMEOUT: Duration = Duration::from_millis(10);
/// Most time a plugin can ask for (one day). Against "no limit" in disguise.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// Least processor share, in thousandths of a core: below it a plugin does not get going.
pub const MIN_CPU_MILLIS: u32 = 10;
/// Most processor share, in thousandths of a core (256 cores). Against "no limit" in disguise.
pub const MAX_CPU_MILLIS: u32 = 256_000;
/// Most that may be written (64 GiB); writes are kept in memory until they are applied.
pub const MAX_DISK: u64 = 64 << 30;
/// Most processes and threads. Beyond it a fork bomb fills the system's process table.
pub const MAX_PROCESSES: u32 = 4096;

/// The limits of one plugin, with their defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// Memory in bytes; 256 MiB by default.
    pub memory: u64,
    /// Wall time of one call; 30 s by default.
    pub timeout: Duration,
    /// Processor share in thousandths of a core; 1000 by default.
    pub cpu_millis: u32,
    /// Bytes that may be written; 64 MiB by default.
    pub disk: u64,
    /// Processes and threads; 16 by default.
    pub processes: u32,
    /// How fast it means to call its host at most; never more than it may.
    pub rates: Rates,
    /// Where each limit that the file gives stands.
    places: BTreeMap<Limit, Span>,
}

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// `memory`
    Memory,
    /// `timeout`
    Timeout,
    /// `cpu`
    Cpu,
    /// `disk`
    Disk,
    /// `processes`
    Processes,
}

impl Limit {
    /// All of them, in the order they are shown.
    pub const ALL: [Limit; 5] =
        [Limit::Memory, Limit::Timeout, Limit::Cpu, Limit::Disk, Limit::Processes];

    /// Its key in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Limit::Memory => "memory",
            Limit::Timeout => "timeout",
            Limit::Cpu => "cpu",
            Limit::Disk => "disk",
            Limit::Processes => "processes",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl Default for Resources {
    fn default() -> Self {
        Resources {
            memory: 256 << 20,
            timeout: Duration::from_secs(30),
            cpu_millis: 1000,
            disk: 64 << 20,
            processes: 16,
            rates: Rates::default(),
            places: BTreeMap::new(),
        }
    }
}

impl Resources {
    const KEYS: &'static [&'static str] = &["memory", "timeout", "cpu", "disk", "processes"];

    /// A policy's rates are no ceilings, and stand by themselves.
    const IN_MANIFEST: &'static [&'static str] =
        &["memory", "timeout", "cpu", "disk", "processes", "rates"];

    /// Where the file asks for this limit; nothing when the default stands.
    pub fn place_of(&self, limit: Limit) -> Option<Span> {
        self.places.get(&limit).copied()
    }

    /// Whether the file asks for this limit.
    pub fn is_requested(&self, limit: Limit) -> bool {
        self.places.contains_key(&limit)
    }

    /// The limit as it is written in a manifest, for people.
    pub fn show(&self, limit: Limit) -> String {
        match limit {
            Limit::Memory => show_size(self.memory),
            Limit::Timeout => show_duration(self.timeout),
            Limit::Cpu => format!("{}", f64::from(self.cpu_millis) / 1000.0),
            Limit::Disk => show_size(self.disk),
            Limit::Processes => self.processes.to_string(),
        }
    }

    /// Reads an object of limits (`memory`, `timeout`, `cpu`, `disk`, `processes`), reporting what
    /// is wrong; what is left out or wrong keeps its default.
    pub fn read(item: &Item<'_>) -> Option<Resources> {
        Self::of(&item.fields(Resources::KEYS)?)
    }

    /// Reads a manifest's `resources`: limits, and rates.
    pub(crate) fn read_in_manifest(item: &Item<'_>) -> Option<Resources> {
        let fields = item.fields(Resources::IN_MANIFEST)?;
        let mut found = Self::of(&fields)?;
        found.rates = fields.get("rates").and_then(|item| Rates::read(&item)).unwrap_or_default();
        Some(found)
    }

    fn of(fields: &Fields<'_>) -> Option<Resources> {
        let mut found = Resources::default();
        for limit in Limit::ALL {
            if let Some(item) = fields.get(limit.as_str())
                && found.set(limit, &item).is_some()
            {
                found.places.insert(limit, item.span());
            }
        }
        Some(found)
    }

    fn set(&mut self, limit: Limit, item: &Item<'_>) -> Option<()> {
        match limit {
            Limit::Memory => {
                let value = read_size(item)?;
                self.memory = within(item, limit, value, MIN_MEMORY, MAX_MEMORY, show_size)?;
            }
            Limit::Timeout => {
                let value = read_duration(item)?;
                self.timeout = within(item, limit, value, MIN_TIMEOUT, MAX_TIMEOUT, show_duration)?;
            }
            Limit::Cpu => self.cpu_millis = cpu(item)?,
            Limit::Disk => {
                let value = read_size(item)?;
                self.disk = within(item, limit, value, 1, MAX_DISK, show_size)?;
            }
            Limit::Processes => {
                let most = u64::from(MAX_PROCESSES);
                let value = within(item, limit, item.whole()?, 1, most, |n| n.to_string())?;
                self.processes = u32::try_from(value).ok()?;
            }
        }
        Some(())
    }
}

/// Reads a processor share: a number of cores.
fn cpu(item: &Item<'_>) -> Option<u32> {
    if let Value::String(_) = &item.node().value {
        return item.expected("a number of cores, such as 0.5 or 2");
    }
    let show = |millis: f64| format!("{}", millis / 1000.0);
    let millis = (item.number()? * 1000.0).round();
    let least = f64::from(MIN_CPU_MILLIS);
    let most = f64::from(MAX_CPU_MILLIS);
    // Within the range the conversion is exact.
    within(item, Limit::Cpu, millis, least, most, show).map(|millis| millis as u32)
}

fn within<T: PartialOrd + Copy>(
    item: &Item<'_>,
    limit: Limit,
    value: T,
    least: T,
    most: T,
    show: impl Fn(T) -> String,
) -> Option<T> {
    if value >= least && value <= most {
        return Some(value);
    }
    let (least, most) = (show(least), show(most));
    let message = format!("`{limit}` must be from {least} to {most}");
    item.error_with("limit-range", message, "leave the key out for the default");
    None
}
