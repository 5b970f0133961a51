//! What happens when a person, or the system, wants the command to end: its cells are ended, and it
//! still says and writes down what was done so far. A second time, it ends at once.

#[cfg_attr(unix, path = "interrupt/signals.rs")]
#[cfg_attr(not(unix), path = "interrupt/console.rs")]
mod sys;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use aether::{Answer, ExitCode, Host};

use crate::show::terminal::Terminal;
pub(crate) use sys::listen;

static STATE: Interruption = Interruption::new();

/// Whose cells are to end: those of the host that the command made last.
static HOST: Mutex<Option<Host>> = Mutex::new(None);

/// Signals are listened to once, however many hosts a command makes one after the other.
static LISTENS: Once = Once::new();

/// What else is to end then.
static THEN: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Ends the host's cells when the command is to end.
pub(crate) fn watch(host: &Host, terminal: &Terminal) {
    *HOST.lock().unwrap_or_else(PoisonError::into_inner) = Some(host.clone());
    if happened() {
        // It came between two hosts.
        host.interrupt();
    }
    LISTENS.call_once(|| {
        let words = terminal.clone();
        if let Err(error) = listen(move || hear(&words)) {
            terminal.warn(format_args!("an interruption will end the command at once: {error}"));
        }
    });
}

fn hear(words: &Terminal) {
    let heard = STATE.hear();
    let Some(host) = HOST.lock().unwrap_or_else(PoisonError::into_inner).clone() else { leave() };
    match heard {
        Heard::Again => {
            host.tidy();
            leave();
        }
        Heard::DuringQuestion => {
            // A log that cannot be ended shows as unclean.
            drop(host.finish(ExitCode::Refused));
            leave();
        }
        Heard::DuringRun => {
            words.warn("interrupted: ending what runs; once more to leave at once");
            host.interrupt();
            if let Some(end) = THEN.get() {
                end();
            }
        }
    }
}

/// Does this too at the first interruption, once the cells are ended; at once where that was before.
/// A command has one thing to end beside its cells, if any.
pub(crate) fn then(end: impl Fn() + Send + Sync + 'static) {
    let end = THEN.get_or_init(|| Box::new(end));
    if happened() {
        end();
    }
}

/// Asks a person; an interruption before or meanwhile is a no.
pub(crate) fn while_asking(ask: impl FnOnce() -> Answer) -> Answer {
    STATE.ask(ask)
}

/// Whether the command was interrupted.
pub(crate) fn happened() -> bool {
    STATE.happened()
}

#[expect(clippy::exit, reason = "on the handler's thread: there is no way back to main from here")]
fn leave() -> ! {
    std::process::exit(i32::from(aether::INTERRUPTED))
}

/// What an interruption came upon.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    /// Cells run, or are about to.
    DuringRun,
    /// A person is looking at a question: nothing runs that could be ended, and nobody would answer.
    DuringQuestion,
    /// There was one before.
    Again,
}

/// What the handler's thread and the one that asks tell each other. Each sets its own mark before it
/// looks at the other's, so that at least one of them sees both: no interruption falls between.
struct Interruption {
    happened: AtomicBool,
    asking: AtomicBool,
}

impl Interruption {
    const fn new() -> Self {
        Self { happened: AtomicBool::new(false), asking: AtomicBool::new(false) }
    }

    fn hear(&self) -> Heard {
        if self.happened.swap(true, Ordering::SeqCst) {
            Heard::Again
        } else if self.asking.load(Ordering::SeqCst) {
            Heard::DuringQuestion
        } else {
            Heard::DuringRun
        }
    }

    fn ask(&self, ask: impl FnOnce() -> Answer) -> Answer {
        self.asking.store(true, Ordering::SeqCst);
        let answer = if self.happened() { Answer::Refuse } else { ask() };
        self.asking.store(false, Ordering::SeqCst);
        // The handler may have found the question and be leaving: nothing is to start meanwhile.
        if self.happened() { Answer::Refuse } else { answer }
    }

    fn happened(&self) -> bool {
        self.happened.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_after_an_interruption() {
        let state = Interruption::new();
        assert_eq!(state.hear(), Heard::DuringRun);
        let answer = state.ask(|| unreachable!("a question that nobody would see ended"));
        assert!(matches!(answer, Answer::Refuse));
    }

    #[test]
    fn an_interruption_during_a_question_is_a_no() {
        let state = Interruption::new();
        let answer = state.ask(|| {
            assert_eq!(state.hear(), Heard::DuringQuestion);
            Answer::Always
        });
        assert!(matches!(answer, Answer::Refuse));
    }

    #[test]
    fn the_second_interruption_is_the_last() {
        let state = Interruption::new();
        assert!(matches!(state.ask(|| Answer::Once), Answer::Once));
        assert_eq!(state.hear(), Heard::DuringRun);
        assert_eq!(state.hear(), Heard::Again);
    }
}
