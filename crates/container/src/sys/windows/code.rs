//! What a cell needs that runs machine code of its host's: a beat by which running code can be stopped,
//! and the end of all new code once it has its own.
#![allow(unsafe_code, reason = "one call; its contract stands there")]

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use windows_sys::Win32::System::Threading::{ProcessDynamicCodePolicy, SetProcessMitigationPolicy};

use super::calls::checked;

/// What a beat does.
type Beat = Arc<dyn Fn() + Send + Sync>;

static BEAT: OnceLock<Beat> = OnceLock::new();

/// `ProhibitDynamicCode`.
const PROHIBITED: u32 = 1;

/// Says what a beat does, once for the process. It is done in a thread of its own.
///
/// # Errors
/// None. A second call does nothing.
pub fn on_beat(act: impl Fn() + Send + Sync + 'static) -> io::Result<()> {
    let _known = BEAT.set(Arc::new(act));
    Ok(())
}

/// While it lasts, the [beat](on_beat) goes on.
#[derive(Debug)]
pub struct Beating {
    /// Dropped, the thread ends.
    _on: Sender<()>,
}

/// Beats every so often from now on, until what is given back is dropped.
///
/// # Errors
/// The system's, where there is no thread.
pub fn beating(every: Duration) -> io::Result<Beating> {
    let (on, off) = channel();
    let thread = std::thread::Builder::new().name("aether-beat".to_owned());
    thread.spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = off.recv_timeout(every) {
            if let Some(act) = BEAT.get() {
                act();
            }
        }
    })?;
    Ok(Beating { _on: on })
}

/// From here on no memory of this process becomes executable that is not so already: whatever asks
/// for it is refused.
///
/// # Errors
/// The system's.
pub fn no_more_code() -> io::Result<()> {
    let policy = PROHIBITED;
    // SAFETY: the policy is one word of flags, of this size, and lives through the call.
    checked(unsafe {
        SetProcessMitigationPolicy(
            ProcessDynamicCodePolicy,
            (&raw const policy).cast(),
            size_of::<u32>(),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    static BEATS: AtomicU32 = AtomicU32::new(0);

    #[test]
    fn it_beats_while_it_lasts() {
        on_beat(|| {
            BEATS.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        let beating = beating(Duration::from_millis(1)).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while BEATS.load(Ordering::Relaxed) < 3 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(BEATS.load(Ordering::Relaxed) >= 3);
        drop(beating);
        std::thread::sleep(Duration::from_millis(100));
        let after = BEATS.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(BEATS.load(Ordering::Relaxed), after);
    }
}
