//! The cell's life: hello, load, calls, end.
//!
//! Plugin code runs only while the host waits for a load or a call: between calls timers stand
//! still, answers wait, and no job runs. Calls that await something are interleaved.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use aether_protocol::v1::{self, failure};
use aether_protocol::{Code, RpcError};

use crate::calls::{Kind, Running};
use crate::channel::{Channel, ChannelError};
use crate::client::{Ask, Client, Gone, Incoming, Unsent};
use crate::engine::quickjs::QuickJs;
#[cfg(feature = "v8")]
use crate::engine::v8::V8;
use crate::engine::{Engine, Fatal, Start};
use crate::exit;
use crate::failure::Failure;
use crate::hello::{self, Offer};
use crate::host::Host;
use crate::value::Ret;
use crate::wasm;

/// Most names of methods told in a message.
const NAMES: usize = 20;

/// Serves the host until it hangs up or asks for the end; the result is an [`exit`] code.
pub(crate) fn serve(channel: Channel, machine: wasm::Machine, give_up: fn(u8) -> !) -> u8 {
    let client = Client::new(channel);
    let engines = [
        Offer::javascript::<QuickJs>(),
        #[cfg(feature = "v8")]
        Offer::javascript::<V8>(),
        Offer::WASM,
    ];
    greet(client, &engines, |client, hello| {
        if hello.runtime == hello::WASM {
            return wasm::live(client, hello, wasm::Ground::Own(machine));
        }
        let host = Host::new(hello, client, give_up);
        #[cfg(feature = "v8")]
        if host.hello.engine == V8::ID {
            return live::<V8>(host, machine);
        }
        live::<QuickJs>(host, machine)
    })
}

/// The same for WebAssembly alone, wherever it runs.
#[cfg(unix)]
pub(crate) fn serve_wasm(client: Client, ground: wasm::Ground) {
    let live = |client, hello| wasm::live(client, hello, ground);
    // No process ends with it.
    let _code = greet(client, &[Offer::WASM], live);
}

/// Answers the host's greeting for one of these engines, and lives.
fn greet(
    mut client: Client,
    engines: &[Offer],
    live: impl FnOnce(Client, v1::Hello) -> Result<u8, Gone>,
) -> u8 {
    let served = hello::wait(&mut client, engines).and_then(|greeting| {
        let Some((id, hello, engine)) = greeting else { return Ok(exit::DONE) };
        let reply = v1::HelloReply {
            protocol: v1::VERSION,
            engine: engine.to_owned(),
            attachments: true,
            needs: std::collections::BTreeMap::new(),
        };
        client.respond(id, &reply).map_err(whole)?;
        live(client, hello)
    });
    match served {
        Ok(code) => code,
        Err(Gone::Channel(ChannelError::Closed)) => exit::DONE,
        Err(_) => exit::PROTOCOL,
    }
}

fn live<E: Engine>(host: Rc<Host>, machine: wasm::Machine) -> Result<u8, Gone> {
    let engine = match E::new(Rc::clone(&host), machine) {
        Ok(engine) => engine,
        Err(Fatal::Memory) => return Ok(exit::MEMORY),
        Err(Fatal::Broken(why)) => {
            host.log(v1::Level::Error, &format!("the engine does not start: {why}"));
            return Ok(exit::BROKEN);
        }
    };
    let mut life = Life { host, engine, methods: None, late: VecDeque::new(), more: false };
    let ended = life.run();
    life.host.close();
    // Taking an engine down costs time and, after an exhausted heap, may trip its assertions;
    // the process ends anyway.
    std::mem::forget(life);
    ended
}

struct Life<E> {
    host: Rc<Host>,
    engine: E,
    /// Names of the exported methods, once the entry is loaded.
    methods: Option<Vec<String>>,
    /// Answers that came while nobody waited for a call.
    late: VecDeque<(u64, Result<Ret, RpcError>)>,
    /// Jobs are left to run.
    more: bool,
}

/// Whether to go on, or the exit code.
enum Flow {
    On,
    End(u8),
}

impl<E: Engine> Life<E> {
    fn run(&mut self) -> Result<u8, Gone> {
        loop {
            let idle = self.is_idle();
            let until = self.wait_until(idle);
            let incoming = self.host.with_client(|client| client.next(until))?;
            let worked = match incoming {
                Some(incoming) => self.take(incoming),
                None if idle => self.settle_stuck(),
                None => Ok(Flow::On),
            };
            let worked = match worked {
                Ok(Flow::On) => self.turn(),
                other => other,
            };
            match worked {
                Ok(Flow::On) => {}
                Ok(Flow::End(code)) => return Ok(code),
                Err(End::Gone(gone)) => return Err(gone),
                Err(End::Fatal(Fatal::Memory)) => return self.end_all(exit::MEMORY),
                Err(End::Fatal(Fatal::Broken(why))) => {
                    self.host.log(v1::Level::Error, &format!("the runtime failed: {why}"));
                    return self.end_all(exit::BROKEN);
                }
            }
        }
    }

