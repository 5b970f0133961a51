//! V8 itself, once for the process: flags, platform, randomness.

use std::sync::OnceLock;

use v8::{Platform, SharedRef};

use crate::random;

/// No thread beside the plugin's own, no key that guards pages for one thread only, no shared memory,
/// which with a second thread is a clock. A plugin can change none of it: the flags are frozen once V8
/// has started.
///
/// A snapshot's sum is not checked: it is part of this program, or sealed by the host.
const FLAGS: &str = "--single-threaded --no-memory-protection-keys \
    --enable-sharedarraybuffer-per-context --no-verify-snapshot-checksum";

/// Neither machine code nor memory for it. WebAssembly goes with it.
const JITLESS: &str = "--jitless";

/// V8, started.
pub(super) struct Started {
    pub(super) platform: SharedRef<Platform>,
    /// Whether it makes machine code.
    pub(super) makes_code: bool,
}

static STARTED: OnceLock<Started> = OnceLock::new();

/// V8, started once: whether it makes machine code is decided by who comes first.
pub(super) fn started(jit: bool) -> &'static Started {
    STARTED.get_or_init(|| {
        v8::V8::set_flags_from_string(FLAGS);
        if !jit {
            v8::V8::set_flags_from_string(JITLESS);
        }
        v8::V8::set_entropy_source(|buffer: &mut [u8]| random::fill(buffer).is_ok());
        let platform = Platform::new_single_threaded(false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::V8::initialize();
        Started { platform, makes_code: jit }
    })
}
