//! One call of an instance.

use std::time::Instant;

use aether_protocol::limits::PAYLOAD_BYTES;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use wasmtime::Store;
use wasmtime::component::{Func, Type, Val};

use crate::bindings::aether::plugin::types::{Error, Payload};
use crate::facts::Form;
use crate::failure::{Failure, Why};
use crate::gate::Gate;
use crate::json::{self, Unfit};
use crate::plugin::Alive;
use crate::program::{Export, Shared};
use crate::state::State;
use crate::{limits, wasi};

/// Most bytes of a result's JSON.
const OUTPUT_BYTES: usize = PAYLOAD_BYTES as usize;

/// A call of a method.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The identifier of the host's request, for progress and pieces.
    pub id: u64,
    /// The method's name.
    pub method: &'a str,
    /// What it is given.
    pub input: Input<'a>,
    /// When it must have ended.
    pub until: Instant,
    /// The plugin that calls; none where the host does.
    pub caller: Option<&'a str>,
    /// The result is wanted in pieces.
    pub wants_pieces: bool,
}

/// What a method is given.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// JSON text.
    Json(&'a str),
    /// Text, for a method of the type `func(string) -> string` and for handlers.
    Text(&'a str),
    /// Bytes, for a method of the type `func(list<u8>) -> list<u8>` and for handlers.
    Bytes(&'a [u8]),
}

/// What a method gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// JSON text.
    Json(String),
    /// Text, where text went in, or a handler gave it.
    Text(String),
    /// Bytes, where bytes went in, or a handler gave them.
    Bytes(Vec<u8>),
}

impl Output {
    /// The JSON text of it: a text is a string, and bytes are one in base64.
    #[must_use]
    pub fn into_json(self) -> String {
        match self {
            Self::Json(json) => json,
            Self::Text(text) => serde_json::Value::String(text).to_string(),
            Self::Bytes(bytes) => serde_json::Value::String(STANDARD.encode(bytes)).to_string(),
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct News<'a> {
    /// The identifier of the host's request.
    pub id: u64,
    /// Its topic.
    pub topic: &'a str,
    /// The plugin that tells of it; empty for the host.
    pub from: &'a str,
    /// JSON text.
    pub data: &'a str,
    /// Events that were dropped since the last.
    pub dropped: u64,
    /// When dealing with it must have ended.
    pub until: Instant,
}

/// Makes a call.
pub(crate) fn make<G: Gate + 'static>(
    program: &Shared<G>,
    alive: &mut Alive<G>,
    call: &Call<'_>,
) -> Result<Output, Failure> {
    let Some(export) = program.exports.get(call.method) else {
        return handle(program, alive, call);
    };
    let Some(function) = alive.instance.get_func(&mut alive.store, export.index) else {
        return Err(Failure::new(Why::NoMethod, "the method is not there any more"));
    };
    let store = &mut alive.store;
    match (export.form, call.input) {
        (Form::Command, input) => run(store, function, call.method, input),
        (Form::Bytes, Input::Bytes(bytes)) => {
            bytes_through(store, function, bytes).map(Output::Bytes)
        }
        (Form::Text, Input::Text(text)) => text_through(store, function, text).map(Output::Text),
        (Form::Bytes, Input::Json(json)) => {
            let input = only(json, export, call.method)?;
            let bytes = STANDARD.decode(input).map_err(|_| {
                let why = "it must be base64 with padding".to_owned();
                Failure::input(call.method, &Unfit { place: String::new(), why })
            })?;
            let output = bytes_through(store, function, &bytes)?;
            json_of(&STANDARD.encode(output), call.method)
        }
        (Form::Text, Input::Json(json)) => {
            let input = only(json, export, call.method)?;
            let output = text_through(store, function, &input)?;
            json_of(&output, call.method)
        }
        (_, Input::Json(json)) => typed(store, function, export, call.method, json),
        (_, Input::Text(_) | Input::Bytes(_)) => {
            let why = "the method takes JSON".to_owned();
            Err(Failure::input(call.method, &Unfit { place: String::new(), why }))
        }
    }
}

/// The only parameter, where it is a string in JSON: by its name or by itself.
fn only(json: &str, export: &Export, method: &str) -> Result<String, Failure> {
    let params = export.ty.params().map(|(name, _)| (name, Type::String));
    let params: Vec<_> = params.collect();
    let arguments = json::arguments(json, params.into_iter());
    match arguments.map_err(|unfit| Failure::input(method, &unfit))?.pop() {
        Some(Val::String(text)) => Ok(text),
        _ => Err(Failure::new(Why::Input, "the method takes a string")),
    }
}

fn json_of(text: &str, method: &str) -> Result<Output, Failure> {
    match serde_json::to_string(text) {
        Ok(json) if json.len() <= OUTPUT_BYTES => Ok(Output::Json(json)),
        Ok(_) => {
            Err(Failure::output(method, &format!("its JSON has more than {OUTPUT_BYTES} bytes")))
        }
        Err(error) => Err(Failure::output(method, &error)),
    }
}

fn bytes_through<G: Gate + 'static>(
    store: &mut Store<State<G>>,
    function: Func,
    bytes: &[u8],
) -> Result<Vec<u8>, Failure> {
    let done = function
        .typed::<(&[u8],), (Vec<u8>,)>(&*store)
        .and_then(|function| function.call(&mut *store, (bytes,)));
    done.map(|(bytes,)| bytes).map_err(|error| failed(&error, store))
}

fn text_through<G: Gate + 'static>(
    store: &mut Store<State<G>>,
    function: Func,
    text: &str,
) -> Result<String, Failure> {
    let done = function
        .typed::<(&str,), (String,)>(&*store)
        .and_then(|function| function.call(&mut *store, (text,)));
    done.map(|(text,)| text).map_err(|error| failed(&error, store))
}

