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

/// V8, started, and whether it makes machine code.
struct Started {
    platform: SharedRef<Platform>,
    makes_code: bool,
}

static STARTED: OnceLock<Started> = OnceLock::new();

/// Whether the V8 that was started makes machine code, if it was started.
pub(super) fn kind() -> Option<bool> {
    STARTED.get().map(|started| started.makes_code)
}

/// The platform, with V8 started on it. Whether V8 makes machine code is decided by who comes first.
pub(super) fn started(jit: bool) -> &'static SharedRef<Platform> {
    let started = STARTED.get_or_init(|| {
        v8::V8::set_flags_from_string(FLAGS);
        if !jit {
            v8::V8::set_flags_from_string(JITLESS);
        }
        v8::V8::set_entropy_source(|buffer: &mut [u8]| random::fill(buffer).is_ok());
        let platform = Platform::new_single_threaded(false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::V8::initialize();
        Started { platform, makes_code: jit }
    });
    &started.platform
}
