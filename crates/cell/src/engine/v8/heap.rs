//! The engine's memory: V8's own heap, which has a limit of V8's, and buffers beside it, which are
//! counted here.
//!
//! As with the other engine, a process whose memory was full once is always discarded, whatever its
//! code makes of it.
#![allow(unsafe_code, reason = "an allocator is a promise that no type can check")]

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use v8::{Allocator, RustAllocatorVtable, UniqueRef};

/// Alignment of buffers: that of the widest element of any view.
const ALIGNMENT: usize = 16;

/// How often V8 asks for the same buffer before it gives up, collecting garbage between.
const ATTEMPTS: usize = 4;

/// What the heap may have beyond its limit while running code is on its way out, in bytes: unwinding
/// takes memory, and code that is refused it ends the process instead.
const WAY_OUT: usize = 32 << 20;

/// What is in use, and whether all of it was granted. V8 wants allocators that threads could share.
#[derive(Debug)]
pub(super) struct Heap {
    limit: AtomicUsize,
    /// Bytes of buffers.
    buffers: AtomicUsize,
    /// Bytes of V8's heap, and of what V8 has from the system beside it, when they were last looked at.
    objects: AtomicUsize,
    refused: AtomicBool,
    /// The size that was last asked for in vain, and how often in a row.
    wanted: AtomicUsize,
    attempts: AtomicUsize,
}

impl Heap {
    /// An empty heap of at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit: limit.into(),
            buffers: 0.into(),
            objects: 0.into(),
            refused: false.into(),
            wanted: 0.into(),
            attempts: 0.into(),
        })
    }

    /// Whether memory was ever refused.
    pub(super) fn is_exhausted(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Memory was refused.
    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// Bytes that there may be.
    pub(super) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// There may be so many bytes from now on.
    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Whether `bytes` more still fit. If not, that counts as a refusal.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let fits = self.fits(bytes);
        if !fits {
            self.refuse();
        }
        fits
    }

    /// Remembers what V8 says that there is: of its own heap, and `outside` of that, where it counts
    /// buffers of this allocator and those that it has from the system itself, such as memories of
    /// WebAssembly. Whether all of it is within the limit.
    pub(super) fn is_within(&self, objects: usize, outside: usize) -> bool {
        let buffers = self.buffers.load(Ordering::Relaxed);
        let others = outside.saturating_sub(buffers);
        self.objects.store(objects.saturating_add(others), Ordering::Relaxed);
        self.fits(0)
    }

    /// What V8's heap may grow to when it is full: more than it has only if the limit was raised, or
    /// for the way out.
    pub(super) fn near_limit(&self, current: usize) -> usize {
        let limit = self.limit();
        if current < limit && self.fits(0) {
            return limit;
        }
        self.refuse();
        current.saturating_add(WAY_OUT)
    }

    /// Whether `more` bytes still fit.
    pub(super) fn fits(&self, more: usize) -> bool {
        let used = self
            .buffers
            .load(Ordering::Relaxed)
            .saturating_add(self.objects.load(Ordering::Relaxed));
        used.saturating_add(more) <= self.limit()
    }

    fn take(&self, bytes: usize, allocate: unsafe fn(Layout) -> *mut u8) -> *mut c_void {
        if !self.fits(bytes) {
            return self.turn_down(bytes);
        }
        let Some(layout) = layout(bytes) else { return self.turn_down(bytes) };
        // SAFETY: `alloc` and `alloc_zeroed` want a layout that is not empty; `layout` gives no other.
        let fresh = unsafe { allocate(layout) };
        if fresh.is_null() {
            return self.turn_down(bytes);
        }
        self.attempts.store(0, Ordering::Relaxed);
        self.buffers.fetch_add(bytes, Ordering::Relaxed);
        fresh.cast()
    }

    /// A buffer that is asked for again and again could not be had for good.
    fn turn_down(&self, bytes: usize) -> *mut c_void {
        let again = self.wanted.swap(bytes, Ordering::Relaxed) == bytes;
        let before = if again { self.attempts.load(Ordering::Relaxed) } else { 0 };
        self.attempts.store(before + 1, Ordering::Relaxed);
        if before + 1 >= ATTEMPTS || bytes > self.limit() {
            self.refuse();
        }
        null_mut()
    }

    /// V8's allocator of buffers.
    pub(super) fn allocator(self: &Arc<Self>) -> UniqueRef<Allocator> {
        // SAFETY: the handle must be what the table expects: both are of `Heap`, and the handle is a
        // count of its `Arc` that `drop` gives back.
        unsafe { v8::new_rust_allocator(Arc::into_raw(Arc::clone(self)), &TABLE) }
    }
}

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.max(1), ALIGNMENT).ok()
}

static TABLE: RustAllocatorVtable<Heap> =
    RustAllocatorVtable { allocate, allocate_uninitialized, free, drop: give_back };

unsafe extern "C" fn allocate(heap: &Heap, bytes: usize) -> *mut c_void {
    heap.take(bytes, alloc_zeroed)
}

unsafe extern "C" fn allocate_uninitialized(heap: &Heap, bytes: usize) -> *mut c_void {
    heap.take(bytes, alloc)
}

/// # Safety
/// `data` and `bytes` are of an allocation of this heap that is freed once.
unsafe extern "C" fn free(heap: &Heap, data: *mut c_void, bytes: usize) {
    let Some(layout) = layout(bytes) else { return };
    if data.is_null() {
        return;
    }
    heap.buffers.fetch_sub(bytes, Ordering::Relaxed);
    // SAFETY: V8 gives back what `take` gave it, with the size that it asked for, which makes the
    // same layout.
    unsafe { dealloc(data.cast(), layout) };
}

/// # Safety
/// `heap` is what [`Heap::allocator`] handed over, and this is called once.
unsafe extern "C" fn give_back(heap: *const Heap) {
    // SAFETY: the caller's promise.
    drop(unsafe { Arc::from_raw(heap) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_can_be_had_again_and_a_refusal_is_remembered() {
        let heap = Heap::new(4096);
        for _ in 0..100 {
            let buffer = heap.take(3000, alloc_zeroed);
            assert!(!buffer.is_null());
            // SAFETY: `buffer` is of this heap, and is freed once.
            unsafe { free(&heap, buffer, 3000) };
        }
        assert!(!heap.is_exhausted());
        assert!(heap.is_within(2000, 0));
        for attempt in 1..=ATTEMPTS {
            assert!(heap.take(3000, alloc).is_null());
            assert_eq!(heap.is_exhausted(), attempt == ATTEMPTS);
        }
    }

    #[test]
    fn what_can_never_fit_is_refused_at_once() {
        let heap = Heap::new(4096);
        assert!(heap.take(5000, alloc).is_null() && heap.is_exhausted());
        let heap = Heap::new(usize::MAX);
        assert!(heap.take(usize::MAX, alloc).is_null());
    }

    #[test]
    fn a_full_heap_grows_to_a_raised_limit_and_otherwise_for_the_way_out() {
        let heap = Heap::new(1 << 20);
        heap.set_limit(2 << 20);
        assert_eq!(heap.near_limit(1 << 20), 2 << 20);
        assert!(!heap.is_exhausted());
        assert_eq!(heap.near_limit(2 << 20), (2 << 20) + WAY_OUT);
        assert!(heap.is_exhausted());
    }
}
