//! The summary: short, aligned, inert.

use aether_report::*;

use crate::fixture::{hostile, many, triage};
use crate::incident::incident;
use crate::{HOSTILE, is_inert};

const TRIAGE: &str = "\
log-triage  Done  in 1.24 s

  step   plugin               ended    time     cpu             memory  calls
  read   log-reader 0.1.0     done   420 ms  180 ms  38.2 MB of 256 MB    812
  find   ssh-findings 0.1.0   done   520 ms  390 ms   236 MB of 256 MB     34
  write  report-writer 0.2.0  done   270 ms   60 ms    20 MB of 256 MB      6

Allowed beyond the grants
  find  host-write below /workspace/out
      by plugins.ssh-findings.elevation[0]

Refused or stopped
  denied  find  FileSystemRead /etc/shadow  ×3
      plugins/ssh-findings/aether-plugin.json:6:15
      to allow it: \"read\": [\"/var/log/**\", \"/etc/shadow\"]
  denied  find  FileSystemRead /root/.ssh/id_ed25519
      plugins/ssh-findings/aether-plugin.json:6:15
  denied  find  Module node:net
      node:net is not there; there is no socket in a sandbox

3 changes to files, not applied
  +  ./out/report.md                          4.2 KB
  ~  ./out/run.sh                              120 B  executable
  >  ./out/new.md from /workspace/out/old.md    12 B

  run          20260301T120000-04711-0
  folders      /var/log is /srv/logs
  protections  29 of 30 enforced; cpu degraded
  policy       aether-policy.yaml  b3:0d3c6f1b8f1e4f7d…
  audit        1,284 records, valid  /home/a/.local/state/aether/runs/1/audit.jsonl
";

#[test]
fn a_summary_looks_like_this() {
    assert_eq!(text(&triage(), 100, false), TRIAGE);
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = text(&triage(), 100, true);
    let mut plain = String::new();
    for (at, part) in coloured.split("\u{1b}[").enumerate() {
        let rest = if at == 0 { part } else { part.split_once('m').unwrap().1 };
        plain.push_str(rest);
    }
    assert_eq!(plain, TRIAGE);
    assert!(coloured.contains("\u{1b}[33mdenied\u{1b}[0m"));
}

#[test]
fn a_log_that_cannot_be_read_is_told() {
    let mut record = triage();
    if let Some(audit) = &mut record.audit {
        let text = "the log cannot be read: permission denied".to_owned();
        audit.verified = Some(AuditCheck { state: AuditState::Unreadable, text });
    }
    let out = text(&record, 100, true);
    assert!(out.contains("\u{1b}[1;31mthe log cannot be read: permission denied"), "{out}");
}

#[test]
fn what_is_only_counted_is_told() {
    let mut record = triage();
    record.cells[1].more_denied = 1000;
    record.cells[2].other_destinations = 1;
    let out = text(&record, 100, false);
    for lines in [
        "  find  1,000 more refusals, counted alone\n",
        "To destinations that are not listed\n  write  1 more request, counted alone\n",
    ] {
        assert!(out.contains(lines), "{lines}\nis not in\n{out}");
    }
    let cell = CellRecord { more_denied: 7, ..CellRecord::default() };
    let out = text(&RunRecord { cells: vec![cell], ..RunRecord::default() }, 80, false);
    assert!(out.contains("Refused or stopped\n    7 more refusals, counted alone\n"), "{out}");
}

#[test]
fn switched_off_sandboxing_is_loud() {
    let record = RunRecord { unsafe_mode: true, ..triage() };
    let out = text(&record, 100, true);
    assert!(out.contains("\u{1b}[1;31mUNSAFE: sandboxing was switched off"), "{out}");
}

#[test]
fn what_ends_badly_comes_first_when_not_all_fit() {
    let out = text(&many(200), 100, false);
    assert!(out.contains("… and 176 more cells\n"), "{out}");
    let table = out.lines().nth(4).unwrap();
    assert!(table.starts_with("  step-9 ") && table.contains("limit"), "{table}");
    assert!(out.lines().count() < 150);
}

#[test]
fn nothing_is_short() {
    assert_eq!(text(&RunRecord::default(), 80, false), "  A fault in Aether  in 0 ms\n\n  run\n");
}

#[test]
fn cells_that_never_ran_have_no_figures() {
    let cell = CellRecord {
        plugin: Plugin { name: "late".into(), ..Plugin::default() },
        exit: Exit { kind: ExitKind::Refused, text: "outside its window".into() },
        ..CellRecord::default()
    };
    let record = RunRecord { cells: vec![cell], ..RunRecord::default() };
    let out = text(&record, 80, false);
    assert!(out.contains("  -     late    refused     -    -       -      -\n"), "{out}");
    assert!(out.contains("  late: outside its window\n"), "{out}");
}

#[test]
fn tables_keep_to_the_width() {
    for width in [60, 80, 100] {
        let out = text(&many(30), width, false);
        let table = out.lines().skip(3).take_while(|line| !line.is_empty());
        let rows: Vec<&str> = table.filter(|line| line.contains(" MB ")).collect();
        assert!(rows.len() > 20 && rows.iter().all(|row| row.chars().count() <= width.max(72)));
    }
}

#[test]
fn hostile_text_is_inert() {
    for hostile_text in HOSTILE {
        let out = text(&hostile(hostile_text), 80, false);
        assert!(is_inert(&out), "{hostile_text:?}");
        let lines = text(&hostile("word"), 80, false).lines().count();
        assert!(out.lines().count() <= lines, "no line is added: {hostile_text:?}");
    }
    assert!(text(&hostile(&"x".repeat(1_000_000)), 80, false).len() < 30_000);
}

#[test]
fn findings_and_steps_are_told() {
    let out = text(&incident(), 100, false);
    for line in [
        "Noticed by the monitor",
        "   97 % sure  crm-sync  It looks for credentials, and tried the same paths again under other spellings.",
        "      credential-hunt: 17 refused reads of private keys and password files in 5 s, expected none: t…",
        "Steps on the ladder",
        "  2 min 12 s  crm-sync  freeze to kill      by ada@example.com, risk 93: looked at the report and e…",
    ] {
        assert!(out.lines().any(|each| each == line), "{line}\nis not in\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "plain in a pipe");
    assert!(text(&incident(), 100, true).contains("\u{1b}[1;31mfreeze to kill\u{1b}[0m"));
}
