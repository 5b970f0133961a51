//! Running code is looked at again and again: whether its time is over, its call was cancelled, or its
//! memory is full.
#![allow(unsafe_code, reason = "callbacks of the engine get raw pointers")]

use std::ffi::{c_char, c_void};
use std::io;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use v8::{GCCallbackFlags, GCType, Isolate, IsolateHandle, OomDetails, UnsafeRawIsolatePtr};

use super::natives::Shared;
use crate::wasm::Machine;

/// How often running code is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// How often while a debugger wants to know where the time goes.
const OFTEN: Duration = Duration::from_millis(1);

/// Looks at nothing after which the thread sleeps until code runs again. Waking it takes a system call,
/// which a plugin that is called again and again must not pay for each time.
const IDLE: u32 = 200;

/// How many looks in a row may find more memory than there may be, garbage collected at each.
const LOOKS_BEYOND: u8 = 2;

/// The watch over one isolate.
pub(super) struct Watch(Arc<Watched>);

#[derive(Default)]
struct Watched {
    running: AtomicBool,
    seen: AtomicBool,
    parked: AtomicBool,
    over: AtomicBool,
    /// Set while it is looked at often.
    often: Arc<AtomicBool>,
    /// A look was asked for and has not been taken.
    asked: AtomicBool,
    thread: std::sync::OnceLock<Thread>,
}

impl Watch {
    /// Watches from the process's other thread.
    ///
    /// # Errors
    /// The system's, where there is none.
    pub(super) fn new(
        isolate: IsolateHandle,
        machine: Machine,
        often: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let watched = Arc::new(Watched { often, ..Watched::default() });
        let watching = Arc::clone(&watched);
        (machine.aside)(Box::new(move || watch(&watching, &isolate)))?;
        Ok(Self(watched))
    }

    /// Code may run until the guard is dropped.
    pub(super) fn begin(&self) -> Running {
        let watched = &self.0;
        watched.running.store(true, Ordering::SeqCst);
        watched.seen.store(true, Ordering::SeqCst);
        if watched.parked.swap(false, Ordering::SeqCst)
            && let Some(thread) = watched.thread.get()
        {
            thread.unpark();
        }
        Running(Arc::clone(watched))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.0.thread.get() {
            thread.unpark();
        }
    }
}

/// Code that may run.
pub(super) struct Running(Arc<Watched>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::SeqCst);
    }
}

/// The other thread: the system calls that it makes are `clock_nanosleep` and `futex`.
fn watch(watched: &Arc<Watched>, isolate: &IsolateHandle) {
    let _set = watched.thread.set(thread::current());
    let mut idle = 0;
    while !watched.over.load(Ordering::SeqCst) {
        thread::sleep(if watched.often.load(Ordering::Relaxed) { OFTEN } else { EVERY });
        if watched.running.load(Ordering::SeqCst) && !watched.asked.swap(true, Ordering::SeqCst) {
            let data = Arc::into_raw(Arc::clone(watched)).cast_mut().cast::<c_void>();
            if !isolate.request_interrupt(look, data) {
                return;
            }
        }
        idle = if watched.seen.swap(watched.running.load(Ordering::SeqCst), Ordering::SeqCst) {
            0
        } else {
            idle + 1
        };
        if idle < IDLE {
            continue;
        }
        idle = 0;
        watched.parked.store(true, Ordering::SeqCst);
        // Code may run since; whoever began it saw nobody asleep, and so must be seen here.
        if !watched.seen.load(Ordering::SeqCst) && !watched.over.load(Ordering::SeqCst) {
            thread::park();
        }
    }
}

/// A look at running code, on its own thread and at a place where it can be left.
unsafe extern "C" fn look(isolate: UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: the pointer is of the `Arc` that `watch` counted for this call alone.
    let watched = unsafe { Arc::from_raw(data.cast::<Watched>()) };
    watched.asked.store(false, Ordering::SeqCst);
    // SAFETY: V8 gives the isolate that is running this call.
    let mut isolate = unsafe { Isolate::from_raw_isolate_ptr(isolate) };
    judge(&mut isolate);
}

/// Stops running code if it must stop.
fn judge(isolate: &mut Isolate) {
    let Some(shared) = Shared::of(isolate) else { return };
    let now = isolate.get_heap_statistics();
    if shared.heap.is_within(now.used_heap_size(), now.external_memory()) {
        shared.looks_beyond.set(0);
    } else if shared.looks_beyond.get() < LOOKS_BEYOND {
        // It may be no more than garbage, and buffers are given back a while after they were found.
        shared.looks_beyond.set(shared.looks_beyond.get() + 1);
        isolate.low_memory_notification();
    } else {
        shared.heap.refuse();
    }
    if let Some(debugger) = shared.debugger.borrow().clone() {
        if debugger.is_late() {
            isolate.terminate_execution();
        }
        debugger.sample(isolate);
        debugger.look(&shared);
    }
    if shared.host.interrupt(shared.heap.is_exhausted()) {
        shared.stop();
    }
}

/// Watches the memory of an isolate.
pub(super) fn memory(isolate: &mut v8::OwnedIsolate, shared: &Rc<Shared>) {
    // SAFETY: an address of the isolate's own slot's value, which lasts as long as the isolate.
    let data = Rc::as_ptr(shared).cast_mut().cast::<c_void>();
    isolate.add_near_heap_limit_callback(near_limit, data);
    isolate.add_gc_epilogue_callback(collected, null_mut(), GCType::kGCTypeMarkSweepCompact);
    isolate.set_oom_error_handler(out_of_memory);
    CURRENT.with(|current| *current.borrow_mut() = Some(Rc::downgrade(shared)));
}

thread_local! {
    /// The engine of this thread, for those callbacks that are told nothing.
    static CURRENT: std::cell::RefCell<Option<std::rc::Weak<Shared>>> = const { std::cell::RefCell::new(None) };
}

/// V8's heap is full: it gets what the limit was raised by, or the running code is stopped.
unsafe extern "C" fn near_limit(data: *mut c_void, current: usize, _: usize) -> usize {
    // SAFETY: `memory` handed over the address, and the isolate's slot keeps its value.
    let shared = unsafe { &*data.cast::<Shared>() };
    let grown = shared.heap.near_limit(current);
    if shared.heap.is_exhausted() {
        shared.stop();
    }
    grown
}

/// Garbage was collected: what is left is what counts.
unsafe extern "C" fn collected(
    isolate: UnsafeRawIsolatePtr,
    _: GCType,
    _: GCCallbackFlags,
    _: *mut c_void,
) {
    // SAFETY: V8 gives the isolate that collects.
    let mut isolate = unsafe { Isolate::from_raw_isolate_ptr(isolate) };
    let Some(shared) = Shared::of(&isolate) else { return };
    // Buffers that were found unused are given back after this.
    if isolate.get_heap_statistics().used_heap_size() > shared.heap.limit() {
        shared.heap.refuse();
        shared.stop();
    }
}

/// V8 has no way out: the calls are answered and the process ends.
unsafe extern "C" fn out_of_memory(_: *const c_char, _: &OomDetails) {
    let shared = CURRENT.with(|current| current.borrow().as_ref().and_then(std::rc::Weak::upgrade));
    if let Some(shared) = shared {
        shared.host.die_of_memory();
    }
}
