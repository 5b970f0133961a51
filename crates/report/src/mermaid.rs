//! Who passed what to whom, as a Mermaid flowchart: for a wiki or a merge request.

use std::collections::HashMap;
use std::fmt::Write as _;

use aether_source::printable;

use crate::limits::{MAX_NAME, shortened};
use crate::tally::{Tone, places};
use crate::words::{bytes, count, counted};
use crate::{CellRecord, Edge, RunRecord, Shared, SharedKind};

/// How many boxes and arrows a chart has. Mermaid draws no more than 500 arrows unless it is told
/// to, and nobody could read them.
const MAX_NODES: usize = 120;
const MAX_ARROWS: usize = 300;

/// Where arrows lead that got nowhere.
const NOBODY: &str = "nobody";

/// The record's cells, what they share, and what was passed, as a Mermaid flowchart. What was
/// refused is dashed and red. Names are escaped to characters that mean nothing to Mermaid or HTML.
pub fn mermaid(record: &RunRecord) -> String {
    let mut chart = Chart::of(record);
    chart.edges(record);
    chart.shared(record);
    chart.finish(record)
}

/// The chart as it grows: the parts are kept apart, since boxes come first and styles last.
struct Chart {
    places: HashMap<u32, usize>,
    /// How many cells are drawn.
    cells: usize,
    things: String,
    arrows: String,
    drawn: usize,
    refused: Vec<usize>,
    /// Whether an arrow leads to nobody.
    is_nobody_drawn: bool,
    left_out: u64,
}

impl Chart {
    fn of(record: &RunRecord) -> Chart {
        Chart {
            places: places(record),
            cells: record.cells.len().min(MAX_NODES),
            things: String::new(),
            arrows: String::new(),
            drawn: 0,
            refused: Vec::new(),
            is_nobody_drawn: false,
            left_out: 0,
        }
    }

    /// The place of a cell that is drawn.
    fn place(&self, id: u32) -> Option<usize> {
        self.places.get(&id).copied().filter(|at| *at < self.cells)
    }

    fn edges(&mut self, record: &RunRecord) {
        for edge in &record.edges {
            match (self.place(edge.from), self.place(edge.to)) {
                (Some(from), Some(to)) => self.edge(from, to, edge),
                _ => self.left_out += 1,
            }
        }
    }

    fn edge(&mut self, from: usize, to: usize, edge: &Edge) {
        let via = escaped(&edge.via);
        if edge.calls > 0 || edge.refused == 0 {
            let figures =
                format!("{}, {}", bytes(edge.bytes), counted(edge.calls, "call", "calls"));
            self.arrow(&format!("c{from}"), "-->", &format!("{via} {figures}"), &format!("c{to}"));
        }
        if edge.refused > 0 {
            let label = format!("{via} refused {}", count(edge.refused));
            let nowhere = edge.ends_nowhere();
            let to = if nowhere { NOBODY.to_owned() } else { format!("c{to}") };
            if self.arrow(&format!("c{from}"), "-.->", &label, &to) {
                self.refused.push(self.drawn - 1);
                self.is_nobody_drawn |= nowhere;
            }
        }
    }

    /// Adds an arrow, if there is room for it. A label is escaped already.
    fn arrow(&mut self, from: &str, line: &str, label: &str, to: &str) -> bool {
        if self.drawn >= MAX_ARROWS {
            self.left_out += 1;
            return false;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(self.arrows, "    {from} {line}|\"{label}\"| {to}");
        self.drawn += 1;
        true
    }

    fn shared(&mut self, record: &RunRecord) {
        let room = MAX_NODES - self.cells;
        self.left_out += record.shared.len().saturating_sub(room) as u64;
        for (at, shared) in record.shared.iter().enumerate().take(room) {
            let (open, close) = match shared.kind {
                SharedKind::File => ("[(", ")]"),
                SharedKind::Topic => ("{{", "}}"),
                SharedKind::Blob => ("[/", "/]"),
            };
            let name = escaped(&shared.name);
            let _ =
                writeln!(self.things, "    s{at}{open}\"{} {name}\"{close}", shared.kind.words());
            self.uses(&format!("s{at}"), shared);
        }
    }

    fn uses(&mut self, thing: &str, shared: &Shared) {
        for id in shared.writers.iter().take(MAX_NODES) {
            if let Some(cell) = self.place(*id) {
                self.arrow(&format!("c{cell}"), "-->", "writes", thing);
            }
        }
        for id in shared.readers.iter().take(MAX_NODES) {
            if let Some(cell) = self.place(*id) {
                self.arrow(thing, "-->", "reads", &format!("c{cell}"));
            }
        }
    }

    fn finish(self, record: &RunRecord) -> String {
        let mut out = String::from("flowchart LR\n");
        for (at, cell) in record.cells.iter().enumerate().take(self.cells) {
            out.push_str(&box_of(at, cell));
        }
        out.push_str(&self.things);
        if self.is_nobody_drawn {
            let _ = writeln!(out, "    {NOBODY}([\"nobody - no such plugin\"])");
        }
        out.push_str(&self.arrows);
        let cells = record.cells.len() - self.cells;
        if cells > 0 || self.left_out > 0 {
            let (cells, others) = (count(cells as u64), count(self.left_out));
            let _ = writeln!(out, "    more[\"and {cells} cells and {others} arrows more\"]");
        }
        for arrow in &self.refused {
            let _ = writeln!(out, "    linkStyle {arrow} stroke:#b3261e,stroke-width:2px");
        }
        out.push_str("    classDef warn stroke:#d98a00,stroke-width:2px\n");
        out.push_str("    classDef bad stroke:#b3261e,stroke-width:3px\n");
        out
    }
}

fn box_of(at: usize, cell: &CellRecord) -> String {
    let name = match cell.label() {
        "" => "no name".to_owned(),
        label => escaped(label),
    };
    let class = match cell.exit.kind.tone() {
        Tone::Bad => ":::bad",
        Tone::Warn => ":::warn",
        Tone::Good | Tone::Plain => "",
    };
    format!("    c{at}[\"{name} - {}\"]{class}\n", cell.exit.kind.words())
}

/// An untrusted name for a text in quotes. Letters and a few marks stay; every other character
/// becomes Mermaid's escape for its number, so that none can end the text, begin a directive, or be
/// HTML or Markdown.
fn escaped(untrusted: &str) -> String {
    let mut out = String::new();
    for character in printable(&shortened(untrusted, MAX_NAME)).chars() {
        match character {
            ' ' | '.' | '-' | '/' => out.push(character),
            letter if letter.is_alphanumeric() => out.push(letter),
            other => {
                let _ = write!(out, "#{};", u32::from(other));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_nothing() {
        assert_eq!(escaped("log-reader 0.1/x"), "log-reader 0.1/x");
        assert_eq!(escaped("Grüße 世界"), "Grüße 世界");
        assert_eq!(escaped("\"]; %%{"), "#34;#93;#59; #37;#37;#123;");
        assert_eq!(escaped("<b>`#"), "#60;b#62;#96;#35;");
        assert_eq!(escaped("\u{202e}"), "#92;u#123;202e#125;");
    }
}
