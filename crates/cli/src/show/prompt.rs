//! A person's answer to a question.

use std::io::{BufRead, Write, stderr, stdin};

use crate::show::terminal::{Ink, Terminal};

/// A question's last line.
pub(crate) struct Prompt<'a> {
    /// What can be chosen, no being what it is without a choice.
    pub(crate) choice: &'a str,
    /// The same for somebody who typed something else.
    pub(crate) known: &'a str,
}

impl Prompt<'_> {
    /// Asks until there is an answer that means something, or nobody waits for one any more. The end
    /// of input is a no. What was typed before the question stood there answers nothing: it was
    /// meant for something else.
    pub(crate) fn ask<T>(
        &self,
        terminal: &Terminal,
        is_open: impl Fn() -> bool,
        no: T,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> T {
        sys::forget_what_was_typed();
        loop {
            drop(write!(stderr(), "{} ", terminal.ink(Ink::Bold, self.choice)));
            drop(stderr().flush());
            let line = match typed(&is_open) {
                Typed::Line(line) => line,
                Typed::Nothing => return no,
                Typed::TooLate => {
                    terminal.say(terminal.ink(Ink::Dim, "\nThis needs no answer any more."));
                    return no;
                }
            };
            match line.trim().to_lowercase().as_str() {
                "" | "n" | "no" => return no,
                word => match meaning(word) {
                    Some(answer) => return answer,
                    None => terminal.say(format_args!("Please answer {}.", self.known)),
                },
            }
        }
    }
}

/// What a person did.
enum Typed {
    /// Typed this.
    Line(String),
    /// Ended the input.
    Nothing,
    /// Nothing until it did not matter any more.
    TooLate,
}

/// Most bytes of an answer.
const LONGEST: usize = 4096;

/// Waits for a line. Piece by piece: a terminal also hands over what was typed so far.
fn typed(is_open: impl Fn() -> bool) -> Typed {
    let mut line = Vec::new();
    loop {
        if !sys::wait_for_input(&is_open) {
            return Typed::TooLate;
        }
        let mut input = stdin().lock();
        let Ok(piece) = input.fill_buf() else { return Typed::Nothing };
        let end = piece.iter().position(|byte| *byte == b'\n');
        let (count, is_end) = (end.map_or(piece.len(), |end| end + 1), piece.is_empty());
        line.extend(&piece[..count]);
        input.consume(count);
        if is_end && line.is_empty() {
            return Typed::Nothing;
        }
        if is_end || end.is_some() || line.len() > LONGEST {
            return Typed::Line(String::from_utf8_lossy(&line).into_owned());
        }
    }
}

#[cfg(unix)]
mod sys {
    use std::io::stdin;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{QueueSelector, tcflush};

    /// How often it is looked whether an answer still counts, in nanoseconds.
    const LOOK: i64 = 50_000_000;

    /// A terminal hands its lines over one by one, so that those not read yet are all with the system.
    pub(super) fn forget_what_was_typed() {
        // Where it cannot be done, standard input is no terminal, and then nobody is asked.
        let _flushed = tcflush(stdin(), QueueSelector::IFlush);
    }

    /// Waits for something to read or the end of input, as long as a question is open.
    pub(super) fn wait_for_input(is_open: impl Fn() -> bool) -> bool {
        let input = stdin();
        loop {
            if !is_open() {
                return false;
            }
            let look = Timespec { tv_sec: 0, tv_nsec: LOOK };
            // What cannot be waited for is read, which says what is wrong with it.
            match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&look)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                _ => return true,
            }
        }
    }
}

/// Here no safe call waits for what is typed.
#[cfg(not(unix))]
mod sys {
    #[cfg(windows)]
    pub(super) use aether::forget_what_was_typed;

    #[cfg(not(windows))]
    pub(super) fn forget_what_was_typed() {}

    pub(super) fn wait_for_input(is_open: impl Fn() -> bool) -> bool {
        is_open()
    }
}
