//! Records to make reports from.

use aether_report::*;

/// A run of three plugins in which the second asks for too much and the third is a little weak.
pub(crate) fn triage() -> RunRecord {
    RunRecord {
        run: "5f1c2a7be0934d2f8a61c7d4e95b0312".into(),
        kept_as: Some("20260301T120000-04711-0".into()),
        name: "log-triage".into(),
        started: "2026-03-01T12:00:00.000450Z".into(),
        duration_ms: 1240,
        outcome: Outcome { kind: OutcomeKind::Done, text: String::new(), exit_code: 0 },
        aether: "0.1.0".into(),
        platform: "linux x86_64 6.8.0".into(),
        policy: Some(PolicyUse {
            file: "aether-policy.yaml".into(),
            digest: "b3:0d3c6f1b8f1e4f7db0a8c4b54a9c1e05".into(),
        }),
        audit: Some(AuditUse {
            file: "audit.jsonl".into(),
            path: Some("/home/a/.local/state/aether/runs/1/audit.jsonl".into()),
            records: 1284,
            head: Some("9bf5ef621b23bc9501f86b8eb4baab0cdb581cee4f2254a69e97b126f2f46529".into()),
            verified: Some(AuditCheck {
                state: AuditState::Valid,
                text: "1284 records of 1 run, all as they were written".into(),
            }),
        }),
        cells: vec![reader(), finder(), writer()],
        edges: vec![
            Edge {
                from: 0,
                to: 1,
                via: "pipeline".into(),
                calls: 1,
                bytes: 214_016,
                refused: 0,
                ..Edge::default()
            },
            Edge {
                from: 1,
                to: 2,
                via: "pipeline".into(),
                calls: 1,
                bytes: 8_212,
                refused: 0,
                ..Edge::default()
            },
            Edge {
                from: 1,
                to: 0,
                via: "read.again".into(),
                calls: 0,
                bytes: 0,
                refused: 3,
                ..Edge::default()
            },
        ],
        ..RunRecord::default()
    }
}

fn reader() -> CellRecord {
    CellRecord {
        id: 0,
        step: Some("read".into()),
        plugin: plugin("log-reader", "0.1.0"),
        runtime: "javascript".into(),
        started_ms: 4,
        posture: posture(false),
        exit: Exit { kind: ExitKind::Done, text: String::new() },
        resources: resources(40_055_603, 180, 420, 812, 4),
        mounts: vec![MountRecord { at: "/var/log".into(), host: "/srv/logs".into() }],
        grants: vec![
            grant("FileSystemRead", "/var/log/**", 7, 811),
            grant("Environment", "LANG", 15, 0),
        ],
        ..CellRecord::default()
    }
}

