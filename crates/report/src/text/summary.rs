//! The summary itself.

use super::columns::{Align, Field, clipped, columns};
use super::ink::{Ink, shown};
use super::watched::{ladder, noticed};
use crate::tally::{Entry, Tally, Tone, tone, worst_first};
use crate::words::{bytes, count, counted, millis, more_denied, other_destinations};
use crate::{
    AuditState, AuditUse, CellRecord, ExitKind, MountRecord, ProtectionState, RunRecord, Violation,
};

/// How many lines of a fix are shown; a whole policy is one.
const MAX_FIX_LINES: usize = 40;

/// How many lines of one kind a summary has; the reports have the rest.
pub(super) const MAX_LINES: usize = 12;

/// How many cells a summary lists.
const MAX_CELLS: usize = 24;

/// How wide a name may be where there is no column for it.
pub(super) const MAX_NAME: usize = 32;

/// Nothing is made narrower than this.
const NARROWEST: usize = 40;

/// What a person wants to know at the end of a run, for a terminal of `width` columns. With
/// `colour`, ANSI colours; no other control character either way.
pub fn text(record: &RunRecord, width: usize, colour: bool) -> String {
    let ink = Ink { colour };
    let width = width.max(NARROWEST);
    let tally = Tally::of(record);
    let parts = [
        headline(record, &tally, ink),
        cells(record, width, ink),
        elevated(record, width, ink),
        refused(record, width, ink),
        elsewhere(record, ink),
        noticed(record, width, ink),
        ladder(record, width, ink),
        changes(record, width, ink),
        footing(record, &tally, ink),
    ];
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(part);
    }
    out
}

fn headline(record: &RunRecord, tally: &Tally, ink: Ink) -> String {
    let mut out = format!(
        "{}  {}  {}\n",
        ink.strong(&clipped(&shown(&record.name), 2 * MAX_NAME)),
        ink.tone(tone(record, tally), record.outcome.kind.words()),
        ink.faint(&format!("in {}", millis(record.duration_ms))),
    );
    if !record.outcome.text.is_empty() {
        out.push_str(&format!("  {}\n", shown(&record.outcome.text)));
    }
    if record.unsafe_mode {
        let warning = "UNSAFE: sandboxing was switched off; the plugins could do anything";
        out.push_str(&format!("  {}\n", ink.tone(Tone::Bad, warning)));
    }
    for note in record.notes.iter().take(MAX_LINES) {
        out.push_str(&format!("  {}\n", shown(note)));
    }
    out + &more(record.notes.len(), MAX_LINES, "notes", ink)
}

fn cells(record: &RunRecord, width: usize, ink: Ink) -> String {
    if record.cells.is_empty() {
        return String::new();
    }
    let heads = ["step", "plugin", "ended", "time", "cpu", "memory", "calls"];
    let mut rows = vec![heads.map(|head| Field(Tone::Plain, head.to_owned())).into()];
    let mut listed: Vec<&CellRecord> = record.cells.iter().collect();
    if listed.len() > MAX_CELLS {
        // Those that need attention first; a stable sort keeps the order otherwise.
        listed.sort_by_key(|cell| std::cmp::Reverse(cell.exit.kind.tone()));
    }
    rows.extend(listed.iter().take(MAX_CELLS).map(|cell| cell_row(cell)));
    let left = Align::Left;
    let right = Align::Right;
    let table = columns(&[left, left, left, right, right, right, right], &rows, width, ink);
    let (head, body) = table.split_once('\n').unwrap_or((&table, ""));
    format!("{}\n{body}", ink.faint(head))
        + &more(listed.len(), MAX_CELLS, "cells", ink)
        + &failures(&listed, &record.outcome.text, ink)
}

fn cell_row(cell: &CellRecord) -> Vec<Field> {
    let plain = |text: String| Field(Tone::Plain, text);
    let used = &cell.resources;
    let memory = match (used.memory_peak, used.memory_limit) {
        (peak, 0) => bytes(peak),
        (peak, limit) => format!("{} of {}", bytes(peak), bytes(limit)),
    };
    let plugin = match &cell.plugin.version {
        Some(version) => format!("{} {}", shown(&cell.plugin.name), shown(version)),
        None => shown(&cell.plugin.name),
    };
    let mut row = vec![
        plain(shown(cell.step.as_deref().unwrap_or("-"))),
        plain(plugin),
        Field(cell.exit.kind.tone(), cell.exit.kind.words().to_owned()),
    ];
    let figures = [millis(used.wall_ms), millis(used.cpu_ms), memory, count(used.calls)];
    if cell.exit.kind == ExitKind::NotStarted || cell.exit.kind == ExitKind::Refused {
        row.extend(figures.map(|_| plain("-".to_owned())));
    } else {
        row.extend(figures.map(plain));
    }
    row
}

