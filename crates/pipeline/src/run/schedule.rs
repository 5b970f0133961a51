//! The order of events: one coordinator, one thread per running step.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope as Threads, available_parallelism};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::step::{prepare, run_caught};
use super::{Event, Outcome, RunReport, SkipReason, StepError, StepReport, StepRunner};
use crate::evaluate::{Scope, Settled, evaluate};
use crate::{InputError, Plan, Step};

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// How many steps may run at once; as many as the machine has processors when left out. Zero
    /// counts as one.
    pub parallel: Option<usize>,
    /// When this becomes true no further step begins. Steps that run go on: ending them is the
    /// runner's work.
    pub cancel: Option<&'a AtomicBool>,
}

/// Runs the steps, several at once, each after all it needs. A step that fails or is skipped skips
/// what needs it; one that fails with `continue-on-error` does not. Events come one at a time, on
/// the calling thread. Refuses to begin while an input has no value.
pub fn run<R: StepRunner>(
    plan: &Plan,
    runner: &R,
    options: Options<'_>,
    on_event: &mut dyn FnMut(Event<'_, R::Error>),
) -> Result<RunReport<R::Error>, InputError> {
    plan.check_inputs()?;
    let parallel =
        options.parallel.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)).max(1);
    let (sender, receiver) = channel();
    let mut run = Run::new(plan, options.cancel, on_event);
    // If `on_event` panics, the scope waits for the running steps and passes the panic on.
    std::thread::scope(|threads| {
        run.advance(runner, threads, &sender, parallel);
        while run.running > 0 {
            run.receive(&receiver);
            run.advance(runner, threads, &sender, parallel);
        }
    });
    Ok(run.finish())
}

/// A step that ended.
struct Done<E> {
    step: usize,
    result: Result<Json, StepError<E>>,
    elapsed: Duration,
}

struct Run<'r, E> {
    plan: &'r Plan,
    cancel: Option<&'r AtomicBool>,
    on_event: &'r mut dyn FnMut(Event<'_, E>),
    /// Steps that have neither begun nor been skipped, in the order of the plan (each after all it
    /// needs), as positions in it.
    waiting: BTreeSet<usize>,
    running: usize,
    /// By index of the step; nothing while it waits or runs.
    ended: Vec<Option<(Outcome<E>, Duration)>>,
}

