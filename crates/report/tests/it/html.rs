//! The page: true, self-contained, inert.

use std::collections::HashSet;

use aether_report::*;
use proptest::prelude::*;

use crate::fixture::{hostile, many, poisoned, triage};
use crate::incident::{crowd, hundred_thousand, incident};

/// What stands between the style and the script of a page.
fn body(page: &str) -> &str {
    page.split_once("</style>").unwrap().1.rsplit_once("<script>").unwrap().0
}

fn script(page: &str) -> &str {
    page.rsplit_once("<script>").unwrap().1.split_once("</script>").unwrap().0
}

/// The tags of a page without the places where a long word may be broken.
pub(crate) fn tags(page: &str) -> Vec<&str> {
    let body = body(page);
    body.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
        .filter(|tag| *tag != "wbr")
        .collect()
}

/// Tags with their attributes' names, but not with their values.
pub(crate) fn shape(page: &str) -> Vec<String> {
    let bare = |tag: &str| tag.split('"').step_by(2).collect::<String>();
    tags(page).into_iter().map(bare).collect()
}

fn check(record: &RunRecord, parts: &[&str]) {
    let page = html(record);
    for part in parts {
        assert!(page.contains(part), "{part}\nis not in\n{}", body(&page));
    }
}

#[test]
fn the_page_says_what_the_record_says() {
    check(
        &triage(),
        &[
            "<title>log-triage · Aether security report</title>",
            "<h1>log-triage</h1>",
            "Done</span>",
            "exit code 0",
            ">2026-03-01 12:00:00 UTC</time>",
            "<b>5</b><small>requests outside a grant</small>",
            "<b>29</b><small>of 30 enforced</small>",
            "A file outside the grant was asked for",
            "<code>/<wbr>etc/<wbr>shadow</code>",
            "<code>plugins/<wbr>ssh-findings/<wbr>aether-plugin.json:6:15</code>",
            "<pre>&quot;read&quot;: [&quot;/var/log/**&quot;, &quot;/etc/shadow&quot;]</pre>",
            "no cgroup it may write; watched instead",
            "1 grant was never used",
            "3 not applied to the host, 0 applied",
            "<small>from <code>/<wbr>workspace/<wbr>out/<wbr>old.md</code></small>",
            "209 KB · 1 call",
            "3 refused",
            "236 MB<small>of 256 MB</small>",
            "9bf5ef621b23bc9501f86b8eb4baab0cdb581cee4f2254a69e97b126f2f46529",
            "1284 records of 1 run, all as they were written",
            "<small>on the host <code>/<wbr>srv/<wbr>logs</code></small>",
            "<dt>Run</dt><dd><code>20260301T120000-04711-0</code>",
            "<dd><code>5f1c2a7be0934d2f8a61c7d4e95b0312</code>",
            "/home/a/.local/state/aether/runs/1/audit.jsonl",
            "<span class=\"near\">! 236 MB</span><small>92 %</small>",
            "236 MB</title>",
            "<b><a href=\"#c1\">find</a></b>",
            "The monitor has nothing on record.",
        ],
    );
    assert!(!html(&triage()).contains("--unsafe"));
}

#[test]
fn what_is_wrong_stands_at_the_top() {
    let mut record = RunRecord { unsafe_mode: true, ..triage() };
    record.notes = vec!["the host was low on memory".into()];
    if let Some(audit) = &mut record.audit {
        audit.verified =
            Some(AuditCheck { state: AuditState::Broken, text: "line 7 was changed".into() });
    }
    check(
        &record,
        &[
            "<header class=\"bad\">",
            "<b>Sandboxing was switched off.</b>",
            "<b>The audit log is broken.</b> line 7 was changed",
            "the host was low on memory",
        ],
    );
}

