//! What the machine shares among its processes: segments, queues, semaphores, keys.
#![allow(unsafe_code, reason = "System V and the key rings have no safe form")]

use std::ffi::CString;
use std::io;
use std::ptr::null;

use aether_attacks::{at, call};

use crate::scene::{SECRET, Scene};

/// Removed when dropped.
#[derive(Default)]
pub(super) struct Shared {
    segment: i32,
    queue: i32,
    semaphore: i32,
    name: CString,
}

impl Shared {
    /// Makes each with the secret in it; the scene learns the numbers.
    pub(super) fn new(scene: &mut Scene) -> io::Result<Self> {
        let name = CString::new(scene.shared_name()).map_err(io::Error::other)?;
        let secret = format!("{SECRET}of the machine");
        let mut shared = Self { segment: -1, queue: -1, semaphore: -1, name };
        let made = |result: Result<u64, i32>| result.map_err(io::Error::from_raw_os_error);
        // SAFETY: these calls take integers; the segment is mapped where nothing is, has a page,
        // and is filled within it; the message is as long as it says, behind its number.
        unsafe {
            let private = libc::IPC_PRIVATE as u64;
            shared.segment = made(call(libc::SYS_shmget, [private, 4096, 0o600]))? as i32;
            let place = made(call(libc::SYS_shmat, [shared.segment as u64, 0, 0]))?;
            std::ptr::copy_nonoverlapping(secret.as_ptr(), place as *mut u8, secret.len());
            made(call(libc::SYS_shmdt, [place]))?;

            shared.queue = made(call(libc::SYS_msgget, [private, 0o600]))? as i32;
            let mut message = 1u64.to_ne_bytes().to_vec();
            message.extend(secret.as_bytes());
            let length = secret.len() as u64;
            made(call(libc::SYS_msgsnd, [shared.queue as u64, at(message.as_ptr()), length, 0]))?;

            shared.semaphore = made(call(libc::SYS_semget, [private, 1, 0o600]))? as i32;
        }
        shared.keep_key(&secret);
        shared.make_queue();
        scene.segment = shared.segment;
        scene.queue = shared.queue;
        scene.semaphore = shared.semaphore;
        Ok(shared)
    }

    /// A key ring of this session, with a key; it goes with the last process. Kernels without key
    /// rings make the programs that look there not applicable.
    fn keep_key(&self, secret: &str) {
        /// `KEYCTL_JOIN_SESSION_KEYRING` and `KEY_SPEC_SESSION_KEYRING`.
        const JOIN: u64 = 1;
        const SESSION: u64 = -3i64 as u64;
        // SAFETY: the calls read live texts of the lengths that they are told.
        unsafe {
            let joined = call(libc::SYS_keyctl, [JOIN, at(null::<u8>())]);
            let (kind, name) = (at(c"user".as_ptr()), at(self.name.as_ptr()));
            let length = secret.len() as u64;
            let _unsupported = joined.and_then(|_| {
                call(libc::SYS_add_key, [kind, name, at(secret.as_ptr()), length, SESSION])
            });
        }
    }

    fn make_queue(&self) {
        let flags = (libc::O_CREAT | libc::O_RDWR | libc::O_CLOEXEC) as u64;
        // SAFETY: mq_open(2) reads a live name, and no attributes.
        let _unsupported =
            unsafe { call(libc::SYS_mq_open, [at(self.name.as_ptr()), flags, 0o600, 0]) };
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let remove = libc::IPC_RMID as u64;
        // SAFETY: removal passes no memory but a live name.
        unsafe {
            let _gone = call(libc::SYS_shmctl, [self.segment as u64, remove, 0]);
            let _gone = call(libc::SYS_msgctl, [self.queue as u64, remove, 0]);
            let _gone = call(libc::SYS_semctl, [self.semaphore as u64, 0, remove, 0]);
            let _gone = call(libc::SYS_mq_unlink, [at(self.name.as_ptr())]);
        }
    }
}

/// Removes the segment with the scene's key; whether there was one.
pub(super) fn remove_segment(scene: &Scene) -> bool {
    // SAFETY: both calls take integers.
    unsafe {
        call(libc::SYS_shmget, [scene.key() as u64, 0, 0])
            .and_then(|segment| call(libc::SYS_shmctl, [segment, libc::IPC_RMID as u64, 0]))
            .is_ok()
    }
}
