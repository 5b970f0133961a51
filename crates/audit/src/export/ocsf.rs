//! Lines in the Open Cybersecurity Schema Framework, version 1.8.

use serde_json::{Map, Value, json};

use super::target::Target;
use super::{PRODUCT, Severity, integer, milliseconds, uid};
use crate::{Kind, Record, Verdict, inert};

/// The version of the schema.
const VERSION: &str = "1.8.0";

/// A line of JSON: an event of the class that is closest to the record. What the class has no place
/// for is in `unmapped`.
///
/// | record | class |
/// | --- | --- |
/// | `finding`, `violation`, `ladder` | Detection Finding, 2004 |
/// | `start`, `exit`, `syscall` | Process Activity, 1007 |
/// | on the network, with a method | HTTP Activity, 4002 |
/// | on the network else | Network Activity, 4001 |
/// | all others | API Activity, 6003 |
pub fn ocsf(record: &Record) -> String {
    let class = Class::of(record);
    let mut event = Map::new();
    classify(&mut event, record, class);
    judge(&mut event, record, class);
    let own = match class {
        Class::Finding => finding(record),
        Class::Process => process(record),
        Class::Http(target) => http(record, target),
        Class::Network(target) => network(record, target),
        Class::Api => api(record),
    };
    add(&mut event, own);
    add(&mut event, json!({ "metadata": metadata(record), "unmapped": unmapped(record) }));
    inert::to_json(&event)
}

