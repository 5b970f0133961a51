//! What the runtime's JavaScript gets from native code, and what native code gets from it.

use std::cell::RefCell;
use std::rc::Rc;

use aether_protocol::RpcError;
use rquickjs::context::EvalOptions;
use rquickjs::function::{Args as JsArgs, Rest};
use rquickjs::runtime::RejectionTracker;
use rquickjs::{Ctx, Error, Exception, Function, Object, Persistent, Result, Value};

use super::heap::Heap;
use super::{modules, values};
use crate::engine::Hook;
use crate::host::Host;
use crate::ops::{self, Op};
use crate::runtime;
use crate::value::{Args, Raise};

/// Most unhandled rejections remembered until the jobs have run.
const REJECTIONS: usize = 32;

struct Rejection {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

/// What the callbacks of an engine share.
pub(super) struct Shared {
    pub(super) host: Rc<Host>,
    heap: Rc<Heap>,
    hooks: RefCell<Vec<(Hook, Persistent<Function<'static>>)>>,
    rejections: RefCell<Vec<Rejection>>,
    /// The module that was resolved last and who imports it: the engine loads it next.
    resolved: RefCell<(String, String)>,
}

impl Shared {
    pub(super) fn new(host: Rc<Host>, heap: Rc<Heap>) -> Rc<Self> {
        Rc::new(Self {
            host,
            heap,
            hooks: RefCell::default(),
            rejections: RefCell::default(),
            resolved: RefCell::default(),
        })
    }

    /// Remembers who imports a module.
    pub(super) fn resolved(&self, url: &str, referrer: &str) {
        *self.resolved.borrow_mut() = (url.to_owned(), referrer.to_owned());
    }

    /// Who imports a module, if it was resolved last.
    pub(super) fn referrer(&self, url: &str) -> String {
        let resolved = self.resolved.borrow();
        if resolved.0 == url { resolved.1.clone() } else { String::new() }
    }

    pub(super) fn hook<'js>(&self, ctx: &Ctx<'js>, hook: Hook) -> Result<Function<'js>> {
        let hooks = self.hooks.borrow();
        let found = hooks.iter().find(|(known, _)| *known == hook).map(|(_, found)| found.clone());
        found.ok_or(Error::Unknown)?.restore(ctx)
    }

    /// Throws what an operation raised.
    pub(super) fn throw(&self, ctx: &Ctx<'_>, raise: Raise) -> Error {
        let error = match raise {
            Raise::Type(message) => return Exception::throw_type(ctx, &message),
            Raise::Host(error) => error,
            Raise::Module { unread, specifier, referrer } => {
                return modules::throw(ctx, self, *unread, &specifier, &referrer);
            }
        };
        let made = self.hook(ctx, Hook::Raise).and_then(|hook| {
            let mut args = JsArgs::new_unsized(ctx.clone());
            push_error(&mut args, &error)?;
            hook.call_arg::<Value<'_>>(args)
        });
        match made {
            Ok(thrown) => ctx.throw(thrown),
            Err(error) => error,
        }
    }

    pub(super) fn take_rejections(&self) -> Vec<Persistent<Value<'static>>> {
        self.rejections.take().into_iter().map(|rejection| rejection.reason).collect()
    }

    fn invoke<'js>(&self, ctx: &Ctx<'js>, op: &Op, args: Vec<Value<'js>>) -> Result<Value<'js>> {
        let args = args.into_iter().map(|value| values::from_js(ctx, self, value));
        let mut args = Args::new(args.collect::<Result<Vec<_>>>()?);
        // They are copies outside of the engine's heap. Counted against it, so that the plugin runs
        // into its own limit, and not the process into one where nothing can be told any more.
        if !self.heap.has_room(args.total_bytes()) {
            return Err(Error::Allocation);
        }
        match (op.run)(&self.host, &mut args) {
            Ok(value) => values::to_js(ctx, self, value),
            Err(raise) => Err(self.throw(ctx, raise)),
        }
    }
}

/// An error of the host as arguments: code, message, data as JSON text.
pub(super) fn push_error(args: &mut JsArgs<'_>, error: &RpcError) -> Result<()> {
    args.push_arg(error.code.number())?;
    args.push_arg(error.message.as_str())?;
    let data = serde_json::to_string(&error.data).unwrap_or_default();
    args.push_arg(data)
}

/// Evaluates the start-up scripts and keeps the hooks.
pub(super) fn install(ctx: &Ctx<'_>, shared: &Rc<Shared>) -> Result<()> {
    let native = native(ctx, shared)?;
    let primordials: Value<'_> = script(ctx, "primordials")?.call(())?;
    let hooks: Object<'_> = script(ctx, "start")?.call((native, primordials))?;
    let hooks = Hook::ALL.into_iter().map(|(hook, name)| {
        let function: Function<'_> = hooks.get(name)?;
        Ok((hook, Persistent::save(ctx, function)))
    });
    *shared.hooks.borrow_mut() = hooks.collect::<Result<_>>()?;
    shared.hook(ctx, Hook::Begin)?.call(())
}

/// Remembers rejections that nobody handles until the jobs have run.
pub(super) fn rejection_tracker(shared: &Rc<Shared>) -> RejectionTracker {
    let shared = Rc::clone(shared);
    Box::new(move |ctx, promise, reason, handled| {
        let promise = Persistent::save(&ctx, promise);
        let mut rejections = shared.rejections.borrow_mut();
        if handled {
            rejections.retain(|rejection| rejection.promise != promise);
        } else if rejections.len() < REJECTIONS {
            rejections.push(Rejection { promise, reason: Persistent::save(&ctx, reason) });
        }
    })
}

/// The object `native`.
fn native<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<Object<'js>> {
    let native = Object::new_proto(ctx.clone(), None)?;
    for op in ops::TABLE {
        let shared = Rc::clone(shared);
        let call = move |ctx: Ctx<'js>, args: Rest<Value<'js>>| shared.invoke(&ctx, op, args.0);
        native.set(op.name, Function::new(ctx.clone(), call)?)?;
    }
    let run = |ctx: Ctx<'js>, name: std::string::String| script(&ctx, &name);
    native.set("script", Function::new(ctx.clone(), run)?)?;
    let of_file = Rc::clone(shared);
    let compile =
        move |ctx: Ctx<'js>, path: std::string::String| modules::function(&ctx, &of_file, &path);
    native.set("compile", Function::new(ctx.clone(), compile)?)?;
    let kind = |value: Value<'js>| kind(&value);
    native.set("kind", Function::new(ctx.clone(), kind)?)?;
    Ok(native)
}

/// What only the engine can tell of a value without running code of the plugin.
fn kind(value: &Value<'_>) -> Option<&'static str> {
    if value.is_proxy() {
        Some("proxy")
    } else if value.is_promise() {
        Some("promise")
    } else if value.is_error() {
        Some("error")
    } else {
        None
    }
}

fn script<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    let source = runtime::script(name).ok_or(Error::Unknown)?;
    let mut options = EvalOptions::default();
    options.filename = Some(format!("aether:runtime/{name}.js"));
    ctx.eval_with_options(source, options)
}
