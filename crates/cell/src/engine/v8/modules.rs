//! Modules: files of the bundle by way of the gateway, and modules of the runtime.

use std::collections::BTreeMap;

use v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason, compile_module2};
use v8::{Context, FixedArray, Global, Local, Module, ModuleStatus, PinScope, Value};

use super::ahead::Compiled;
use super::natives::{Shared, origin};
use super::{Thrown, debug, values};
use crate::engine::Hook;
use crate::engine::sources::{self, Source, Unread};
use crate::specifier::{self, Refused, Target};

/// A scope that catches.
pub(super) type Tried<'p, 't, 's, 'i> =
    v8::PinnedRef<'p, v8::TryCatch<'t, 's, v8::HandleScope<'i>>>;

/// The modules that there are, by URL.
#[derive(Default)]
pub(super) struct Graph {
    known: BTreeMap<String, Known>,
    /// URLs by V8's hash of the module.
    urls: BTreeMap<i32, Vec<String>>,
}

/// Where a generated module has from what it exports.
#[derive(Clone)]
enum Exports {
    /// Each by its name.
    Object(Global<v8::Object>),
    /// A CommonJS file, run when the module is evaluated, and the names that it exports.
    CommonJs(String, Vec<String>),
}

struct Known {
    module: Global<Module>,
    /// What it exports, of a generated module.
    exports: Option<Exports>,
    /// Its evaluation, once that began.
    evaluated: Option<Global<v8::Promise>>,
}

impl Graph {
    fn add(
        &mut self,
        scope: &PinScope<'_, '_>,
        url: &str,
        module: Local<'_, Module>,
        exports: Option<Exports>,
    ) {
        let urls = self.urls.entry(module.get_identity_hash().get()).or_default();
        urls.push(url.to_owned());
        let module = Global::new(scope, module);
        self.known.insert(url.to_owned(), Known { module, exports, evaluated: None });
    }

    fn get<'s>(&self, scope: &PinScope<'s, '_>, url: &str) -> Option<Local<'s, Module>> {
        self.known.get(url).map(|known| Local::new(scope, &known.module))
    }

    /// The URL of a module.
    fn url(&self, scope: &PinScope<'_, '_>, module: Local<'_, Module>) -> String {
        let urls = self.urls.get(&module.get_identity_hash().get());
        let is_it = |url: &&String| {
            self.known.get(*url).is_some_and(|known| Local::new(scope, &known.module) == module)
        };
        urls.into_iter().flatten().find(is_it).cloned().unwrap_or_default()
    }
}

/// The module of this URL, compiled with everything that it imports.
///
/// # Errors
/// [`Thrown`].
pub(super) fn linked<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    referrer: &str,
) -> Result<Local<'s, Module>, Thrown> {
    let module = declared(scope, shared, url, referrer)?;
    if module.get_status() != ModuleStatus::Uninstantiated {
        return Ok(module);
    }
    v8::tc_scope!(let tried, scope);
    match module.instantiate_module(tried, resolved) {
        Some(true) => Ok(module),
        _ => {
            reword(tried, shared);
            tried.rethrow();
            Err(Thrown)
        }
    }
}

/// Begins to evaluate it, at most once; fulfilled when that is done.
///
/// # Errors
/// [`Thrown`].
pub(super) fn evaluated<'s>(
    scope: &PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    module: Local<'s, Module>,
) -> Result<Local<'s, v8::Promise>, Thrown> {
    let before = shared.graph.borrow().known.get(url).and_then(|known| known.evaluated.clone());
    if let Some(before) = before {
        return Ok(Local::new(scope, &before));
    }
    // The first that is evaluated is the entry.
    let is_entry = shared.graph.borrow().known.values().all(|known| known.evaluated.is_none());
    if is_entry
        && debug::waits(shared)
        && let Some(debugger) = shared.debugger.borrow().clone()
    {
        debugger.wait(shared);
    }
    let promise = module.evaluate(scope).ok_or(Thrown)?;
    let promise = promise.try_cast::<v8::Promise>().map_err(|_| Thrown)?;
    if let Some(known) = shared.graph.borrow_mut().known.get_mut(url) {
        known.evaluated = Some(Global::new(scope, promise));
    }
    Ok(promise)
}

