//! Who makes a call.

use crate::Caller;

/// Reads `/proc/TID/status`, proc(5). What cannot be read is left out.
pub(super) fn of(thread: i32) -> Caller {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
    parse(thread, &status)
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
