//! A run of ten plugins in which one, `crm-sync`, is not what it said it was: every field of a
//! record is used. And runs of any size with the same figures.

use aether_report::*;

use crate::fixture::{plugin, posture, triage};
use crate::misdeeds::{go_wrong, growing, near_memory, refused};

const MINUTE: u64 = 60_000;

/// Names, and how much processor, memory (of 64 MB), storage, network and calls each uses.
const PLUGINS: [(&str, [u64; 5]); 10] = [
    ("mail-intake", [20, 30, 40, 70, 60]),
    ("attachment-scan", [80, 70, 90, 0, 40]),
    ("pdf-text", [95, 88, 30, 0, 20]),
    ("lang-detect", [40, 20, 0, 0, 30]),
    ("summarise", [60, 45, 0, 30, 25]),
    ("ticket-match", [25, 25, 20, 0, 80]),
    ("crm-sync", [50, 100, 10, 100, 100]),
    ("notify", [10, 12, 0, 20, 15]),
    ("archive", [15, 18, 100, 0, 35]),
    ("metrics", [5, 8, 0, 0, 10]),
];

/// The cell that goes wrong.
const BAD: u32 = 6;

pub(crate) fn incident() -> RunRecord {
    RunRecord {
        name: "support-inbox".into(),
        kept_as: Some("20260301T120000-04711-3".into()),
        duration_ms: 2 * MINUTE + 14_000,
        outcome: Outcome {
            kind: OutcomeKind::Violation,
            text: "crm-sync was ended by the monitor: it sent what it had read to a host that its \
                   grant does not name"
                .into(),
            exit_code: 4,
        },
        cells: (0..10).map(|id| cell(id, 10)).collect(),
        edges: edges(),
        messages: messages(),
        more_messages: 1834,
        shared: shared(),
        notes: vec!["the host was short of memory from 1 min 20 s to 1 min 34 s".into()],
        ..triage()
    }
}

/// A run of `number` plugins, every eighth of which goes wrong in one way or another.
pub(crate) fn crowd(number: u32) -> RunRecord {
    let edge = |id: u32| Edge {
        from: id,
        to: (id * 7 + 5) % number.max(1),
        via: "pipeline".into(),
        calls: u64::from(id % 9) + 1,
        bytes: 1 << (id % 23),
        refused: u64::from(id % 17 == 6) * 3,
        why: (id % 17 == 6).then(|| "no grant for `plugins` names it".into()),
    };
    RunRecord {
        name: "nightly-batch".into(),
        cells: (0..number).map(|id| cell(id, number)).collect(),
        edges: (0..number).filter(|_| number > 1).map(edge).collect(),
        messages: Vec::new(),
        shared: Vec::new(),
        more_messages: 0,
        ..incident()
    }
}

fn cell(id: u32, number: u32) -> CellRecord {
    let (name, weights) = PLUGINS[id as usize % PLUGINS.len()];
    let is_bad = id % 8 == BAD;
    let step = if number > 10 { format!("{name}-{id}") } else { name.to_owned() };
    let started_ms = u64::from(id) * 2 * MINUTE / u64::from(number.max(10)) / 2 + 120;
    let mut cell = CellRecord {
        id,
        step: (number > 1).then_some(step),
        plugin: plugin(name, "1.4.2"),
        runtime: ["javascript", "wasm", "native"][id as usize % 3].into(),
        started_ms,
        posture: posture(id % 10 == 8),
        exit: Exit { kind: ExitKind::Done, text: String::new() },
        resources: resources(weights, started_ms, is_bad, id),
        grants: grants(name),
        egress: egress(name, is_bad),
        ..CellRecord::default()
    };
    if is_bad {
        go_wrong(&mut cell);
    }
    if id % 10 == 2 {
        cell.violations.push(near_memory(&cell));
        cell.findings.push(growing());
    }
    if id % 10 == 8 {
        cell.changes = changes();
    }
    cell
}

fn resources(weights: [u64; 5], started: u64, is_bad: bool, seed: u32) -> Resources {
    let [cpu, memory, storage, network, calls] = weights;
    let wall_ms = if is_bad { 96_000 } else { 2 * MINUTE - started / 4 };
    let mut now = Sample::default();
    let mut noise = u64::from(seed) * 7919 + 17;
    let mut sample = |step: u64| {
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wave = 30 + (noise >> 33) % 71;
        let each = wall_ms / 48;
        let burst = if is_bad && step > 28 { 4 } else { 1 };
        now.t_ms = started + step * each;
        now.memory = (memory << 20) * 64 / 100 * (20 + (step * 2).min(80)) / 100;
        now.cpu_ms += each * cpu * wave / 10_000;
        now.calls += calls * wave / 60 * burst;
        now.read += storage * wave * 900;
        now.written += storage * wave * 210;
        now.bytes_in += network * wave * 300;
        now.bytes_out += network * wave * 120 * burst;
        now.processes = 1;
        now.threads = 3 + step % 2;
        now.descriptors = 9 + cpu / 20;
        now.denials += if is_bad && step > 24 { wave / 12 } else { 0 };
        now
    };
    let samples: Vec<Sample> = (1..=48).map(&mut sample).collect();
    let last = samples.last().copied().unwrap_or_default();
    Resources {
        memory_limit: 64 << 20,
        memory_peak: samples.iter().map(|sample| sample.memory).max().unwrap_or(0),
        cpu_ms: last.cpu_ms,
        wall_ms,
        wall_limit_ms: 4 * MINUTE,
        disk_limit: 64 << 20,
        disk_used: last.written.min(60 << 20),
        calls: last.calls,
        bytes_in: last.bytes_in,
        bytes_out: last.bytes_out,
        log_bytes: 1820,
        samples,
    }
}

