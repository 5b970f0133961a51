//! Looking into the memory of a thread that waits for its answer.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::super::raw;

/// The memory of a plugin's process.
pub(super) trait Memory {
    /// Copies what stands at `address`, as far as it can be read from its start. Gives the number
    /// of bytes.
    fn read(&self, address: u64, buffer: &mut [u8]) -> usize;
}

/// The memory of a thread, by its number. What was read is its own only if its call still waits
/// afterwards: until then the number may have become another's.
pub(super) struct OfThread(pub(super) i32);

impl Memory for OfThread {
    fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
        match raw::read_memory(self.0, address, buffer) {
            Ok(count) => count,
            // Not in this kernel, or barred for this host by a sandbox around it: the same rights
            // are asked for another way.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
                let file = File::open(format!("/proc/{}/mem", self.0));
                file.and_then(|file| file.read_at(buffer, address)).unwrap_or(0)
            }
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Size of a page of [`Pages`].
    pub(in super::super) const PAGE: u64 = 4096;

    /// Memory with holes.
    #[derive(Default)]
    pub(in super::super) struct Pages(BTreeMap<u64, Vec<u8>>);

    impl Pages {
        /// Maps the pages that these bytes touch, zeroed, and writes them.
        pub(in super::super) fn with(mut self, address: u64, bytes: &[u8]) -> Self {
            for (at, byte) in (address..=u64::MAX).zip(bytes) {
                let page = self.0.entry(at / PAGE).or_insert_with(|| vec![0; PAGE as usize]);
                page[(at % PAGE) as usize] = *byte;
            }
            self
        }
    }

    impl Memory for Pages {
        fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
            for (done, byte) in buffer.iter_mut().enumerate() {
                let at = address.checked_add(done as u64);
                let page = at.and_then(|at| self.0.get(&(at / PAGE)));
                let Some(page) = page else { return done };
                *byte = page[(address + done as u64) as usize % PAGE as usize];
            }
            buffer.len()
        }
    }

    #[test]
    fn own_memory_is_read_and_what_is_not_there_is_not() {
        let own = OfThread(std::process::id() as i32);
        let text = b"words in memory".repeat(1000);
        let mut copy = vec![0; text.len()];
        assert_eq!(own.read(text.as_ptr() as u64, &mut copy), text.len());
        assert_eq!(copy, text);
        for address in [0, 1, 4095, u64::MAX, u64::MAX - 4096, 1 << 63] {
            assert_eq!(own.read(address, &mut copy), 0, "{address:#x}");
        }
        assert_eq!(OfThread(i32::MAX).read(text.as_ptr() as u64, &mut copy), 0);
    }
}
