//! The page around the sections.

use super::page::Page;
use super::{
    audit, cells, changes, elevations, glance, grants, interactions, posture, resources, violations,
};
use crate::RunRecord;
use crate::tally::Tally;

/// Forbids everything but the page's own style sheet. There is no script, so none is allowed.
const HEAD: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ",
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n",
    "<meta name=\"referrer\" content=\"no-referrer\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    "<meta name=\"color-scheme\" content=\"light dark\">\n",
);

const STYLE: &str = include_str!("style.css");

/// The record as one self-contained page that opens from disk, in light or dark, on any width, for
/// eyes and for screen readers.
pub fn html(record: &RunRecord) -> String {
    let tally = Tally::of(record);
    let mut page = Page::default();
    page.raw(HEAD).raw("<title>").text(&record.name).raw(" · Aether security report</title>\n");
    page.raw("<style>\n").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    page.raw("<a class=\"skip\" href=\"#violations\">Skip to the violations</a>\n");
    glance::header(&mut page, record, &tally);
    contents(&mut page);
    page.raw("<main>\n");
    glance::tiles(&mut page, record, &tally);
    violations::section(&mut page, record);
    interactions::section(&mut page, record);
    resources::section(&mut page, record);
    grants::section(&mut page, record, &tally);
    elevations::section(&mut page, record);
    posture::section(&mut page, record, &tally);
    changes::section(&mut page, record);
    cells::section(&mut page, record);
    audit::section(&mut page, record);
    page.raw("</main>\n");
    footer(&mut page, record);
    page.raw("</body>\n</html>\n");
    page.finish()
}

fn contents(page: &mut Page) {
    page.raw(concat!(
        "<nav aria-label=\"Contents\"><a href=\"#violations\">Violations</a>",
        "<a href=\"#interactions\">Interactions</a><a href=\"#resources\">Resources</a>",
        "<a href=\"#grants\">Grants</a><a href=\"#elevations\">Beyond</a><a href=\"#posture\">Protections</a>",
        "<a href=\"#changes\">Changes</a><a href=\"#cells\">Plugins</a>",
        "<a href=\"#audit\">Audit</a></nav>\n",
    ));
}

fn footer(page: &mut Page, record: &RunRecord) {
    page.raw("<footer><p>Made by Aether ").text(&record.aether);
    if !record.platform.is_empty() {
        page.raw(" on ").text(&record.platform);
    }
    if !record.run.is_empty() {
        page.raw(" · run <code>").text(&record.run).raw("</code>");
    }
    page.raw(" · ").text(&record.schema).raw("</p></footer>\n");
}
