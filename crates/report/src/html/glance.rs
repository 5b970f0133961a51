//! The verdict, and the figures behind it, at a glance.

use super::page::Page;
use crate::RunRecord;
use crate::limits::MAX_ROWS;
use crate::tally::{Tally, Tone, tone};
use crate::words::{count, counted, millis};

pub(super) fn header(page: &mut Page, record: &RunRecord, tally: &Tally) {
    page.raw("<header class=\"").tone(tone(record, tally)).raw("\">\n");
    let name = if record.name.is_empty() { "A run without a name" } else { &record.name };
    page.raw("<p class=\"over\">Aether security report</p>\n<h1>").text(name);
    page.raw("</h1>\n<p class=\"verdict\">");
    page.badge(record.outcome.kind.tone(), record.outcome.kind.words());
    page.raw(" <span class=\"facts\">exit code ").show(record.outcome.exit_code);
    page.raw(" · ").show(millis(record.duration_ms));
    if !record.started.is_empty() {
        page.raw(" · started <time datetime=\"").text(&record.started).raw("\">");
        page.text(&to_the_second(&record.started)).raw("</time>");
    }
    page.raw("</span></p>\n");
    if !record.outcome.text.is_empty() {
        page.raw("<p class=\"lead\">").text(&record.outcome.text).raw("</p>\n");
    }
    page.raw("</header>\n");
}

pub(super) fn tiles(page: &mut Page, record: &RunRecord, tally: &Tally) {
    warnings(page, record);
    page.raw(
        "<section aria-labelledby=\"glance\"><h2 id=\"glance\" class=\"unseen\">At a glance</h2>\n",
    );
    page.raw("<dl class=\"tiles\">\n");
    let calm = if tally.cells > 0 { Tone::Good } else { Tone::Plain };
    let alarm = |number: u64, tone: Tone| if number > 0 { tone } else { calm };
    let refused = tally.denied;
    tile(
        page,
        "Violations",
        &count(tally.violations),
        alarm(tally.violations, Tone::Bad),
        "offences of a plugin",
    );
    tile(page, "Denied", &count(refused), alarm(refused, Tone::Warn), "requests outside a grant");
    tile(
        page,
        "Limits reached",
        &count(tally.limited),
        alarm(tally.limited, Tone::Warn),
        "of memory, time, disk, …",
    );
    protections(page, tally);
    let done = format!("{} ended well", count(tally.cells_done));
    let cells = if tally.cells_done == tally.cells { Tone::Plain } else { Tone::Warn };
    tile(page, "Plugins", &count(tally.cells), cells, &done);
    tile(page, "Host calls", &count(tally.calls), Tone::Plain, "through the gateway");
    let unused = format!("{} never used", count(tally.grants_unused));
    tile(page, "Grants", &count(tally.grants), Tone::Plain, &unused);
    tile(page, "Changes", &count(tally.changes), Tone::Plain, "to files, in the overlay");
    page.raw("</dl>\n").end_section();
}

fn protections(page: &mut Page, tally: &Tally) {
    let tone = match (tally.protections, tally.is_fully_protected()) {
        (0, _) => Tone::Plain,
        (_, true) => Tone::Good,
        (_, false) => Tone::Warn,
    };
    let of = format!("of {} enforced", count(tally.protections));
    tile(page, "Protections", &count(tally.enforced), tone, &of);
}

fn tile(page: &mut Page, name: &'static str, figure: &str, tone: Tone, about: &str) {
    page.raw("<div class=\"").tone(tone).raw("\"><dt>").raw(name).raw("</dt><dd><b>").text(figure);
    page.raw("</b><small>").text(about).raw("</small></dd></div>\n");
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
    for note in record.notes.iter().take(MAX_ROWS) {
        page.raw("<p class=\"alert plain\">").text(note).raw("</p>\n");
    }
}

fn audit_warning(page: &mut Page, record: &RunRecord) {
    let check = record.audit.as_ref().and_then(|audit| audit.verified.as_ref());
    let Some(check) = check.filter(|check| check.state.tone() != Tone::Good) else { return };
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