/// A call by the types of the method.
fn typed<G: Gate + 'static>(
    store: &mut Store<State<G>>,
    function: Func,
    export: &Export,
    method: &str,
    input: &str,
) -> Result<Output, Failure> {
    let arguments = json::arguments(input, export.ty.params())
        .map_err(|unfit| Failure::input(method, &unfit))?;
    let ty = export.ty.results().next();
    let mut results = vec![Val::Bool(false); usize::from(ty.is_some())];
    function.call(&mut *store, &arguments, &mut results).map_err(|error| failed(&error, store))?;
    let (Some(value), Some(ty)) = (results.pop(), ty) else {
        return Ok(Output::Json("null".to_owned()));
    };
    outcome(&value, &ty, method)
}

/// A result of the type `result` is the value, or the failure of the call.
fn outcome(value: &Val, ty: &Type, method: &str) -> Result<Output, Failure> {
    let text = |value: &Val, ty: &Type| {
        json::text(value, ty, OUTPUT_BYTES).map_err(|unfit| Failure::output(method, &unfit.why))
    };
    let (value, inner) = match (value, ty) {
        (Val::Result(Ok(value)), Type::Result(result)) => (value, result.ok()),
        (Val::Result(Err(value)), Type::Result(result)) => {
            let told = match (value, result.err()) {
                (Some(value), Some(ty)) => Some(text(value, &ty)?),
                _ => None,
            };
            return Err(refusal(method, told));
        }
        _ => return text(value, ty).map(Output::Json),
    };
    match (value, inner) {
        (Some(value), Some(ty)) => text(value, &ty).map(Output::Json),
        _ => Ok(Output::Json("null".to_owned())),
    }
}

/// An error that the method gave: what it says of itself in words, if it does.
fn refusal(method: &str, value: Option<String>) -> Failure {
    #[derive(Deserialize)]
    struct Named {
        message: String,
    }
    let message = match value.as_deref() {
        None => format!("`{method}` gave an error"),
        Some(json) => serde_json::from_str::<String>(json)
            .or_else(|_| serde_json::from_str::<Named>(json).map(|named| named.message))
            .unwrap_or_else(|_| format!("`{method}` gave the error {json}")),
    };
    Failure { value, ..Failure::new(Why::Error, message) }
}

/// The names of the methods that a handler has.
pub(crate) fn handled<G: Gate + 'static>(
    program: &Shared<G>,
    alive: &mut Alive<G>,
) -> Result<Vec<String>, Failure> {
    let Some((methods, _)) = &program.handler else { return Ok(Vec::new()) };
    let store = &mut alive.store;
    let done = alive
        .instance
        .get_typed_func::<(), (Vec<String>,)>(&mut *store, methods)
        .and_then(|function| function.call(&mut *store, ()));
    let (names,) = done.map_err(|error| failed(&error, store))?;
    let fits = |name: &String| !name.is_empty() && name.len() <= limits::NAME_BYTES;
    if names.len() > limits::EXPORTS || !names.iter().all(fits) {
        let message = "the plugin's handler has too many methods, or one whose name is too long";
        return Err(Failure::new(Why::Start, message));
    }
    Ok(names)
}

