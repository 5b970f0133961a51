//! What a component offers: which of its exports can be called by name.

use wasmtime::Engine;
use wasmtime::component::types::{Component, ComponentFunc, ComponentItem};

use super::types;
use crate::facts::{Form, Method};

/// The interface of a plugin that takes its calls by itself, without the version.
pub(crate) const HANDLER: &str = "aether:plugin/handler";

/// The interface of a plugin that hears events, without the version.
pub(crate) const LISTENER: &str = "aether:plugin/listener";

/// The interface of a program, without the version.
const RUN: &str = "wasi:cli/run";

#[derive(Default)]
pub(crate) struct Exports {
    pub(crate) methods: Vec<Method>,
    pub(crate) handler: bool,
    pub(crate) listener: bool,
    pub(crate) left_out: Vec<String>,
}

pub(crate) fn of(ty: &Component, engine: &Engine) -> Exports {
    let mut exports = Exports::default();
    for (name, export) in ty.exports(engine) {
        match &export.ty {
            ComponentItem::ComponentFunc(function) => exports.function(None, name, function),
            ComponentItem::ComponentInstance(instance) => {
                let interface = name.split('@').next().unwrap_or(name);
                match interface {
                    HANDLER => exports.handler = true,
                    LISTENER => exports.listener = true,
                    _ => {
                        for (function, item) in instance.exports(engine) {
                            if let ComponentItem::ComponentFunc(ty) = &item.ty {
                                exports.function(Some(name), function, ty);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    exports.methods.sort_by(|one, other| one.name.cmp(&other.name));
    exports.unique();
    exports
}

impl Exports {
    fn function(&mut self, interface: Option<&str>, function: &str, ty: &ComponentFunc) {
        let name = method_name(interface, function);
        if let Some(why) = unfit(function, ty) {
            return self.left_out.push(format!("`{name}`: {why}"));
        }
        let params = ty.params().map(|(name, ty)| (name.to_owned(), types::text(&ty)));
        self.methods.push(Method {
            params: params.collect(),
            result: ty.results().next().map(|ty| types::text(&ty)),
            form: form(interface, function, ty),
            interface: interface.map(str::to_owned),
            function: function.to_owned(),
            name,
        });
    }

    /// Two exports with one name: neither can be meant.
    fn unique(&mut self) {
        let mut at = 0;
        while at + 1 < self.methods.len() {
            let name = self.methods[at].name.clone();
            let same = self.methods[at..].iter().take_while(|method| method.name == name).count();
            if same > 1 {
                self.left_out.push(format!("`{name}`: {same} exports have this name"));
                self.methods.drain(at..at + same);
            } else {
                at += 1;
            }
        }
    }
}

/// Whether an import is an interface of types: a plugin that has one of its own imports it, and
/// there is nothing to serve.
pub(crate) fn is_only_types(import: &ComponentItem, engine: &Engine) -> bool {
    match import {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        ComponentItem::Type(_) => true,
        _ => false,
    }
}

/// `add`, or `calculator.add` of an interface. `wasi:cli/run` is `run`.
fn method_name(interface: Option<&str>, function: &str) -> String {
    let Some(interface) = interface else { return function.to_owned() };
    let bare = interface.split('@').next().unwrap_or(interface);
    if bare == RUN {
        return function.to_owned();
    }
    let last = bare.rsplit('/').next().unwrap_or(bare);
    format!("{last}.{function}")
}

fn form(interface: Option<&str>, function: &str, ty: &ComponentFunc) -> Form {
    let is_run = interface.is_some_and(|name| name.split('@').next() == Some(RUN));
    let params: Vec<_> = ty.params().map(|(_, ty)| types::text(&ty)).collect();
    let results: Vec<_> = ty.results().map(|ty| types::text(&ty)).collect();
    match (params.as_slice(), results.as_slice()) {
        ([], [result]) if is_run && function == "run" && result == "result" => Form::Command,
        ([input], [output]) if input == "list<u8>" && output == "list<u8>" => Form::Bytes,
        ([input], [output]) if input == "string" && output == "string" => Form::Text,
        _ => Form::Typed,
    }
}

fn unfit(function: &str, ty: &ComponentFunc) -> Option<&'static str> {
    if function.starts_with('[') {
        return Some("functions of resources cannot be called from outside");
    }
    if ty.async_() {
        return Some("asynchronous functions are not served");
    }
    let all = ty.params().map(|(_, ty)| ty).chain(ty.results());
    all.into_iter().find_map(|ty| types::unfit(&ty))
}
