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
const EXPORTS: [&str; 6] = ["empty", "hello", "names", "stat", "pipelined", "bytes"];

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
        method::HELLO => Ok(json!({ "protocol": 1, "engine": "none" })),
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
        _ => Ok(Value::Null),
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
