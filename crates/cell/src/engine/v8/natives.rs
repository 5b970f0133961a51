//! What the runtime's JavaScript gets from native code, and what native code gets from it.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use aether_protocol::RpcError;
use v8::script_compiler::{self, CompileOptions, NoCacheReason, Source};
use v8::{
    FunctionCallbackArguments, Global, Local, MapFnTo, PinScope, PromiseRejectEvent,
    PromiseRejectMessage, ReturnValue, Value,
};

use super::ahead::Compiled;
use super::debug::Debugger;
use super::heap::Heap;
use super::modules::Graph;
use super::{Thrown, modules, values};
use crate::engine::Hook;
use crate::host::Host;
use crate::ops;
use crate::runtime;
use crate::value::{Args, Raise};

/// Most unhandled rejections remembered until the jobs have run.
const REJECTIONS: usize = 32;

struct Rejection {
    promise: Global<v8::Promise>,
    reason: Global<Value>,
}

/// What the callbacks of an engine share.
pub(super) struct Shared {
    pub(super) host: Rc<Host>,
    pub(super) heap: Arc<Heap>,
    pub(super) graph: RefCell<Graph>,
    hooks: RefCell<Vec<(Hook, Global<v8::Function>)>>,
    rejections: RefCell<Vec<Rejection>>,
    /// Running code was told to stop, and has not been left yet.
    pub(super) stopped: Cell<bool>,
    /// Looks in a row that found more memory than there may be.
    pub(super) looks_beyond: Cell<u8>,
    /// What was compiled ahead of the plugin's files: fetched when the first of them is wanted.
    pub(super) compiled: OnceCell<Compiled>,
    /// Every function is compiled, and not only what runs at once.
    pub(super) eager: Cell<bool>,
    /// Set where the plugin may be debugged.
    pub(super) debugger: RefCell<Option<Rc<Debugger>>>,
    isolate: v8::IsolateHandle,
}

impl Shared {
    pub(super) fn new(host: Rc<Host>, heap: Arc<Heap>, isolate: v8::IsolateHandle) -> Rc<Self> {
        Rc::new(Self {
            host,
            heap,
            graph: RefCell::default(),
            hooks: RefCell::default(),
            rejections: RefCell::default(),
            stopped: Cell::new(false),
            looks_beyond: Cell::new(0),
            compiled: OnceCell::new(),
            eager: Cell::new(false),
            debugger: RefCell::default(),
            isolate,
        })
    }

    /// Stops the running code.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        self.isolate.terminate_execution();
    }

    /// Lets code run again that was stopped.
    pub(super) fn goes_on(&self) {
        self.isolate.cancel_terminate_execution();
    }

    /// That of the isolate.
    pub(super) fn of(isolate: &v8::Isolate) -> Option<Rc<Self>> {
        isolate.get_slot::<Rc<Self>>().cloned()
    }

    /// Whether `bytes` fit, garbage collected if they do not. If they never do, memory is exhausted.
    pub(super) fn make_room(&self, isolate: &mut v8::Isolate, bytes: usize) -> bool {
        if !self.heap.fits(bytes) {
            isolate.low_memory_notification();
        }
        self.heap.has_room(bytes)
    }

    pub(super) fn hook<'s>(
        &self,
        scope: &PinScope<'s, '_>,
        hook: Hook,
    ) -> Result<Local<'s, v8::Function>, Thrown> {
        let hooks = self.hooks.borrow();
        let found = hooks.iter().find(|(known, _)| *known == hook);
        found.map(|(_, function)| Local::new(scope, function)).ok_or(Thrown)
    }

    /// Calls a hook.
    pub(super) fn call<'s>(
        &self,
        scope: &PinScope<'s, '_>,
        hook: Hook,
        args: &[Local<'s, Value>],
    ) -> Result<Local<'s, Value>, Thrown> {
        let function = self.hook(scope, hook)?;
        function.call(scope, v8::undefined(scope).into(), args).ok_or(Thrown)
    }

    /// Throws what an operation raised.
    pub(super) fn throw(&self, scope: &PinScope<'_, '_>, raise: Raise) -> Thrown {
        let error = match raise {
            Raise::Type(message) => {
                return values::throw(scope, v8::Exception::type_error, &message);
            }
            Raise::Host(error) => error,
            Raise::Module { unread, specifier, referrer } => {
                return modules::throw(scope, self, *unread, &specifier, &referrer);
            }
        };
        let made = error_args(scope, &error).and_then(|args| self.call(scope, Hook::Raise, &args));
        match made {
            Ok(thrown) => {
                scope.throw_exception(thrown);
                Thrown
            }
            Err(thrown) => thrown,
        }
    }

    pub(super) fn take_rejections(&self) -> Vec<Global<Value>> {
        self.rejections.take().into_iter().map(|rejection| rejection.reason).collect()
    }
}