    fn wait_until(&self, idle: bool) -> Option<Instant> {
        if self.rests() {
            return None;
        }
        if idle || self.more {
            return Some(Instant::now());
        }
        let timer = self.host.with_timers(|timers| timers.next());
        [self.host.deadline(), timer].into_iter().flatten().min()
    }

    /// Nobody waits for anything that it does: between calls a plugin does nothing, unless a person
    /// who debugs it may have it do something.
    fn rests(&self) -> bool {
        self.host.hello.debug.is_no() && self.host.with_calls(|calls| calls.is_empty())
    }

    /// Nothing is left that could settle what the host waits for.
    fn is_idle(&self) -> bool {
        let waits = |running: &Running| running.outcome.is_none() && !running.attended;
        !self.more
            && self.late.is_empty()
            && self.host.with_calls(|calls| calls.iter_mut().any(|(_, running)| waits(running)))
            && self.host.with_timers(|timers| timers.next().is_none())
            && self.host.waiting() == 0
    }

    fn take(&mut self, incoming: Incoming) -> Result<Flow, End> {
        match incoming {
            Incoming::Ask { id, ask } => self.begin(id, ask)?,
            Incoming::Cancel(id) => self.cancel(id)?,
            Incoming::Extend(extend) => self.host.with_calls(|calls| calls.extend(extend)),
            Incoming::Memory(heap) => {
                self.host.heap.set(heap);
                self.engine.set_heap(heap);
            }
            Incoming::Answer { id, outcome } => self.late.push_back((id, outcome)),
            Incoming::Attached(said) => self.engine.attach(said)?,
            Incoming::Debug(message) => self.engine.debug(&message)?,
            Incoming::Shutdown => return Ok(Flow::End(exit::DONE)),
        }
        Ok(Flow::On)
    }

    fn begin(&mut self, id: u64, ask: Ask) -> Result<(), End> {
        let (kind, allowed_ms) = match &ask {
            Ask::Hello(_) => return self.refuse(id, "`hello` was said already"),
            Ask::Load(load) => (Kind::Load, load.deadline_ms.min(self.host.hello.limits.load_ms)),
            Ask::Compile(load) => (Kind::Compile, load.deadline_ms),
            Ask::Call { deadline_ms, .. } => (Kind::Call, *deadline_ms),
            Ask::Event(news) => (Kind::Event, news.deadline_ms),
        };
        let began = self.host.with_calls(|calls| calls.begin(id, kind, allowed_ms, Instant::now()));
        if !began {
            return self.refuse(id, "the `id` is in use");
        }
        self.host.enter();
        let entry = self.host.hello.entry.clone();
        match (ask, &self.methods) {
            (Ask::Load(_), None) => self.engine.load(id, &entry)?,
            (Ask::Compile(_), None) => self.engine.compile(id, &entry)?,
            (Ask::Call { method, input, caller, credits, .. }, Some(methods)) => {
                if methods.contains(&method) {
                    let caller = caller.as_deref();
                    let (method, input) = (&*method, &*input);
                    let start = Start { id, method, input, allowed_ms, caller, credits };
                    self.engine.call(&start)?;
                } else {
                    self.host.settle(id, Err(no_method(&method, methods)));
                }
            }
            (Ask::Event(news), Some(_)) => self.engine.event(id, &news)?,
            (Ask::Call { .. } | Ask::Event(_), None) => {
                self.host.with_calls(|calls| calls.remove(id));
                self.refuse(id, "`load` comes first")?;
            }
            (_, Some(_)) => {
                self.host.with_calls(|calls| calls.remove(id));
                self.refuse(id, "the entry is loaded already")?;
            }
            (Ask::Hello(_), None) => {}
        }
        Ok(())
    }

    fn refuse(&self, id: u64, message: &str) -> Result<(), End> {
        let error = RpcError::new(Code::InvalidRequest, message);
        Ok(self.host.with_client(|client| client.fail(id, &error))?)
    }

    /// The plugin hears of it and may tidy up; the host hears `cancelled` whatever it does.
    fn cancel(&mut self, id: u64) -> Result<(), End> {
        if self.host.with_calls(|calls| calls.get_mut(id).is_none()) {
            return Ok(());
        }
        self.host.enter();
        self.engine.abort(id, failure::CANCELLED)?;
        self.more = self.engine.run_jobs()?;
        if let Some(running) = self.host.with_calls(|calls| calls.remove(id)) {
            let failed = Failure::new(failure::CANCELLED, "the call was cancelled");
            self.report(id, running, Some(failed))?;
        }
        Ok(())
    }

    /// One stretch of plugin code, then whatever ended is reported.
    fn turn(&mut self) -> Result<Flow, End> {
        if self.engine.is_exhausted() {
            return Err(Fatal::Memory.into());
        }
        if self.rests() {
            return Ok(Flow::On);
        }
        // As on the web: whatever was begun finishes its jobs before the next thing begins.
        self.host.enter();
        self.more = self.engine.run_jobs()?;
        while !self.more
            && let Some((id, outcome)) = self.late.pop_front()
        {
            self.engine.answer(id, outcome)?;
            self.more = self.engine.run_jobs()?;
        }
        let now = Instant::now();
        while !self.more
            && let Some(timer) = self.host.with_timers(|timers| timers.pop(now))
        {
            self.engine.fire(timer)?;
            self.more = self.engine.run_jobs()?;
        }
        if self.engine.is_exhausted() {
            return Err(Fatal::Memory.into());
        }
        self.expire()?;
        self.report_settled()
    }