impl<'r, E: Send> Run<'r, E> {
    fn new(
        plan: &'r Plan,
        cancel: Option<&'r AtomicBool>,
        on_event: &'r mut dyn FnMut(Event<'_, E>),
    ) -> Self {
        let count = plan.steps.len();
        Run {
            plan,
            cancel,
            on_event,
            waiting: (0..plan.order.len()).collect(),
            running: 0,
            ended: (0..count).map(|_| None).collect(),
        }
    }

    /// Skips and begins whatever can be. One pass is enough: the order has every step after those
    /// it needs, so a skipped step is met before what it skips.
    fn advance<'s, R: StepRunner<Error = E>>(
        &mut self,
        runner: &'s R,
        threads: &'s Threads<'s, '_>,
        sender: &Sender<Done<E>>,
        parallel: usize,
    ) where
        'r: 's,
        E: 's,
    {
        let waiting: Vec<usize> = self.waiting.iter().copied().collect();
        for position in waiting {
            let plan = self.plan;
            let Some(index) = plan.order.get(position).copied() else { continue };
            let Some(step) = plan.steps.get(index) else { continue };
            match self.readiness(step) {
                Readiness::Waits => {}
                Readiness::Skip(reason) => {
                    self.waiting.remove(&position);
                    self.skip(index, step, reason);
                }
                Readiness::Ready if self.running < parallel => {
                    self.waiting.remove(&position);
                    self.begin(index, step, runner, threads, sender);
                }
                Readiness::Ready => {}
            }
        }
    }

    fn readiness(&self, step: &Step) -> Readiness {
        if self.is_cancelled() {
            return Readiness::Skip(SkipReason::Cancelled);
        }
        let mut waits = false;
        for need in &step.needs {
            let name =
                || self.plan.steps.get(need.step).map(|step| step.id.clone()).unwrap_or_default();
            match self.settled(need.step) {
                Some(Settled::Ok(_) | Settled::Failed { tolerated: true }) => {}
                Some(Settled::Failed { tolerated: false }) => {
                    return Readiness::Skip(SkipReason::Failed { step: name() });
                }
                Some(Settled::Skipped) => {
                    return Readiness::Skip(SkipReason::Skipped { step: name() });
                }
                None => waits = true,
            }
        }
        if waits { Readiness::Waits } else { Readiness::Ready }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }

    fn begin<'s, R: StepRunner<Error = E>>(
        &mut self,
        index: usize,
        step: &'r Step,
        runner: &'s R,
        threads: &'s Threads<'s, '_>,
        sender: &Sender<Done<E>>,
    ) where
        'r: 's,
        E: 's,
    {
        (self.on_event)(Event::Started { step });
        let begun = Instant::now();
        let prepared = self.with_scope(|scope| prepare(self.plan, step, scope));
        self.running += 1;
        let done = move |result| Done { step: index, result, elapsed: begun.elapsed() };
        let thread = std::thread::Builder::new().name(step.id.clone());
        let to_coordinator = sender.clone();
        let spawned = thread.spawn_scoped(threads, move || {
            let result = prepared.and_then(|request| run_caught(runner, request));
            // The receiver is gone only when the coordinator panicked; then nobody wants to know.
            let _ = to_coordinator.send(done(result));
        });
        if let Err(error) = spawned {
            let _ = sender.send(done(Err(StepError::Thread(error.kind()))));
        }
    }

    fn receive(&mut self, receiver: &Receiver<Done<E>>) {
        // `run` keeps a sender, so there is always one to wait for.
        let Ok(done) = receiver.recv() else { return };
        self.running -= 1;
        let Some(step) = self.plan.steps.get(done.step) else { return };
        let outcome = match done.result {
            Ok(value) => Outcome::Ok(value),
            Err(error) => Outcome::Failed(error),
        };
        (self.on_event)(Event::Ended { step, outcome: &outcome, elapsed: done.elapsed });
        self.settle(done.step, outcome, done.elapsed);
    }

    fn skip(&mut self, index: usize, step: &Step, reason: SkipReason) {
        (self.on_event)(Event::Skipped { step, reason: &reason });
        self.settle(index, Outcome::Skipped(reason), Duration::ZERO);
    }

    fn settle(&mut self, index: usize, outcome: Outcome<E>, elapsed: Duration) {
        if let Some(ended) = self.ended.get_mut(index) {
            *ended = Some((outcome, elapsed));
        }
    }

    /// What expressions see of a step.
    fn settled(&self, index: usize) -> Option<Settled<'_>> {
        let (outcome, _) = self.ended.get(index)?.as_ref()?;
        Some(match outcome {
            Outcome::Ok(value) => Settled::Ok(value),
            Outcome::Failed(_) => Settled::Failed {
                tolerated: self.plan.steps.get(index).is_some_and(|step| step.continue_on_error),
            },
            Outcome::Skipped(_) => Settled::Skipped,
        })
    }

    fn with_scope<T>(&self, use_scope: impl FnOnce(Scope<'_>) -> T) -> T {
        let Plan { source, inputs, steps, .. } = self.plan;
        use_scope(Scope { source, inputs, steps, settled: &|index| self.settled(index) })
    }

    fn finish(self) -> RunReport<E> {
        let output = self
            .plan
            .output
            .as_ref()
            .map(|output| self.with_scope(|scope| evaluate(output, scope)));
        let cancelled = self.is_cancelled();
        let never = || (Outcome::Skipped(SkipReason::Cancelled), Duration::ZERO);
        let steps = self
            .ended
            .into_iter()
            .enumerate()
            .map(|(index, ended)| {
                let (outcome, elapsed) = ended.unwrap_or_else(never);
                StepReport::new(self.plan, index, outcome, elapsed)
            })
            .collect();
        RunReport { steps, output, cancelled }
    }
}

enum Readiness {
    Waits,
    Ready,
    Skip(SkipReason),
}