/// An error of the host as arguments: code, message, data as JSON text.
pub(super) fn error_args<'s>(
    scope: &PinScope<'s, '_>,
    error: &RpcError,
) -> Result<[Local<'s, Value>; 3], Thrown> {
    let data = serde_json::to_string(&error.data).unwrap_or_default();
    Ok([
        v8::Integer::new(scope, error.code.number()).into(),
        values::string(scope, &error.message)?.into(),
        values::string(scope, &data)?.into(),
    ])
}

/// Evaluates the start-up scripts, compiled like this: the hooks that they give.
pub(super) fn evaluated<'s>(
    scope: &mut PinScope<'s, '_>,
    debugs: bool,
    options: CompileOptions,
) -> Result<Local<'s, v8::Object>, Thrown> {
    let native = native(scope)?;
    let name = values::string(scope, "debugs")?;
    let debugs = v8::Boolean::new(scope, debugs);
    native.create_data_property(scope, name.into(), debugs.into()).ok_or(Thrown)?;
    let nothing: Local<'_, Value> = v8::undefined(scope).into();
    let fill = script(scope, "fill", options)?;
    fill.call(scope, nothing, &[native.into()]).ok_or(Thrown)?;
    let primordials = script(scope, "primordials", options)?;
    let primordials = primordials.call(scope, nothing, &[]).ok_or(Thrown)?;
    let start = script(scope, "start", options)?;
    let hooks = start.call(scope, nothing, &[native.into(), primordials]).ok_or(Thrown)?;
    hooks.to_object(scope).ok_or(Thrown)
}

/// Keeps the hooks, and lets the runtime begin.
pub(super) fn begin<'s>(
    scope: &mut PinScope<'s, '_>,
    shared: &Shared,
    hooks: Local<'s, v8::Object>,
) -> Result<(), Thrown> {
    for (hook, name) in Hook::ALL {
        let name = values::string(scope, name)?;
        let function = hooks.get(scope, name.into()).ok_or(Thrown)?;
        let function = function.try_cast::<v8::Function>().map_err(|_| Thrown)?;
        shared.hooks.borrow_mut().push((hook, Global::new(scope, function)));
    }
    shared.call(scope, Hook::Begin, &[]).map(drop)
}

/// The functions of this process that a snapshot refers to, by their places in this list.
pub(super) fn references() -> Vec<v8::ExternalReference> {
    let all: [v8::FunctionCallback; 5] = [
        operation.map_fn_to(),
        run_script.map_fn_to(),
        compile.map_fn_to(),
        kind.map_fn_to(),
        job.map_fn_to(),
    ];
    all.into_iter().map(|function| v8::ExternalReference { function }).collect()
}

/// The object `native`.
fn native<'s>(scope: &mut PinScope<'s, '_>) -> Result<Local<'s, v8::Object>, Thrown> {
    let native = v8::Object::new(scope);
    let nothing = v8::null(scope).into();
    native.set_prototype(scope, nothing).ok_or(Thrown)?;
    for (index, op) in ops::TABLE.iter().enumerate() {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        let data = v8::Integer::new(scope, index);
        let function = v8::Function::builder(operation).data(data.into());
        let function = function.build(scope).ok_or(Thrown)?;
        put(scope, native, op.name, function)?;
    }
    let function = v8::Function::new(scope, run_script).ok_or(Thrown)?;
    put(scope, native, "script", function)?;
    let function = v8::Function::new(scope, compile).ok_or(Thrown)?;
    put(scope, native, "compile", function)?;
    let function = v8::Function::new(scope, kind).ok_or(Thrown)?;
    put(scope, native, "kind", function)?;
    let function = v8::Function::new(scope, job).ok_or(Thrown)?;
    put(scope, native, "job", function)?;
    Ok(native)
}

fn put(
    scope: &PinScope<'_, '_>,
    object: Local<'_, v8::Object>,
    name: &str,
    function: Local<'_, v8::Function>,
) -> Result<(), Thrown> {
    let name = values::string(scope, name)?;
    object.create_data_property(scope, name.into(), function.into()).ok_or(Thrown).map(drop)
}