/// The module of this URL, compiled, its imports not looked at.
fn declared<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    referrer: &str,
) -> Result<Local<'s, Module>, Thrown> {
    if let Some(module) = shared.graph.borrow().get(scope, url) {
        return Ok(module);
    }
    match Target::from_url(url) {
        Target::Builtin(name) => {
            let name = values::string(scope, &name)?;
            let exports = shared.call(scope, Hook::Module, &[name.into()])?;
            let exports = exports.try_cast::<v8::Object>().map_err(|_| Thrown)?;
            generated(scope, shared, url, exports)
        }
        Target::File(path) => {
            let loaded = shared.host.sources.load(&shared.host, &path, referrer);
            match loaded.map_err(|unread| throw(scope, shared, unread, &path, referrer))? {
                Source::Module(source) => compiled(scope, shared, url, &path, &source),
                Source::Json(text) => {
                    let text = values::string(scope, &text)?;
                    let parsed = parsed(scope, &path, text)?;
                    let exports = v8::Object::new(scope);
                    let name = values::string(scope, "default")?;
                    exports.create_data_property(scope, name.into(), parsed).ok_or(Thrown)?;
                    generated(scope, shared, url, exports)
                }
                Source::CommonJs(names) => common_js(scope, shared, url, path, names),
            }
        }
    }
}

/// A module of this source.
fn compiled<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    path: &str,
    source: &str,
) -> Result<Local<'s, Module>, Thrown> {
    let text = values::string(scope, source)?;
    let from = origin(scope, url, true)?;
    v8::tc_scope!(let tried, scope);
    let cached = cached(shared);
    let cached = cached.get(path, source);
    let (mut text, options) = source_of(shared, text, &from, cached);
    let Some(module) = compile_module2(tried, &mut text, options, NoCacheReason::NoReason) else {
        remember(tried, shared, path, source);
        tried.rethrow();
        return Err(Thrown);
    };
    shared.graph.borrow_mut().add(tried, url, module, None);
    Ok(module)
}

/// What was compiled ahead.
fn cached(shared: &Shared) -> &Compiled {
    shared.compiled.get_or_init(|| Compiled::of(&shared.host))
}

/// A source for the compiler, and what it is to do with it. The source is not to outlive what is cached.
fn source_of(
    shared: &Shared,
    text: Local<'_, v8::String>,
    origin: &v8::ScriptOrigin<'_>,
    cached: Option<&[u8]>,
) -> (script_compiler::Source, CompileOptions) {
    match cached {
        Some(cached) => {
            let cached = CachedData::new(cached);
            let source = script_compiler::Source::new_with_cached_data(text, Some(origin), cached);
            (source, CompileOptions::ConsumeCodeCache)
        }
        None => {
            let options = match shared.eager.get() {
                true => CompileOptions::EagerCompile,
                false => CompileOptions::NoCompileOptions,
            };
            (script_compiler::Source::new(text, Some(origin)), options)
        }
    }
}

/// What V8 has compiled of the files that are known, to be kept.
pub(super) fn compiled_files(scope: &mut PinScope<'_, '_>, shared: &Shared) -> Compiled {
    let mut compiled = Compiled::default();
    let mut required = Vec::new();
    for (url, known) in &shared.graph.borrow().known {
        let Target::File(path) = Target::from_url(url) else { continue };
        match &known.exports {
            None => {
                // What was read once is there again: nothing runs that could change it.
                let Ok(source) = shared.host.sources.text(&shared.host, &path, "") else {
                    continue;
                };
                let module = Local::new(scope, &known.module);
                let made = module.get_unbound_module_script(scope).create_code_cache();
                compiled.add(&path, &source, made.as_deref());
            }
            Some(Exports::CommonJs(path, _)) => required.push(path.clone()),
            Some(Exports::Object(_)) => {}
        }
    }
    for path in required {
        v8::tc_scope!(let tried, scope);
        // One that does not compile says so when it is run.
        if let Ok(function) = function(tried, shared, &path)
            && let Ok(source) = shared.host.sources.text(&shared.host, &path, "")
        {
            compiled.add(&path, &source, function.create_code_cache().as_deref());
        }
    }
    compiled
}

/// A module that runs a CommonJS file when it is evaluated, and exports these names of it.
fn common_js<'s>(
    scope: &PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    path: String,
    names: Vec<String>,
) -> Result<Local<'s, Module>, Thrown> {
    let all = ["default", "module.exports"].into_iter().chain(names.iter().map(String::as_str));
    let all: Vec<_> = all.map(|name| values::string(scope, name)).collect::<Result<_, _>>()?;
    let name = values::string(scope, url)?;
    let module = Module::create_synthetic_module(scope, name, &all, filled_in);
    let exports = Some(Exports::CommonJs(path, names));
    shared.graph.borrow_mut().add(scope, url, module, exports);
    Ok(module)
}

