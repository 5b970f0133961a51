//! Which protection every cell got.

use std::collections::HashMap;

use super::page::Page;
use super::view::View;
use crate::limits::MAX_NAME;
use crate::tally::{Tally, Tone};
use crate::words::{count, counted};
use crate::{CellRecord, Protection, RunRecord};

/// How many different postures are shown side by side; a run has rarely more than two.
const MAX_COLUMNS: usize = 8;

/// How many cells a column names.
const MAX_NAMES: usize = 6;

/// Cells that got exactly the same.
struct Group<'a> {
    posture: &'a [Protection],
    cells: Vec<&'a CellRecord>,
}

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let groups = groups(view.record);
    if groups.is_empty() {
        page.quiet("posture", "Protections", "No posture is on record.");
        return;
    }
    page.section("posture", "Protections", 0);
    summary(page, &view.tally, &groups);
    matrix(page, &groups);
    never_started(page, view.record);
    page.left_out(groups.len(), MAX_COLUMNS, "different postures").end_section();
}

fn groups(record: &RunRecord) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: HashMap<Vec<(&str, _, &str)>, usize> = HashMap::new();
    for cell in record.cells.iter().filter(|cell| !cell.posture.is_empty()) {
        let key = cell.posture.iter().map(|p| (p.name.as_str(), p.state, p.detail.as_str()));
        let place = *places.entry(key.collect()).or_insert_with(|| {
            groups.push(Group { posture: &cell.posture, cells: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.cells.push(cell);
        }
    }
    groups
}

fn summary(page: &mut Page, tally: &Tally, groups: &[Group<'_>]) {
    let cells = groups.iter().map(|group| group.cells.len()).sum::<usize>();
    let cells = counted(u64::try_from(cells).unwrap_or(u64::MAX), "cell", "cells");
    page.raw("<p>");
    if tally.is_fully_protected() {
        page.badge(Tone::Good, "all enforced")
            .raw(" Every protection was in force in ")
            .show(cells);
        page.raw(".</p>\n");
    } else {
        page.badge(Tone::Warn, "not all enforced").raw(" ").show(count(tally.enforced));
        page.raw(" of ").show(count(tally.protections)).raw(" protections were in force, over ");
        page.show(cells).raw(".</p>\n");
    }
}

fn matrix(page: &mut Page, groups: &[Group<'_>]) {
    let shown = groups.get(..MAX_COLUMNS).unwrap_or(groups);
    page.open_table("Protections of each cell").raw("<th scope=\"col\">Protection</th>");
    for group in shown {
        page.raw("<th scope=\"col\" class=\"wide\">");
        names(page, &group.cells);
        page.raw("</th>");
    }
    page.body();
    let names = protections(shown);
    let mut written = 0;
    for name in &names {
        if page.is_full() {
            break;
        }
        written += 1;
        page.raw("<tr><th scope=\"row\"><code>").text(name).raw("</code></th>");
        for group in shown {
            field(page, group.posture.iter().find(|each| each.name == *name));
        }
        page.raw("</tr>\n");
    }
    page.end_table().left_out(names.len(), written, "protections");
}

/// Every name that comes up, in the order in which it does.
fn protections<'a>(groups: &[Group<'a>]) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    let all = groups.iter().flat_map(|group| group.posture);
    all.map(|each| each.name.as_str()).filter(|name| seen.insert(*name)).collect()
}

fn field(page: &mut Page, protection: Option<&Protection>) {
    page.raw("<td class=\"wide\">");
    match protection {
        Some(Protection { state, detail, .. }) => {
            page.badge(state.tone(), state.words());
            if !detail.is_empty() {
                page.raw("<small>").text(detail).raw("</small>");
            }
        }
        None => {
            page.raw("<span class=\"none\">not on record</span>");
        }
    }
    page.raw("</td>");
}

fn names(page: &mut Page, cells: &[&CellRecord]) {
    for (at, cell) in cells.iter().take(MAX_NAMES).enumerate() {
        page.raw_if(at > 0, ", ").cut(cell.label(), MAX_NAME);
    }
    if cells.len() > MAX_NAMES {
        page.raw(" and ").show(cells.len() - MAX_NAMES).raw(" more");
    }
}

fn never_started(page: &mut Page, record: &RunRecord) {
    let cells: Vec<_> = record.cells.iter().filter(|cell| cell.posture.is_empty()).collect();
    if cells.is_empty() {
        return;
    }
    page.raw("<p class=\"note\">Without a posture on record: ");
    names(page, &cells);
    page.raw(".</p>\n");
}
