//! V8, by way of the crate of that name. Only this file and its folder name it.

pub(crate) mod ahead;
mod debug;
mod heap;
mod mapped;
mod modules;
mod natives;
mod platform;
mod profile;
mod values;
mod watch;

use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;

use aether_protocol::RpcError;
use aether_protocol::v1::{CodePart, DebugAttached};
use v8::script_compiler::CompileOptions;
use v8::{Context, Global, Isolate, Local, OwnedIsolate, PinScope, Value};

use crate::client::News;
use crate::engine::{Engine, Fatal, Hook, Start};
use crate::failure::Failure;
use crate::host::Host;
use crate::specifier::Target;
use crate::value::Ret;
use crate::wasm::Machine;
use debug::Debugger;
use heap::Heap;
use modules::Tried;
use natives::Shared;
use watch::Watch;

/// Smallest heap limit in bytes: V8 does not start with less.
const LEAST_HEAP: u64 = 8 << 20;

/// Largest stack limit in bytes: a thread has 8 MiB, and the engine's own frames below and above
/// what it counts must fit too.
const MOST_STACK: u64 = 6 << 20;

/// Smallest stack limit in bytes: the runtime itself must run.
const LEAST_STACK: u64 = 128 << 10;

/// Starts V8 before there is anything to do for it.
pub(crate) fn warm(makes_code: bool) {
    let _started = platform::started(makes_code);
}

/// Whether V8 has been started here, and is not of this kind.
pub(crate) fn is_other_kind(makes_code: bool) -> bool {
    platform::kind().is_some_and(|kind| kind != makes_code)
}

/// An exception is pending in the engine, or its code was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thrown;

/// The engine.
pub(crate) struct V8 {
    shared: Rc<Shared>,
    heap: Arc<Heap>,
    context: Global<Context>,
    isolate: OwnedIsolate,
    watch: Watch,
    platform: &'static v8::SharedRef<v8::Platform>,
}

impl Engine for V8 {
    const ID: &'static str = "v8";
    const NAME: &'static str = "v8 15.2";

    fn new(host: Rc<Host>, machine: Machine) -> Result<Self, Fatal> {
        // Until it is here, V8 starts, unless it has been.
        let asked = ahead::snapshot_asked(&host);
        let platform = platform::started(host.hello.jit);
        let limits = host.hello.limits;
        let limit = usize::try_from(limits.heap.max(LEAST_HEAP)).unwrap_or(usize::MAX);
        let heap = Heap::new(limit);
        let stack = usize::try_from(limits.stack.clamp(LEAST_STACK, MOST_STACK)).unwrap_or(0);
        let snapshot = ahead::snapshot(&host, asked);
        let begins = snapshot.is_some();
        let params = Isolate::create_params()
            .heap_limits(0, limit)
            .set_code_range_size_in_bytes(code_range())
            .allow_atomics_wait(false)
            .array_buffer_allocator(heap.allocator().make_shared());
        let params = match snapshot {
            Some(snapshot) => ahead::beginning(params, snapshot),
            None => params,
        };
        let mut isolate = Isolate::new(stack_below_here(params, stack));
        let shared = Shared::new(host, Arc::clone(&heap), isolate.thread_safe_handle());
        isolate.set_slot(Rc::clone(&shared));
        isolate.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        isolate.set_promise_reject_callback(natives::rejected);
        isolate.set_host_import_module_dynamically_callback(modules::imported);
        isolate.set_host_initialize_import_meta_object_callback(modules::meta);
        watch::memory(&mut isolate, &shared);
        let often = Arc::default();
        if !shared.host.hello.debug.is_no() {
            let debugger = Debugger::new(&mut isolate, &shared, Arc::clone(&often));
            *shared.debugger.borrow_mut() = Some(debugger);
        }
        let context = {
            v8::scope!(let scope, &mut isolate);
            let context = Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            if let Some(debugger) = &*shared.debugger.borrow() {
                debugger.watch(scope, context, &shared.host.hello.plugin.name);
            }
            v8::tc_scope!(let tried, scope);
            let debugs = !shared.host.hello.debug.is_no();
            let hooks = match begins {
                true => ahead::restored(tried),
                false => natives::evaluated(tried, debugs, CompileOptions::NoCompileOptions),
            };
            hooks
                .and_then(|hooks| natives::begin(tried, &shared, hooks))
                .map_err(|Thrown| broken(tried))?;
            Global::new(tried, context)
        };
        let watch = Watch::new(isolate.thread_safe_handle(), machine, often)
            .map_err(|error| Fatal::Broken(format!("nothing would stop running code: {error}")))?;
        Ok(Self { shared, heap, context, isolate, watch, platform })
    }