#[derive(Clone, Copy)]
enum Class<'a> {
    Finding,
    Process,
    Http(Target<'a>),
    Network(Target<'a>),
    Api,
}

impl<'a> Class<'a> {
    fn of(record: &'a Record) -> Class<'a> {
        match record.kind {
            Kind::Finding | Kind::Violation | Kind::Ladder => return Class::Finding,
            Kind::Start | Kind::Exit | Kind::SystemCall => return Class::Process,
            _ => {}
        }
        let is_on_network = record.action == "network" || record.action.starts_with("network.");
        let target = record.object.as_deref().map(Target::read).filter(|_| is_on_network);
        match target {
            Some(target) if target.method.is_some() => Class::Http(target),
            Some(target) => Class::Network(target),
            None => Class::Api,
        }
    }

    /// The class, its name, its category and that one's name.
    fn names(self) -> (i64, &'static str, i64, &'static str) {
        match self {
            Class::Finding => (2004, "Detection Finding", 2, "Findings"),
            Class::Process => (1007, "Process Activity", 1, "System Activity"),
            Class::Http(_) => (4002, "HTTP Activity", 4, "Network Activity"),
            Class::Network(_) => (4001, "Network Activity", 4, "Network Activity"),
            Class::Api => (6003, "API Activity", 6, "Application Activity"),
        }
    }

    /// The activity and its name in the schema; none for [`OTHER`].
    fn activity(self, record: &Record) -> (i64, Option<&'static str>) {
        match self {
            Class::Finding if record.kind == Kind::Ladder => (2, Some("Update")),
            Class::Finding => (1, Some("Create")),
            Class::Process => match record.kind {
                Kind::Start => (1, Some("Launch")),
                Kind::Exit => (2, Some("Terminate")),
                _ => OTHER,
            },
            Class::Http(target) => method(target.method.unwrap_or_default()),
            Class::Network(_) => traffic(record),
            Class::Api => operation(&record.action),
        }
    }
}

/// The activity that only its name tells.
const OTHER: (i64, Option<&str>) = (99, None);

fn method(word: &str) -> (i64, Option<&'static str>) {
    const METHODS: [(&str, &str); 9] = [
        ("CONNECT", "Connect"),
        ("DELETE", "Delete"),
        ("GET", "Get"),
        ("HEAD", "Head"),
        ("OPTIONS", "Options"),
        ("POST", "Post"),
        ("PUT", "Put"),
        ("TRACE", "Trace"),
        ("PATCH", "Patch"),
    ];
    let known = (1..).zip(METHODS).find(|(_, (method, _))| *method == word);
    known.map_or(OTHER, |(number, (_, name))| (number, Some(name)))
}

/// Closed, refused, failed, or simply traffic.
fn traffic(record: &Record) -> (i64, Option<&'static str>) {
    match record.verdict {
        Verdict::Denied | Verdict::Violation => (5, Some("Refuse")),
        Verdict::Failed => (4, Some("Fail")),
        _ if record.action.ends_with(".end") => (2, Some("Close")),
        _ => (6, Some("Traffic")),
    }
}

/// Made, read, changed or removed, by the last word of the action.
fn operation(action: &str) -> (i64, Option<&'static str>) {
    match action.rsplit('.').next().unwrap_or_default() {
        "create" | "issue" | "mkdir" => (1, Some("Create")),
        "read" | "list" | "stat" | "get" | "exists" | "open" => (2, Some("Read")),
        "write" | "append" | "set" | "rename" | "update" | "apply" => (3, Some("Update")),
        "delete" | "remove" | "revoke" => (4, Some("Delete")),
        _ => OTHER,
    }
}

fn classify(event: &mut Map<String, Value>, record: &Record, class: Class<'_>) {
    let (uid, name, category, category_name) = class.names();
    let (activity, activity_name) = class.activity(record);
    let classified = json!({
        "activity_id": activity,
        "activity_name": activity_name.unwrap_or(&record.action),
        "category_uid": category,
        "category_name": category_name,
        "class_uid": uid,
        "class_name": name,
        "type_uid": uid * 100 + activity,
        "type_name": format!("{name}: {}", activity_name.unwrap_or("Other")),
        "time": milliseconds(record),
        "message": super::plain(record),
    });
    add(event, classified);
}

fn judge(event: &mut Map<String, Value>, record: &Record, class: Class<'_>) {
    let (severity, word) = match Severity::of(record) {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    // The status of a finding is how far somebody has dealt with it.
    let (status, status_word) = match (class, record.verdict) {
        (Class::Finding, _) => (1, "New"),
        (_, Verdict::Allowed | Verdict::Noted) => (1, "Success"),
        _ => (2, "Failure"),
    };
    let (action, disposition) = match record.verdict {
        Verdict::Allowed => (1, 1),
        Verdict::Denied | Verdict::Limited => (2, 2),
        Verdict::Violation => (3, 15),
        Verdict::Noted => (3, 17),
        Verdict::Failed => (1, 27),
    };
    let judged = json!({
        "severity_id": severity,
        "severity": word,
        "status_id": status,
        "status": status_word,
        "status_detail": record.verdict.as_str(),
        "action_id": action,
        "disposition_id": disposition,
    });
    add(event, judged);
}

fn finding(record: &Record) -> Value {
    let mut info = json!({ "uid": uid(record), "title": record.action });
    if let (Some(info), Some(object)) = (info.as_object_mut(), &record.object) {
        info.insert("desc".to_owned(), json!(object));
    }
    let mut event = json!({
        "finding_info": info,
        "is_alert": Severity::of(record) >= Severity::Medium,
        "resources": [{ "name": who(record), "type": "plugin", "uid": cell(record) }],
    });
    if let Some(sure) = integer(record, "sure") {
        add_to(&mut event, "confidence_score", json!(sure));
    }
    event
}

fn process(record: &Record) -> Value {
    let mut process = json!({ "name": who(record), "uid": cell(record) });
    if let (Some(process), Some(object)) = (process.as_object_mut(), &record.object) {
        process.insert("cmd_line".to_owned(), json!(object));
    }
    json!({
        "actor": { "app_name": PRODUCT },
        "device": { "type_id": 0, "name": "host" },
        "process": process,
    })
}

fn http(record: &Record, target: Target<'_>) -> Value {
    let mut url = json!({ "url_string": target.url, "hostname": target.host });
    if let Some(url) = url.as_object_mut() {
        url.extend(target.path.map(|path| ("path".to_owned(), json!(path))));
        url.extend(target.port.map(|port| ("port".to_owned(), json!(port))));
    }
    let mut event = network(record, target);
    if let Some(event) = event.as_object_mut() {
        let mut request = json!({ "url": url });
        // The schema knows no other methods.
        if let Some(word) = target.method.filter(|word| method(word) != OTHER) {
            add_to(&mut request, "http_method", json!(word));
        }
        event.insert("http_request".to_owned(), request);
        let code = integer(record, "status");
        event.extend(code.map(|code| ("http_response".to_owned(), json!({ "code": code }))));
    }
    event
}

fn network(record: &Record, target: Target<'_>) -> Value {
    let own = json!({ "name": who(record), "uid": cell(record) });
    // What a plugin listens on is a port and no more.
    let port = target.port.or_else(|| target.host.parse().ok());
    let mut event = match record.action.starts_with("network.inbound") {
        true => json!({ "dst_endpoint": own }),
        false => json!({ "src_endpoint": own, "dst_endpoint": other_end(target) }),
    };
    if let (Some(port), Some(endpoint)) = (port, event.get_mut("dst_endpoint")) {
        add_to(endpoint, "port", json!(port));
    }
    let (bytes_in, bytes_out) = (integer(record, "bytes_in"), integer(record, "bytes_out"));
    if bytes_in.is_some() || bytes_out.is_some() {
        let traffic = json!({
            "bytes_in": bytes_in.unwrap_or(0),
            "bytes_out": bytes_out.unwrap_or(0),
        });
        add_to(&mut event, "traffic", traffic);
    }
    event
}

fn other_end(target: Target<'_>) -> Value {
    match target.address() {
        Some(address) => json!({ "ip": address.to_string() }),
        None => json!({ "hostname": target.host }),
    }
}

fn api(record: &Record) -> Value {
    let mut event = json!({
        "actor": { "app_name": who(record) },
        "api": { "operation": record.action, "service": { "name": "aether" } },
        "src_endpoint": { "name": who(record), "uid": cell(record) },
    });
    if let Some(object) = &record.object {
        add_to(&mut event, "resources", json!([{ "name": object }]));
    }
    event
}

fn metadata(record: &Record) -> Value {
    json!({
        "version": VERSION,
        "product": {
            "name": PRODUCT,
            "vendor_name": PRODUCT,
            "version": env!("CARGO_PKG_VERSION"),
        },
        "profiles": ["security_control"],
        "uid": record.hash,
        "sequence": record.seq,
        "log_name": "audit",
        "log_version": record.v.to_string(),
        "original_time": record.time,
    })
}

fn unmapped(record: &Record) -> Value {
    json!({
        "kind": record.kind.as_str(),
        "action": record.action,
        "verdict": record.verdict.as_str(),
        "run": record.run,
        "seq": record.seq,
        "mono_us": record.mono_us,
        "plugin": record.plugin,
        "cell": record.cell,
        "object": record.object,
        "rule": record.rule,
        "detail": record.detail,
        "truncated": record.truncated,
        "prev": record.prev,
    })
}

/// The plugin, or what of Aether is no plugin.
fn who(record: &Record) -> &str {
    record.plugin.as_deref().unwrap_or("host")
}

/// A cell among all runs.
fn cell(record: &Record) -> String {
    match record.cell {
        Some(cell) => format!("{}/{cell}", record.run),
        None => record.run.clone(),
    }
}

/// Puts more into an event.
fn add(event: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        event.extend(more);
    }
}

fn add_to(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}