/// The function of a CommonJS file.
pub(super) fn function<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    path: &str,
) -> Result<Local<'s, v8::Function>, Thrown> {
    let source = shared.host.sources.text(&shared.host, path, "");
    let source = source.map_err(|unread| throw(scope, shared, unread, path, ""))?;
    let text = values::string(scope, &source)?;
    let url = Target::File(path.to_owned()).url();
    let from = origin(scope, &url, false)?;
    let names = ["exports", "require", "module", "__filename", "__dirname"];
    let names = names.map(|name| values::string(scope, name));
    let names: Vec<_> = names.into_iter().collect::<Result<_, _>>()?;
    v8::tc_scope!(let tried, scope);
    let cached = cached(shared);
    let cached = cached.get(path, &source);
    let (mut text, options) = source_of(shared, text, &from, cached);
    let why = NoCacheReason::NoReason;
    let made = script_compiler::compile_function(tried, &mut text, &names, &[], options, why);
    made.ok_or_else(|| {
        remember(tried, shared, path, &source);
        tried.rethrow();
        Thrown
    })
}

/// A module whose exports are the properties of an object.
fn generated<'s>(
    scope: &PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    exports: Local<'s, v8::Object>,
) -> Result<Local<'s, Module>, Thrown> {
    let names = names(scope, exports)?;
    let name = values::string(scope, url)?;
    let module = Module::create_synthetic_module(scope, name, &names, filled_in);
    let exports = Some(Exports::Object(Global::new(scope, exports)));
    shared.graph.borrow_mut().add(scope, url, module, exports);
    Ok(module)
}

fn names<'s>(
    scope: &PinScope<'s, '_>,
    object: Local<'s, v8::Object>,
) -> Result<Vec<Local<'s, v8::String>>, Thrown> {
    let names = object.get_own_property_names(scope, v8::GetPropertyNamesArgs::default());
    let names = names.ok_or(Thrown)?;
    (0..names.length())
        .map(|index| {
            let name = names.get_index(scope, index).ok_or(Thrown)?;
            name.to_string(scope).ok_or(Thrown)
        })
        .collect()
}

/// Evaluates a generated module.
fn filled_in<'s>(
    context: Local<'s, Context>,
    module: Local<'s, Module>,
) -> Option<Local<'s, Value>> {
    v8::callback_scope!(unsafe scope, context);
    let shared = Shared::of(scope)?;
    let exports = {
        let graph = shared.graph.borrow();
        graph.known.get(&graph.url(scope, module))?.exports.clone()?
    };
    let exports = match exports {
        Exports::Object(exports) => Local::new(scope, &exports),
        Exports::CommonJs(path, names) => {
            let path = values::string(scope, &path).ok()?.into();
            let names = names.iter().map(|name| Ok(values::string(scope, name)?.into()));
            let names: Vec<Local<'_, Value>> = names.collect::<Result<_, Thrown>>().ok()?;
            let names = v8::Array::new_with_elements(scope, &names).into();
            let ran = shared.call(scope, Hook::CommonJs, &[path, names]).ok()?;
            ran.try_cast::<v8::Object>().ok()?
        }
    };
    for name in names(scope, exports).ok()? {
        let value = exports.get(scope, name.into())?;
        module.set_synthetic_module_export(scope, name, value)?;
    }
    let done = v8::PromiseResolver::new(scope)?;
    done.resolve(scope, v8::undefined(scope).into())?;
    Some(done.get_promise(scope).into())
}

/// What an `import` declaration names.
fn resolved<'s>(
    context: Local<'s, Context>,
    specifier: Local<'s, v8::String>,
    attributes: Local<'s, FixedArray>,
    referrer: Local<'s, Module>,
) -> Option<Local<'s, Module>> {
    v8::callback_scope!(unsafe scope, context);
    let shared = Shared::of(scope)?;
    let base = shared.graph.borrow().url(scope, referrer);
    // Key, value and place of each.
    let attributes = pairs(scope, attributes, 3);
    let specifier = specifier.to_rust_string_lossy(scope);
    let url = resolve(scope, &shared, &base, &specifier, &attributes).ok()?;
    declared(scope, &shared, &url, &base).ok()
}

