//! What was refused or stopped, grouped by rule, with the line that decided and the line that would
//! allow it.

use super::page::Page;
use super::table::Head;
use super::view::View;
use crate::limits::MAX_ROWS;
use crate::rules::UNKNOWN;
use crate::tally::{Entry, Tally, Tone, worst_first};
use crate::words::{count, counted, millis, more_denied};
use crate::{Violation, rule};

/// How many of the worst entries show their times one by one, and how many of those.
const MAX_DRILLED: usize = 60;
const MAX_OCCURRENCES: usize = 12;

/// How many plugins are named of which not all is listed.
const MAX_UNLISTED: usize = 8;

/// How many lines of a fix are shown; a whole policy is one.
const MAX_FIX_LINES: usize = 40;

/// From so many entries on, those that are not among the worst are shown tersely, with so many
/// characters of a text.
const MANY: usize = 400;
const TERSE: usize = 90;

type Violated<'a> = Entry<'a, Violation>;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let all = worst_first(view.record);
    if view.tally.refused() == 0 && all.is_empty() {
        let sentence = "No refusal and no limit is on record.";
        page.quiet("violations", "Sandbox violation log", sentence);
        return;
    }
    page.section("violations", "Sandbox violation log", 0);
    sums(page, &view.tally);
    unlisted(page, view);
    let worst = all.get(..MAX_ROWS).unwrap_or(&all);
    let mut shown = 0;
    for group in groups(worst) {
        if page.is_full() {
            break;
        }
        shown += one_rule(page, &group, view, worst.len() >= MANY);
    }
    page.left_out(all.len(), shown, "entries").end_section();
}

/// What the number of refusals is made of: few of them are offences.
fn sums(page: &mut Page, tally: &Tally) {
    page.raw("<p class=\"note\">").show(counted(tally.violations, "violation", "violations"));
    page.raw(" · ").show(count(tally.denied)).raw(" denied · ");
    page.show(counted(tally.limited, "limit", "limits")).raw(" reached</p>\n");
}

/// Of whom more was refused than is kept one by one, and how much more.
fn unlisted(page: &mut Page, view: &View<'_>) {
    let cells = || view.record.cells.iter().enumerate().filter(|(_, cell)| cell.more_denied > 0);
    let all = cells().count();
    if all == 0 {
        return;
    }
    page.raw("<p>").badge(Tone::Warn, "not all are listed");
    page.raw(" Too many different things were refused:");
    for (place, (at, cell)) in cells().take(MAX_UNLISTED).enumerate() {
        page.raw(if place == 0 { " " } else { "; " }).cell_name(at, cell).raw(": ");
        page.show(more_denied(cell.more_denied));
    }
    if all > MAX_UNLISTED {
        page.raw("; and ").whole(all - MAX_UNLISTED).raw(" more plugins");
    }
    page.raw(".</p>\n");
}

fn number(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// By rule, in the order in which the rules come up: the worst first. Each entry with its rank.
fn groups<'a, 'b>(entries: &'b [Violated<'a>]) -> Vec<Vec<(usize, &'b Violated<'a>)>> {
    let mut groups: Vec<Vec<(usize, &Violated<'_>)>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (rank, entry) in entries.iter().enumerate() {
        let place = *places.entry(entry.what.rule.as_str()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.push((rank, entry));
        }
    }
    groups
}

