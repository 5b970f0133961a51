//! The module loader: files of the bundle by way of the gateway, and modules of the runtime.

use std::rc::Rc;

use rquickjs::context::EvalOptions;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::object::Filter;
use rquickjs::{Ctx, Error, Exception, Function, Module, Object, Result, Value};
use serde_json::json;

use super::natives::Shared;
use super::values;
use crate::engine::Hook;
use crate::engine::sources::{self, Source, Unread};
use crate::ops::stack_place;
use crate::specifier::{self, Refused, Target};

/// The property of `import.meta` by which a generated module gets its exports; it is deleted
/// before any other code can see it.
const INTERNAL: &str = "internal";

/// Resolver and loader.
pub(super) struct Modules(Rc<Shared>);

impl Modules {
    pub(super) fn new(shared: &Rc<Shared>) -> Self {
        Self(Rc::clone(shared))
    }
}

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let shared = &self.0;
        let attributes = attributes.as_ref().map(read_attributes).transpose()?.unwrap_or_default();
        let host = &shared.host;
        let target = host.sources.resolve(host, base, name).and_then(|target| {
            specifier::check_attributes(&target, &attributes)?;
            Ok(target)
        });
        let target = target.map_err(|unread| throw(ctx, shared, unread, name, base))?;
        shared.resolved(&target.url(), base);
        Ok(target.url())
    }
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        declare(ctx, &self.0, name)
    }
}

/// Declares the module with this name, reading it if it is a file.
pub(super) fn declare<'js>(
    ctx: &Ctx<'js>,
    shared: &Rc<Shared>,
    url: &str,
) -> Result<Module<'js, Declared>> {
    match Target::from_url(url) {
        Target::Builtin(name) => {
            let exports: Object<'js> = shared.hook(ctx, Hook::Module)?.call((name,))?;
            generated(ctx, url, exports)
        }
        Target::File(path) => {
            let referrer = shared.referrer(url);
            let loaded = shared.host.sources.load(&shared.host, &path, &referrer);
            match loaded.map_err(|unread| throw(ctx, shared, unread, &path, &referrer))? {
                Source::Module(source) => {
                    let declared = Module::declare(ctx.clone(), url, source.as_str());
                    let module =
                        declared.map_err(|error| locate(ctx, shared, error, &path, &source))?;
                    module.meta()?.set("url", url)?;
                    Ok(module)
                }
                Source::Json(text) => {
                    let exports = Object::new_proto(ctx.clone(), None)?;
                    let parsed = ctx.json_parse(text).map_err(|error| match error {
                        Error::Exception => json_problem(ctx, &path),
                        other => other,
                    })?;
                    exports.set("default", parsed)?;
                    generated(ctx, url, exports)
                }
                Source::CommonJs(names) => common_js(ctx, shared, url, &path, &names),
            }
        }
    }
}

/// A module that runs a CommonJS file when it is evaluated, and exports these names of it.
fn common_js<'js>(
    ctx: &Ctx<'js>,
    shared: &Rc<Shared>,
    url: &str,
    path: &str,
    names: &[String],
) -> Result<Module<'js, Declared>> {
    let mut source = format!(
        "const i = import.meta.{INTERNAL}; delete import.meta.{INTERNAL};\n\
         const m = i.run(i.path, i.names);\n"
    );
    let fixed = ["default", "module.exports"];
    for (index, name) in fixed.into_iter().chain(names.iter().map(String::as_str)).enumerate() {
        let name = json!(name);
        source.push_str(&format!("const e{index} = m[{name}]; export {{ e{index} as {name} }};\n"));
    }
    let module = Module::declare(ctx.clone(), url, source)?;
    let internal = Object::new_proto(ctx.clone(), None)?;
    internal.set("run", shared.hook(ctx, Hook::CommonJs)?)?;
    internal.set("path", path)?;
    internal.set("names", names.to_vec())?;
    module.meta()?.set(INTERNAL, internal)?;
    Ok(module)
}

