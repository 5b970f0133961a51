//! What goes wrong in made-up runs: what was refused, noticed and done about it.

use aether_report::*;

use crate::incident::at;

/// What `crm-sync` was refused, what was noticed about it, and what was done.
pub(crate) fn go_wrong(cell: &mut CellRecord) {
    let start = cell.started_ms;
    let name = cell.plugin.name.clone();
    cell.exit = Exit { kind: ExitKind::Violation, text: "ended by the monitor".into() };
    cell.violations = vec![
        refused(
            &name,
            "file-read-denied",
            "filesystem.read",
            "/root/.ssh/id_ed25519",
            14,
            start + 48_000,
        ),
        refused(&name, "file-read-denied", "filesystem.read", "/etc/shadow", 3, start + 48_200),
        refused(&name, "network-denied", "network.domains", "203.0.113.77:443", 41, start + 61_000),
        refused(
            &name,
            "network-denied",
            "network.domains",
            "paste.example.net:443",
            6,
            start + 61_500,
        ),
        Violation {
            verdict: Verdict::Violation,
            manifest: None,
            fix: None,
            ..refused(
                &name,
                "token-refused",
                "token",
                "a token that it never had",
                2,
                start + 90_000,
            )
        },
    ];
    cell.elevations = vec![ElevationRecord {
        want: "host-write below /srv/inbox/spool".into(),
        issued: false,
        by: "nobody could be asked".into(),
        why: "to repair the index".into(),
        uses: 1,
        lifetime_ms: 30_000,
        at_ms: start + 52_000,
    }];
    cell.findings = findings(start);
    cell.ladder = ladder(start);
}

pub(crate) fn refused(
    name: &str,
    rule: &str,
    permission: &str,
    object: &str,
    count: u64,
    first: u64,
) -> Violation {
    let occurrence = |number: u64| Occurrence {
        at_ms: first + number * 310,
        record: Some(4100 + number * 3),
        during: Some("sync.push".into()),
        operation: if permission == "network.domains" { "net.fetch" } else { "fs.read" }.into(),
    };
    Violation {
        rule: rule.into(),
        verdict: Verdict::Denied,
        permission: permission.into(),
        object: object.into(),
        count,
        first_ms: first,
        last_ms: first + count * 310,
        message: format!("{name} asked for {object}, which its grant does not cover"),
        manifest: Some(at(name, 8)),
        fix: Some(format!("\"read\": [\"./spool/**\", \"{object}\"]")),
        occurrences: (0..count.min(8)).map(occurrence).collect(),
    }
}

pub(crate) fn near_memory(cell: &CellRecord) -> Violation {
    Violation {
        rule: "rate-limit".into(),
        verdict: Verdict::Limited,
        permission: "rates.calls".into(),
        object: "fs.read".into(),
        count: 120,
        first_ms: cell.started_ms + 20_000,
        last_ms: cell.started_ms + 44_000,
        message: "more than 200 calls a second; the others waited".into(),
        manifest: Some(at(&cell.plugin.name, 22)),
        fix: Some("\"rates\": { \"fs.read\": 400 }".into()),
        ..Violation::default()
    }
}

fn findings(start: u64) -> Vec<FindingRecord> {
    let finding =
        |rule: &str, layer, at: u64, sure, observed: &str, expected: &str, sentence: &str| {
            FindingRecord {
                rule: rule.into(),
                layer,
                at_ms: start + at,
                last_ms: start + at + 9000,
                since_ms: start + at - 4000,
                count: 7,
                observed: observed.into(),
                expected: expected.into(),
                sure,
                sentence: sentence.into(),
                evidence: vec![
                    "fs.read /root/.ssh/id_ed25519 refused ×14".into(),
                    "net.fetch 203.0.113.77:443 refused ×41".into(),
                    "audit records 4100 to 4263".into(),
                ],
            }
        };
    vec![
        finding(
            "credential-hunt",
            Layer::Rule,
            48_000,
            97,
            "17 refused reads of private keys and password files in 5 s",
            "none: the grant covers ./spool/** alone",
            "It looks for credentials, and tried the same paths again under other spellings.",
        ),
        finding(
            "read-then-send",
            Layer::Behaviour,
            61_000,
            88,
            "41 requests to an address that no earlier run knows, each after a file was read",
            "1 destination, api.crm.example, in 214 earlier runs",
            "It reads files and then turns to a destination that it never had before.",
        ),
        finding(
            "call-burst",
            Layer::Series,
            57_000,
            64,
            "410 calls a second",
            "95 ± 22 calls a second, by its own last minute",
            "It calls the host four times as often as it did a minute ago.",
        ),
    ]
}

pub(crate) fn growing() -> FindingRecord {
    FindingRecord {
        rule: "memory-growth".into(),
        layer: Layer::Series,
        at_ms: 71_000,
        last_ms: 99_000,
        since_ms: 34_000,
        count: 3,
        observed: "+410 KB a second over 40 s".into(),
        expected: "level after the first minute".into(),
        sure: 41,
        sentence: "Its memory grows without a pause and would reach the limit in 20 s.".into(),
        evidence: Vec::new(),
    }
}

fn ladder(start: u64) -> Vec<LadderStep> {
    let rungs =
        [Rung::Observe, Rung::Notify, Rung::Throttle, Rung::Narrow, Rung::Freeze, Rung::Kill];
    let whys = [
        ("monitor", 48_000, 34, "call-burst, 64 % sure"),
        ("monitor", 57_500, 52, "credential-hunt, 97 % sure"),
        ("policy", 62_000, 71, "ladder.narrow_on: [credential-hunt]"),
        ("monitor", 80_000, 90, "read-then-send, 88 % sure, while it was narrowed"),
        ("ada@example.com", 96_000, 93, "looked at the report and ended it"),
    ];
    let step = |(at, (by, after, risk, because)): (usize, &(&str, u64, u8, &str))| LadderStep {
        at_ms: start + after,
        from: rungs[at],
        to: rungs[at + 1],
        by: (*by).into(),
        risk: *risk,
        because: (*because).into(),
    };
    whys.iter().enumerate().map(step).collect()
}