/// Why cells ended as they did, save what the run's own first lines have said already.
fn failures(cells: &[&CellRecord], said: &str, ink: Ink) -> String {
    let failed: Vec<_> = cells
        .iter()
        .filter(|cell| cell.exit.kind != ExitKind::Done && !cell.exit.text.is_empty())
        .filter(|cell| cell.exit.text != said)
        .collect();
    let mut out = String::new();
    for cell in failed.iter().take(MAX_LINES) {
        let said = shown(&cell.exit.text);
        let label = clipped(&shown(cell.label()), MAX_NAME);
        let label = ink.tone(cell.exit.kind.tone(), &label);
        out.push_str(&format!("  {label}: {said}\n"));
    }
    out + &more(failed.len(), MAX_LINES, "reasons", ink)
}

/// What plugins were allowed beyond their grants.
fn elevated(record: &RunRecord, width: usize, ink: Ink) -> String {
    let all: Vec<_> = record
        .cells
        .iter()
        .flat_map(|cell| cell.elevations.iter().map(move |elevation| (cell, elevation)))
        .filter(|(_, elevation)| elevation.issued)
        .collect();
    if all.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", ink.strong("Allowed beyond the grants"));
    for (cell, elevation) in all.iter().take(MAX_LINES) {
        let name = clipped(&shown(cell.label()), MAX_NAME);
        let line = format!("  {name}  {}", shown(&elevation.want));
        out.push_str(&format!("{}\n", clipped(&line, width)));
        let by = format!("      by {}", shown(&elevation.by));
        out.push_str(&format!("{}\n", ink.faint(&clipped(&by, width))));
    }
    out + &more(all.len(), MAX_LINES, "tokens", ink)
}

fn refused(record: &RunRecord, width: usize, ink: Ink) -> String {
    let all = worst_first(record);
    let unlisted = unlisted(record, |cell| (cell.more_denied, more_denied(cell.more_denied)), ink);
    if all.is_empty() && unlisted.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", ink.strong("Refused or stopped"));
    for Entry { cell, what: violation, .. } in all.iter().take(MAX_LINES) {
        out.push_str(&one_refused(cell, violation, width, ink));
    }
    out + &more(all.len(), MAX_LINES, "entries", ink) + &unlisted
}

/// Destinations beyond those that a report lists.
fn elsewhere(record: &RunRecord, ink: Ink) -> String {
    let number = |cell: &CellRecord| cell.other_destinations;
    let lines = unlisted(record, |cell| (number(cell), other_destinations(number(cell))), ink);
    match lines.is_empty() {
        true => lines,
        false => format!("{}\n{lines}", ink.strong("To destinations that are not listed")),
    }
}

/// A line for each cell of which there is more than is told one by one.
fn unlisted(record: &RunRecord, of: impl Fn(&CellRecord) -> (u64, String), ink: Ink) -> String {
    let all = record.cells.iter().map(|cell| (cell, of(cell)));
    let all: Vec<_> = all.filter(|(_, (number, _))| *number > 0).collect();
    let mut out = String::new();
    for (cell, (_, words)) in all.iter().take(MAX_LINES) {
        let name = clipped(&shown(cell.label()), MAX_NAME);
        out.push_str(&format!("  {name}  {}\n", ink.tone(Tone::Warn, words)));
    }
    out + &more(all.len(), MAX_LINES, "plugins", ink)
}

/// What was tried on one line, who decided and what would allow it on the next. The message only
/// where there is neither, as it says the same in more words.
fn one_refused(cell: &CellRecord, violation: &Violation, width: usize, ink: Ink) -> String {
    let times = match violation.count {
        0 | 1 => String::new(),
        more => format!("  ×{}", count(more)),
    };
    let tried = format!("{} {}", shown(&violation.permission), shown(&violation.object));
    let mut out = format!(
        "  {}  {}  {}{times}\n",
        ink.tone(violation.verdict.tone(), violation.verdict.words()),
        clipped(&shown(cell.label()), MAX_NAME),
        clipped(&tried, width),
    );
    let place = violation.manifest.as_ref();
    let place = place.map(|at| format!("{}:{}:{}", shown(&at.file), at.line, at.column));
    let mut below: Vec<String> = place.into_iter().collect();
    below.extend(fix_lines(violation));
    if below.is_empty() && !violation.message.is_empty() {
        below.push(shown(&violation.message));
    }
    for line in below {
        out.push_str(&format!("      {}\n", ink.faint(&line)));
    }
    out
}