/// The function of a CommonJS file.
pub(super) fn function<'js>(
    ctx: &Ctx<'js>,
    shared: &Rc<Shared>,
    path: &str,
) -> Result<Function<'js>> {
    let text = shared.host.sources.text(&shared.host, path, "");
    let text = text.map_err(|unread| throw(ctx, shared, unread, path, ""))?;
    // On the first line, so that lines stay as they are.
    let source =
        format!("(function (exports, require, module, __filename, __dirname) {{{text}\n}})");
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(Target::File(path.to_owned()).url());
    let made = ctx.eval_with_options(source, options);
    made.map_err(|error| locate(ctx, shared, error, path, &text))
}

/// Throws what stands for a module that cannot be had.
pub(super) fn throw(
    ctx: &Ctx<'_>,
    shared: &Shared,
    unread: Unread,
    specifier: &str,
    referrer: &str,
) -> Error {
    match unread {
        Unread::Refused(refused) => refuse(ctx, shared, specifier, referrer, refused),
        Unread::Unreadable(message) => Exception::throw_syntax(ctx, &message),
        Unread::Syntax { message, facts } => {
            let _pending = Exception::throw_syntax(ctx, &message);
            let thrown = ctx.catch();
            let noted = shared
                .hook(ctx, Hook::Syntax)
                .and_then(|hook| hook.call::<_, ()>((thrown.clone(), facts)));
            noted.map_or_else(|error| error, |()| ctx.throw(thrown))
        }
        Unread::Raised(raise) => shared.throw(ctx, raise),
    }
}

fn read_attributes(attributes: &ImportAttributes<'_>) -> Result<Vec<(String, String)>> {
    let read = |key: Result<String>| {
        let key = key?;
        let value = attributes.get(&key)?.unwrap_or_default();
        Ok((key, value))
    };
    attributes.keys().map(read).collect()
}

/// A module whose exports are the properties of an object.
fn generated<'js>(
    ctx: &Ctx<'js>,
    url: &str,
    exports: Object<'js>,
) -> Result<Module<'js, Declared>> {
    let mut source = format!("const m = import.meta.{INTERNAL}; delete import.meta.{INTERNAL};\n");
    for (index, name) in exports.own_keys::<String>(Filter::new().string()).enumerate() {
        let name = name?;
        source.push_str(&format!(
            "const e{index} = m[{0}]; export {{ e{index} as {0} }};\n",
            json!(name)
        ));
    }
    let module = Module::declare(ctx.clone(), url, source)?;
    module.meta()?.set(INTERNAL, exports)?;
    Ok(module)
}

fn json_problem(ctx: &Ctx<'_>, path: &str) -> Error {
    let message = ctx.catch().as_exception().and_then(Exception::message);
    let message = sources::not_json(path, &message.unwrap_or_default());
    Exception::throw_syntax(ctx, &message)
}

/// Remembers, with a syntax error, where in which file it is. An error that came from a module
/// further down names that file, not this one, and has been located already.
fn locate(ctx: &Ctx<'_>, shared: &Shared, error: Error, path: &str, source: &str) -> Error {
    if !error.is_exception() {
        return error;
    }
    let thrown = ctx.catch();
    if let Err(error) = remember(ctx, shared, &thrown, path, source) {
        return error;
    }
    ctx.throw(thrown)
}

fn remember<'js>(
    ctx: &Ctx<'js>,
    shared: &Shared,
    thrown: &Value<'js>,
    path: &str,
    source: &str,
) -> Result<()> {
    if !thrown.is_error() {
        return Ok(());
    }
    let stack: Value<'js> = shared.hook(ctx, Hook::Stack)?.call((thrown.clone(),))?;
    let stack = values::text(ctx, shared, stack)?;
    let Some((line, column)) = stack_place(&stack, &Target::File(path.to_owned()).url()) else {
        return Ok(());
    };
    let facts = sources::syntax_facts(path, source, line, column);
    shared.hook(ctx, Hook::Syntax)?.call((thrown.clone(), facts))
}

fn refuse(ctx: &Ctx<'_>, shared: &Shared, name: &str, base: &str, refused: Refused) -> Error {
    let facts = sources::refusal_facts(&refused, name, base);
    let made = shared
        .hook(ctx, Hook::Refuse)
        .and_then(|hook| hook.call::<_, Value<'_>>((refused.code, refused.message, facts)));
    match made {
        Ok(thrown) => ctx.throw(thrown),
        Err(error) => error,
    }
}
