//! QuickJS-NG, by way of `rquickjs`. Only this file and its folder name that crate.

mod filled;
mod heap;
mod modules;
mod natives;
mod values;

use std::rc::Rc;

use aether_protocol::RpcError;
use rquickjs::function::Args;
use rquickjs::{Context, Ctx, Error, Exception, Persistent, Runtime, Value};

use crate::client::News;
use crate::engine::{Engine, Fatal, Hook, Start};
use crate::failure::Failure;
use crate::host::Host;
use crate::specifier::Target;
use crate::value::Ret;
use crate::wasm::Machine;
use heap::{Counted, Heap};
use natives::Shared;

/// Smallest heap limit in bytes; zero would mean none at all to the engine.
const LEAST_HEAP: u64 = 1 << 20;

/// Largest stack limit in bytes: a thread has 8 MiB, and the engine's own frames below and above
/// what it counts must fit too.
const MOST_STACK: u64 = 6 << 20;

/// Smallest stack limit in bytes: the runtime itself must run.
const LEAST_STACK: u64 = 128 << 10;

/// The engine.
pub(crate) struct QuickJs {
    runtime: Runtime,
    context: Context,
    shared: Rc<Shared>,
    heap: Rc<Heap>,
}

impl Engine for QuickJs {
    const ID: &'static str = "quickjs";
    const NAME: &'static str = "quickjs-ng 0.16 (rquickjs 0.14)";

    fn new(host: Rc<Host>, _: Machine) -> Result<Self, Fatal> {
        let limits = host.hello.limits;
        let heap = Heap::new(usize::try_from(limits.heap.max(LEAST_HEAP)).unwrap_or(usize::MAX));
        let runtime = Runtime::new_with_alloc(Counted(Rc::clone(&heap)))
            .map_err(|error| Fatal::Broken(error.to_string()))?;
        let stack = usize::try_from(limits.stack.clamp(LEAST_STACK, MOST_STACK)).unwrap_or(0);
        runtime.set_max_stack_size(stack);
        let context = Context::full(&runtime).map_err(|_| Fatal::Memory)?;
        let shared = Shared::new(Rc::clone(&host), Rc::clone(&heap));
        runtime.set_loader(modules::Modules::new(&shared), modules::Modules::new(&shared));
        runtime.set_host_promise_rejection_tracker(Some(natives::rejection_tracker(&shared)));
        let engine = Self { runtime, context, shared, heap };
        engine.with(|ctx| natives::install(ctx, &engine.shared))?;
        let (watched, full) = (Rc::clone(&host), Rc::clone(&engine.heap));
        engine
            .runtime
            .set_interrupt_handler(Some(Box::new(move || watched.interrupt(full.is_exhausted()))));
        Ok(engine)
    }