#[test]
fn the_page_needs_and_allows_nothing_else() {
    for record in [triage(), RunRecord::default(), many(40)] {
        let page = html(&record);
        let (_, policy) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
        let (policy, _) = policy.split_once('"').unwrap();
        let parts: Vec<&str> = policy.split("; ").collect();
        assert_eq!(parts[0], "default-src 'none'");
        assert!(
            parts[1].starts_with("style-src 'sha256-")
                && parts[2].starts_with("script-src 'sha256-")
        );
        assert_eq!(parts[3..], ["base-uri 'none'", "form-action 'none'"]);
        for absent in
            ["http:", "https:", " src=", "url(h", "@import", "<link", "<iframe", " style="]
        {
            assert!(!page.contains(absent), "{absent}");
        }
        assert_eq!((page.matches("<script").count(), page.matches("<style").count()), (1, 1));
        let targets = page.match_indices("href=\"").map(|(at, _)| &page[at + 6..at + 7]);
        assert!(targets.into_iter().all(|first| first == "#"));
        assert!(!tags(&page).iter().any(|tag| tag.contains(" on")));
    }
}

#[test]
fn the_script_is_short_and_takes_no_text_for_markup() {
    let page = html(&triage());
    let script = script(&page);
    assert!(script.len() <= 15 * 1024, "{}", script.len());
    for sink in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "Function("]
    {
        assert!(!script.contains(sink), "{sink}");
    }
    for way_out in ["fetch", "XMLHttp", "import(", "storage", "cookie", "open("] {
        assert!(!script.contains(way_out), "{way_out}");
    }
}

#[test]
fn what_is_only_counted_is_told_and_added() {
    let mut record = triage();
    record.cells[1].more_denied = 1000;
    record.cells[1].other_destinations = 34;
    let parts = [
        "<b>1,005</b><small>requests outside a grant, 1,000 not listed</small>",
        "Refused<span class=\"count warn\">1k</span>",
        "0 violations · 1,005 denied · 0 limits reached",
        "Too many different things were refused: <a href=\"#c1\">find</a>: 1,000 more refusals, counted alone.",
        "others</span> <small>34 more requests, counted alone</small>",
    ];
    check(&record, &parts);
    let cell = CellRecord { more_denied: 1, other_destinations: 1, ..CellRecord::default() };
    let page = html(&RunRecord { cells: vec![cell.clone()], ..RunRecord::default() });
    assert!(!page.contains("No refusal") && !page.contains("No request to another machine"));
    assert!(page.contains("1 more refusal, counted alone"));
    let page = html(&RunRecord { cells: vec![cell; 10], ..RunRecord::default() });
    assert!(page.contains("counted alone; and 2 more plugins."));
}

#[test]
fn no_two_numbers_of_one_name_contradict_each_other() {
    check(
        &triage(),
        &[
            "Violations</dt><dd><b>0</b><small>offences of a plugin</small>",
            "<a href=\"#violations\">Refused<span class=\"count warn\">5</span></a>",
            "Sandbox violation log</h2>",
            "0 violations · 5 denied · 0 limits reached",
        ],
    );
    let mut record = triage();
    record.cells[1].elevations.clear();
    check(&record, &["No plugin asked for a token for a single operation beyond its grants."]);
    assert!(!html(&record).contains("asked for anything beyond its grants"));
}

#[test]
fn a_log_that_is_not_there_any_more_was_valid() {
    let mut record = triage();
    if let Some(check) = record.audit.as_mut().and_then(|audit| audit.verified.as_mut()) {
        check.state = AuditState::WasValid;
    }
    check(&record, &["<span class=\"badge plain\">valid when the run ended</span>"]);
    assert!(!html(&record).contains("badge good\"><i aria-hidden=\"true\">✓</i>valid"));
}

#[test]
fn a_call_of_nobody_leads_to_nobody() {
    let mut record = incident();
    let refused = Edge {
        from: 2,
        to: 2,
        via: "ghost.run".into(),
        refused: 4,
        why: Some("no such plugin".into()),
        ..Edge::default()
    };
    record.edges.push(refused);
    record.messages[0] =
        Message { from: 2, to: 2, refused: Some("no".into()), ..Message::default() };
    let page = html(&record);
    let drawn = "<title>nobody: no such plugin was there</title>";
    assert!(page.contains(drawn) && !html(&incident()).contains(drawn));
    let fields = |page: &str| page.matches("<span class=\"none\">nobody</span>").count();
    assert_eq!(fields(&page), fields(&html(&incident())) + 2);
}

