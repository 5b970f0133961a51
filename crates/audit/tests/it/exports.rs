//! Lines for people and for other systems.

use std::collections::BTreeMap;

use aether_audit::export::{cef, ocsf, plain};
use aether_audit::{Detail, Kind, Record, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

fn record(kind: Kind, action: &str, verdict: Verdict) -> Record {
    Record {
        v: 1,
        seq: 4,
        time: "2026-03-01T12:00:00.000450Z".to_owned(),
        mono_us: 450,
        run: "00112233445566778899aabbccddeeff".to_owned(),
        kind,
        plugin: Some("log-reader".to_owned()),
        cell: Some(1),
        action: action.to_owned(),
        object: Some("/etc/shadow".to_owned()),
        verdict,
        rule: Some("a.json:6:15".to_owned()),
        detail: BTreeMap::from([("count".to_owned(), Detail::Integer(3))]),
        truncated: Vec::new(),
        prev: "p".repeat(64),
        hash: "h".repeat(64),
    }
}

fn event(record: &Record) -> Value {
    serde_json::from_str(&ocsf(record)).unwrap()
}

#[test]
fn a_plain_line_has_this_form() {
    let mut one = record(Kind::Denied, "fs.read", Verdict::Denied);
    assert_eq!(
        plain(&one),
        "2026-03-01T12:00:00.000450Z #4 denied denied log-reader/1 fs.read /etc/shadow \
         rule=a.json:6:15 count=3"
    );
    one.object = Some("a b\u{202e}\n\"\\".to_owned());
    one.plugin = Some("x/2".to_owned());
    one.rule = None;
    one.detail = BTreeMap::from([("k=".to_owned(), Detail::Text("-".to_owned()))]);
    one.truncated = vec!["object".to_owned()];
    assert_eq!(
        plain(&one),
        r#"2026-03-01T12:00:00.000450Z #4 denied denied "x/2"/1 fs.read "a b\u{202e}\u{a}\"\\" "k="="-" cut=object"#
    );
    (one.plugin, one.cell, one.object) = (None, None, None);
    assert!(plain(&one).contains(" - fs.read - "));
}

#[test]
fn a_line_of_cef_has_this_form() {
    let version = env!("CARGO_PKG_VERSION");
    let mut one = record(Kind::Denied, "fs.read", Verdict::Denied);
    let tail = format!(
        "cn1Label=cell cn1=1 cs1Label=rule cs1=a.json:6:15 cs2Label=detail cs2={{\"count\":3}} \
         cs3Label=run cs3={} cs4Label=hash cs4={}",
        one.run, one.hash
    );
    let head =
        format!("rt=1772366400000 cat=denied act=fs.read outcome=denied externalId={}:4", one.run);
    assert_eq!(
        cef(&one),
        format!(
            "CEF:0|Aether|aether-audit|{version}|denied|fs.read|4|{head} sproc=log-reader \
             filePath=/etc/shadow {tail}"
        )
    );
    one.action = "a|b\\c=d".to_owned();
    one.object = Some("x=y|z\\\nw\r\u{1b}\u{202e}".to_owned());
    let line = cef(&one);
    assert!(line.contains(r"|denied|a\|b\\c=d|4|"), "{line}");
    assert!(line.contains(r" act=a|b\\c\=d "), "{line}");
    assert!(line.contains(r" msg=x\=y|z\\\nw\r\\u{1b}\\u{202e} cn1Label"), "{line}");
    one.action = "network.request".to_owned();
    one.object = Some("GET a.de:443/x".to_owned());
    let line = cef(&one);
    assert!(line.contains(" request=a.de:443/x dhost=a.de dpt=443 requestMethod=GET "), "{line}");
    one.object = Some("10.0.0.1:443".to_owned());
    assert!(cef(&one).contains(" request=10.0.0.1:443 dst=10.0.0.1 dpt=443 "), "{}", cef(&one));
}

#[test]
fn each_kind_has_its_class() {
    let check = |kind, action: &str, verdict, object: &str, class: i64, activity: i64| {
        let mut one = record(kind, action, verdict);
        one.object = Some(object.to_owned());
        let found = event(&one);
        assert_eq!(found["class_uid"], class, "{found}");
        assert_eq!(found["activity_id"], activity, "{found}");
        assert_eq!(found["type_uid"], class * 100 + activity);
        assert_eq!(found["category_uid"], class / 1000);
        assert_eq!(found["time"], 1_772_366_400_000i64);
        assert_eq!(found["metadata"]["version"], "1.8.0");
        assert_eq!(found["metadata"]["product"]["name"], "Aether");
        assert_eq!(found["unmapped"]["detail"]["count"], 3);
        assert_eq!(found["unmapped"]["action"], action);
        let (class, name) = (found["class_name"].as_str(), found["activity_name"].as_str());
        let (class, name) = (class.unwrap(), name.unwrap());
        assert_eq!(name == action, activity == 99, "only what is of no other kind names itself");
        let name = if activity == 99 { "Other" } else { name };
        assert_eq!(found["type_name"], format!("{class}: {name}"));
        found
    };
    use Verdict::{Allowed, Denied, Failed, Noted, Violation};
    let one = check(Kind::HostCall, "network.request", Allowed, "GET a.de:443/x", 4002, 3);
    assert_eq!(one["http_request"]["http_method"], "GET");
    assert_eq!(one["http_request"]["url"]["path"], "/x");
    assert_eq!(one["dst_endpoint"], json!({ "hostname": "a.de", "port": 443 }));
    check(Kind::HostCall, "network.end", Allowed, "POST a.de:443/x", 4002, 6);
    let one = check(Kind::HostCall, "network.request", Allowed, "ODD a.de:443/x", 4002, 99);
    assert_eq!(one["http_request"]["http_method"], Value::Null);
    check(Kind::Denied, "network.domains", Denied, "a.de:443", 4001, 5);
    check(Kind::HostCall, "network", Failed, "a.de", 4001, 4);
    check(Kind::HostCall, "network.inbound.end", Allowed, "8080", 4001, 2);
    let one = check(Kind::HostCall, "network.inbound", Allowed, "8080", 4001, 6);
    assert_eq!((&one["dst_endpoint"]["port"], &one["src_endpoint"]), (&json!(8080), &Value::Null));
    let one = check(Kind::HostCall, "network.end", Failed, "[::1]:443", 4001, 4);
    assert_eq!(one["dst_endpoint"], json!({ "ip": "::1", "port": 443 }));
    let one = check(Kind::Start, "start", Allowed, "x", 1007, 1);
    assert!(one["process"]["uid"].is_string() && one["device"]["type_id"] == 0);
    check(Kind::Exit, "done", Noted, "x", 1007, 2);
    check(Kind::SystemCall, "execve", Noted, "/bin/true", 1007, 99);
    let one = check(Kind::Finding, "rate.spike", Noted, "x", 2004, 1);
    assert_eq!(one["finding_info"]["uid"], "00112233445566778899aabbccddeeff:4");
    assert_eq!((&one["severity_id"], &one["is_alert"]), (&json!(3), &json!(true)));
    check(Kind::Violation, "protocol", Violation, "x", 2004, 1);
    check(Kind::Ladder, "freeze", Noted, "x", 2004, 2);
    let one = check(Kind::HostCall, "fs.read", Allowed, "/a", 6003, 2);
    assert_eq!(one["api"]["operation"], "fs.read");
    assert_eq!((&one["status_id"], &one["severity_id"]), (&json!(1), &json!(1)));
    assert_eq!((&one["action_id"], &one["disposition_id"]), (&json!(1), &json!(1)));
    let one = check(Kind::Denied, "kv.set", Denied, "/a", 6003, 3);
    assert_eq!((&one["status_id"], &one["severity_id"]), (&json!(2), &json!(2)));
    check(Kind::Token, "token.issue", Allowed, "/a", 6003, 1);
    check(Kind::Pressure, "memory", Noted, "tier 2", 6003, 99);
}

#[test]
fn a_finding_says_how_grave_it_is() {
    for (word, grade) in [("critical", 5), ("high", 4), ("low", 2), ("info", 1), ("odd", 3)] {
        let mut one = record(Kind::Finding, "x", Verdict::Noted);
        one.detail.insert("severity".to_owned(), Detail::Text(word.to_owned()));
        one.detail.insert("sure".to_owned(), Detail::Integer(79));
        assert_eq!(event(&one)["severity_id"], grade);
        assert_eq!(event(&one)["confidence_score"], 79);
    }
}

/// The objects that OCSF asks for in each class, after the schema of 1.8.
#[test]
fn every_class_has_what_the_schema_requires() {
    for kind in Kind::ALL {
        for action in ["fs.read", "network.request"] {
            for object in [None, Some("GET a.de/x"), Some("a.de:1")] {
                let mut one = record(kind, action, Verdict::Noted);
                one.object = object.map(str::to_owned);
                (one.plugin, one.cell) = (None, None);
                let found = event(&one);
                let own: &[&str] = match found["class_uid"].as_i64().unwrap() {
                    2004 => &["/finding_info/uid"],
                    1007 => &["/device/type_id", "/process/uid", "/actor/app_name"],
                    4001 => &["/dst_endpoint/hostname", "/src_endpoint/name"],
                    4002 => &["/http_request/http_method", "/http_request/url/url_string"],
                    6003 => &["/actor/app_name", "/api/operation", "/src_endpoint/name"],
                    other => panic!("{other}"),
                };
                let all = [
                    "/activity_id",
                    "/category_uid",
                    "/class_uid",
                    "/type_uid",
                    "/time",
                    "/severity_id",
                    "/metadata/version",
                    "/metadata/product/name",
                ];
                for place in all.iter().chain(own) {
                    assert!(
                        found.pointer(place).is_some_and(|it| !it.is_null()),
                        "{place} {found}"
                    );
                }
            }
        }
    }
}

fn is_inert(line: &str) -> bool {
    let acts = |each: char| {
        each.is_control()
            || matches!(each, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    !line.chars().any(acts)
}

/// Takes a plain line apart again: texts with their quotes undone, as the doc comment says.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut rest = line.chars();
    let mut is_quoted = false;
    while let Some(each) = rest.next() {
        let last = found.last_mut().unwrap();
        match each {
            '"' => {
                is_quoted = !is_quoted;
                last.push('\u{1}');
            }
            '\\' => match rest.next().unwrap() {
                'u' => {
                    let digits: String =
                        rest.by_ref().skip(1).take_while(|it| *it != '}').collect();
                    last.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
                }
                other => last.push(other),
            },
            ' ' if !is_quoted => found.push(String::new()),
            other => last.push(other),
        }
    }
    found
}

/// Takes the fields of a CEF line apart again, by what ArcSight says of escapes.
fn fields(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut header = vec![String::new()];
    let mut rest = line.chars();
    while header.len() < 8 {
        match rest.next().unwrap() {
            '\\' => header.last_mut().unwrap().push(rest.next().unwrap()),
            '|' => header.push(String::new()),
            other => header.last_mut().unwrap().push(other),
        }
    }
    header.pop();
    let rest: String = rest.collect();
    let bytes: Vec<char> = rest.chars().collect();
    let mut keys = Vec::new();
    for at in 0..bytes.len() {
        let escapes = bytes[..at].iter().rev().take_while(|it| **it == '\\').count();
        if bytes[at] == '=' && escapes % 2 == 0 {
            let begin = bytes[..at].iter().rposition(|it| *it == ' ').map_or(0, |space| space + 1);
            keys.push((begin, at));
        }
    }
    let mut found = Vec::new();
    for (number, (begin, at)) in keys.iter().enumerate() {
        let end = keys.get(number + 1).map_or(bytes.len(), |(next, _)| next - 1);
        let key: String = bytes[*begin..*at].iter().collect();
        let value: String = bytes[at + 1..end].iter().collect();
        found.push((key, value));
    }
    (header, found)
}

/// A value of an extension without its escapes.
fn undone(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value.chars();
    while let Some(each) = rest.next() {
        match (each == '\\').then(|| rest.next().unwrap()) {
            None => text.push(each),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some(other) => text.push(other),
        }
    }
    text
}

/// A text in which what acts or hides, but for `kept`, is written out.
fn visible(text: &str, kept: &str) -> String {
    let each = |each: char| match is_inert(&each.to_string()) || kept.contains(each) {
        true => each.to_string(),
        false => format!("\\u{{{:x}}}", u32::from(each)),
    };
    text.chars().map(each).collect()
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "|",
        "=",
        "\\",
        "\"",
        " ",
        "\n",
        "\r",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{2028}",
        "a",
        "-",
        "/",
        "#",
        " cat=x",
        " act=allowed",
        "|9|",
        "rule=",
        "CEF:0|",
        "\u{feff}",
        "é",
        "{",
        "}",
        ",",
        "\u{9b}",
        "\\n",
        "\\u{41}",
        "GET ",
        "://",
        ":443",
        "\0",
        "\u{e0041}",
    ]);
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

fn hostile_record() -> impl Strategy<Value = Record> {
    let kinds = prop::sample::select(Kind::ALL.to_vec());
    let verdicts = prop::sample::select(Verdict::ALL.to_vec());
    let actions = prop_oneof![hostile(), Just("network.x".to_owned()), Just("fs.read".to_owned())];
    let texts = (hostile(), hostile(), hostile(), hostile(), hostile());
    (kinds, verdicts, actions, texts).prop_map(|(kind, verdict, action, texts)| {
        let (plugin, object, rule, key, value) = texts;
        Record {
            plugin: Some(plugin),
            object: Some(object),
            rule: Some(rule),
            detail: BTreeMap::from([(key, Detail::Text(value))]),
            ..record(kind, &action, verdict)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn a_plain_line_says_what_the_record_says_and_no_more(record in hostile_record()) {
        let line = plain(&record);
        prop_assert!(is_inert(&line), "{:?}", line);
        let words = words(&line);
        prop_assert_eq!(words.len(), 9, "{}", line);
        let bare = |word: &str| word.replace('\u{1}', "");
        let meant = |text: &str| text.replace('\u{1}', "");
        prop_assert_eq!(&words[1], "#4");
        prop_assert_eq!(&words[2], record.kind.as_str());
        prop_assert_eq!(&words[3], record.verdict.as_str());
        let who = format!("{}/1", record.plugin.as_deref().unwrap());
        prop_assert_eq!(bare(&words[4]), meant(&who));
        prop_assert_eq!(bare(&words[5]), meant(&record.action));
        prop_assert_eq!(bare(&words[6]), meant(record.object.as_deref().unwrap()));
        prop_assert_eq!(bare(&words[7]), meant(&format!("rule={}", record.rule.as_deref().unwrap())));
        let (key, value) = record.detail.first_key_value().unwrap();
        prop_assert_eq!(bare(&words[8]), meant(&format!("{key}={value}")));
    }

    #[test]
    fn a_line_of_cef_has_the_fields_of_the_record_and_no_more(record in hostile_record()) {
        let line = cef(&record);
        prop_assert!(is_inert(&line), "{:?}", line);
        let (header, fields) = fields(&line);
        prop_assert_eq!(header.len(), 7);
        prop_assert_eq!(&header[4], record.kind.as_str());
        let keys: Vec<&str> = fields.iter().map(|(key, _)| &**key).collect();
        let expect = [
            &["rt", "cat", "act", "outcome", "externalId", "sproc"][..],
            match &*record.action {
                "fs.read" => &["filePath"],
                action if action.starts_with("network") => &["request", "dhost"],
                _ => &["msg"],
            },
        ]
        .concat();
        prop_assert_eq!(&keys[..expect.len()], &expect[..], "{}", line);
        let labels = [
            "cn1Label", "cn1", "cs1Label", "cs1", "cs2Label", "cs2", "cs3Label", "cs3", "cs4Label", "cs4",
        ];
        let between = &keys[expect.len()..keys.len() - labels.len()];
        prop_assert!(between.iter().all(|key| ["dpt", "requestMethod"].contains(key)), "{}", line);
        prop_assert_eq!(&keys[keys.len() - labels.len()..], &labels[..]);
        let value = |key: &str| {
            let (_, value) = fields.iter().find(|(found, _)| found == key).unwrap();
            undone(value)
        };
        prop_assert_eq!(value("outcome"), record.verdict.as_str());
        // The texts are those of the record, but for what acts or hides; only an extension has line ends.
        let seen = |text: &str| visible(text, "\n\r");
        prop_assert_eq!(&header[5], &visible(&record.action, ""));
        prop_assert_eq!(value("act"), seen(&record.action));
        prop_assert_eq!(value("sproc"), seen(record.plugin.as_deref().unwrap()));
        prop_assert_eq!(value("cs1"), seen(record.rule.as_deref().unwrap()));
        let detail: BTreeMap<String, String> = serde_json::from_str(&value("cs2")).unwrap();
        let (key, text) = record.detail.first_key_value().unwrap();
        prop_assert_eq!(detail.get(key).map(String::as_str), text.as_str());
        if !record.action.starts_with("network") {
            let object = if record.action == "fs.read" { "filePath" } else { "msg" };
            prop_assert_eq!(value(object), seen(record.object.as_deref().unwrap()));
        }
    }

    #[test]
    fn a_line_of_ocsf_holds_the_texts_as_they_are(record in hostile_record()) {
        let line = ocsf(&record);
        prop_assert!(is_inert(&line), "{:?}", line);
        let event: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&event["unmapped"]["object"], record.object.as_deref().unwrap());
        prop_assert_eq!(&event["unmapped"]["plugin"], record.plugin.as_deref().unwrap());
        prop_assert_eq!(&event["unmapped"]["rule"], record.rule.as_deref().unwrap());
        prop_assert_eq!(&event["unmapped"]["action"], &*record.action);
        let (key, value) = record.detail.first_key_value().unwrap();
        prop_assert_eq!(&event["unmapped"]["detail"][key], value.as_str().unwrap());
    }
}
