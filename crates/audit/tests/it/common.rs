//! Logs to try things on.

use std::path::{Path, PathBuf};

use aether_audit::{
    Checkpoint, End, Event, Evidence, Kind, Log, LogOptions, Memory, Record, Rotation, RunId,
    Signer, Start, Verdict, Verification, read, segment_path, verify_log,
};

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

/// A folder for a log and one that is elsewhere.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("log")).unwrap();
        Place { folder }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log/audit.jsonl")
    }

    pub(crate) fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        segment_path(&self.log(), number)
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        read(&self.log()).unwrap().map(|record| record.unwrap()).collect()
    }

    pub(crate) fn verify(&self) -> Verification {
        verify_log(&self.log(), &Evidence::default()).unwrap()
    }
}

/// Options of a log whose segments hold few records.
pub(crate) fn small(bytes: u64) -> LogOptions {
    LogOptions::default().rotation(Rotation { bytes, age: None })
}

pub(crate) fn signer() -> Signer {
    Signer::from_seed("host.example/audit", &[7; 32]).unwrap()
}

pub(crate) fn host_call(number: u32) -> Event<'static> {
    Event::new(Kind::HostCall, "fs.read", Verdict::Allowed).cell(number)
}

pub(crate) fn record_calls(log: &Log, numbers: std::ops::Range<u32>) {
    for number in numbers {
        log.record(&host_call(number)).unwrap();
    }
}

/// Writes a run of `events + 2` records and what rotation adds.
pub(crate) fn write_run(options: LogOptions, path: &Path, run: RunId, events: u32) -> Checkpoint {
    let log = options.create_or_append(path, run, &start()).unwrap();
    record_calls(&log, 0..events);
    log.end(&end()).unwrap()
}

/// What an attacker who knows the format would write: a line changed, and its hash with it.
pub(crate) fn resealed(line: &str, from: &str, to: &str) -> String {
    let body = line.rsplit_once(r#","hash":""#).unwrap().0;
    assert!(body.contains(from), "{body}");
    let body = body.replace(from, to);
    format!("{body},\"hash\":\"{}\"}}\n", blake3::hash(body.as_bytes()).to_hex())
}