#[test]
fn an_incident_is_told_in_full() {
    check(
        &incident(),
        &[
            "<header class=\"bad\">",
            "It looks for credentials",
            "<b>97 %</b> sure",
            "none: the grant covers ./spool/** alone",
            "<li><code>audit records 4100 to 4263</code></li>",
            "looked at the report and ended it",
            "<span>kill</span><span>observe</span>",
            "<summary>8 occurrences</summary>",
            "audit record 4,100",
            "<code>203.0.113.77:443</code>",
            "47 requests</span> to destinations outside a grant went nowhere",
            "✕ 9 refused: its grant names ticket-match:find alone</title>",
            "shared topic",
            "1,834 more were passed",
            "<h3>Denials</h3>",
            "that a host which was taken over wrote the truth",
        ],
    );
}

#[test]
fn a_policy_that_would_allow_it_can_be_copied_line_by_line() {
    let with = |rule: &str| {
        let mut record = triage();
        let violation = &mut record.cells[1].violations[0];
        violation.rule = rule.into();
        violation.fix = Some("allow:\n  read: <x>".into());
        html(&record)
    };
    let page = with("request-beyond-policy");
    assert!(page.contains("<pre>allow:\n  read: &lt;x&gt;\n</pre>"));
    assert!(with("file-read-denied").contains("<pre>allow:\\n  read: &lt;x&gt;</pre>"));
}

#[test]
fn sections_without_anything_are_one_line() {
    let page = html(&RunRecord::default());
    assert_eq!(page.matches("<section class=\"quiet\"").count(), 11);
    assert!(!page.contains("<table"));
}

#[test]
fn every_drawing_has_its_words() {
    for record in [incident(), triage(), crowd(40)] {
        let page = html(&record);
        for tag in tags(&page).iter().filter(|tag| tag.starts_with("svg")) {
            assert!(tag.contains("aria-hidden=\"true\"") || tag.contains("aria-label=\""), "{tag}");
        }
        let tables = page.matches("<table").count();
        assert_eq!(tables, page.matches("<caption>").count());
    }
}

#[test]
fn more_plugins_than_a_diagram_holds_have_a_matrix() {
    assert!(html(&incident()).contains("class=\"graph\""));
    let page = html(&crowd(200));
    assert!(!page.contains("class=\"graph\"") && page.contains("class=\"matrix dense\""));
}

#[test]
fn every_link_and_reference_has_its_target() {
    let same_number = vec![CellRecord::default(); 3];
    let odd = RunRecord { cells: same_number, ..incident() };
    for record in [triage(), incident(), odd, RunRecord::default(), crowd(200)] {
        let page = html(&record);
        let named = |attribute: &str| -> Vec<&str> {
            let after = page.split(attribute).skip(1);
            after.map(|rest| rest.split('"').next().unwrap()).collect()
        };
        let ids: Vec<&str> = named(" id=\"");
        let set: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), set.len(), "no id stands twice");
        for target in ["href=\"#", "aria-labelledby=\"", "url(#"] {
            for name in named(target) {
                let name = name.trim_end_matches(')');
                assert!(set.contains(name), "{target}{name}");
            }
        }
    }
}

#[test]
fn tags_are_closed_in_order() {
    for record in [triage(), many(40), incident(), crowd(200), RunRecord::default(), unsafe_run()] {
        let page = html(&record);
        let mut open = Vec::new();
        for tag in tags(&page) {
            let name = tag.split([' ', '/']).next().unwrap();
            if let Some(closed) = tag.strip_prefix('/') {
                let expected: Option<&str> =
                    if closed == "head" { Some(closed) } else { open.pop() };
                assert_eq!(expected, Some(closed));
            } else if !tag.ends_with('/') && name != "input" {
                open.push(name);
            }
        }
        assert_eq!(open, ["body"], "all that is open where the script begins");
    }
}

