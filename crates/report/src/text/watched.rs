//! What the monitor noticed, and what was done about it.

use super::columns::{Align, Field, clipped, columns};
use super::ink::{Ink, shown};
use super::summary::{MAX_LINES, MAX_NAME, more};
use crate::RunRecord;
use crate::tally::{Tone, entries, surest_first};
use crate::words::millis;

/// What the monitor noticed, the surest first.
pub(super) fn noticed(record: &RunRecord, width: usize, ink: Ink) -> String {
    let all = surest_first(record);
    if all.is_empty() {
        return String::new();
    }
    let mut out = format!("{}\n", ink.strong("Noticed by the monitor"));
    for entry in all.iter().take(MAX_LINES) {
        let finding = entry.what;
        let sure = ink.tone(finding.tone(), &format!("{:>3} % sure", finding.sure.min(100)));
        let name = clipped(&shown(entry.cell.label()), MAX_NAME);
        out.push_str(&format!("  {sure}  {name}  {}\n", shown(&finding.sentence)));
        let seen = format!(
            "      {}: {}, expected {}",
            shown(&finding.rule),
            shown(&finding.observed),
            shown(&finding.expected)
        );
        out.push_str(&format!("{}\n", ink.faint(&clipped(&seen, width))));
    }
    out + &more(all.len(), MAX_LINES, "findings", ink)
}

/// What was done about it, the earliest first.
pub(super) fn ladder(record: &RunRecord, width: usize, ink: Ink) -> String {
    let mut all = entries(record, |cell| &cell.ladder);
    if all.is_empty() {
        return String::new();
    }
    all.sort_by_key(|entry| entry.what.at_ms);
    let rows = all.iter().take(MAX_LINES).map(|entry| {
        let step = entry.what;
        let why = format!("by {}, risk {}: {}", shown(&step.by), step.risk, shown(&step.because));
        vec![
            Field(Tone::Plain, millis(step.at_ms)),
            Field(Tone::Plain, shown(entry.cell.label())),
            Field(step.to.tone(), format!("{} to {}", step.from.words(), step.to.words())),
            Field(Tone::Plain, why),
        ]
    });
    let rows: Vec<Vec<Field>> = rows.collect();
    let aligns = [Align::Right, Align::Left, Align::Left, Align::Left];
    format!("{}\n", ink.strong("Steps on the ladder"))
        + &columns(&aligns, &rows, width, ink)
        + &more(all.len(), MAX_LINES, "steps", ink)
}
