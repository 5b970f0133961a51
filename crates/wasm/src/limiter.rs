//! How much of memories, tables and instances a plugin has, over all of them.

use wasmtime::ResourceLimiter;

use crate::limits::Limits;

/// Counts what one store has. Growing beyond a limit fails as WebAssembly has it, with -1, and
/// never traps: what a program makes of it is its own affair.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory: u64,
    most_memory: u64,
    elements: u64,
    most_elements: u64,
    instances: usize,
    /// How often growing a memory was refused in this call.
    refused: u64,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            most_memory: limits.memory,
            elements: 0,
            most_elements: limits.table_elements,
            instances: limits.instances,
            refused: 0,
        }
    }

    /// The same limits for another instance.
    pub(crate) const fn renewed(&self) -> Self {
        Self { memory: 0, elements: 0, refused: 0, ..*self }
    }

    /// Bytes of all memories.
    pub(crate) const fn memory(&self) -> u64 {
        self.memory
    }

    /// How often growing a memory was refused in this call.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    /// A new call begins.
    pub(crate) fn forget(&mut self) {
        self.refused = 0;
    }

    /// So many bytes may be had from now on.
    pub(crate) fn set_memory(&mut self, bytes: u64) {
        self.most_memory = bytes;
    }
}

/// What `has` becomes when one part of it grows; none where that is too much.
fn grown(has: u64, current: usize, desired: usize, most: u64) -> Option<u64> {
    let more = (desired as u64).checked_sub(current as u64)?;
    has.checked_add(more).filter(|sum| *sum <= most)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        match grown(self.memory, current, desired, self.most_memory) {
            Some(sum) => self.memory = sum,
            None => {
                self.refused = self.refused.saturating_add(1);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let sum = grown(self.elements, current, desired, self.most_elements);
        self.elements = sum.unwrap_or(self.elements);
        Ok(sum.is_some())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together() {
        let mut limiter = Limiter::new(&Limits { memory: 100, ..Limits::default() });
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
        assert!(!limiter.memory_growing(60, usize::MAX, None).unwrap());
        assert!(limiter.memory_growing(0, 0, Some(0)).unwrap());
        assert_eq!((limiter.memory(), limiter.refused()), (100, 2));
        limiter.set_memory(101);
        assert!(limiter.memory_growing(40, 41, None).unwrap());
        assert_eq!(limiter.memory(), 101);
    }
}
