//! One connection from its first byte to its last, on a thread of its own.

use std::sync::Arc;
use std::thread;

use crate::answer::Answer;
use crate::door::Event;
use crate::head::{self, Head};
use crate::judge::{Verdict, judge};
use crate::limits::HEAD;
use crate::line::Line;
use crate::shared::{Seat, Shared};
use crate::talk::{self, End};

/// What threads of the door are called.
pub(crate) const THREAD: &str = "aether-devtools";

pub(crate) fn serve(shared: &Shared, line: &Arc<Line>) {
    if let Some(verdict) = ask(shared, line) {
        match verdict {
            Verdict::Answer(answer) => line.answer(&answer.bytes()),
            Verdict::Attach(told) => match shared.seat(line, told) {
                Ok(seat) => attend(shared, line, seat),
                Err(answer) => line.answer(&answer.bytes()),
            },
        }
        line.drain();
    }
    line.cut();
}

/// Reads a request, and judges it. None where the other side hangs up before it has asked.
fn ask(shared: &Shared, line: &Line) -> Option<Verdict> {
    let mut bytes = [0; HEAD];
    let mut length = 0;
    loop {
        let room = bytes.get_mut(length..).filter(|room| !room.is_empty());
        let Some(room) = room else { return Some(Verdict::Answer(Answer::large())) };
        let read = line.read(room).ok().filter(|read| *read > 0)?;
        let so_far = length;
        length += read;
        let all = bytes.get(..length)?;
        if let Some((head, behind)) =
            head::end(all, so_far).and_then(|end| all.split_at_checked(end))
        {
            return Some(match Head::parse(head) {
                Ok(head) => judge(&shared.about, &head, behind.len()),
                Err(answer) => Verdict::Answer(answer),
            });
        }
    }
}

/// Carries messages for the debugger that has the seat, until it leaves.
fn attend(shared: &Shared, line: &Line, seat: Seat<'_>) {
    thread::scope(|scope| {
        // Given back within the scope, which waits for the thread below.
        let seat = seat;
        let writer = thread::Builder::new().name(THREAD.to_owned());
        if writer.spawn_scoped(scope, || line.deliver()).is_err() {
            return line.cut();
        }
        shared.tell(Event::Attached);
        match talk::hear(line, |message| shared.tell(Event::Message(message))) {
            End::Farewell(last) => line.close(last),
            End::Gone => line.cut(),
        }
        shared.tell(Event::Detached);
        drop(seat);
    });
}
