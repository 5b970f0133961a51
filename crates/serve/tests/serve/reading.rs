//! Events, figures and reports.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Served, tests};

tests![
    events_come_in_their_order_and_again_from_where_one_left,
    no_more_readers_than_there_may_be,
    figures_are_read_by_the_rules_of_their_format,
    the_report_so_far_is_a_page_and_a_record,
];

const CODE: &str = r#"
    import log from "aether:log";
    export function say({ text }) { log.info(text); return "said"; }
"#;

/// A reader of events.
struct Reader(BufReader<TcpStream>);

impl Reader {
    fn new(served: &Served, after: Option<u64>) -> Self {
        let mut stream = served.connect();
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a stream");
        let last = after.map_or_else(String::new, |after| format!("Last-Event-ID: {after}\r\n"));
        let head = format!(
            "GET /v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{last}\r\n",
            served.address, served.token
        );
        stream.write_all(head.as_bytes()).expect("a reader");
        let mut reader = Self(BufReader::new(stream));
        let first = reader.line();
        assert_eq!(first, "HTTP/1.1 200 OK");
        reader.until(": events");
        reader
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn until(&mut self, line: &str) {
        while self.line() != line {}
    }

    /// The next event: number, kind and what it says.
    fn next(&mut self) -> (u64, String, Value) {
        let (mut number, mut kind) = (0, String::new());
        loop {
            let line = self.line();
            // Lengths of chunks stand between them.
            match line.split_once(": ") {
                Some(("id", id)) => number = id.parse().expect("a number"),
                Some(("event", word)) => kind = word.to_owned(),
                Some(("data", data)) => {
                    return (number, kind, serde_json::from_str(data).expect("JSON"));
                }
                _ => {}
            }
        }
    }

    fn of_kind(&mut self, wanted: &str) -> (u64, Value) {
        loop {
            let (number, kind, data) = self.next();
            if kind == wanted {
                return (number, data);
            }
        }
    }
}

fn events_come_in_their_order_and_again_from_where_one_left() {
    let served = Served::new();
    let mut reader = Reader::new(&served, None);
    let cell = served.start("p", CODE);
    let (first, kind, data) = reader.next();
    assert_eq!((first, kind.as_str(), &data["plugin"]), (1, "starting", &json!("p")));
    served.call(cell, "say", json!({ "text": "one" }));
    let (number, data) = reader.of_kind("log");
    assert_eq!((&data["message"], &data["cell"]), (&json!("one"), &json!(cell)));
    drop(reader);
    served.call(cell, "say", json!({ "text": "two" }));
    let mut again = Reader::new(&served, Some(number));
    let (next, _, _) = again.next();
    assert_eq!(next, number + 1, "nothing is left out");
    let mut again = Reader::new(&served, Some(number));
    assert_eq!(again.of_kind("log").1["message"], "two");
    // From the beginning, and from a number of another run.
    assert_eq!(Reader::new(&served, Some(0)).next().0, 1);
    assert_eq!(Reader::new(&served, Some(1 << 60)).next().0, 1);
    let answer = served.said(
        "GET",
        "/v1/events",
        &[
            &format!("Host: {}", served.address),
            &format!("Authorization: Bearer {}", served.token),
            "Last-Event-ID: x",
        ],
        "",
    );
    assert_eq!((answer.status, answer.code().as_str()), (400, "odd-field"));
}

fn no_more_readers_than_there_may_be() {
    let served = Served::new();
    let held: Vec<Reader> = (0..16).map(|_| Reader::new(&served, None)).collect();
    let answer = served.answer("GET", "/v1/events", "");
    assert_eq!((answer.status, answer.code().as_str()), (503, "busy"));
    assert_eq!(served.get("/v1/cells").0, 200, "others are answered");
    drop(held);
    let until = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        let mut stream = served.connect();
        let head = format!(
            "GET /v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
            served.address, served.token
        );
        stream.write_all(head.as_bytes()).expect("a reader");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("a line");
        if line.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(std::time::Instant::now() < until, "{line}");
    }
}

fn figures_are_read_by_the_rules_of_their_format() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    served.until(cell, |about| about["memory"].as_u64() > Some(0));
    let answer = served.answer("GET", "/metrics", "");
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{answer:?}");
    let mut told = std::collections::BTreeMap::new();
    let mut last = String::new();
    for line in answer.body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(matches!(kind, "gauge" | "counter"), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            last = name.to_owned();
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let name = series.split('{').next().expect("a name");
        assert_eq!(name, last, "all of a name stand together");
        let value: f64 = value.parse().expect("a number");
        assert!(value.is_finite() && told.insert(series.to_owned(), value).is_none(), "{line}");
    }
    let of = |name: &str| told[&format!("aether_cell_{name}{{cell=\"{cell}\",plugin=\"p\"}}")];
    assert!(of("memory_bytes") > 100_000.0);
    assert_eq!(of("memory_limit_bytes"), f64::from(256 << 20));
    assert!(of("cpu_seconds_total") >= 0.0 && of("rung") == 0.0);
    assert_eq!((told["aether_cells"], told["aether_audit_healthy"]), (1.0, 1.0));
    assert!(told["aether_audit_records_total"] > 5.0);
    assert!(told["aether_serve_requests_total{status=\"201\"}"] >= 2.0);
}

fn the_report_so_far_is_a_page_and_a_record() {
    let served = Served::new();
    let cell = served.start("p", CODE);
    served.post(&format!("/v1/cells/{cell}/stop"), &Value::Null);
    let answer = served.answer("GET", "/v1/report", "");
    let record = aether::report::parse(&answer.body).expect("a record");
    assert_eq!((record.run.as_str(), record.cells.len()), (served.host.run_id(), 1));
    let page = served.answer("GET", "/report", "");
    assert_eq!(page.status, 200);
    assert!(page.body.starts_with("<!doctype html>") && page.body.contains(served.host.run_id()));
    let policy = page.head.lines().find(|line| line.starts_with("content-security-policy:"));
    assert!(policy.is_some_and(|policy| !policy.contains("script")), "{policy:?}");
}
