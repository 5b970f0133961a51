//! The verdict, and the figures behind it, at a glance.

use super::page::Page;
use super::view::View;
use crate::limits::MAX_NAME;
use crate::tally::{Tally, Tone, entries, tone, worst};
use crate::words::{count, counted, exit_code, millis};
use crate::{CellRecord, ProtectionState, RunRecord};

/// How many weak protections the line on the posture names.
const MAX_WEAK: usize = 4;

pub(super) fn header(page: &mut Page, view: &View<'_>) {
    let record = view.record;
    page.raw("<header class=\"").tone(tone(record, &view.tally)).raw("\"><div class=\"bar-in\">\n");
    page.raw("<p class=\"over\">Aether security report</p>\n<h1>");
    page.text(if record.name.is_empty() { "A run without a name" } else { &record.name });
    page.raw("</h1>\n<p class=\"verdict\">");
    page.badge(record.outcome.kind.tone(), record.outcome.kind.words());
    page.raw(" <span class=\"facts\">").show(exit_code(&record.outcome));
    page.raw(" · ").show(millis(record.duration_ms));
    if !record.started.is_empty() {
        page.raw(" · started <time datetime=\"").text(&record.started).raw("\">");
        page.text(&to_the_second(&record.started)).raw("</time>");
    }
    page.raw("</span></p>\n");
    if !record.outcome.text.is_empty() {
        page.raw("<p class=\"lead\">").text(&record.outcome.text).raw("</p>\n");
    }
    page.raw("</div></header>\n");
}

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    page.raw("<section id=\"glance\" aria-labelledby=\"glance-title\">");
    page.raw("<h2 id=\"glance-title\" class=\"unseen\">Verdict at a glance</h2>\n");
    warnings(page, view.record);
    page.raw("<dl class=\"tiles\">\n");
    refusals(page, view);
    noticed(page, view);
    surroundings(page, view);
    page.raw("</dl>\n");
    lines(page, view);
    page.end_section();
}

fn refusals(page: &mut Page, view: &View<'_>) {
    let tally = &view.tally;
    let alarm = |number, tone| if number > 0 { tone } else { calm(view) };
    let tone = alarm(tally.violations, Tone::Bad);
    tile(page, "Violations", &count(tally.violations), tone, "offences of a plugin");
    let tone = alarm(tally.denied, Tone::Warn);
    let unlisted = format!("requests outside a grant, {} not listed", count(tally.more_denied));
    let about = if tally.more_denied > 0 { &unlisted } else { "requests outside a grant" };
    tile(page, "Denied", &count(tally.denied), tone, about);
    let tone = alarm(tally.limited, Tone::Warn);
    tile(page, "Limits reached", &count(tally.limited), tone, "of memory, time, disk, …");
}

/// Good, where something ran that could have been bad.
fn calm(view: &View<'_>) -> Tone {
    if view.tally.cells > 0 { Tone::Good } else { Tone::Plain }
}

fn noticed(page: &mut Page, view: &View<'_>) {
    let tally = &view.tally;
    let tone = match (tally.findings, tally.sure) {
        (0, _) => calm(view),
        (_, 0) => Tone::Plain,
        _ => Tone::Warn,
    };
    let sure = format!("{} of them sure", count(tally.sure));
    let about = if tally.findings > 0 { sure.as_str() } else { "by the monitor" };
    tile(page, "Findings", &count(tally.findings), tone, about);
    let steps = counted(tally.steps, "step", "steps");
    let about = if tally.steps > 0 { steps.as_str() } else { "nobody left its foot" };
    tile(page, "Ladder", tally.rung.words(), tally.rung.tone(), about);
}

fn surroundings(page: &mut Page, view: &View<'_>) {
    let tally = &view.tally;
    let tone = match (tally.protections, tally.is_fully_protected()) {
        (0, _) => Tone::Plain,
        (_, true) => Tone::Good,
        (_, false) => Tone::Warn,
    };
    let of = format!("of {} enforced", count(tally.protections));
    tile(page, "Protections", &count(tally.enforced), tone, &of);
    let done = format!("{} ended well", count(tally.cells_done));
    let tone = if tally.cells_done == tally.cells { Tone::Plain } else { Tone::Warn };
    tile(page, "Plugins", &count(tally.cells), tone, &done);
    let unused = format!("of them {} never used", count(tally.grants_unused));
    tile(page, "Grants", &count(tally.grants), Tone::Plain, &unused);
}

fn tile(page: &mut Page, name: &'static str, figure: &str, tone: Tone, about: &str) {
    page.raw("<div class=\"").tone(tone).raw("\"><dt>").mark(tone).raw(name);
    page.raw("</dt><dd><b>").text(figure);
    page.raw("</b><small>").text(about).raw("</small></dd></div>\n");
}

/// Where to look first, what held, and what proves it: one line each.
fn lines(page: &mut Page, view: &View<'_>) {
    page.raw("<dl class=\"pairs\">\n<div><dt>Look first at</dt><dd>");
    match worst(view.record).and_then(|at| Some((at, view.cell(at)?))) {
        Some((at, cell)) => look_first(page, at, cell),
        None => {
            page.raw("nothing in particular: no plugin was refused, stopped or conspicuous");
        }
    }
    page.raw("</dd></div>\n<div><dt>Posture</dt><dd>");
    posture(page, view);
    page.raw("</dd></div>\n<div><dt>Audit log</dt><dd>");
    audit(page, view.record);
    page.raw("</dd></div>\n</dl>\n");
}

