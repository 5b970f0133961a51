//! Attacks on resources and on what is outside, and by which rule each must be found.

use aether_monitor::Act;

use super::cell::{Cell, mega};
use super::honest::Honest;
use super::watcher;

/// A kind of attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hostile {
    /// Processes double.
    ForkBomb,
    /// Processes are added one after another, below what a bomb does.
    SlowFork,
    /// Memory grows until the limit.
    MemoryRamp,
    /// Files grow as fast as they can.
    DiskFill,
    /// Descriptors are opened and never closed.
    DescriptorLeak,
    /// A core is used up for nothing.
    BusyLoop,
    /// Calls come without end.
    CallFlood,
    /// A host is told that the cell is there, on and on.
    Beacon,
    /// Data leaves little by little.
    SlowLeak,
    /// The same within one request that never ends.
    SlowStream,
    /// A secret is read and something is sent.
    Theft,
    /// What is open is tried out.
    Scan,
    /// The same, no faster than programs are refused what they look for when they start.
    SlowScan,
}

impl Hostile {
    /// All kinds.
    pub(crate) const ALL: [Self; 13] = [
        Self::ForkBomb,
        Self::SlowFork,
        Self::MemoryRamp,
        Self::DiskFill,
        Self::DescriptorLeak,
        Self::BusyLoop,
        Self::CallFlood,
        Self::Beacon,
        Self::SlowLeak,
        Self::SlowStream,
        Self::Theft,
        Self::Scan,
        Self::SlowScan,
    ];

    /// The rules of which one must find it.
    pub(crate) const fn rules(self) -> &'static [&'static str] {
        match self {
            Self::ForkBomb => &["fork-bomb", "forecast"],
            Self::SlowFork | Self::MemoryRamp => &["forecast"],
            Self::BusyLoop => &["busy-loop"],
            Self::DiskFill | Self::DescriptorLeak | Self::CallFlood => &["unusual", "rare"],
            Self::Beacon => &["beacon"],
            Self::SlowLeak | Self::SlowStream => &["leak"],
            Self::Theft => &["secret-then-egress"],
            Self::Scan | Self::SlowScan => &["scan"],
        }
    }

    /// Within how many seconds.
    pub(crate) const fn within(self) -> f64 {
        match self {
            Self::Beacon | Self::SlowLeak | Self::SlowStream | Self::SlowScan => 60.0,
            _ => 2.0,
        }
    }

    /// Seconds until one of its rules finds it, after 100 seconds of honest work.
    pub(crate) fn delay(self, seed: u64, size: f64) -> Option<f64> {
        let (mut watcher, mut cell) = (watcher(), Cell::new(seed));
        for tick in 0..400 {
            let work = if tick % 80 < 40 { Honest::Idle } else { Honest::Serve };
            cell.tick(&mut watcher, |cell| work.step(cell, tick, 0.2));
        }
        Honest::done(&mut cell);
        let began = cell.sample.at;
        (0..280).find_map(|tick| {
            let noticed = cell.tick(&mut watcher, |cell| self.step(cell, tick, size));
            let found = noticed.findings.iter().any(|finding| self.rules().contains(&finding.rule));
            found.then(|| (cell.sample.at - began).as_secs_f64())
        })
    }

    /// The `tick`th tick of this attack; `size` between 0 and 1 says how fierce it is.
    pub(crate) fn step(self, cell: &mut Cell, tick: u64, size: f64) {
        let number = tick as f64;
        match self {
            Self::ForkBomb => {
                let doubled = 1.0 + (number * (0.6 + 0.4 * size)).exp2();
                cell.sample.processes = (doubled as u64).min(64);
                cell.compute(1.0);
            }
            Self::SlowFork => {
                cell.sample.processes = (1 + ((tick + 1) as f64 * (1.0 + size)) as u64).min(64);
            }
            Self::MemoryRamp => {
                cell.sample.memory = mega((30.0 + (number + 1.0) * (4.0 + 20.0 * size)).min(256.0));
                cell.compute(0.5);
            }
            Self::DiskFill => cell.sample.written += mega(14.0 + 20.0 * size),
            Self::DescriptorLeak => cell.sample.descriptors += 14 + (60.0 * size) as u64,
            Self::BusyLoop => {
                let load = cell.random.between(0.95, 1.0);
                cell.compute(load);
            }
            Self::CallFlood => {
                cell.call(200 + (2_000.0 * size) as u64);
                cell.compute(0.6);
            }
            Self::Beacon => beacon(cell, tick, size),
            Self::SlowLeak => slow_leak(cell, tick, size),
            Self::SlowStream => slow_stream(cell, tick, size),
            Self::Theft => theft(cell, tick),
            Self::Scan => scan(cell, tick),
            Self::SlowScan => slow_scan(cell, tick, size),
        }
    }
}

/// A small request each 2 to 6 seconds, with the jitter of a real network.
fn beacon(cell: &mut Cell, tick: u64, size: f64) {
    let each = 8 + (size * 16.0) as u64;
    if tick.is_multiple_of(each) {
        cell.request("c2.example.net", 180, 90);
    }
}

/// One to four kilobytes a second, in pieces.
fn slow_leak(cell: &mut Cell, tick: u64, size: f64) {
    if tick.is_multiple_of(4) {
        let sent = cell.random.between(0.8, 1.2) * (1_000.0 + 3_000.0 * size);
        cell.request(&format!("drop{}.example.net", tick % 7), sent as u64, 60);
    }
}

/// As much, in one upload.
fn slow_stream(cell: &mut Cell, tick: u64, size: f64) {
    if tick == 0 {
        cell.request("drop.example.net", 0, 0);
    }
    let sent = cell.random.between(0.8, 1.2) * (250.0 + 750.0 * size);
    cell.flow(sent as u64, 0);
}

fn theft(cell: &mut Cell, tick: u64) {
    match tick {
        0 => {
            cell.acts.push(Act::Read { place: "/home/.ssh/id_ed25519".to_owned(), sensitive: true })
        }
        3 => cell.request("drop.example.net", 900, 20),
        _ => {}
    }
}

fn scan(cell: &mut Cell, tick: u64) {
    for number in 0..5 {
        cell.is_refused(format!("/etc/{}", tick * 5 + number));
    }
}

/// Nine to eleven new things in ten seconds.
fn slow_scan(cell: &mut Cell, tick: u64, size: f64) {
    let each = 0.225 + 0.05 * size;
    let (before, after) = ((tick as f64 * each) as u64, ((tick + 1) as f64 * each) as u64);
    for number in before..after {
        cell.is_refused(format!("/etc/{number}"));
    }
}
