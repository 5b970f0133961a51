//! Suggestions as text for a terminal, without colour.
//!
//! Nearly every word of it was a plugin's choice: it is escaped here, at the last step, and cut.

use std::fmt::Write as _;

use aether_manifest::Permission;
use aether_source::{printable, quoted};

use crate::{Suggestion, Tightening, Use};

/// Longest entry that is shown as a whole, in characters. A longer one would push the rest of its
/// line off the screen; the manifest's text has it all.
const WIDEST: usize = 200;

/// Between two columns.
const GAP: &str = "  ";

impl Suggestion {
    /// The lines with their evidence, the limits, and what is not suggested.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let plugin = quoted(&self.plugin);
        // Writing to a String cannot fail, here and below.
        let _ = match self.lines.len() {
            0 => writeln!(out, "The manifest of {plugin} lacks nothing that it was seen to use."),
            1 => writeln!(out, "1 entry would cover what {plugin} did beyond its manifest:"),
            n => writeln!(
                out,
                "{n} entries would cover what {plugin} did beyond its manifest, the riskiest first:"
            ),
        };
        self.put_lines(&mut out);
        self.put_limits(&mut out);
        self.put_left(&mut out);
        self.put_incomplete(&mut out);
        put_unknown(&mut out, &self.unknown);
        out
    }

    fn put_lines(&self, out: &mut String) {
        let width = self.lines.iter().map(|line| line.permission.as_str().len()).max().unwrap_or(0);
        for line in &self.lines {
            let (risk, permission) = (line.risk.as_str(), line.permission.as_str());
            let _ = writeln!(
                out,
                "\n{GAP}{risk:<6}{GAP}{permission:<width$}{GAP}{}",
                shown(&line.entry)
            );
            let indent = " ".repeat(GAP.len() * 2 + 6);
            let _ = writeln!(out, "{indent}{}", shown(&line.why));
            let samples: Vec<String> = line.samples.iter().map(|sample| quoted(sample)).collect();
            let more = if line.evidence > samples.len() { ", …" } else { "" };
            let (times, first) = (times(line.count), line.first);
            let _ = writeln!(
                out,
                "{indent}seen {times}, from record {first} on: {}{more}",
                samples.join(", ")
            );
        }
    }

    fn put_limits(&self, out: &mut String) {
        if self.limits.is_empty() {
            return;
        }
        let _ = writeln!(out, "\nLimits that would have been enough:\n");
        for limit in &self.limits {
            let (name, value) = (limit.limit.as_str(), &limit.value);
            let (peak, present) = (&limit.peak, &limit.present);
            let _ = writeln!(out, "{GAP}{name:<9}{GAP}{value}, now {present}; {peak} was used");
        }
    }

    fn put_left(&self, out: &mut String) {
        if self.not_suggested.is_empty() {
            return;
        }
        let _ = writeln!(out, "\nNot suggested:\n");
        for left in &self.not_suggested {
            let permission = left.permission.map(|of| format!("{of} ")).unwrap_or_default();
            let (what, times, why) = (quoted(&left.what), times(left.count), shown(&left.why));
            let _ = writeln!(out, "{GAP}{permission}{what}, {times}: {why}");
        }
        if self.not_suggested_more > 0 {
            let _ = writeln!(out, "{GAP}… and {} more", self.not_suggested_more);
        }
    }

    fn put_incomplete(&self, out: &mut String) {
        for (of, count) in &self.incomplete {
            let what = match of {
                Use::Of(permission) => permission.as_str(),
                Use::Look => "looking at files",
            };
            let times = times(*count);
            let _ = writeln!(
                out,
                "\nIncomplete: of {what}, more different things were seen than are kept, {times}."
            );
        }
    }
}

impl Tightening {
    /// What could be left out, and what is not known. `file` is the manifest's name.
    pub fn text(&self, file: &str) -> String {
        let mut out = String::new();
        if self.unused.is_empty() {
            let _ = writeln!(out, "Nothing that is asked for was found to be too much.");
        }
        for unused in &self.unused {
            let (permission, entry) = (unused.permission, shown(&unused.entry));
            let _ = writeln!(out, "{}:{}: {permission} {entry}", printable(file), unused.place);
            let _ = writeln!(out, "{GAP}{}", shown(&unused.advice));
        }
        put_unknown(&mut out, &self.unknown);
        out
    }
}

fn put_unknown(out: &mut String, unknown: &[(Permission, &'static str)]) {
    for (permission, why) in unknown {
        let _ = writeln!(out, "\nNot known: of {permission}, {why}.");
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Escaped, and no longer than fits.
fn shown(text: &str) -> String {
    let safe = printable(text);
    match safe.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", safe.get(..end).unwrap_or_default()),
        None => safe.into_owned(),
    }
}