/// Writes a rule and what was refused by it; how many entries found room.
fn one_rule(
    page: &mut Page,
    entries: &[(usize, &Violated<'_>)],
    view: &View<'_>,
    are_many: bool,
) -> usize {
    let Some((_, first)) = entries.first() else { return 0 };
    let about = rule(&first.what.rule).unwrap_or(&UNKNOWN);
    let tone = entries.iter().map(|(_, each)| each.what.verdict.tone()).max();
    let tone = tone.unwrap_or(Tone::Plain);
    let times = entries.iter().fold(0u64, |sum, (_, each)| sum.saturating_add(each.what.count));
    page.raw("<article class=\"rule ").tone(tone).raw("\"><h3>").raw(about.title).raw(" ");
    page.badge(tone, &counted(times, "time", "times"));
    page.raw("</h3>\n<p class=\"help\"><code>").text(&first.what.rule).raw("</code> ");
    page.raw(about.help).raw("</p>\n");
    let heads = [
        Head::Text("Plugin"),
        Head::Text("What it tried"),
        Head::Number("Times"),
        Head::Text("First and last"),
        Head::Text("Decided by, and the fix"),
    ];
    let row = |page: &mut Page, (rank, entry): &(usize, &Violated<'_>)| match are_many
        && *rank >= MAX_DRILLED
    {
        true => terse(page, entry),
        false => full(page, entry, view, *rank),
    };
    let shown = page.listing("Refusals by this rule", &heads, entries, "entries", row);
    page.raw("</article>\n");
    shown
}

fn full(page: &mut Page, entry: &Violated<'_>, view: &View<'_>, rank: usize) {
    let violation = entry.what;
    page.cell_row(entry.at, entry.cell);
    page.raw("<td class=\"wide\"><b>").text(&violation.permission).raw("</b> <code>");
    page.path(&violation.object).raw("</code>");
    if !violation.message.is_empty() {
        page.raw("<small>").text(&violation.message).raw("</small>");
    }
    if rank < MAX_DRILLED {
        occurrences(page, violation);
    }
    page.raw("</td>").number(count(violation.count)).raw("<td class=\"when\">");
    when(page, violation, view);
    page.raw("</td><td class=\"wide\">").place(violation.manifest.as_ref());
    if let Some(fix) = &violation.fix {
        page.raw("<small>to allow it</small><pre>");
        fix_lines(page, &violation.rule, fix);
        page.raw("</pre>");
    }
    page.raw("</td>");
}

/// Only the fix of a refused start has several lines: policy text that the host made. Everywhere
/// else a line end is a plugin's, and is shown, not obeyed.
fn fix_lines(page: &mut Page, rule: &str, fix: &str) {
    if rule != "request-beyond-policy" {
        page.text(fix);
        return;
    }
    for line in fix.lines().take(MAX_FIX_LINES) {
        page.text(line).raw("\n");
    }
}

/// What is left where two thousand rows stand on one page.
fn terse(page: &mut Page, entry: &Violated<'_>) {
    let violation = entry.what;
    page.row(entry.at).raw("<th scope=\"row\">").cell_name(entry.at, entry.cell);
    page.raw("</th><td><b>").cut(&violation.permission, TERSE).raw("</b> <code>");
    page.cut(&violation.object, TERSE).raw("</code></td>").number(count(violation.count));
    page.raw("<td class=\"when\">");
    span(page, violation);
    page.raw("</td><td>");
    if let Some(place) = &violation.manifest {
        page.raw("<code>").cut(&place.file, TERSE).raw(":").show(place.line).raw("</code>");
    }
    if let Some(fix) = &violation.fix {
        page.raw("<pre>").cut(fix, TERSE).raw("</pre>");
    }
    page.raw("</td>");
}

/// The times that it happened, one by one.
fn occurrences(page: &mut Page, violation: &Violation) {
    let all = &violation.occurrences;
    if all.is_empty() {
        return;
    }
    let shown = all.get(..MAX_OCCURRENCES).unwrap_or(all);
    page.raw("<details class=\"drill\"><summary>");
    page.show(counted(number(all.len()), "occurrence", "occurrences")).raw("</summary><ol>");
    for each in shown {
        page.raw("<li><span class=\"t\">").show(millis(each.at_ms)).raw("</span> <code>");
        page.text(&each.operation).raw("</code>");
        if let Some(during) = &each.during {
            page.raw(" during <code>").text(during).raw("</code>");
        }
        if let Some(record) = each.record {
            page.raw(" <span class=\"dim\">audit record ").show(count(record)).raw("</span>");
        }
        page.raw("</li>");
    }
    page.raw("</ol>");
    let unseen = violation.count.saturating_sub(number(shown.len()));
    if unseen > 0 {
        page.raw("<p class=\"note\">and ").show(counted(unseen, "more", "more")).raw("</p>");
    }
    page.raw("</details>");
}

fn span(page: &mut Page, violation: &Violation) {
    page.show(millis(violation.first_ms));
    if violation.last_ms > violation.first_ms {
        page.raw(" – ").show(millis(violation.last_ms));
    }
}

/// From the first to the last time, in words and as a stretch of the whole run.
fn when(page: &mut Page, violation: &Violation, view: &View<'_>) {
    span(page, violation);
    let left = view.share(violation.first_ms) * 90.0;
    let right = view.share(violation.last_ms.max(violation.first_ms)) * 90.0;
    page.raw("<svg class=\"strip ").tone(violation.verdict.tone());
    page.raw("\" viewBox=\"0 0 96 8\" width=\"96\" height=\"8\" aria-hidden=\"true\">");
    page.raw("<line x1=\"3\" y1=\"4\" x2=\"93\" y2=\"4\"/><rect x=\"").at(left);
    page.raw("\" y=\"1\" width=\"").at(right - left + 6.0);
    page.raw("\" height=\"6\" rx=\"3\"/></svg>");
}