/// An `import()`.
pub(super) fn imported<'s>(
    scope: &mut PinScope<'s, '_>,
    _: Local<'s, v8::Data>,
    base: Local<'s, Value>,
    specifier: Local<'s, v8::String>,
    attributes: Local<'s, FixedArray>,
) -> Option<Local<'s, v8::Promise>> {
    let shared = Shared::of(scope)?;
    let base = base.to_rust_string_lossy(scope);
    let attributes = pairs(scope, attributes, 2);
    let specifier = specifier.to_rust_string_lossy(scope);
    let resolver = v8::PromiseResolver::new(scope)?;
    v8::tc_scope!(let tried, scope);
    let begun = begin_import(tried, &shared, &base, &specifier, &attributes);
    if let Ok(promise) = begun {
        return Some(promise);
    }
    match tried.exception().filter(|_| !tried.has_terminated()) {
        Some(thrown) => {
            tried.reset();
            resolver.reject(tried, thrown)?;
            Some(resolver.get_promise(tried))
        }
        // Whoever gives no promise must have thrown.
        None => {
            if !tried.has_terminated() {
                values::throw(tried, v8::Exception::error, "the module cannot be had");
            }
            tried.rethrow();
            None
        }
    }
}

fn begin_import<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    base: &str,
    specifier: &str,
    attributes: &[(String, String)],
) -> Result<Local<'s, v8::Promise>, Thrown> {
    let url = resolve(scope, shared, base, specifier, attributes)?;
    let module = linked(scope, shared, &url, base)?;
    if module.get_status() != ModuleStatus::Evaluating {
        return finish_import(scope, shared, &url, module);
    }
    // It imports itself, or what imports it: that is gone on with when the running code is done, as the
    // standard has it for every import. V8 ends the process where it is told to evaluate it now.
    let resolver = v8::PromiseResolver::new(scope).ok_or(Thrown)?;
    resolver.resolve(scope, v8::undefined(scope).into()).ok_or(Thrown)?;
    let url = values::string(scope, &url)?;
    let again = v8::Function::builder(import_again).data(url.into()).build(scope).ok_or(Thrown)?;
    resolver.get_promise(scope).then(scope, again).ok_or(Thrown)
}

/// Goes on with the import of a module that was being evaluated.
fn import_again<'s>(
    scope: &mut PinScope<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    let Some(shared) = Shared::of(scope) else { return };
    let url = args.data().to_rust_string_lossy(scope);
    let module = shared.graph.borrow().get(scope, &url);
    // What is thrown is what the import is rejected with.
    let finished =
        module.ok_or(Thrown).and_then(|module| finish_import(scope, &shared, &url, module));
    if let Ok(promise) = finished {
        result.set(promise.into());
    }
}

/// The namespace of a module, once that is evaluated.
fn finish_import<'s>(
    scope: &PinScope<'s, '_>,
    shared: &Shared,
    url: &str,
    module: Local<'s, Module>,
) -> Result<Local<'s, v8::Promise>, Thrown> {
    let done = evaluated(scope, shared, url, module)?;
    let namespace = module.get_module_namespace();
    let give = v8::Function::builder(give).data(namespace).build(scope).ok_or(Thrown)?;
    done.then(scope, give).ok_or(Thrown)
}

/// Gives what it was made with.
fn give<'s>(
    _: &mut PinScope<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut result: v8::ReturnValue<'s>,
) {
    result.set(args.data());
}

/// `import.meta`.
pub(super) extern "C" fn meta(
    context: Local<'_, Context>,
    module: Local<'_, Module>,
    meta: Local<'_, v8::Object>,
) {
    v8::callback_scope!(unsafe scope, context);
    let Some(shared) = Shared::of(scope) else { return };
    let url = shared.graph.borrow().url(scope, module);
    if let (Ok(name), Ok(url)) = (values::string(scope, "url"), values::string(scope, &url)) {
        meta.create_data_property(scope, name.into(), url.into());
    }
}

fn resolve(
    scope: &PinScope<'_, '_>,
    shared: &Shared,
    base: &str,
    specifier: &str,
    attributes: &[(String, String)],
) -> Result<String, Thrown> {
    let target = shared.host.sources.resolve(&shared.host, base, specifier).and_then(|target| {
        specifier::check_attributes(&target, attributes)?;
        Ok(target.url())
    });
    target.map_err(|unread| throw(scope, shared, unread, specifier, base))
}

fn pairs(
    scope: &PinScope<'_, '_>,
    attributes: Local<'_, FixedArray>,
    step: usize,
) -> Vec<(String, String)> {
    let text = |index: usize| {
        let value = attributes.get(scope, index)?;
        value.try_cast::<v8::String>().ok().map(|text| text.to_rust_string_lossy(scope))
    };
    (0..attributes.length())
        .step_by(step)
        .filter_map(|index| Some((text(index)?, text(index + 1)?)))
        .collect()
}