    fn compile(&mut self, id: u64, entry: &str) -> Result<(), Fatal> {
        let url = Target::File(entry.to_owned()).url();
        let failed = self.with(|ctx| match modules::declare(ctx, &self.shared, &url) {
            Ok(_) => Ok(None),
            Err(Error::Exception) => Ok(Some(Persistent::save(ctx, ctx.catch()))),
            Err(other) => Err(other),
        })?;
        match failed {
            Some(Some(thrown)) => self.enter(Hook::Fail, |args| {
                args.push_arg(id as f64)?;
                args.push_arg(thrown)
            }),
            Some(None) => {
                self.shared.host.settle(id, Ok("{}".to_owned()));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn load(&mut self, id: u64, entry: &str) -> Result<(), Fatal> {
        let url = Target::File(entry.to_owned()).url();
        self.enter(Hook::Load, |args| {
            args.push_arg(id as f64)?;
            args.push_arg(url)
        })
    }

    fn call(&mut self, start: &Start<'_>) -> Result<(), Fatal> {
        let Some(input) = self.parsed(start.id, start.input)? else { return Ok(()) };
        self.enter(Hook::Call, |args| {
            args.push_arg(start.id as f64)?;
            args.push_arg(start.method)?;
            args.push_arg(input)?;
            args.push_arg(start.allowed_ms as f64)?;
            args.push_arg(start.caller)?;
            args.push_arg(start.credits)
        })
    }

    fn event(&mut self, id: u64, news: &News) -> Result<(), Fatal> {
        let Some(data) = self.parsed(id, &news.data)? else { return Ok(()) };
        self.enter(Hook::Event, |args| {
            args.push_arg(id as f64)?;
            args.push_arg(&*news.topic)?;
            args.push_arg(&*news.from)?;
            args.push_arg(data)?;
            args.push_arg(news.dropped as f64)?;
            args.push_arg(news.deadline_ms as f64)
        })
    }

    fn abort(&mut self, id: u64, why: &str) -> Result<(), Fatal> {
        self.enter(Hook::Abort, |args| {
            args.push_arg(id as f64)?;
            args.push_arg(why)
        })
    }

    fn answer(&mut self, id: u64, outcome: Result<Ret, RpcError>) -> Result<(), Fatal> {
        self.enter(Hook::Answer, |args| {
            args.push_arg(id as f64)?;
            match outcome {
                Ok(value) => {
                    args.push_arg(true)?;
                    let value = values::to_js(args.ctx(), &self.shared, value)?;
                    args.push_arg(value)
                }
                Err(error) => {
                    args.push_arg(false)?;
                    natives::push_error(args, &error)
                }
            }
        })
    }

    fn fire(&mut self, timer: u64) -> Result<(), Fatal> {
        self.enter(Hook::Fire, |args| args.push_arg(timer as f64))
    }

    fn run_jobs(&mut self) -> Result<bool, Fatal> {
        while !self.heap.is_exhausted() && !self.shared.host.must_pause() {
            if self.heap.wants_collection() {
                self.runtime.run_gc();
                self.heap.collected();
            }
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => {
                    self.report_rejections()?;
                    break;
                }
                Err(job) => {
                    let context: Context = job.0;
                    context.with(|ctx| match self.heap.is_exhausted() {
                        true => Err(Fatal::Memory),
                        false => judge(&ctx, Error::Exception),
                    })?;
                }
            }
        }
        Ok(self.runtime.is_job_pending())
    }

    fn is_exhausted(&self) -> bool {
        self.heap.is_exhausted()
    }

    fn set_heap(&mut self, bytes: u64) {
        // What the plugin has let go of makes room for a smaller limit.
        self.runtime.run_gc();
        self.heap.collected();
        self.heap.set_limit(usize::try_from(bytes.max(LEAST_HEAP)).unwrap_or(usize::MAX));
    }
}

impl QuickJs {
    /// A value of the host for a call; `None` when it was interrupted, or is no JSON, which is the
    /// call's outcome then.
    fn parsed(&self, id: u64, text: &str) -> Result<Option<Persistent<Value<'static>>>, Fatal> {
        let parsed = self.with(|ctx| {
            let input = ctx.json_parse(text)?;
            Ok(Persistent::save(ctx, input))
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

    /// Calls a hook of the runtime. What it throws is no business of the plugin's: hooks catch.
    fn enter(
        &self,
        hook: Hook,
        push: impl for<'js> FnOnce(&mut Args<'js>) -> rquickjs::Result<()>,
    ) -> Result<(), Fatal> {
        self.with(|ctx| {
            let function = self.shared.hook(ctx, hook)?;
            let mut args = Args::new_unsized(ctx.clone());
            push(&mut args)?;
            function.call_arg::<Value<'_>>(args).map(drop)
        })
        .map(drop)
    }

    /// Works in the context; `None` when the work was interrupted, which is judged by the clock.
    /// Whatever came of the work, a full heap is what is told.
    fn with<T>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<T>,
    ) -> Result<Option<T>, Fatal> {
        self.context.with(|ctx| match work(&ctx) {
            _ if self.heap.is_exhausted() => Err(Fatal::Memory),
            Ok(value) => Ok(Some(value)),
            Err(error) => judge(&ctx, error).map(|()| None),
        })
    }

    fn report_rejections(&self) -> Result<(), Fatal> {
        for rejection in self.shared.take_rejections() {
            self.enter(Hook::Unhandled, |args| args.push_arg(rejection))?;
        }
        Ok(())
    }
}

/// What an error that reached the outside means; `Ok` for an interrupt.
fn judge(ctx: &Ctx<'_>, error: Error) -> Result<(), Fatal> {
    if !error.is_exception() {
        return Err(Fatal::Broken(error.to_string()));
    }
    let thrown = ctx.catch();
    if thrown.is_uncatchable_error() {
        return Ok(());
    }
    let message = thrown.as_exception().and_then(Exception::message);
    let message = message.unwrap_or_else(|| format!("a thrown {}", thrown.type_name()));
    Err(Fatal::Broken(message))
}
