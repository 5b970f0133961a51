//! The page: true, self-contained, inert.

use aether_report::*;
use proptest::prelude::*;

use crate::fixture::{hostile, many, triage};
use crate::{HOSTILE, is_inert};

/// The tags of a page without the places where a long word may be broken.
fn tags(page: &str) -> Vec<&str> {
    let (_, body) = page.split_once("</style>").unwrap();
    body.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
        .filter(|tag| *tag != "wbr")
        .collect()
}

/// Tags with their attributes' names, but not with their values.
fn shape(page: &str) -> Vec<String> {
    let bare = |tag: &str| tag.split('"').step_by(2).collect::<String>();
    tags(page).into_iter().map(bare).collect()
}

fn check(record: &RunRecord, parts: &[&str]) {
    let page = html(record);
    for part in parts {
        assert!(page.contains(part), "{part}\nis not in\n{page}");
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
            "measured up to 236 MB",
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
        assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; "));
        for absent in
            ["<script", "http:", "https:", " src=", "url(h", "@import", "<link", "<iframe"]
        {
            assert!(!page.contains(absent), "{absent}");
        }
        let targets = page.match_indices("href=\"").map(|(at, _)| &page[at + 6..at + 7]);
        assert!(targets.into_iter().all(|first| first == "#"));
        assert!(!page.contains(" on\u{6d}ouse") && !page.contains("onload"));
    }
}

#[test]
fn every_link_and_reference_has_its_target() {
    let page = html(&triage());
    for (at, _) in page.match_indices("href=\"#") {
        let name = page[at + 7..].split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
    }
    for (at, _) in page.match_indices("aria-labelledby=\"") {
        let name = page[at + 17..].split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
    }
}

#[test]
fn tags_are_closed_in_order() {
    for record in
        [triage(), many(40), RunRecord::default(), RunRecord { unsafe_mode: true, ..triage() }]
    {
        let page = html(&record);
        let mut open = Vec::new();
        for tag in tags(&page) {
            let name = tag.split([' ', '/']).next().unwrap();
            if let Some(closed) = tag.strip_prefix('/') {
                let expected: Option<&str> =
                    if matches!(closed, "head" | "html") { Some(closed) } else { open.pop() };
                assert_eq!(expected, Some(closed));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn hostile_text_changes_no_markup() {
    let expect = shape(&html(&hostile("word")));
    for text in HOSTILE.iter().filter(|text| !text.is_empty()) {
        let page = html(&hostile(text));
        assert_eq!(shape(&page), expect, "{text:?}");
        assert!(is_inert(&page), "{text:?}");
    }
}

#[test]
fn huge_texts_are_cut() {
    let page = html(&hostile(&"<🦀".repeat(200_000)));
    assert!(page.len() < 400_000, "{}", page.len());
    assert!(page.contains("(cut; 1000000 bytes)"));
    assert!(html(&hostile(&"/".repeat(1_000_000))).len() < 700_000);
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
    assert!(page.contains("40 of 200 plugins, those with the most processor time, are shown"));
    assert!(page.contains("30 of 200 plugins, those that passed most, are shown"));
    assert!(page.contains("<summary>188 more cells</summary>"));
}

#[test]
fn a_hundred_thousand_refusals_fit() {
    let mut record = triage();
    let one = record.cells[1].violations[0].clone();
    let each = |number: u64| Violation {
        object: format!("/secret/{number}"),
        count: number,
        ..one.clone()
    };
    record.cells[1].violations = (1..=100_000).map(each).collect();
    let page = html(&record);
    assert!(page.len() < 2_500_000, "{}", page.len());
    assert!(page.contains("2000 of 100000 entries are shown; report.json has them all."));
    assert!(page.contains("secret/<wbr>100000</code>"), "the most frequent is there");
    assert!(!page.contains("secret/<wbr>7</code>"), "the rarest is not");
}

#[test]
fn figures_at_their_ends_are_harmless() {
    let mut value = serde_json::to_value(triage()).unwrap();
    largest(&mut value);
    let record: RunRecord = serde_json::from_value(value).unwrap();
    assert!(!html(&record).contains("NaN") && !text(&record, 0, true).is_empty());
    assert!(!sarif(&record).is_empty());
}

/// Makes every number the largest that fits its field.
fn largest(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(values) => values.iter_mut().for_each(largest),
        serde_json::Value::Object(entries) => {
            for (key, each) in entries {
                match (each.is_number(), key.as_str()) {
                    (true, "exit_code") => *each = u8::MAX.into(),
                    (true, "id" | "from" | "to" | "line" | "column") => *each = u32::MAX.into(),
                    (true, _) => *each = u64::MAX.into(),
                    _ => largest(each),
                }
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn no_text_changes_markup(text in "[^/]{1,60}") {
        prop_assert_eq!(shape(&html(&hostile(&text))), shape(&html(&hostile("word"))));
    }
}