/// Throws what stands for a module that cannot be had.
pub(super) fn throw(
    scope: &PinScope<'_, '_>,
    shared: &Shared,
    unread: Unread,
    specifier: &str,
    referrer: &str,
) -> Thrown {
    match unread {
        Unread::Refused(refused) => refuse(scope, shared, specifier, referrer, &refused),
        Unread::Unreadable(message) => values::throw(scope, v8::Exception::syntax_error, &message),
        Unread::Syntax { message, facts } => {
            let texts = [message, facts].map(|text| values::string(scope, &text));
            let [Ok(message), Ok(facts)] = texts else { return Thrown };
            let error = v8::Exception::syntax_error(scope, message);
            let _noted = shared.call(scope, Hook::Syntax, &[error, facts.into()]);
            scope.throw_exception(error);
            Thrown
        }
        Unread::Raised(raise) => shared.throw(scope, raise),
    }
}

fn refuse(
    scope: &PinScope<'_, '_>,
    shared: &Shared,
    name: &str,
    base: &str,
    refused: &Refused,
) -> Thrown {
    let facts = sources::refusal_facts(refused, name, base);
    let texts = [refused.code, &refused.message, &facts].map(|text| values::string(scope, text));
    let [Ok(code), Ok(message), Ok(facts)] = texts else { return Thrown };
    let args = [code.into(), message.into(), facts.into()];
    if let Ok(error) = shared.call(scope, Hook::Refuse, &args) {
        scope.throw_exception(error);
    }
    Thrown
}

fn parsed<'s>(
    scope: &mut PinScope<'s, '_>,
    path: &str,
    text: Local<'s, v8::String>,
) -> Result<Local<'s, Value>, Thrown> {
    v8::tc_scope!(let tried, scope);
    if let Some(parsed) = v8::json::parse(tried, text) {
        return Ok(parsed);
    }
    let why = message(tried);
    if !tried.has_terminated() {
        tried.reset();
        let message = sources::not_json(path, &why);
        values::throw(tried, v8::Exception::syntax_error, &message);
    }
    tried.rethrow();
    Err(Thrown)
}

/// The message of the error that was caught, without its name.
fn message(tried: &Tried<'_, '_, '_, '_>) -> String {
    let said = tried.message().map(|message| message.get(tried).to_rust_string_lossy(tried));
    let said = said.unwrap_or_default();
    let bare = said.strip_prefix("Uncaught ").unwrap_or(&said);
    bare.split_once(": ").map_or(bare, |(_, message)| message).to_owned()
}

/// Remembers, with a syntax error, where in which file it is.
fn remember(tried: &Tried<'_, '_, '_, '_>, shared: &Shared, path: &str, source: &str) {
    let (Some(thrown), Some(message)) = (tried.exception(), tried.message()) else { return };
    let line = message.get_line_number(tried).and_then(|line| u32::try_from(line).ok());
    let column = u32::try_from(message.get_start_column()).ok().map(|column| column + 1);
    let (Some(line), Some(column)) = (line, column) else { return };
    let facts = sources::syntax_facts(path, source, line, column);
    if let Ok(facts) = values::string(tried, &facts) {
        let _noted = shared.call(tried, Hook::Syntax, &[thrown, facts.into()]);
    }
}

/// What V8 says of a name that a module does not export, around the module's and the name's.
const NO_EXPORT: [&str; 3] =
    ["The requested module '", "' does not provide an export named '", "'"];

/// What is said of a name that a module does not export is the same for every engine.
fn reword(tried: &mut Tried<'_, '_, '_, '_>, shared: &Shared) {
    let said = message(tried);
    let named = said.strip_prefix(NO_EXPORT[0]).and_then(|rest| rest.strip_suffix(NO_EXPORT[2]));
    let Some((specifier, name)) = named.and_then(|named| named.split_once(NO_EXPORT[1])) else {
        return;
    };
    let base = tried.message().and_then(|message| message.get_script_resource_name(tried));
    let base = base.map(|base| base.to_rust_string_lossy(tried)).unwrap_or_default();
    let module = shared.host.sources.resolve(&shared.host, &base, specifier);
    let module = module.map_or_else(|_| specifier.to_owned(), |target| target.url());
    let message = sources::no_export(name, &module);
    tried.reset();
    values::throw(tried, v8::Exception::syntax_error, &message);
}
