//! What the system says of a sealed cell, against what the cell said of itself.
//!
//! The cell's program is ours and honest when it reports, but a mistake in its order, or a system that
//! accepts and ignores, would pass unseen; so the host asks again from outside.
//!
//! Type-checked only: unproven until it has run on a Mac.

use rustix::process::{Pid, getsid};

use super::super::unix::STATUS_FD;
use super::raw;
use super::seatbelt::{Answer, Filter, Question, ask, is_confined};

/// What no cell may do.
const NEVER: &[Question] = &[
    Question { operation: c"network-outbound", filter: Filter::Any },
    Question { operation: c"network-bind", filter: Filter::Any },
    Question { operation: c"process-fork", filter: Filter::Any },
    Question { operation: c"mach-lookup", filter: Filter::Service(c"com.apple.pasteboard.1") },
    Question { operation: c"file-write-data", filter: Filter::Path(c"/private/etc/hosts") },
    Question { operation: c"file-write-create", filter: Filter::Path(c"/private/tmp/aether") },
];

/// What an engine may not do either. A native program may have been granted it.
const NEVER_IN_AN_ENGINE: &[Question] = &[
    Question { operation: c"file-read-data", filter: Filter::Path(c"/private/etc/hosts") },
    Question { operation: c"process-exec", filter: Filter::Path(c"/bin/sh") },
];

/// Refuses a cell of which the system says less than its posture.
pub(super) fn verify(pid: i32, native: bool) -> Result<(), String> {
    let session = Pid::from_raw(pid).map(|process| getsid(Some(process)));
    if !matches!(session, Some(Ok(session)) if session.as_raw_nonzero().get() == pid) {
        return Err("it has no session of its own".to_owned());
    }
    only_known_descriptors(pid)?;
    if !is_confined(pid) {
        return Err("the system says that it is not confined".to_owned());
    }
    let more = if native { &[] } else { NEVER_IN_AN_ENGINE };
    NEVER.iter().chain(more).try_for_each(|&question| is_denied(pid, question))
}

/// A denial says something only where the host itself is allowed the same.
fn is_denied(pid: i32, question: Question) -> Result<(), String> {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let operation = question.operation.to_string_lossy();
    match (ask(pid, question), ask(own, question)) {
        (Answer::Denied, Answer::Allowed) => Ok(()),
        (Answer::Denied, _) => Err(format!("`{operation}` is not allowed to the host either")),
        (Answer::Allowed, _) => Err(format!("`{operation}` is allowed to it")),
        (Answer::Unknown, _) => {
            Err(format!("the system does not say whether it may `{operation}`"))
        }
    }
}

/// 0 to 3, the launch channel, and nothing else.
pub(super) fn only_known_descriptors(pid: i32) -> Result<(), String> {
    let open = raw::descriptors(pid)
        .map_err(|error| format!("its descriptors are not readable: {error}"))?;
    match open.into_iter().find(|number| *number > STATUS_FD) {
        None => Ok(()),
        Some(number) => Err(format!("descriptor {number} is open in it")),
    }
}
