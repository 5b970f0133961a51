//! The engine's heap: counted, limited, and honest about the first refusal.
//!
//! QuickJS has a limit of its own, but tells nobody when it refuses: the plugin may catch the
//! exception, and where there is no room for one the engine throws `null`, as any plugin can. This
//! allocator remembers, so that a process whose heap was full once is always discarded, whatever
//! its code makes of it.
#![allow(unsafe_code, reason = "an allocator is a promise that no type can check")]

use std::cell::Cell;
use std::rc::Rc;

use rquickjs::allocator::{Allocator, RustAllocator};

/// What an allocation costs beside its usable bytes: the header that tells its size, and that of
/// the system's allocator below. Stops a plugin from multiplying its limit by tiny allocations.
const HEADERS: usize = 16;

/// The system's allocator hands out whole steps of this.
const STEP: usize = 16;

/// The smallest piece that the system's allocator has.
const LEAST: usize = 32;

/// What is allocated, and whether all of it was granted.
#[derive(Debug)]
pub(super) struct Heap {
    limit: Cell<usize>,
    used: Cell<usize>,
    refused: Cell<bool>,
    /// What was in use after the last collection that this heap asked for.
    kept: Cell<usize>,
}

impl Heap {
    /// An empty heap of at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Rc<Self> {
        // No object is larger, so sums with what fits below it cannot overflow.
        let limit = limit.min(isize::MAX as usize);
        Rc::new(Self {
            limit: Cell::new(limit),
            used: Cell::new(0),
            refused: Cell::new(false),
            kept: Cell::new(0),
        })
    }

    /// Whether an allocation was ever refused.
    pub(super) fn is_exhausted(&self) -> bool {
        self.refused.get()
    }

    /// Whether `bytes` outside of the heap still fit below its limit, for copies that native code
    /// is about to make. If not, that counts as a refusal.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        let fits = self.fits(bytes);
        if !fits {
            self.refused.set(true);
        }
        fits
    }

    /// Whether garbage should be collected now. The engine itself collects when the heap has grown
    /// by half since the last time: with more than two thirds of the limit in use, never again.
    pub(super) fn wants_collection(&self) -> bool {
        let (used, limit) = (self.used.get(), self.limit.get());
        used > limit / 4 * 3 && used > self.kept.get().saturating_add(limit / 16)
    }

    /// There may be so many bytes from now on.
    pub(super) fn set_limit(&self, limit: usize) {
        self.limit.set(limit.min(isize::MAX as usize));
    }

    /// Remembers what a collection left.
    pub(super) fn collected(&self) {
        self.kept.set(self.used.get());
    }

    fn fits(&self, more: usize) -> bool {
        self.used.get().checked_add(more).is_some_and(|sum| sum <= self.limit.get())
    }

    fn refuse(&self) -> *mut u8 {
        self.refused.set(true);
        std::ptr::null_mut()
    }

    fn add(&self, usable: usize) {
        self.used.set(self.used.get().saturating_add(cost(usable)));
    }

    fn remove(&self, usable: usize) {
        self.used.set(self.used.get().saturating_sub(cost(usable)));
    }
}

/// What an allocation takes from the system.
const fn cost(usable: usize) -> usize {
    let whole = usable.saturating_add(HEADERS).next_multiple_of(STEP);
    if whole < LEAST { LEAST } else { whole }
}

/// The allocator of one engine.
pub(super) struct Counted(pub(super) Rc<Heap>);

impl Counted {
    /// Counts a new allocation, or remembers that there was none to be had.
    fn note(&self, fresh: *mut u8) -> *mut u8 {
        if fresh.is_null() {
            return self.0.refuse();
        }
        // SAFETY: `usable_size` wants an allocation of this allocator. `fresh` is not null and is
        // what `RustAllocator` has just given.
        self.0.add(unsafe { RustAllocator::usable_size(fresh) });
        fresh
    }
}

// SAFETY: `Allocator` wants null or memory of at least the size asked for, aligned to `usize`, and
// the true usable size of it. Each method hands on what `RustAllocator` gives, unchanged, or null;
// what is added is arithmetic.
unsafe impl Allocator for Counted {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.0.fits(size) {
            return self.0.refuse();
        }
        self.note(RustAllocator.alloc(size))
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        if !count.checked_mul(size).is_some_and(|bytes| self.0.fits(bytes)) {
            return self.0.refuse();
        }
        self.note(RustAllocator.calloc(count, size))
    }

    unsafe fn dealloc(&mut self, ptr: *mut u8) {
        // SAFETY: both want an allocation of this allocator, which is `RustAllocator`'s, and the
        // caller promises that `ptr` is one. Its size is read before it is gone.
        unsafe {
            self.0.remove(RustAllocator::usable_size(ptr));
            RustAllocator.dealloc(ptr);
        }
    }

    unsafe fn realloc(&mut self, ptr: *mut u8, new_size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        let old = unsafe { RustAllocator::usable_size(ptr) };
        if !self.0.fits(new_size.saturating_sub(old)) {
            return self.0.refuse();
        }
        // SAFETY: as in `dealloc`. When it gives null, `ptr` is still allocated and still counted.
        let moved = unsafe { RustAllocator.realloc(ptr, new_size) };
        if moved.is_null() {
            return self.0.refuse();
        }
        self.0.remove(old);
        self.note(moved)
    }

    unsafe fn usable_size(ptr: *mut u8) -> usize {
        // SAFETY: the caller promises an allocation of this allocator, which is `RustAllocator`'s.
        unsafe { RustAllocator::usable_size(ptr) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_freed_can_be_had_again_and_a_refusal_is_remembered() {
        let heap = Heap::new(4096);
        let mut counted = Counted(Rc::clone(&heap));
        for _ in 0..100 {
            let first = counted.alloc(1000);
            let second = counted.calloc(10, 100);
            assert!(!first.is_null() && !second.is_null());
            // SAFETY: all are allocations of `counted`, each freed once.
            unsafe {
                assert!((0..1000).all(|at| *second.add(at) == 0));
                let grown = counted.realloc(first, 2000);
                assert!(!grown.is_null() && Counted::usable_size(grown) >= 2000);
                counted.dealloc(grown);
                counted.dealloc(second);
            }
            assert_eq!(heap.used.get(), 0);
        }
        assert!(!heap.is_exhausted());
        assert!(counted.alloc(5000).is_null() && heap.is_exhausted());
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let heap = Heap::new(usize::MAX);
        let mut counted = Counted(Rc::clone(&heap));
        let kept = counted.alloc(8);
        assert!(counted.alloc(usize::MAX).is_null());
        assert!(counted.calloc(usize::MAX, 2).is_null() && counted.calloc(2, usize::MAX).is_null());
        // SAFETY: `kept` is an allocation of `counted`; a refused `realloc` leaves it as it was.
        unsafe {
            assert!(counted.realloc(kept, usize::MAX).is_null());
            counted.dealloc(kept);
        }
        assert_eq!(heap.used.get(), 0);
    }
}