fn handle<G: Gate + 'static>(
    program: &Shared<G>,
    alive: &mut Alive<G>,
    call: &Call<'_>,
) -> Result<Output, Failure> {
    let Some((_, index)) = &program.handler else {
        return Err(Failure::new(Why::NoMethod, "the plugin has no handler"));
    };
    let input = match call.input {
        Input::Json(text) => Payload::Json(text.to_owned()),
        Input::Text(text) => Payload::Text(text.to_owned()),
        Input::Bytes(bytes) => Payload::Bytes(bytes.to_vec()),
    };
    let store = &mut alive.store;
    let done = alive
        .instance
        .get_typed_func::<(&str, Payload), (Result<Payload, Error>,)>(&mut *store, index)
        .and_then(|function| function.call(&mut *store, (call.method, input)));
    match done.map_err(|error| failed(&error, store))?.0 {
        Ok(Payload::Json(text)) => {
            aether_protocol::strict::parse(&text)
                .map_err(|error| Failure::output(call.method, &error))?;
            Ok(Output::Json(text))
        }
        Ok(Payload::Text(text)) => Ok(Output::Text(text)),
        Ok(Payload::Bytes(bytes)) => Ok(Output::Bytes(bytes)),
        Err(error) => {
            let value = serde_json::json!({ "code": error.code, "message": error.message });
            let value = Some(value.to_string());
            Err(Failure { value, ..Failure::new(Why::Error, error.message) })
        }
    }
}

/// Tells the plugin of something that happened.
pub(crate) fn hear<G: Gate + 'static>(
    program: &Shared<G>,
    alive: &mut Alive<G>,
    news: &News<'_>,
) -> Result<(), Failure> {
    let Some(index) = &program.listener else { return Ok(()) };
    let store = &mut alive.store;
    let done =
        alive.instance.get_typed_func::<(&str, &str, &str, u64), ()>(&mut *store, index).and_then(
            |function| function.call(&mut *store, (news.topic, news.from, news.data, news.dropped)),
        );
    done.map_err(|error| failed(&error, store))
}

/// The input of a program.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    stdin: Option<String>,
}

/// Runs a program: what it is given on standard input, what it says on standard output.
fn run<G: Gate + 'static>(
    store: &mut Store<State<G>>,
    function: Func,
    method: &str,
    input: Input<'_>,
) -> Result<Output, Failure> {
    let stdio = &mut store.data_mut().stdio;
    match input {
        Input::Json(json) => match given(json) {
            Some(given) => {
                stdio.arguments = given.args;
                stdio.input = given.stdin.unwrap_or_default().into_bytes();
            }
            None => stdio.input = typed_in(json).into_bytes(),
        },
        Input::Text(text) => stdio.input = text.as_bytes().to_vec(),
        Input::Bytes(bytes) => stdio.input = bytes.to_vec(),
    }
    let done = function
        .typed::<(), (Result<(), ()>,)>(&*store)
        .and_then(|function| function.call(&mut *store, ()));
    match done {
        Ok((Ok(()),)) => {}
        Ok((Err(()),)) => {
            return Err(Failure::new(Why::Exit(1), "the program ended with code 1"));
        }
        Err(error) if error.downcast_ref::<wasi::Exit>() == Some(&wasi::Exit(0)) => {}
        Err(error) => return Err(failed(&error, store)),
    }
    let output = store.data_mut().stdio.output.take().unwrap_or_default();
    printed(output, input, method)
}

/// What a program reads that is given this: a text as it is, nothing of `null` and of `{}`, which stand
/// for no input, and otherwise JSON.
fn typed_in(json: &str) -> String {
    match json.trim() {
        "null" | "{}" => String::new(),
        json => serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()),
    }
}

/// An object that has `args` or `stdin` and nothing else.
fn given(json: &str) -> Option<Given> {
    let given: Given = aether_protocol::strict::object(json).ok()?;
    (!given.args.is_empty() || given.stdin.is_some()).then_some(given)
}

/// What a program printed: as it is where bytes or text went in, otherwise JSON, or a text.
fn printed(output: Vec<u8>, input: Input<'_>, method: &str) -> Result<Output, Failure> {
    if matches!(input, Input::Bytes(_)) {
        return Ok(Output::Bytes(output));
    }
    let text = String::from_utf8(output)
        .map_err(|_| Failure::output(method, &"what it printed is not UTF-8"))?;
    if matches!(input, Input::Text(_)) {
        return Ok(Output::Text(text));
    }
    let trimmed = text.trim();
    match aether_protocol::strict::parse(trimmed) {
        _ if trimmed.is_empty() => Ok(Output::Json("null".to_owned())),
        Ok(_) => Ok(Output::Json(trimmed.to_owned())),
        Err(_) => json_of(&text, method),
    }
}

/// What became of the code.
pub(crate) fn failed<G: Gate + 'static>(
    error: &wasmtime::Error,
    store: &mut Store<State<G>>,
) -> Failure {
    let limiter = &store.data().limiter;
    let refused = limiter.refused() > 0;
    let keeps = limiter.memory() <= limits::COREDUMP_BYTES;
    Failure::of(error, store, refused, keeps)
}