#[test]
fn huge_texts_are_cut() {
    let page = html(&hostile(&"<🦀".repeat(200_000)));
    assert!(page.len() < 400_000, "{}", page.len());
    assert!(page.contains("(cut; 1000000 bytes)"));
    assert!(html(&hostile(&"/".repeat(1_000_000))).len() < 700_000);
    let page = html(&poisoned(&crowd(200), &"<".repeat(100_000)));
    assert!(page.len() < MAX_PAGE + 200_000, "{}", page.len());
    let name = "x".repeat(10_000_000);
    assert!(html(&RunRecord { name, ..triage() }).len() < 100_000);
}

#[test]
fn many_cells_and_none() {
    check(
        &RunRecord::default(),
        &["A run without a name", "exit code 70", "No posture is on record."],
    );
    let page = html(&many(200));
    assert!(page.len() < 1_500_000, "{}", page.len());
    assert!(page.contains("40 of 200 plugins, the hottest, are shown"));
    assert!(page.contains("40 of 200 plugins, those that passed most, are shown"));
    assert!(page.contains("<summary>188 more cells</summary>"));
}

#[test]
fn a_hundred_thousand_refusals_fit() {
    let page = html(&hundred_thousand());
    assert!(page.len() <= 1_500_000, "{}", page.len());
    assert!(page.contains("2,000 of 100,000 entries are shown; report.json has them all."));
    let (most, least) = ("/secret-96.txt", "/secret-7.txt");
    assert!(page.replace("<wbr>", "").contains(most), "the most frequent are there");
    assert!(!page.replace("<wbr>", "").contains(least), "the rarest are not");
}

#[test]
fn all_sections_together_keep_to_the_size() {
    let mut record = hundred_thousand();
    for cell in &mut record.cells {
        cell.changes = vec![ChangeRecord { path: "/a".repeat(90), ..ChangeRecord::default() }; 500];
        cell.findings =
            vec![FindingRecord { sentence: "f".repeat(300), ..FindingRecord::default() }; 500];
        cell.grants = vec![GrantUse { pattern: "g".repeat(300), ..GrantUse::default() }; 500];
        cell.ladder = vec![LadderStep { because: "l".repeat(300), ..LadderStep::default() }; 500];
        cell.egress =
            vec![EgressRecord { destination: "e".repeat(300), ..EgressRecord::default() }; 500];
    }
    let page = html(&record);
    assert!(page.len() <= 1_500_000, "{}", page.len());
    assert!(tags(&page).len() > 10_000);
}

#[test]
fn figures_at_their_ends_are_harmless() {
    let mut value = serde_json::to_value(incident()).unwrap();
    largest(&mut value);
    let record: RunRecord = serde_json::from_value(value).unwrap();
    let page = html(&record);
    assert!(!body(&page).contains("NaN") && !body(&page).contains("\"inf"));
    assert!(!text(&record, 0, true).is_empty() && !sarif(&record).is_empty());
    assert!(!mermaid(&record).is_empty() && !trace(&record).is_empty());
}

/// Makes every number the largest that fits its field.
fn largest(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(values) => values.iter_mut().for_each(largest),
        serde_json::Value::Object(entries) => {
            for (key, each) in entries {
                match (each.is_number(), key.as_str()) {
                    // Cells whose numbers are all the same would leave nothing to draw.
                    (true, "id" | "from" | "to") => {}
                    (true, "exit_code" | "sure" | "risk") => *each = u8::MAX.into(),
                    (true, "line" | "column") => *each = u32::MAX.into(),
                    (true, _) => *each = u64::MAX.into(),
                    _ => largest(each),
                }
            }
        }
        _ => {}
    }
}

fn unsafe_run() -> RunRecord {
    RunRecord { unsafe_mode: true, ..triage() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn no_text_changes_markup(text in "[^/]{1,60}") {
        prop_assert_eq!(shape(&html(&hostile(&text))), shape(&html(&hostile("word"))));
    }
}
