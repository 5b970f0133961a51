//! What came of a run, for people, for documents and for programs.

use serde_json::{Value, json};

use super::judge::Verdict;
use crate::probe::Probe;

/// The verdicts on one program.
pub(super) struct Line {
    pub(super) probe: &'static Probe,
    /// Without a sandbox.
    pub(super) outside: Verdict,
    /// In each place.
    pub(super) inside: Vec<Verdict>,
}

impl Line {
    fn outside_word(&self) -> &'static str {
        match &self.outside {
            Verdict::Held(_) => "bites",
            other => other.word(),
        }
    }
}

/// A table of the words, then why of everything that is not plainly held.
pub(super) fn plain(places: &[String], lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.probe.name.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:12}", "", "outside");
    for place in places {
        text += &format!("  {place:12}");
    }
    text.push('\n');
    for line in lines {
        text += &format!("{:width$}  {:12}", line.probe.name, line.outside_word());
        for verdict in &line.inside {
            text += &format!("  {:12}", verdict.word());
        }
        text.push('\n');
    }
    text += &reasons(places, lines);
    let bite = lines.iter().filter(|line| matches!(line.outside, Verdict::Held(_))).count();
    text += &format!("outside: {bite} of {} bite\n", lines.len());
    for (place, [held, holes, other, allowed, open]) in places.iter().zip(totals(places, lines)) {
        text += &format!(
            "{place}: {held} held, {holes} holes, {other} not applicable, {allowed} allowed, \
             {open} inconclusive\n"
        );
    }
    text
}

fn reasons(places: &[String], lines: &[Line]) -> String {
    let mut text = String::from("\n");
    for line in lines {
        if !matches!(line.outside, Verdict::Held(_)) {
            text += &format!("{}, outside: {}\n", line.probe.name, line.outside.detail());
        }
        for (place, verdict) in places.iter().zip(&line.inside) {
            if matches!(verdict, Verdict::Hole(_) | Verdict::Inconclusive(_)) {
                let (name, word) = (line.probe.name, verdict.word());
                text += &format!("{name}, {place}: {word}: {}\n", verdict.detail());
            }
        }
    }
    text.push('\n');
    text
}

/// Held, holes, not applicable, allowed, inconclusive; of each place.
pub(super) fn totals(places: &[String], lines: &[Line]) -> Vec<[usize; 5]> {
    let count = |place: usize, word: &str| {
        lines.iter().filter(|line| line.inside[place].word() == word).count()
    };
    let words = ["held", "HOLE", "n/a", "allowed", "inconclusive"];
    (0..places.len()).map(|place| words.map(|word| count(place, word))).collect()
}

/// A table by the rows of the known escapes.
pub(super) fn markdown(places: &[String], lines: &[Line]) -> String {
    let mut text = String::from("| program | tries | outside |");
    for place in places {
        text += &format!(" {place} |");
    }
    text += &format!("\n| --- | --- | --- |{}\n", " --- |".repeat(places.len()));
    let mut row = None;
    for line in lines {
        if row != Some(line.probe.row) {
            row = Some(line.probe.row);
            text +=
                &format!("| **{}** | | |{}\n", line.probe.row.title(), " |".repeat(places.len()));
        }
        let cell =
            |word: &str| if word == "HOLE" { "**HOLE**".to_owned() } else { word.to_owned() };
        text +=
            &format!("| `{}` | {} | {} |", line.probe.name, line.probe.tries, line.outside_word());
        for verdict in &line.inside {
            text += &format!(" {} |", cell(verdict.word()));
        }
        text.push('\n');
    }
    text += "| **held** | | |";
    let totals = totals(places, lines);
    for [held, ..] in &totals {
        text += &format!(" {held} |");
    }
    text += "\n| **holes** | | |";
    for [_, holes, ..] in &totals {
        text += &format!(" **{holes}** |");
    }
    text += "\n| **inconclusive** | | |";
    for [.., open] in &totals {
        text += &format!(" {open} |");
    }
    text.push('\n');
    text
}

pub(super) fn to_json(places: &[(String, String)], lines: &[Line]) -> Value {
    let verdict =
        |verdict: &Verdict, word: &str| json!({ "verdict": word, "detail": verdict.detail() });
    let programs: Vec<Value> = lines
        .iter()
        .map(|line| {
            let inside = places.iter().zip(&line.inside);
            let inside: serde_json::Map<String, Value> = inside
                .map(|((name, _), inside)| (name.clone(), verdict(inside, inside.word())))
                .collect();
            json!({
                "name": line.probe.name,
                "row": line.probe.row.title(),
                "expect": line.probe.expect.word(),
                "outside": verdict(&line.outside, line.outside_word()),
                "inside": inside,
            })
        })
        .collect();
    let places: Vec<Value> =
        places.iter().map(|(name, command)| json!({ "name": name, "command": command })).collect();
    json!({ "places": places, "programs": programs })
}