    fn compile(&mut self, id: u64, entry: &str) -> Result<(), Fatal> {
        let shared = Rc::clone(&self.shared);
        let made = &shared.host.hello.made;
        if entry.is_empty() {
            return self.make_snapshot(id);
        }
        let url = Target::File(entry.to_owned()).url();
        let wanted = made.contains(&CodePart::Script);
        shared.eager.set(wanted);
        // None is there yet.
        shared.compiled.get_or_init(Default::default);
        let outcome = self.with(|scope| {
            v8::tc_scope!(let tried, scope);
            match modules::linked(tried, &shared, &url, "") {
                Ok(_) => {
                    if wanted {
                        let bytes = modules::compiled_files(tried, &shared).written();
                        // What was not taken is compiled where it is run.
                        let _not_taken = ahead::hand_over(&shared.host, CodePart::Script, bytes);
                    }
                    Ok(true)
                }
                Err(Thrown) if tried.has_terminated() => {
                    tried.rethrow();
                    Err(Thrown)
                }
                Err(Thrown) => {
                    let thrown = tried.exception().ok_or(Thrown)?;
                    tried.reset();
                    let id = v8::Number::new(tried, id as f64).into();
                    shared.call(tried, Hook::Fail, &[id, thrown]).map(|_| false)
                }
            }
        })?;
        if outcome == Some(true) {
            self.shared.host.settle(id, Ok("{}".to_owned()));
        }
        Ok(())
    }

    fn load(&mut self, id: u64, entry: &str) -> Result<(), Fatal> {
        let url = Target::File(entry.to_owned()).url();
        self.enter(Hook::Load, |scope, _| {
            Ok(vec![number(scope, id), values::string(scope, &url)?.into()])
        })
    }

    fn call(&mut self, start: &Start<'_>) -> Result<(), Fatal> {
        let Some(input) = self.parsed(start.id, start.input)? else { return Ok(()) };
        self.enter(Hook::Call, |scope, _| {
            let caller = match start.caller {
                Some(caller) => values::string(scope, caller)?.into(),
                None => v8::undefined(scope).into(),
            };
            let credits = match start.credits {
                Some(credits) => v8::Number::new(scope, f64::from(credits)).into(),
                None => v8::undefined(scope).into(),
            };
            Ok(vec![
                number(scope, start.id),
                values::string(scope, start.method)?.into(),
                Local::new(scope, &input),
                number(scope, start.allowed_ms),
                caller,
                credits,
            ])
        })
    }

    fn event(&mut self, id: u64, news: &News) -> Result<(), Fatal> {
        let Some(data) = self.parsed(id, &news.data)? else { return Ok(()) };
        self.enter(Hook::Event, |scope, _| {
            Ok(vec![
                number(scope, id),
                values::string(scope, &news.topic)?.into(),
                values::string(scope, &news.from)?.into(),
                Local::new(scope, &data),
                number(scope, news.dropped),
                number(scope, news.deadline_ms),
            ])
        })
    }

    fn abort(&mut self, id: u64, why: &str) -> Result<(), Fatal> {
        self.enter(Hook::Abort, |scope, _| {
            Ok(vec![number(scope, id), values::string(scope, why)?.into()])
        })
    }

    fn answer(&mut self, id: u64, outcome: Result<Ret, RpcError>) -> Result<(), Fatal> {
        self.enter(Hook::Answer, |scope, shared| {
            let mut args = vec![number(scope, id)];
            match outcome {
                Ok(value) => {
                    args.push(v8::Boolean::new(scope, true).into());
                    args.push(values::to_js(scope, shared, value)?);
                }
                Err(error) => {
                    args.push(v8::Boolean::new(scope, false).into());
                    args.extend(natives::error_args(scope, &error)?);
                }
            }
            Ok(args)
        })
    }

    fn fire(&mut self, timer: u64) -> Result<(), Fatal> {
        self.enter(Hook::Fire, |scope, _| Ok(vec![number(scope, timer)]))
    }

    fn attach(&mut self, said: DebugAttached) -> Result<(), Fatal> {
        self.debugging(|debugger| debugger.attach(said))
    }

    fn debug(&mut self, message: &str) -> Result<(), Fatal> {
        self.debugging(|debugger| debugger.dispatch(message))?;
        // The engine puts off what it does best with an empty stack.
        self.run_jobs().map(drop)
    }

    fn run_jobs(&mut self) -> Result<bool, Fatal> {
        while !self.heap.is_exhausted() {
            if self.shared.host.must_pause() {
                return Ok(true);
            }
            let ran = self.with(|scope| {
                scope.perform_microtask_checkpoint();
                Ok(())
            })?;
            if ran.is_none() {
                continue;
            }
            self.report_rejections()?;
            if !v8::Platform::pump_message_loop(self.platform, &self.isolate, false) {
                break;
            }
        }
        Ok(false)
    }

    fn is_exhausted(&self) -> bool {
        self.heap.is_exhausted()
    }

