//! What is told: violations, reports, the audit log.

use std::fs;

use aether_app::model::Event;
use serde_json::{Value, json};

use crate::desk::{Desk, tests};

tests! {
    a_refusal_is_told_with_the_line_that_would_ask_for_it,
    a_report_is_written_and_shown,
    the_audit_log_tells_what_persons_did_and_shows_a_change,
}

const TRIES: &str = "import { readText } from 'aether:fs';
    export default async (path) => { try { return await readText(path); } catch (error) { return error.code; } };";

fn a_refusal_is_told_with_the_line_that_would_ask_for_it() {
    let desk = Desk::new();
    desk.plain("p", TRIES);
    assert_eq!(desk.call("p", "run", json!("/etc/hostname")).unwrap(), json!("ERR_ACCESS_DENIED"));
    let (permission, object, fix) = desk.hear(|event| match event {
        Event::Violation { plugin, permission, object, fix, .. } if plugin == "p" => {
            Some((permission.clone(), object.clone(), fix.clone()))
        }
        _ => None,
    });
    assert_eq!((permission.as_str(), object.as_str()), ("filesystem.read", "/etc/hostname"));
    assert!(fix.expect("a line").contains("/etc/hostname"));
    let metrics = desk.app.metrics(|_| true);
    let json = serde_json::to_value(&metrics).unwrap();
    assert_eq!(json["cells"][0]["plugin"], json!("p"));
    assert!(json["cells"][0]["memoryLimit"].is_u64(), "{json}");
}

fn a_report_is_written_and_shown() {
    let desk = Desk::new();
    desk.plain("p", TRIES);
    desk.call("p", "run", json!("/etc/hostname")).unwrap();
    desk.app.stop("p").unwrap();
    let (folder, token, page) = desk.app.report().unwrap();
    let text = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(text.contains("/etc/hostname"));
    let record: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(record["cells"][0]["plugin"]["name"], json!("p"));
    assert!(folder.join("violations.sarif").is_file());
    let shown = desk.app.page("s://localhost", &format!("/{token}/{page}")).unwrap();
    assert_eq!(&*shown.body, text.as_bytes());
    assert_eq!(desk.app.plugin_of(&token), None, "nothing is called from a report");
    let (again, ..) = desk.app.report().unwrap();
    assert_ne!(again, folder);
}

fn the_audit_log_tells_what_persons_did_and_shows_a_change() {
    let desk = Desk::new();
    desk.plain("p", TRIES);
    desk.plain("q", TRIES);
    desk.call("p", "run", json!("/etc/hostname")).unwrap();
    let all = desk.app.audit(None, 1000).unwrap();
    assert!(
        all.iter()
            .any(|record| record.action == "app.install" && record.plugin.as_deref() == Some("q"))
    );
    let of_p = desk.app.audit(Some("p"), 1000).unwrap();
    assert!(of_p.iter().all(|record| record.plugin.as_deref() == Some("p")));
    assert!(of_p.iter().any(|record| record.verdict == "denied"), "{of_p:?}");
    assert_eq!(desk.app.audit(None, 1).unwrap().len(), 1);
    let check = desk.app.verify_audit().unwrap();
    assert!(check.intact && check.records > 3, "{check:?}");
    desk.app.host().log().flush().unwrap();
    let file = desk.app.log_file().to_owned();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("\"q\"", "\"r\"", 1)).unwrap();
    let check = desk.app.verify_audit().unwrap();
    assert!(!check.intact, "{check:?}");
}