fn changes(record: &RunRecord, width: usize, ink: Ink) -> String {
    let all: Vec<_> = record.cells.iter().flat_map(|cell| &cell.changes).collect();
    if all.is_empty() {
        return String::new();
    }
    let number = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let applied = all.iter().filter(|change| change.applied).count();
    let state = match applied {
        0 => "not applied".to_owned(),
        some if some == all.len() => "applied".to_owned(),
        some => format!("{some} applied"),
    };
    let title = format!("{} to files, {state}", counted(number, "change", "changes"));
    let row = |change: &&crate::ChangeRecord| {
        let path = shown(change.host.as_ref().unwrap_or(&change.path));
        let path = match (&change.from, &change.to) {
            (Some(from), _) => format!("{path} from {}", shown(from)),
            (None, Some(to)) => format!("{path} to {}", shown(to)),
            (None, None) => path,
        };
        let flags: Vec<String> = change.flags.iter().map(|flag| shown(flag)).collect();
        vec![
            Field(Tone::Plain, change.kind.sign().to_owned()),
            Field(Tone::Plain, path),
            Field(Tone::Plain, bytes(change.bytes)),
            Field(Tone::Warn, flags.join(" ")),
        ]
    };
    let rows: Vec<Vec<Field>> = all.iter().take(MAX_LINES).map(row).collect();
    let aligns = [Align::Left, Align::Left, Align::Right, Align::Left];
    format!("{}\n", ink.strong(&title))
        + &columns(&aligns, &rows, width, ink)
        + &more(all.len(), MAX_LINES, "changes", ink)
}

fn footing(record: &RunRecord, tally: &Tally, ink: Ink) -> String {
    let run = record.kept_as.as_ref().unwrap_or(&record.run);
    let mut rows = vec![vec![Field(Tone::Plain, "run".into()), Field(Tone::Plain, shown(run))]];
    rows.extend(folders(record));
    if tally.protections > 0 {
        rows.push(protections(record, tally));
    }
    if let Some(policy) = &record.policy {
        let text = format!("{}  {}", shown(&policy.file), clipped(&shown(&policy.digest), 20));
        rows.push(vec![Field(Tone::Plain, "policy".into()), Field(Tone::Plain, text)]);
    }
    rows.extend(record.audit.as_ref().map(audit));
    columns(&[Align::Left, Align::Left], &rows, usize::MAX, ink)
}

/// Where the places that plugins were given really are.
fn folders(record: &RunRecord) -> Vec<Vec<Field>> {
    let mut told: Vec<&MountRecord> = Vec::new();
    for mount in record.cells.iter().flat_map(|cell| &cell.mounts) {
        if told.len() < MAX_LINES && !told.contains(&mount) {
            told.push(mount);
        }
    }
    let row = |(index, mount): (usize, &&MountRecord)| {
        let head = if index == 0 { "folders" } else { "" };
        let text = format!("{} is {}", shown(&mount.at), shown(&mount.host));
        vec![Field(Tone::Plain, head.to_owned()), Field(Tone::Plain, text)]
    };
    told.iter().enumerate().map(row).collect()
}

fn protections(record: &RunRecord, tally: &Tally) -> Vec<Field> {
    let text = format!("{} of {} enforced", count(tally.enforced), count(tally.protections));
    let mut weak: Vec<String> = Vec::new();
    for each in record.cells.iter().flat_map(|cell| &cell.posture) {
        if each.state != ProtectionState::Enforced {
            let words = format!("{} {}", shown(&each.name), each.state.words());
            if weak.len() <= MAX_LINES && !weak.contains(&words) {
                weak.push(words);
            }
        }
    }
    if let Some(beyond) = weak.get_mut(MAX_LINES) {
        *beyond = "…".to_owned();
    }
    let head = Field(Tone::Plain, "protections".into());
    if weak.is_empty() {
        return vec![head, Field(Tone::Good, text)];
    }
    vec![head, Field(Tone::Warn, format!("{text}; {}", weak.join(", ")))]
}

fn audit(audit: &AuditUse) -> Vec<Field> {
    let (tone, state) = match &audit.verified {
        Some(check) => (check.state.tone(), check.state.words()),
        None => (Tone::Plain, "not verified"),
    };
    let records = counted(audit.records, "record", "records");
    let file = audit.path.as_ref().unwrap_or(&audit.file);
    let text = match &audit.verified {
        Some(check) if check.state == AuditState::Unreadable => {
            format!("{}  {}", shown(&check.text), shown(file))
        }
        _ => format!("{records}, {state}  {}", shown(file)),
    };
    vec![Field(Tone::Plain, "audit".into()), Field(tone, text)]
}

pub(super) fn more(all: usize, shown: usize, what: &str, ink: Ink) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        left => format!("  {}\n", ink.faint(&format!("… and {left} more {what}"))),
    }
}

/// What would allow it. Only the fix of a refused start has several lines: policy text that the
/// host made. Everywhere else a line end is a plugin's, and is shown, not obeyed.
fn fix_lines(violation: &Violation) -> Vec<String> {
    let Some(fix) = &violation.fix else { return Vec::new() };
    if violation.rule != "request-beyond-policy" || !fix.contains('\n') {
        return vec![format!("to allow it: {}", shown(fix))];
    }
    let lines = fix.lines().take(MAX_FIX_LINES).map(|line| format!("    {}", shown(line)));
    std::iter::once("to allow it:".to_owned()).chain(lines).collect()
}
