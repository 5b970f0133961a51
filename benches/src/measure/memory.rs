//! What an idle cell costs.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use aether::{Cell, Host, Plugin};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use super::ms;
use crate::figure::{Aim, Figure};
use crate::machine::field;
use crate::run::Document;
use crate::scene::{Scene, hello, start};
use crate::spread::Spread;

/// Mebibytes of private memory of an idle cell.
const PRIVATE: f64 = 5.0;

/// Live cells on one machine.
const MANY: usize = 500;

/// Descriptors that the host holds per cell, generously; and for everything else.
const DESCRIPTORS: u64 = 12;
const OTHER_DESCRIPTORS: u64 = 256;

/// Memory that must be free before many cells are started.
const FREE_MIB: u64 = 6 << 10;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    raise_descriptors();
    let host = scene.host("memory.jsonl")?;
    let plugin = host.load(hello())?;
    let rows = [
        ("memory.private", "private memory of an idle hello cell", Aim::AtMost(PRIVATE)),
        ("memory.pss", "proportional memory of an idle hello cell", Aim::None),
        ("memory.host", "growth of the host per idle cell", Aim::None),
    ];
    idle(scene.args.size(50, 10), &host, &plugin, rows, document)?;
    let free = field("/proc/meminfo", "MemAvailable:").unwrap_or(0) >> 10;
    if scene.args.quick {
        document.notes.push(format!("quick: {MANY} live cells are left out"));
    } else if free < FREE_MIB {
        document.notes.push(format!("{free} MiB are free: {MANY} live cells are left out"));
    } else {
        many(&host, &plugin, document)?;
    }
    Ok(())
}

/// Cells that have answered once and wait: what is private of each, its proportion of what is shared, and
/// what its host grows by.
pub(super) fn idle(
    count: usize,
    host: &Host,
    plugin: &Plugin,
    rows: [(&'static str, &'static str, Aim); 3],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let others = children();
    let before = own_memory();
    let cells = live(count, host, plugin)?;
    let after = own_memory();
    let pids: Vec<u32> = children().difference(&others).copied().collect();
    let (mut private, mut shared) = (Vec::new(), Vec::new());
    for pid in pids {
        let Some(memory) = memory_of(pid) else { continue };
        private.push(memory.private);
        shared.push(memory.proportional);
    }
    if private.is_empty() {
        document.notes.push("the memory of cells is readable by root only".to_owned());
    }
    let grown = vec![after.saturating_sub(before) as f64 / 1024.0 / count as f64];
    for ((id, what, aim), samples) in rows.into_iter().zip([private, shared, grown]) {
        if let Some(spread) = Spread::of(samples) {
            document.figures.push(Figure::new(id, what, "MiB", spread).aim(aim));
        }
    }
    for cell in cells {
        cell.stop();
    }
    Ok(())
}

/// Many at once: each is started, answers, and answers again when all are there.
fn many(host: &Host, plugin: &Plugin, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let cells = live(MANY, host, plugin)?;
    let per_cell = ms(began.elapsed()) / MANY as f64;
    let mut answers = Vec::with_capacity(MANY);
    for cell in &cells {
        let began = Instant::now();
        cell.call("hello", json!({}))?;
        answers.push(ms(began.elapsed()));
    }
    let began = Instant::now();
    for cell in cells {
        cell.stop();
    }
    let stopped = ms(began.elapsed()) / MANY as f64;
    let rows = [
        ("memory.many.start", "start and first answer with 500 live cells, mean", vec![per_cell]),
        ("memory.many.answer", "call with 500 live cells", answers),
        ("memory.many.stop", "end of a cell with 500 live cells, mean", vec![stopped]),
    ];
    for (id, what, samples) in rows {
        if let Some(spread) = Spread::of(samples) {
            document.figures.push(Figure::new(id, what, "ms", spread));
        }
    }
    Ok(())
}

fn live(count: usize, host: &Host, plugin: &Plugin) -> Result<Vec<Cell>, Box<dyn Error>> {
    let mut cells = Vec::with_capacity(count);
    for _ in 0..count {
        let cell = start(host, plugin)?;
        cell.call("hello", json!({}))?;
        cells.push(cell);
    }
    // The last samples of usage after a call are taken a moment later.
    std::thread::sleep(Duration::from_millis(200));
    Ok(cells)
}

/// Mebibytes.
struct Memory {
    private: f64,
    proportional: f64,
}

/// As the kernel adds it up, proc(5), `smaps_rollup`.
fn memory_of(pid: u32) -> Option<Memory> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let mib = |name| field(&path, name).map(|kilobytes| kilobytes as f64 / 1024.0);
    Some(Memory {
        private: mib("Private_Clean:")? + mib("Private_Dirty:")?,
        proportional: mib("Pss:")?,
    })
}

/// Resident kilobytes of this process.
fn own_memory() -> u64 {
    field("/proc/self/status", "VmRSS:").unwrap_or(0)
}

/// The processes whose parent is this one.
fn children() -> BTreeSet<u32> {
    let own = std::process::id();
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // The name may hold blanks: fields are counted from behind it.
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split(' ').nth(2));
            parent.and_then(|parent| parent.parse().ok()) == Some(own)
        })
        .collect()
}

/// As many descriptors as many cells need, if that is allowed.
fn raise_descriptors() {
    let want = MANY as u64 * DESCRIPTORS + OTHER_DESCRIPTORS;
    let now = getrlimit(Resource::Nofile);
    if now.current.is_some_and(|current| current < want) {
        let most = now.maximum.unwrap_or(want);
        let limit = Rlimit { current: Some(want.min(most)), maximum: now.maximum };
        // Without it a start fails and says so.
        let _unchanged = setrlimit(Resource::Nofile, limit);
    }
}
