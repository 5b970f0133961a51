//! What happens when a person, or the system, wants the command to end: its cells are ended, and it
//! still says and writes down what was done so far. A second time, it ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

use aether::{ExitCode, Host};

use crate::show::terminal::Terminal;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A person is looking at a question: nothing runs that could be ended, and nobody would answer.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Ends the host's cells when the command is to end.
pub(crate) fn watch(host: &Host, terminal: &Terminal) {
    let (host, words) = (host.clone(), terminal.clone());
    let heard = ctrlc::try_set_handler(move || {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            leave();
        }
        if ASKING.load(Ordering::SeqCst) {
            // A log that cannot be ended shows as unclean.
            drop(host.finish(ExitCode::Refused));
            leave();
        }
        words.warn("interrupted: ending what runs; once more to leave at once");
        host.interrupt();
    });
    if let Err(error) = heard {
        terminal.warn(format_args!("an interruption will end the command at once: {error}"));
    }
}

/// Asks a person; an interruption meanwhile is an answer.
pub(crate) fn while_asking<T>(ask: impl FnOnce() -> T) -> T {
    ASKING.store(true, Ordering::SeqCst);
    let answer = ask();
    ASKING.store(false, Ordering::SeqCst);
    answer
}

/// Whether the command was interrupted.
pub(crate) fn happened() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

#[expect(clippy::exit, reason = "on the handler's thread: there is no way back to main from here")]
fn leave() -> ! {
    std::process::exit(i32::from(aether::INTERRUPTED))
}