    fn set_heap(&mut self, bytes: u64) {
        let limit = usize::try_from(bytes.max(LEAST_HEAP)).unwrap_or(usize::MAX);
        self.heap.set_limit(limit);
        // What the plugin has let go of makes room for a smaller limit.
        self.isolate.low_memory_notification();
    }
}

impl V8 {
    /// A value of the host for a call; `None` when it was interrupted, or is no JSON, which is the
    /// call's outcome then.
    fn parsed(&mut self, id: u64, text: &str) -> Result<Option<Global<Value>>, Fatal> {
        let parsed = self.with(|scope| {
            let text = values::string(scope, text)?;
            let parsed = v8::json::parse(scope, text).ok_or(Thrown)?;
            Ok(Global::new(scope, parsed))
        });
        match parsed {
            Err(Fatal::Broken(why)) => {
                let message = format!("the input is not JSON: {why}");
                let failed = Failure::new(aether_protocol::v1::failure::NOT_JSON, message);
                self.shared.host.settle(id, Err(failed));
                Ok(None)
            }
            other => other,
        }
    }

    /// Makes the snapshot that other cells begin with, and hands it over.
    fn make_snapshot(&self, id: u64) -> Result<(), Fatal> {
        let host = &self.shared.host;
        let made = ahead::made();
        let made = made.map_err(|Thrown| Fatal::Broken("there is no snapshot".to_owned()))?;
        let given = ahead::hand_over(host, CodePart::Snapshot, made);
        given.map_err(|raise| Fatal::Broken(format!("the snapshot was not taken: {raise:?}")))?;
        host.settle(id, Ok("{}".to_owned()));
        Ok(())
    }

    /// Works with the debugger, if the plugin may have one.
    fn debugging(&mut self, work: impl FnOnce(&Debugger)) -> Result<(), Fatal> {
        let Some(debugger) = self.shared.debugger.borrow().clone() else { return Ok(()) };
        self.with(|_| {
            work(&debugger);
            Ok(())
        })
        .map(drop)
    }

    /// Calls a hook of the runtime. What it throws is no business of the plugin's: hooks catch.
    fn enter(
        &mut self,
        hook: Hook,
        args: impl for<'s, 'i> FnOnce(
            &mut PinScope<'s, 'i>,
            &Shared,
        ) -> Result<Vec<Local<'s, Value>>, Thrown>,
    ) -> Result<(), Fatal> {
        let shared = Rc::clone(&self.shared);
        self.with(|scope| {
            let args = args(scope, &shared)?;
            shared.call(scope, hook, &args).map(drop)
        })
        .map(drop)
    }

    /// Works in the context; `None` when the work was interrupted, which is judged by the clock.
    /// Whatever came of the work, full memory is what is told.
    fn with<T>(
        &mut self,
        work: impl for<'s, 'i> FnOnce(&mut PinScope<'s, 'i>) -> Result<T, Thrown>,
    ) -> Result<Option<T>, Fatal> {
        let _watched = self.watch.begin();
        v8::scope!(let scope, &mut self.isolate);
        let context = Local::new(scope, &self.context);
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let tried, scope);
        let worked = work(tried);
        let stopped = tried.has_terminated() || self.shared.stopped.replace(false);
        // What is left of a stop must not reach whatever runs next.
        tried.cancel_terminate_execution();
        match worked {
            _ if self.heap.is_exhausted() => Err(Fatal::Memory),
            _ if stopped => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(Thrown) => Err(broken(tried)),
        }
    }

    fn report_rejections(&mut self) -> Result<(), Fatal> {
        for rejection in self.shared.take_rejections() {
            self.enter(Hook::Unhandled, |scope, _| Ok(vec![Local::new(scope, &rejection)]))?;
        }
        Ok(())
    }
}

/// Bytes of machine code that an isolate may have.
fn code_range() -> usize {
    usize::try_from(crate::V8_CODE_BYTES).unwrap_or(0)
}

fn number<'s>(scope: &PinScope<'s, '_>, value: u64) -> Local<'s, Value> {
    v8::Number::new(scope, value as f64).into()
}

/// What an exception that reached the outside means.
fn broken(tried: &Tried<'_, '_, '_, '_>) -> Fatal {
    let said = tried.message().map(|message| message.get(tried).to_rust_string_lossy(tried));
    Fatal::Broken(said.unwrap_or_else(|| "without a word".to_owned()))
}

/// The stack may grow by so many bytes from here.
#[allow(unsafe_code, reason = "the limit is an address")]
fn stack_below_here(params: v8::CreateParams, bytes: usize) -> v8::CreateParams {
    let here = std::ptr::from_ref(&bytes).addr();
    let limit = here.saturating_sub(bytes);
    // SAFETY: `set_stack_limit` wants an address on this thread's stack, above its end by what V8's
    // own frames take. The stack is larger than `MOST_STACK` by that; see there. V8 compares with the
    // address and never looks at what is there.
    unsafe { params.set_stack_limit(std::ptr::without_provenance_mut::<c_void>(limit).cast()) }
}
