//! What goes to the host: requests, log lines, progress, results.

use aether_protocol::v1::{self, Level, method};
use aether_protocol::{Payload, limits, strict};
use serde_json::{Map, Value, json};

use crate::client::IN_FLIGHT;
use crate::failure::Failure;
use crate::host::Host;
use crate::requests;
use crate::value::{Args, Raise, Ret};

/// Longest text of a progress report, in bytes.
const PROGRESS_BYTES: usize = 1 << 10;

/// Largest JSON text of a log line's fields, in bytes.
const FIELDS_BYTES: usize = 16 << 10;

pub(super) fn request(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let wait = args.flag("wait")?;
    let name = args.text("the request")?;
    let entry = requests::TABLE.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| Raise::wrong(format!("no request `{name}`")))?;
    let request = (entry.build)(args)?;
    if wait {
        return host.request_and_wait(request);
    }
    Ok(Ret::Number(host.request(request)? as f64))
}

pub(super) fn log(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let level = match args.text("the level")?.as_str() {
        "debug" => Level::Debug,
        "warn" => Level::Warn,
        "error" => Level::Error,
        _ => Level::Info,
    };
    let text = args.text("the message")?;
    let fields = args
        .maybe_text("the fields")?
        .map(|text| fields(&crate::json::well_formed(text)))
        .unwrap_or_default();
    let message = limits::cut(&text, limits::LOG_TEXT_BYTES).to_owned();
    host.notify(method::LOG_WRITE, &v1::Log { level, message, fields })?;
    Ok(Ret::Nothing)
}

/// The fields of a log line; too large or too deep ones are replaced by a remark.
fn fields(text: &str) -> Map<String, Value> {
    let fits = text.len() <= FIELDS_BYTES && crate::json::check(text).is_ok();
    match fits.then(|| strict::parse(text)) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::from_iter([("fields".to_owned(), Value::from("too large or too deep"))]),
    }
}

pub(super) fn progress(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let call = args.count("the call")?;
    let fraction = args.number("the fraction")?;
    let text = args.maybe_text("the message")?.unwrap_or_default();
    let progress = v1::Progress {
        call,
        fraction: if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { 0.0 },
        message: limits::cut(&text, PROGRESS_BYTES).to_owned(),
    };
    host.notify(method::CALL_PROGRESS, &progress)?;
    Ok(Ret::Nothing)
}

pub(super) fn resolve(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let call = args.count("the call")?;
    let text = crate::json::well_formed(args.text("the result")?);
    let outcome = match crate::json::check(&text) {
        Ok(()) => Ok(text),
        Err(why) => Err(Failure::new(v1::failure::NOT_JSON, format!("the result is {why}"))),
    };
    host.settle(call, outcome);
    Ok(Ret::Nothing)
}

pub(super) fn reject(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let call = args.count("the call")?;
    let kind = args.text("the kind")?;
    let message = args.text("the message")?;
    let facts = args.maybe_text("the facts")?.unwrap_or_default();
    host.settle(call, Err(Failure::reported(&kind, message, &facts)));
    Ok(Ret::Nothing)
}

pub(super) fn attend(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let call = args.count("the call")?;
    host.with_calls(|calls| {
        if let Some(running) = calls.get_mut(call) {
            running.attended = true;
        }
    });
    Ok(Ret::Nothing)
}

pub(super) fn about(host: &Host, _: &mut Args) -> Result<Ret, Raise> {
    let hello = &host.hello;
    let about = json!({
        "name": hello.plugin.name,
        "version": hello.plugin.version,
        "cwd": hello.cwd,
        "compat": hello.compat,
        "mostOpen": IN_FLIGHT,
    });
    Ok(Ret::Json(about.to_string()))
}

/// The result of a call, ready to be sent.
pub(crate) fn output(text: String) -> Result<aether_protocol::payload::Outgoing, Failure> {
    Payload::json(text)
        .map_err(|error| Failure::new(v1::failure::NOT_JSON, format!("the result: {error}")))
}
