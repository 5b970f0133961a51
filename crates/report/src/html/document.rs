//! The page around the sections.

use super::digest::digest;
use super::page::Page;
use super::view::View;
use super::{
    audit, cells, changes, egress, elevations, findings, glance, grants, interactions, ladder,
    posture, resources, violations,
};
use crate::RunRecord;
use crate::limits::MAX_PAGE;
use crate::tally::Tone;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

static STYLE_DIGEST: [u8; 44] = digest(STYLE);
static SCRIPT_DIGEST: [u8; 44] = digest(SCRIPT);

/// How many bytes the plugins, to which everything links, may take, and the violations.
const CELLS_ROOM: usize = 120_000;
const VIOLATIONS_ROOM: usize = 920_000;

/// How many the heat maps get at least and at most; the other sections share the rest.
const LEAST_MAPS_ROOM: usize = 150_000;
const MAPS_ROOM: usize = 520_000;

/// What is written of a section.
type Section = fn(&mut Page, &View<'_>);

/// The record as one self-contained page that opens from disk, in light or dark, on any width, for
/// eyes and for screen readers. It is about [`MAX_PAGE`] long at most: the worst comes first, and
/// what finds no room is counted.
pub fn html(record: &RunRecord) -> String {
    let view = View::of(record);
    let mut plugins = Page::of(CELLS_ROOM, usize::MAX);
    let linked = cells::section(&mut plugins, &view);
    let mut left = MAX_PAGE.saturating_sub(STYLE.len() + SCRIPT.len() + plugins.len());
    let mut part = |room: usize, section: Section| {
        let mut part = Page::of(room.min(left), linked);
        section(&mut part, &view);
        left = left.saturating_sub(part.len());
        (part, left)
    };
    let (refused, mut left) = part(VIOLATIONS_ROOM, violations::section);
    let mut share = |sections: usize, section: Section| {
        let (part, still) = part(left.saturating_sub(LEAST_MAPS_ROOM) / sections, section);
        left = still;
        part
    };
    let noticed = [share(9, findings::section), share(8, ladder::section)];
    let others = [
        share(7, interactions::section),
        share(6, grants::section),
        share(5, elevations::section),
        share(4, egress::section),
        share(3, changes::section),
        share(2, posture::section),
    ];
    let audit = share(1, audit::section);
    let (maps, _) = part(MAPS_ROOM, resources::section);
    let mut page = Page::of(usize::MAX, linked);
    open(&mut page, &view);
    let parts = noticed.into_iter().chain([maps]).chain(others).chain([plugins, audit]);
    std::iter::once(refused).chain(parts).for_each(|part| {
        page.part(part);
    });
    close(&mut page, record);
    page.finish()
}

fn open(page: &mut Page, view: &View<'_>) {
    head(page, view.record);
    page.raw("<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
    glance::header(page, view);
    contents(page, view);
    page.raw("<main id=\"main\" tabindex=\"-1\">\n");
    glance::section(page, view);
}

fn head(page: &mut Page, record: &RunRecord) {
    let digest = |bytes: &'static [u8; 44]| std::str::from_utf8(bytes).unwrap_or_default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    page.raw("style-src 'sha256-").raw(digest(&STYLE_DIGEST)).raw("'; script-src 'sha256-");
    page.raw(digest(&SCRIPT_DIGEST)).raw("'; base-uri 'none'; form-action 'none'\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>").text(&record.name);
    page.raw(" · Aether security report</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n");
}

/// Where the sections are, each with the number of what is in it.
fn contents(page: &mut Page, view: &View<'_>) {
    let tally = &view.tally;
    let refused = tally.refused();
    let refused_tone = if tally.violations > 0 { Tone::Bad } else { Tone::Warn };
    page.raw("<nav aria-label=\"Contents\"><div class=\"bar-in\"><div class=\"links\">");
    link(page, "#glance", "Verdict", 0, Tone::Plain);
    link(page, "#violations", "Refused", refused, refused_tone);
    link(page, "#findings", "Findings", tally.findings, Tone::Warn);
    link(page, "#ladder", "Ladder", tally.steps, tally.rung.tone());
    link(page, "#resources", "Resources", 0, Tone::Plain);
    link(page, "#interactions", "Interactions", 0, Tone::Plain);
    link(page, "#grants", "Grants", 0, Tone::Plain);
    link(page, "#elevations", "Tokens", 0, Tone::Plain);
    link(page, "#egress", "Egress", 0, Tone::Plain);
    link(page, "#changes", "Changes", tally.changes, Tone::Plain);
    link(page, "#posture", "Protections", 0, Tone::Plain);
    link(page, "#cells", "Plugins", tally.cells, Tone::Plain);
    link(page, "#audit", "Audit", 0, Tone::Plain);
    page.raw("</div>").raw(TOOLS).raw("</div></nav>\n");
}

/// What only works with the script is hidden until the script shows it.
const TOOLS: &str = concat!(
    "<form class=\"tools\" hidden role=\"search\" aria-label=\"Filter the report\">",
    "<select aria-label=\"Plugin\"><option value=\"\">All plugins</option></select>",
    "<input type=\"search\" placeholder=\"Filter\" aria-label=\"Text\" spellcheck=\"false\">",
    "<output aria-live=\"polite\"></output>",
    "<button type=\"button\" class=\"fold\">Unfold</button>",
    "<button type=\"button\" class=\"theme\" aria-label=\"Light or dark\">◐</button></form>",
);

fn link(page: &mut Page, target: &'static str, title: &'static str, number: u64, tone: Tone) {
    page.raw("<a href=\"").raw(target).raw("\">").raw(title);
    if number > 0 {
        page.raw("<span class=\"count ").tone(tone).raw("\">").show(short(number)).raw("</span>");
    }
    page.raw("</a>");
}

/// `999`, `12k`, `3M`: for where there is no room.
fn short(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        1000..1_000_000 => format!("{}k", number / 1000),
        1_000_000..1_000_000_000 => format!("{}M", number / 1_000_000),
        _ => "many".to_owned(),
    }
}

fn close(page: &mut Page, record: &RunRecord) {
    page.raw("</main>\n<footer><p>Made by Aether ").text(&record.aether);
    if !record.platform.is_empty() {
        page.raw(" on ").text(&record.platform);
    }
    if !record.run.is_empty() {
        page.raw(" · run <code>").text(&record.run).raw("</code>");
    }
    page.raw(" · ").text(&record.schema).raw("</p></footer>\n<script>").raw(SCRIPT);
    page.raw("</script>\n</body>\n</html>\n");
}