fn finder() -> CellRecord {
    CellRecord {
        id: 1,
        step: Some("find".into()),
        plugin: plugin("ssh-findings", "0.1.0"),
        runtime: "javascript".into(),
        started_ms: 430,
        posture: posture(false),
        exit: Exit { kind: ExitKind::Done, text: String::new() },
        resources: resources(247_463_936, 390, 520, 34, 430),
        elevations: vec![ElevationRecord {
            want: "host-write below /workspace/out".into(),
            issued: true,
            by: "plugins.ssh-findings.elevation[0]".into(),
            why: "to publish it".into(),
            uses: 2,
            lifetime_ms: 60_000,
            at_ms: 500,
        }],
        violations: vec![
            Violation {
                rule: "file-read-denied".into(),
                verdict: Verdict::Denied,
                permission: "FileSystemRead".into(),
                object: "/etc/shadow".into(),
                count: 3,
                first_ms: 460,
                last_ms: 910,
                message: "ssh-findings asked for /etc/shadow, which its grant does not cover"
                    .into(),
                manifest: Some(place(6)),
                fix: Some(r#""read": ["/var/log/**", "/etc/shadow"]"#.into()),
                ..Violation::default()
            },
            Violation {
                rule: "file-read-denied".into(),
                verdict: Verdict::Denied,
                permission: "FileSystemRead".into(),
                object: "/root/.ssh/id_ed25519".into(),
                count: 1,
                first_ms: 470,
                last_ms: 470,
                message:
                    "ssh-findings asked for /root/.ssh/id_ed25519, which its grant does not cover"
                        .into(),
                manifest: Some(place(6)),
                fix: None,
                ..Violation::default()
            },
            Violation {
                rule: "module-blocked".into(),
                verdict: Verdict::Denied,
                permission: "Module".into(),
                object: "node:net".into(),
                count: 1,
                first_ms: 433,
                last_ms: 433,
                message: "node:net is not there; there is no socket in a sandbox".into(),
                manifest: None,
                fix: None,
                ..Violation::default()
            },
        ],
        ..CellRecord::default()
    }
}

fn writer() -> CellRecord {
    CellRecord {
        id: 2,
        step: Some("write".into()),
        plugin: plugin("report-writer", "0.2.0"),
        runtime: "javascript".into(),
        started_ms: 960,
        posture: posture(true),
        exit: Exit { kind: ExitKind::Done, text: String::new() },
        resources: resources(21_000_000, 60, 270, 6, 960),
        grants: vec![grant("FileSystemWrite", "./out/", 7, 2)],
        changes: vec![
            ChangeRecord {
                path: "/workspace/out/report.md".into(),
                host: Some("./out/report.md".into()),
                kind: ChangeKind::Create,
                bytes: 4301,
                ..ChangeRecord::default()
            },
            ChangeRecord {
                path: "/workspace/out/run.sh".into(),
                host: Some("./out/run.sh".into()),
                kind: ChangeKind::Modify,
                bytes: 120,
                flags: vec!["executable".into()],
                ..ChangeRecord::default()
            },
            ChangeRecord {
                path: "/workspace/out/new.md".into(),
                host: Some("./out/new.md".into()),
                to: None,
                from: Some("/workspace/out/old.md".into()),
                kind: ChangeKind::Rename,
                bytes: 12,
                applied: false,
                flags: Vec::new(),
            },
        ],
        ..CellRecord::default()
    }
}

pub(crate) fn plugin(name: &str, version: &str) -> Plugin {
    Plugin {
        name: name.into(),
        version: Some(version.into()),
        digest: Some("b3:71e0c8e1d6c3c1f1b7d0b2b8f6f7a1d39f2b9b2f8a4b4ad2a5d1f6c0c7d8e9f0".into()),
    }
}

fn place(line: u32) -> Location {
    Location { file: "plugins/ssh-findings/aether-plugin.json".into(), line, column: 15 }
}

fn grant(permission: &str, pattern: &str, line: u32, used: u64) -> GrantUse {
    GrantUse {
        permission: permission.into(),
        pattern: pattern.into(),
        host: pattern.starts_with('/').then(|| "/srv/logs".to_owned()),
        manifest: Some(place(line)),
        used,
        last_used_ms: (used > 0).then_some(1100),
    }
}

pub(crate) fn posture(is_weak: bool) -> Vec<Protection> {
    let names = [
        ("descriptors", "3 inherited: gateway, stdout, stderr"),
        ("environment", "empty"),
        ("userns", "own user namespace"),
        ("empty-root", "pivot_root into an empty tmpfs, read-only"),
        ("netns", "own network namespace, loopback down"),
        ("landlock", "ABI 5, no rule"),
        ("memory", "cgroup v2 memory.max"),
        ("cpu", "cgroup v2 cpu.max"),
        ("write-xor-execute", "PR_SET_MDWE"),
        ("seccomp", "allow-list of 41 calls"),
    ];
    let one = |(name, detail): (&str, &str)| {
        let is_cpu = is_weak && name == "cpu";
        Protection {
            name: name.into(),
            state: if is_cpu { ProtectionState::Degraded } else { ProtectionState::Enforced },
            detail: if is_cpu {
                "no cgroup it may write; watched instead".into()
            } else {
                detail.into()
            },
        }
    };
    names.into_iter().map(one).collect()
}

fn resources(peak: u64, cpu_ms: u64, wall_ms: u64, calls: u64, started: u64) -> Resources {
    let sample = |at: u64| Sample {
        t_ms: started + wall_ms * at / 8,
        memory: peak * (at * (16 - at)).min(60) / 60,
        cpu_ms: cpu_ms * at * at / 64,
        calls: calls * (at * 3).min(8) / 8,
        ..Sample::default()
    };
    Resources {
        memory_limit: 256 << 20,
        memory_peak: peak,
        cpu_ms,
        wall_ms,
        wall_limit_ms: 30_000,
        disk_limit: 64 << 20,
        disk_used: 4421,
        calls,
        bytes_in: 120_000,
        bytes_out: 214_016,
        log_bytes: 300,
        samples: (1..=8).map(sample).collect(),
    }
}

/// A run of `number` plugins in layers of five, every tenth of which goes wrong.
pub(crate) fn many(number: u32) -> RunRecord {
    let cells = (0..number).map(|id| {
        let mut cell = match id % 3 {
            0 => reader(),
            1 => finder(),
            _ => writer(),
        };
        cell.id = id;
        cell.step = Some(format!("step-{id}"));
        cell.started_ms = u64::from(id) * 5;
        cell.resources =
            resources(u64::from(id + 1) << 20, u64::from(id * 7 % 90), 200, 40, cell.started_ms);
        if id % 10 == 9 {
            cell.exit = Exit { kind: ExitKind::Limit, text: "it needed more than 256 MB".into() };
        }
        cell
    });
    let edge = |id: u32| Edge {
        from: id,
        to: id + 5,
        via: "pipeline".into(),
        calls: 1,
        bytes: u64::from(id + 1) * 1000,
        ..Edge::default()
    };
    RunRecord {
        name: "many".into(),
        duration_ms: u64::from(number) * 5 + 200,
        outcome: Outcome {
            kind: OutcomeKind::Limit,
            text: "step-9 was ended for its memory".into(),
            exit_code: 5,
        },
        cells: cells.collect(),
        edges: (0..number.saturating_sub(5)).map(edge).collect(),
        ..triage()
    }
}

/// A record in which every text is `text`.
pub(crate) fn hostile(text: &str) -> RunRecord {
    poisoned(&triage(), text)
}

/// A record with every text replaced.
pub(crate) fn poisoned(record: &RunRecord, text: &str) -> RunRecord {
    let mut value = serde_json::to_value(record).unwrap();
    poison(&mut value, text, "");
    serde_json::from_value(value).unwrap()
}

/// Replaces every text but the closed words, in whatever fields a record has.
fn poison(value: &mut serde_json::Value, text: &str, key: &str) {
    match value {
        serde_json::Value::String(_) if CLOSED.contains(&key) && is_closed(value) => {}
        serde_json::Value::String(old) => text.clone_into(old),
        serde_json::Value::Array(values) => {
            values.iter_mut().for_each(|each| poison(each, text, key))
        }
        serde_json::Value::Object(entries) => {
            entries.iter_mut().for_each(|(key, each)| poison(each, text, key));
        }
        _ => {}
    }
}

/// Fields whose words are the record's own; `from` and `to` are such on the ladder alone.
const CLOSED: [&str; 7] = ["kind", "state", "verdict", "schema", "layer", "from", "to"];

fn is_closed(value: &serde_json::Value) -> bool {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    value.as_str().is_some_and(|text| text == SCHEMA || is_word(text))
}