pub(crate) fn at(name: &str, line: u32) -> Location {
    Location { file: format!("plugins/{name}/aether-plugin.json"), line, column: 17 }
}

fn grants(name: &str) -> Vec<GrantUse> {
    let grant = |permission: &str, pattern: &str, line, used: u64| GrantUse {
        permission: permission.into(),
        pattern: pattern.into(),
        host: pattern.starts_with("./").then(|| format!("/srv/inbox/{}", &pattern[2..])),
        manifest: Some(at(name, line)),
        used,
        last_used_ms: (used > 0).then_some(92_400),
    };
    let mut grants = vec![
        grant("filesystem.read", "./spool/**", 8, 1240),
        grant("plugins", "ticket-match:find", 14, 36),
    ];
    if matches!(name, "crm-sync" | "mail-intake") {
        grants.push(grant("network.domains", "https://api.crm.example", 11, 212));
        grants.push(grant("environment", "TZ", 17, 0));
    }
    grants
}

fn egress(name: &str, is_bad: bool) -> Vec<EgressRecord> {
    let to = |destination: &str, allowed, refused, bytes_out, bytes_in| EgressRecord {
        destination: destination.into(),
        allowed,
        refused,
        bytes_out,
        bytes_in,
        first_ms: 62_000,
        last_ms: 97_300,
    };
    match name {
        "crm-sync" if is_bad => vec![
            to("api.crm.example:443", 212, 0, 812_000, 2_410_000),
            to("203.0.113.77:443", 0, 41, 0, 0),
            to("paste.example.net:443", 0, 6, 0, 0),
        ],
        "mail-intake" => vec![to("imap.example.com:993", 18, 0, 9_000, 5_120_000)],
        _ => Vec::new(),
    }
}

fn changes() -> Vec<ChangeRecord> {
    let change = |path: &str, kind, bytes, flags: &[&str]| ChangeRecord {
        path: format!("/workspace/{path}"),
        host: Some(format!("/srv/inbox/{path}")),
        kind,
        bytes,
        flags: flags.iter().map(|flag| (*flag).into()).collect(),
        ..ChangeRecord::default()
    };
    vec![
        change("archive/2026-03-01.tar", ChangeKind::Create, 48_201_331, &[]),
        change("archive/index.db", ChangeKind::Modify, 182_000, &[]),
        change("spool/0001.eml", ChangeKind::Delete, 0, &[]),
        change("archive/rotate.sh", ChangeKind::Create, 412, &["executable", "at-once"]),
        ChangeRecord {
            from: Some("/workspace/archive/tmp".into()),
            ..change("archive/2026", ChangeKind::Rename, 0, &[])
        },
        ChangeRecord {
            to: Some("../../etc".into()),
            ..change("archive/latest", ChangeKind::Symlink, 0, &["dotfile"])
        },
    ]
}

fn edges() -> Vec<Edge> {
    let edge = |from, to, via: &str, calls, bytes| Edge {
        from,
        to,
        via: via.into(),
        calls,
        bytes,
        ..Edge::default()
    };
    vec![
        edge(0, 1, "pipeline", 18, 5_120_000),
        edge(1, 2, "pipeline", 12, 3_900_000),
        edge(2, 3, "pipeline", 12, 310_000),
        edge(3, 4, "pipeline", 12, 305_000),
        edge(2, 4, "text.pages", 40, 280_000),
        edge(4, 5, "ticket.find", 36, 22_000),
        edge(5, 6, "pipeline", 36, 18_000),
        edge(5, 7, "pipeline", 36, 9_000),
        edge(1, 8, "pipeline", 18, 48_000_000),
        Edge {
            refused: 9,
            why: Some("its grant names ticket-match:find alone".into()),
            ..edge(6, 0, "mail.read", 0, 0)
        },
        Edge {
            refused: 2,
            why: Some("archive takes no calls".into()),
            ..edge(6, 8, "archive.export", 0, 0)
        },
    ]
}

fn messages() -> Vec<Message> {
    let mut messages = Vec::new();
    for round in 0..12u64 {
        for (order, edge) in edges().iter().enumerate() {
            let is_late = edge.refused > 0;
            if is_late && round < 6 {
                continue;
            }
            messages.push(Message {
                at_ms: 14_000 + round * 8_000 + order as u64 * 610,
                took_ms: 120 + round,
                from: edge.from,
                to: edge.to,
                via: edge.via.clone(),
                bytes: edge.bytes / edge.calls.max(1),
                refused: edge.why.clone(),
            });
        }
    }
    messages.sort_by_key(|message| message.at_ms);
    messages
}

fn shared() -> Vec<Shared> {
    let thing = |kind, name: &str, writers: &[u32], readers: &[u32]| Shared {
        kind,
        name: name.into(),
        writers: writers.to_vec(),
        readers: readers.to_vec(),
    };
    vec![
        thing(SharedKind::File, "/srv/inbox/spool", &[0], &[1, 6]),
        thing(SharedKind::Topic, "ticket.changed", &[5], &[7, 9]),
        thing(SharedKind::Blob, "attachments", &[1], &[2, 8]),
    ]
}

/// 100 000 things that happened, in 200 plugins: what the page must take in its stride.
pub(crate) fn hundred_thousand() -> RunRecord {
    let mut record = crowd(200);
    let name = "crm-sync";
    for (id, cell) in record.cells.iter_mut().enumerate() {
        let each = |number: u64| {
            let object = format!("/home/ada/documents/{id}/secret-{number}.txt");
            let rule = ["file-read-denied", "file-write-denied", "network-denied"];
            let rule = rule[number as usize % rule.len()];
            refused(name, rule, "filesystem.read", &object, number % 97, 1000 + number)
        };
        cell.violations = (0..500).map(each).collect();
    }
    record
}