    /// Whoever is over the deadline has failed, whatever its code says: an interrupt can be
    /// swallowed by a `Promise` executor or a thenable, and the call then seems to succeed.
    fn expire(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let overdue = self.host.with_calls(|calls| calls.take(|running| now >= running.deadline));
        let interrupted = self.host.was_interrupted();
        for (id, running) in overdue {
            let failed = Failure::timeout(running.allowed_ms);
            self.report(id, running, Some(failed))?;
            let others = self.host.with_calls(|calls| {
                for (_, other) in calls.iter_mut() {
                    other.disturbed |= interrupted;
                }
                !calls.is_empty()
            });
            // With nobody waiting there is no deadline to run the plugin's listeners under.
            if others {
                self.engine.abort(id, failure::TIMEOUT)?;
            }
        }
        Ok(())
    }

    fn report_settled(&mut self) -> Result<Flow, End> {
        let settled = self.host.with_calls(|calls| calls.take(|running| running.outcome.is_some()));
        for (id, running) in settled {
            self.report(id, running, None)?;
        }
        Ok(Flow::On)
    }

    /// Answers the host; `instead` replaces the outcome.
    fn report(&mut self, id: u64, running: Running, instead: Option<Failure>) -> Result<(), End> {
        let outcome = match (instead, running.outcome) {
            (Some(failure), _) => Err(failure),
            (None, Some(outcome)) => outcome,
            (None, None) => return Ok(()),
        };
        let text = match outcome {
            Ok(text) => text,
            Err(failure) => {
                let error = failure.into_error();
                return Ok(self.host.with_client(|client| client.fail(id, &error))?);
            }
        };
        self.host.with_client(|client| match running.kind {
            Kind::Compile | Kind::Event => client.respond(id, &v1::Empty {}).map_err(whole),
            Kind::Load => {
                let exports: Vec<String> = serde_json::from_str(&text)?;
                let reply = v1::LoadReply { exports };
                match client.respond(id, &reply) {
                    Ok(()) => self.methods = Some(reply.exports),
                    Err(Unsent::TooLong(_)) => {
                        let why =
                            format!("its {} methods have too long names", reply.exports.len());
                        client.fail(id, &Failure::new(failure::EXCEPTION, why).into_error())?;
                    }
                    Err(Unsent::Gone(gone)) => return Err(gone),
                }
                Ok(())
            }
            Kind::Call => match crate::ops::output(text) {
                Ok(output) => client.respond_output(id, output),
                Err(failure) => client.fail(id, &failure.into_error()),
            },
        })?;
        Ok(())
    }

    /// Nothing is pending and still something is waited for.
    fn settle_stuck(&mut self) -> Result<Flow, End> {
        self.host.with_calls(|calls| {
            for (_, running) in calls.iter_mut().filter(|(_, running)| !running.attended) {
                let failed = match running.disturbed {
                    true => Failure::new(
                        failure::TIMEOUT,
                        "the call was interrupted together with another one whose deadline passed",
                    ),
                    false => Failure::new(
                        failure::NEVER_SETTLES,
                        "the promise never settles: no timer, request or job is left",
                    ),
                };
                running.outcome.get_or_insert(Err(failed));
            }
        });
        Ok(Flow::On)
    }

    /// The engine is done for; everybody who waits is told.
    fn end_all(&mut self, code: u8) -> Result<u8, Gone> {
        let heap = self.host.heap.get();
        for (id, _) in self.host.with_calls(|calls| calls.take(|_| true)) {
            let error = match code {
                exit::MEMORY => Failure::memory(heap).into_error(),
                _ => RpcError::new(Code::Internal, "the runtime of the cell failed"),
            };
            self.host.with_client(|client| client.fail(id, &error))?;
        }
        Ok(code)
    }
}

/// Of answers whose length is not a plugin's to choose: they always fit.
fn whole(unsent: Unsent) -> Gone {
    match unsent {
        Unsent::Gone(gone) => gone,
        Unsent::TooLong(bytes) => Gone::Overlong(bytes),
    }
}

/// Why a stretch of work ended the cell.
enum End {
    Gone(Gone),
    Fatal(Fatal),
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<Fatal> for End {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

fn no_method(method: &str, methods: &[String]) -> Failure {
    let shown: Vec<&str> = methods.iter().take(NAMES).map(String::as_str).collect();
    let there = match shown.is_empty() {
        true => "it exports no function".to_owned(),
        false => format!("it exports `{}`", shown.join("`, `")),
    };
    Failure::new(failure::NO_METHOD, format!("the plugin has no method `{method}`; {there}"))
}
