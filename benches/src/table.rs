//! The result for people.

use std::fmt::Write as _;

use crate::Document;
use crate::figure::Figure;

/// Width of the text column, in characters.
const TEXT: usize = 62;

/// One line per figure, with a heading.
pub(crate) fn render(document: &Document) -> String {
    let mut out = String::new();
    let machine = &document.machine;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} | {} processors | Linux {} | load {:.1} to {:.1} | {}",
        document.mode,
        machine.processors,
        machine.kernel,
        machine.load_before,
        machine.load_after,
        machine.user,
    );
    let _ = writeln!(
        out,
        "\n{:TEXT$} {:>6} {:>9} {:>9} {:>9} {:8} {:>18} {:>7}  aim",
        "what", "n", "min", "p50", "p90", "unit", "peer p50", "ratio"
    );
    for figure in &document.figures {
        line(&mut out, figure);
    }
    for note in &document.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

fn line(out: &mut String, figure: &Figure) {
    let spread = &figure.spread;
    let peer = figure.peer.as_ref().map_or_else(String::new, |peer| {
        format!("{} {}", peer.name.chars().take(18).collect::<String>(), number(peer.p50))
    });
    let ratio = figure.ratio.map_or_else(String::new, |ratio| format!("{:.3}", ratio.p50));
    let aim = figure.judged.as_ref().map_or_else(String::new, |judged| {
        let word = match (judged.met, judged.met_at_best) {
            (true, _) => "met",
            (false, true) => "MISSED, met by the best sample",
            (false, false) => "MISSED",
        };
        format!("{} {word}", judged.aim)
    });
    let _ = writeln!(
        out,
        "{:TEXT$} {:>6} {:>9} {:>9} {:>9} {:8} {:>18} {:>7}  {aim}",
        figure.what,
        spread.n,
        number(spread.min),
        number(spread.p50),
        number(spread.p90),
        figure.unit,
        peer,
        ratio,
    );
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
