//! A plugin's code, loaded and linked, of which instances are made.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, InstancePre, types::ComponentFunc};

use crate::compile::{HANDLER, LISTENER};
use crate::engine::Engine;
use crate::entry::{Code, Digest, EntryError, EntryKey, Verified};
use crate::facts::{Facts, Form, Method};
use crate::gate::Gate;
use crate::state::State;
use crate::{link, trusted};

/// A plugin's code. Cheap to clone; an instance keeps it alive.
pub struct Program<G: 'static> {
    shared: Arc<Shared<G>>,
}

impl<G> Clone for Program<G> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

pub(crate) struct Shared<G: 'static> {
    pub(crate) engine: Engine,
    pub(crate) facts: Facts,
    pub(crate) pre: InstancePre<State<G>>,
    pub(crate) exports: HashMap<String, Export>,
    /// `methods` and `call` of the handler.
    pub(crate) handler: Option<(ComponentExportIndex, ComponentExportIndex)>,
    /// `heard` of the listener.
    pub(crate) listener: Option<ComponentExportIndex>,
    /// Dropped last: the code is in it.
    _loaded: trusted::Loaded,
}

/// A method, and where it is.
pub(crate) struct Export {
    pub(crate) index: ComponentExportIndex,
    pub(crate) form: Form,
    pub(crate) ty: ComponentFunc,
}

impl<G: Gate + 'static> Program<G> {
    /// Loads code that was compiled for `engine` from the plugin with the digest `wasm`. `header`
    /// is what [`seal`](crate::entry::seal) made of it with the same key.
    ///
    /// # Errors
    /// [`EntryError`]; the answer to each is to compile again.
    pub fn load(
        engine: &Engine,
        header: &[u8],
        code: &Code,
        wasm: &Digest,
        key: &EntryKey,
    ) -> Result<Self, EntryError> {
        let proof = Verified::check(engine, header, code, wasm, key)?;
        let loaded = match code {
            Code::Held(bytes) => trusted::load_held(&engine.engine, bytes, &proof),
            #[cfg(unix)]
            Code::Mapped(file) => trusted::load_mapped(&engine.engine, file, &proof.text, &proof),
        };
        let loaded = loaded.map_err(|error| refused(&error))?;
        Self::linked(engine, loaded, proof.facts).map_err(|error| refused(&error))
    }

    fn linked(engine: &Engine, loaded: trusted::Loaded, facts: Facts) -> wasmtime::Result<Self> {
        let component = &loaded.component;
        let pre = link::link(engine, component)?.instantiate_pre(component)?;
        let mut exports = HashMap::with_capacity(facts.methods.len());
        for method in &facts.methods {
            let export = find(component, method)
                .ok_or_else(|| wasmtime::format_err!("`{}` is not exported", method.name))?;
            exports.insert(method.name.clone(), export);
        }
        let named = |interface, function| named(engine, component, interface, function);
        let handler = named(HANDLER, "methods").zip(named(HANDLER, "call"));
        let listener = named(LISTENER, "heard");
        let engine = engine.clone();
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                facts,
                pre,
                exports,
                handler,
                listener,
                _loaded: loaded,
            }),
        })
    }

    /// What is known of the plugin.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.shared.facts
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<G>> {
        &self.shared
    }
}

fn find(component: &wasmtime::component::Component, method: &Method) -> Option<Export> {
    let within = match &method.interface {
        Some(interface) => Some(component.get_export_index(None, interface)?),
        None => None,
    };
    let (item, index) = component.get_export(within.as_ref(), &method.function)?;
    match item {
        wasmtime::component::types::ComponentItem::ComponentFunc(ty) => {
            Some(Export { index, form: method.form, ty })
        }
        _ => None,
    }
}

/// A function of an interface of ours, whatever its version.
fn named(
    engine: &Engine,
    component: &wasmtime::component::Component,
    interface: &str,
    function: &str,
) -> Option<ComponentExportIndex> {
    let ty = component.component_type();
    let is_it = |name: &&str| name.split('@').next() == Some(interface);
    let name = ty.exports(&engine.engine).map(|(name, _)| name).find(is_it)?;
    let within = component.get_export_index(None, name)?;
    component.get_export_index(Some(&within), function)
}

fn refused(error: &wasmtime::Error) -> EntryError {
    EntryError::Engine(crate::compile::one_line(&format!("{error:#}")))
}
