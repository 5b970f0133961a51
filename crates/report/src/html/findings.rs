//! What the monitor noticed, and on what that rests.

use super::page::Page;
use super::table::{Head, folds};
use super::view::View;
use crate::FindingRecord;
use crate::limits::MAX_NAME;
use crate::tally::{Entry, Tone, surest_first};
use crate::words::{counted, millis};

/// How many findings are shown with everything; the others in a table.
const MAX_CARDS: usize = 40;

/// How many lines of evidence one finding shows.
const MAX_EVIDENCE: usize = 12;

type Found<'a> = Entry<'a, FindingRecord>;

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let all = surest_first(view.record);
    if all.is_empty() {
        page.quiet("findings", "Findings", "The monitor has nothing on record.");
        return;
    }
    page.section("findings", "Findings", view.tally.findings);
    page.raw(
        "<p class=\"help\">What the monitor noticed, the surest first. A finding is a reason ",
    );
    page.raw("to look, with the evidence for it; what was done about it is on the ladder.</p>\n");
    let (cards, others) = all.split_at_checked(MAX_CARDS).unwrap_or((&all, &[]));
    let (open, folded) = folds(cards);
    let mut shown = list(page, open);
    if !folded.is_empty() && !page.is_full() {
        page.raw("<details><summary>More findings</summary>\n");
        shown += list(page, folded);
        page.raw("</details>\n");
    }
    if shown < cards.len() {
        page.left_out(all.len(), shown, "findings");
    } else {
        table(page, others);
    }
    page.end_section();
}

/// Writes cards until there is no room; how many there are.
fn list(page: &mut Page, findings: &[Found<'_>]) -> usize {
    page.raw("<div class=\"cards\">\n");
    let mut shown = 0;
    for found in findings {
        if page.is_full() {
            break;
        }
        card(page, found);
        shown += 1;
    }
    page.raw("</div>\n");
    shown
}

fn card(page: &mut Page, Entry { at, cell, what: finding }: &Found<'_>) {
    page.raw("<article class=\"card ").tone(finding.tone()).raw("\" data-c=\"").whole(*at);
    page.raw("\"><h3>").cell_name(*at, cell).raw(" <code>").cut(&finding.rule, MAX_NAME);
    page.raw("</code></h3>\n");
    sureness(page, finding);
    page.raw("<p>").text(&finding.sentence).raw("</p>\n<dl class=\"facts-of\">");
    fact(page, "Observed", &finding.observed);
    fact(page, "Expected", &finding.expected);
    fact(page, "Since", &since(finding));
    fact(page, "Rests on", finding.layer.words());
    page.raw("</dl>\n");
    evidence(page, finding);
    page.raw("</article>\n");
}

/// How sure it is: a bar and the number.
fn sureness(page: &mut Page, finding: &FindingRecord) {
    let sure = finding.sure.min(100);
    page.raw("<p class=\"sure\">").bar(f64::from(sure) / 100.0, finding.tone());
    page.raw(" <b>").whole(usize::from(sure)).raw(" %</b> sure</p>\n");
}

fn fact(page: &mut Page, name: &'static str, value: &str) {
    page.raw("<div><dt>").raw(name).raw("</dt><dd>");
    match value {
        "" => page.raw("<span class=\"none\">not on record</span>"),
        value => page.text(value),
    };
    page.raw("</dd></div>");
}

fn since(finding: &FindingRecord) -> String {
    let noticed = match finding.count {
        0 | 1 => format!("noticed at {}", millis(finding.at_ms)),
        many => {
            let times = counted(many, "time", "times");
            format!("noticed {times}, {} to {}", millis(finding.at_ms), millis(finding.last_ms))
        }
    };
    format!("{}; {noticed}", millis(finding.since_ms))
}

fn evidence(page: &mut Page, finding: &FindingRecord) {
    let all = &finding.evidence;
    if all.is_empty() {
        return;
    }
    page.raw("<details class=\"drill\"><summary>Evidence</summary><ul>");
    for line in all.iter().take(MAX_EVIDENCE) {
        page.raw("<li><code>").text(line).raw("</code></li>");
    }
    page.raw("</ul>").left_out(all.len(), all.len().min(MAX_EVIDENCE), "lines").raw("</details>\n");
}

fn table(page: &mut Page, findings: &[Found<'_>]) {
    if findings.is_empty() {
        return;
    }
    let heads = [
        Head::Text("Plugin"),
        Head::Text("Finding"),
        Head::Number("Sure"),
        Head::Number("Since"),
        Head::Text("Rests on"),
    ];
    page.listing("Further findings", &heads, findings, "lesser findings", |page, found| {
        let finding = found.what;
        page.cell_row(found.at, found.cell).raw("<td class=\"wide\"><code>");
        page.cut(&finding.rule, MAX_NAME).raw("</code> ").text(&finding.sentence).raw("</td>");
        page.raw("<td class=\"num\">").badge(finding.tone(), &format!("{} %", finding.sure));
        page.raw("</td>").number(millis(finding.since_ms));
        page.raw("<td>").raw(finding.layer.words()).raw("</td>");
    });
}

/// The worst tone of a cell's findings, for where only a number of them is shown.
pub(super) fn tone_of(findings: &[FindingRecord]) -> Tone {
    findings.iter().map(FindingRecord::tone).max().unwrap_or(Tone::Plain)
}