fn look_first(page: &mut Page, at: usize, cell: &CellRecord) {
    page.raw("<b>").cell_name(at, cell).raw("</b>");
    if cell.label() != cell.plugin.name {
        page.raw(" <span class=\"dim\">").cut(&cell.plugin.name, MAX_NAME).raw("</span>");
    }
    page.raw(" ").badge(cell.exit.kind.tone(), cell.exit.kind.words());
    let tally = Tally::of_cell(cell);
    for (number, one, many) in [
        (tally.violations, "violation", "violations"),
        (tally.denied, "denied", "denied"),
        (tally.limited, "limit reached", "limits reached"),
        (tally.findings, "finding", "findings"),
    ] {
        if number > 0 {
            page.raw(" · ").show(counted(number, one, many));
        }
    }
    if tally.rung.tone() > Tone::Plain {
        page.raw(" · up to ").raw(tally.rung.words());
    }
}

fn posture(page: &mut Page, view: &View<'_>) {
    let tally = &view.tally;
    if tally.protections == 0 {
        page.raw("no protection is on record");
        return;
    }
    if tally.is_fully_protected() {
        page.badge(Tone::Good, "all enforced").raw(" every protection, in every cell");
        return;
    }
    page.badge(Tone::Warn, "not all enforced").raw(" ");
    let weak = weak(view.record);
    for (at, (name, state)) in weak.iter().take(MAX_WEAK).enumerate() {
        page.raw_if(at > 0, ", ").raw("<code>").cut(name, MAX_NAME).raw("</code> ");
        page.raw(state.words());
    }
    page.raw_if(weak.len() > MAX_WEAK, ", …").raw(" <a href=\"#posture\">Why</a>");
}

/// The protections that are not in force somewhere, each once.
fn weak(record: &RunRecord) -> Vec<(&str, ProtectionState)> {
    let mut weak: Vec<(&str, ProtectionState)> = Vec::new();
    for entry in entries(record, |cell| &cell.posture) {
        let each = (entry.what.name.as_str(), entry.what.state);
        if each.1 != ProtectionState::Enforced && weak.len() <= MAX_WEAK && !weak.contains(&each) {
            weak.push(each);
        }
    }
    weak
}

fn audit(page: &mut Page, record: &RunRecord) {
    let Some(audit) = &record.audit else {
        page.raw("none is on record");
        return;
    };
    match &audit.verified {
        Some(check) => page.badge(check.state.tone(), check.state.words()),
        None => page.badge(Tone::Warn, "not verified"),
    };
    page.raw(" ").show(counted(audit.records, "record", "records"));
    page.raw(" · <a href=\"#audit\">What that shows</a>");
}

fn warnings(page: &mut Page, record: &RunRecord) {
    if record.unsafe_mode {
        page.raw("<p class=\"alert bad\" role=\"alert\"><b>Sandboxing was switched off.</b> ");
        page.raw(
            "This run was started with --unsafe: the plugins could do anything the host could, ",
        );
        page.raw("and what is listed below is what was seen, not what was prevented.</p>\n");
    }
    let weakened = record
        .cells
        .iter()
        .filter(|cell| cell.posture.iter().any(|each| each.state.tone() != Tone::Good))
        .count();
    if weakened > 0 && !record.unsafe_mode {
        let number = u64::try_from(weakened).unwrap_or(u64::MAX);
        page.raw("<p class=\"alert warn\"><b>Not every protection was in force</b> in ");
        page.show(counted(number, "cell", "cells"));
        page.raw(". <a href=\"#posture\">Which, and why</a></p>\n");
    }
    audit_warning(page, record);
    notes(page, record);
}

fn notes(page: &mut Page, record: &RunRecord) {
    /// Beyond these, notes would push the verdict off the page.
    const MAX_NOTES: usize = 12;
    for note in record.notes.iter().take(MAX_NOTES) {
        page.raw("<p class=\"alert plain\">").text(note).raw("</p>\n");
    }
    page.left_out(record.notes.len(), record.notes.len().min(MAX_NOTES), "notes");
}

fn audit_warning(page: &mut Page, record: &RunRecord) {
    let check = record.audit.as_ref().and_then(|audit| audit.verified.as_ref());
    let Some(check) = check.filter(|check| check.state.tone() >= Tone::Warn) else { return };
    page.raw("<p class=\"alert ").tone(check.state.tone()).raw("\"><b>The audit log is ");
    page.raw(check.state.words()).raw(".</b> ").text(&check.text);
    page.raw(" <a href=\"#audit\">More</a></p>\n");
}

/// `2026-03-01 12:00:00 UTC` out of a time in UTC; anything else as it is.
fn to_the_second(time: &str) -> String {
    match (time.split_once('T'), time.ends_with('Z')) {
        (Some((day, clock)), true) if day.len() == 10 => match clock.get(..8) {
            Some(clock) => format!("{day} {clock} UTC"),
            None => time.to_owned(),
        },
        _ => time.to_owned(),
    }
}
