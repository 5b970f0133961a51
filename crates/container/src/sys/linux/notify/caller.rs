//! Who makes a call.

use std::time::{Duration, Instant};

use crate::Caller;

/// How long a thread is taken for the one that had its number before. The kernel gives numbers in
/// turn: within this time it does not come round.
const FRESH: Duration = Duration::from_millis(20);

/// Who made the last call: looking takes the kernel longer than everything else about a record, and
/// calls come in bursts of one thread.
#[derive(Debug, Default)]
pub(super) struct Callers(Option<(Instant, Caller)>);

impl Callers {
    /// Reads `/proc/TID/status`, proc(5). What cannot be read is left out.
    pub(super) fn of(&mut self, thread: i32) -> Caller {
        let now = Instant::now();
        match self.0 {
            Some((since, caller)) if caller.thread == thread && now - since < FRESH => caller,
            _ => {
                let status = std::fs::read_to_string(format!("/proc/{thread}/status"));
                let caller = parse(thread, &status.unwrap_or_default());
                self.0 = Some((now, caller));
                caller
            }
        }
    }
}

fn parse(thread: i32, status: &str) -> Caller {
    let last = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line?.split_ascii_whitespace().next_back()?.parse().ok()
    };
    // The numbers in all process namespaces, the innermost last.
    Caller { thread, process: last("Tgid"), inside: last("NStgid") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_and_inside() {
        let status = "Name:\tperl\nTgid:\t4711\nPid:\t4712\nNStgid:\t4711\t3\nNSpid:\t4712\t4\n";
        let expect = Caller { thread: 4712, process: Some(4711), inside: Some(3) };
        assert_eq!(parse(4712, status), expect);
        assert_eq!(parse(5, ""), Caller { thread: 5, process: None, inside: None });
    }
}