/// An operation of the table, by its place in it.
fn operation<'s>(
    scope: &mut PinScope<'s, '_>,
    args: FunctionCallbackArguments<'s>,
    mut result: ReturnValue<'s>,
) {
    let Some(shared) = Shared::of(scope) else { return };
    let index = args.data().int32_value(scope).and_then(|index| usize::try_from(index).ok());
    let Some(op) = index.and_then(|index| ops::TABLE.get(index)) else { return };
    let given = (0..args.length()).map(|index| values::from_js(scope, args.get(index)));
    let outcome = given.collect::<Result<Vec<_>, _>>().and_then(|given| {
        let mut given = Args::new(given);
        // They are copies outside of the engine's memory. Counted against it, so that the plugin runs
        // into its own limit, and not the process into one where nothing can be told any more.
        if !shared.make_room(scope, given.total_bytes()) {
            return Err(Raise::wrong("out of memory"));
        }
        (op.run)(&shared.host, &mut given)
    });
    match outcome {
        Ok(value) => {
            if let Ok(value) = values::to_js(scope, &shared, value) {
                result.set(value);
            }
        }
        Err(raise) => {
            shared.throw(scope, raise);
        }
    }
}

fn run_script<'s>(
    scope: &mut PinScope<'s, '_>,
    args: FunctionCallbackArguments<'s>,
    mut result: ReturnValue<'s>,
) {
    let name = args.get(0).to_rust_string_lossy(scope);
    if let Ok(function) = script(scope, &name, CompileOptions::NoCompileOptions) {
        result.set(function.into());
    }
}

fn compile<'s>(
    scope: &mut PinScope<'s, '_>,
    args: FunctionCallbackArguments<'s>,
    mut result: ReturnValue<'s>,
) {
    let Some(shared) = Shared::of(scope) else { return };
    let path = args.get(0).to_rust_string_lossy(scope);
    if let Ok(function) = modules::function(scope, &shared, &path) {
        result.set(function.into());
    }
}

/// What only the engine can tell of a value without running code of the plugin.
fn kind<'s>(
    scope: &mut PinScope<'s, '_>,
    args: FunctionCallbackArguments<'s>,
    mut result: ReturnValue<'s>,
) {
    let value = args.get(0);
    let kind = if value.is_proxy() {
        "proxy"
    } else if value.is_promise() {
        "promise"
    } else if value.is_native_error() {
        "error"
    } else if value.is_shared_array_buffer()
        || value.is_wasm_memory_object()
        || value.is_wasm_module_object()
    {
        "platform"
    } else {
        return;
    };
    if let Some(kind) = v8::String::new(scope, kind) {
        result.set(kind.into());
    }
}

/// One more job for after the running code.
fn job<'s>(scope: &mut PinScope<'s, '_>, args: FunctionCallbackArguments<'s>, _: ReturnValue<'s>) {
    if let Ok(function) = args.get(0).try_cast::<v8::Function>() {
        scope.enqueue_microtask(function);
    }
}

fn script<'s>(
    scope: &PinScope<'s, '_>,
    name: &str,
    options: CompileOptions,
) -> Result<Local<'s, v8::Function>, Thrown> {
    let Some(source) = runtime::script(name) else {
        return Err(values::throw(scope, v8::Exception::error, "no such script"));
    };
    let source = values::string(scope, source)?;
    let origin = origin(scope, &format!("aether:runtime/{name}.js"), false)?;
    let mut source = Source::new(source, Some(&origin));
    let script = script_compiler::compile(scope, &mut source, options, NoCacheReason::NoReason);
    let script = script.ok_or(Thrown)?;
    let function = script.run(scope).ok_or(Thrown)?;
    function.try_cast::<v8::Function>().map_err(|_| Thrown)
}

/// Where a source is from.
pub(super) fn origin<'s>(
    scope: &PinScope<'s, '_>,
    name: &str,
    is_module: bool,
) -> Result<v8::ScriptOrigin<'s>, Thrown> {
    let name = values::string(scope, name)?;
    Ok(v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        is_module,
        None,
    ))
}

/// Remembers rejections that nobody handles until the jobs have run.
pub(super) extern "C" fn rejected(message: PromiseRejectMessage<'_>) {
    let promise = message.get_promise();
    v8::callback_scope!(unsafe scope, &message);
    let Some(shared) = Shared::of(scope) else { return };
    let mut rejections = shared.rejections.borrow_mut();
    match message.get_event() {
        PromiseRejectEvent::PromiseRejectWithNoHandler if rejections.len() < REJECTIONS => {
            let reason = message.get_value().unwrap_or_else(|| v8::undefined(scope).into());
            let promise = Global::new(scope, promise);
            rejections.push(Rejection { promise, reason: Global::new(scope, reason) });
        }
        PromiseRejectEvent::PromiseHandlerAddedAfterReject => {
            rejections.retain(|rejection| Local::new(scope, &rejection.promise) != promise);
        }
        _ => {}
    }
}
