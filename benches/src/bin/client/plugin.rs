//! The methods of the client: each calls the host as often as it is told.

use std::error::Error;
use std::os::fd::OwnedFd;
use std::time::Instant;

use aether_protocol::v1::{Call, method};
use aether_protocol::{Id, Message};
use serde_json::{Value, json};

use crate::wire::Wire;

type Fails<T> = Result<T, Box<dyn Error>>;

/// What the host is told that the plugin exports.
const EXPORTS: [&str; 8] =
    ["empty", "hello", "names", "stat", "pipelined", "bytes", "open", "create"];

/// Until the host asks for the end or hangs up.
pub(crate) fn serve(socket: OwnedFd) -> Fails<()> {
    let mut wire = Wire::new(socket);
    while let Some(line) = wire.next()? {
        match Message::parse(line.as_bytes())? {
            Message::Request { id, method, params } => {
                let result = answer(method, params, &mut wire)?;
                respond(&wire, &id, &result)?;
            }
            Message::Notification { method: method::SHUTDOWN, .. } => break,
            Message::Notification { .. } | Message::Response { .. } => {}
        }
    }
    Ok(())
}

fn answer(asked: &str, params: &str, wire: &mut Wire) -> Fails<Value> {
    match asked {
        method::HELLO => Ok(json!({ "protocol": 1, "engine": "none", "attachments": true })),
        method::LOAD => Ok(json!({ "exports": EXPORTS })),
        method::CALL => {
            let call: Call = serde_json::from_str(params)?;
            let input = serde_json::from_str(&call.input.into_json_text(None)?)?;
            Ok(json!({ "output": { "json": run(&call.method, &input, wire)? } }))
        }
        other => Err(format!("the host asked for {other}").into()),
    }
}

fn run(name: &str, input: &Value, wire: &mut Wire) -> Fails<Value> {
    let number = |key: &str| input[key].as_u64().unwrap_or(0);
    match name {
        "names" => chain(number("count"), method::ENV_LIST, &json!({}), wire),
        "stat" => chain(number("count"), method::FS_STAT, &json!({ "path": input["path"] }), wire),
        "pipelined" => pipelined(number("count"), number("window").max(1), wire),
        "bytes" => bytes(input, number("size"), number("chunk").max(1), wire),
        "open" => open(number("count"), usize::try_from(number("size"))?, wire),
        "create" => create(number("count"), usize::try_from(number("size"))?, wire),
        _ => Ok(Value::Null),
    }
}

/// One blob, opened and read again and again; how many bytes came.
fn open(count: u64, size: usize, wire: &mut Wire) -> Fails<Value> {
    let blob = made(&vec![7; size], wire)?;
    let (mut room, mut got) = (vec![0; size], 0);
    for _ in 0..count {
        ask(method::BLOB_OPEN, &json!({ "blob": blob }), wire)?;
        got += wire.read_file(&mut room)?;
    }
    ask(method::BLOB_DROP, &json!({ "blob": blob }), wire)?;
    Ok(json!(got))
}

/// Blobs that are made, opened, read and dropped; how many bytes came.
fn create(count: u64, size: usize, wire: &mut Wire) -> Fails<Value> {
    let (bytes, mut room, mut got) = (vec![7; size], vec![0; size], 0);
    for _ in 0..count {
        let blob = made(&bytes, wire)?;
        ask(method::BLOB_OPEN, &json!({ "blob": blob }), wire)?;
        got += wire.read_file(&mut room)?;
        ask(method::BLOB_DROP, &json!({ "blob": blob }), wire)?;
    }
    Ok(json!(got))
}

/// A blob's name.
fn made(bytes: &[u8], wire: &mut Wire) -> Fails<String> {
    let params = json!({ "data": { "blob": bytes.len(), "as": "bytes" } });
    let line = aether_protocol::message::request(&Id::Number(1), method::BLOB_CREATE, &params)?;
    wire.send_with(&line, bytes)?;
    let made = heard(1, wire)?;
    Ok(made["blob"].as_str().ok_or("a blob without a name")?.to_owned())
}

fn ask(name: &str, params: &Value, wire: &mut Wire) -> Fails<Value> {
    wire.send(&aether_protocol::message::request(&Id::Number(1), name, params)?)?;
    heard(1, wire)
}

/// The next line's result, which answers this call.
fn heard(id: u64, wire: &mut Wire) -> Fails<Value> {
    let line = wire.next()?.ok_or("the host hung up")?;
    match Message::parse(line.as_bytes())? {
        Message::Response { id: Id::Number(answered), outcome: Ok(result) } if answered == id => {
            Ok(serde_json::from_str(result)?)
        }
        other => Err(format!("call {id} was not answered: {other:?}").into()),
    }
}

/// One call after the other; nanoseconds of each.
fn chain(count: u64, name: &str, params: &Value, wire: &mut Wire) -> Fails<Value> {
    let mut took = Vec::new();
    for id in 0..count {
        let began = Instant::now();
        wire.send(&aether_protocol::message::request(&Id::Number(id), name, params)?)?;
        expect(id, wire)?;
        took.push(u64::try_from(began.elapsed().as_nanos())?);
    }
    Ok(json!(took))
}

/// `window` calls at a time: all are sent, then all answers are read.
fn pipelined(count: u64, window: u64, wire: &mut Wire) -> Fails<Value> {
    let mut next = 0;
    while next < count {
        let end = (next + window).min(count);
        let mut lines = Vec::new();
        for id in next..end {
            let asked =
                aether_protocol::message::request(&Id::Number(id), method::ENV_LIST, &json!({}))?;
            lines.extend_from_slice(&asked);
        }
        wire.send(&lines)?;
        for id in next..end {
            expect(id, wire)?;
        }
        next = end;
    }
    Ok(json!(count))
}

/// A file from front to back; how many bytes came.
fn bytes(input: &Value, size: u64, chunk: u64, wire: &mut Wire) -> Fails<Value> {
    let (mut offset, mut got) = (0, 0);
    while offset < size {
        let params = json!({ "path": input["path"], "offset": offset, "length": chunk });
        let id = Id::Number(offset);
        wire.send(&aether_protocol::message::request(&id, method::FS_READ, &params)?)?;
        expect(offset, wire)?;
        got += wire.take_file()?;
        offset += chunk;
    }
    Ok(json!(got))
}

/// The next line answers this call, and well.
fn expect(id: u64, wire: &mut Wire) -> Fails<()> {
    let line = wire.next()?.ok_or("the host hung up")?;
    match Message::parse(line.as_bytes())? {
        Message::Response { id: Id::Number(answered), outcome: Ok(_) } if answered == id => Ok(()),
        other => Err(format!("call {id} was not answered: {other:?}").into()),
    }
}

fn respond(wire: &Wire, id: &Id, result: &Value) -> Fails<()> {
    wire.send(&aether_protocol::message::response(id, result)?)
}
