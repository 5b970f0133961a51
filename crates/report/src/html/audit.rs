//! The audit log, the policy, and what they prove.

use super::page::Page;
use super::view::View;
use crate::AuditUse;
use crate::tally::Tone;
use crate::words::count;

/// Said always: a reader must not take a valid chain for more than it is.
const LIMITS: &str = concat!(
    "<div class=\"proves\"><div><h3>What a valid chain shows</h3><ul>",
    "<li>no record was changed after it was written</li>",
    "<li>none was added or removed between the first and the head</li>",
    "<li>the order of the records is the order in which they were written</li></ul></div>",
    "<div><h3>What it cannot show by itself</h3><ul>",
    "<li>that the log was not replaced by a newly made one, as a whole or from some record on: ",
    "keep the head hash, or a signed checkpoint, elsewhere to be able to tell</li>",
    "<li>that a host which was taken over wrote the truth</li>",
    "<li>what happened after the head</li></ul></div></div>\n",
);

pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let record = view.record;
    page.section("audit", "Audit verification", 0);
    match &record.audit {
        Some(audit) => log(page, audit),
        None => {
            page.nothing("No audit log is on record for this run.");
        }
    }
    page.raw("<dl class=\"pairs\">");
    match &record.policy {
        Some(policy) => {
            pair(page, "Policy", &policy.file);
            pair(page, "Policy digest", &policy.digest);
        }
        None => pair(page, "Policy", "none"),
    }
    if let Some(name) = &record.kept_as {
        pair(page, "Run", name);
    }
    pair(page, "Run's identifier", &record.run);
    page.raw("</dl>\n").end_section();
}

fn log(page: &mut Page, audit: &AuditUse) {
    page.raw("<p>");
    match &audit.verified {
        Some(check) => {
            page.badge(check.state.tone(), check.state.words()).raw(" ").text(&check.text);
        }
        None => {
            page.badge(Tone::Warn, "not verified").raw(" The log was not checked for this report.");
        }
    }
    page.raw("</p>\n<dl class=\"pairs\">");
    pair(page, "File", audit.path.as_ref().unwrap_or(&audit.file));
    pair(page, "Records of this run", &count(audit.records));
    pair(page, "Head hash", audit.head.as_deref().unwrap_or("not on record"));
    page.raw("</dl>\n").raw(LIMITS);
}

fn pair(page: &mut Page, name: &'static str, value: &str) {
    page.raw("<div><dt>").raw(name).raw("</dt><dd><code>").text(value).raw("</code></dd></div>");
}
