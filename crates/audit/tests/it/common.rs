//! Logs to try things on.

use aether_audit::{End, Event, Kind, Log, Memory, RunId, Start, Verdict};

pub(crate) const RUN: &str = "00112233445566778899aabbccddeeff";

pub(crate) fn run_id() -> RunId {
    RunId::parse(RUN).unwrap()
}

pub(crate) fn start() -> Start<'static> {
    Start { aether: "0.1.0", platform: "test", policy: Some("b3:00"), ..Start::default() }
}

pub(crate) fn end() -> End<'static> {
    End { outcome: "done", exit_code: 0, verdict: Verdict::Allowed }
}

/// A run with `events` host calls and no end.
pub(crate) fn open_log(events: u32) -> (Log, Memory) {
    let (log, memory) = Log::memory(run_id(), &start()).unwrap();
    for number in 0..events {
        let object = format!("/var/log/{number}\u{202e}\n");
        let event = Event::new(Kind::HostCall, "fs.read", Verdict::Allowed)
            .plugin("reader")
            .cell(number % 3)
            .object(&object)
            .detail("bytes", number);
        log.record(&event).unwrap();
    }
    (log, memory)
}

/// The bytes of a whole run of `events + 2` records.
pub(crate) fn whole(events: u32) -> Vec<u8> {
    let (log, memory) = open_log(events);
    log.end(&end()).unwrap();
    memory.bytes()
}

/// The lines with their line ends.
pub(crate) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}
