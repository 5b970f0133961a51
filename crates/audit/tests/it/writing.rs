//! What is recorded is in the file, whoever records it and however the log ends.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::common::{end, run_id, start};
use aether_audit::{
    ChainVerdict, Clock, Detail, Event, FLUSH_INTERVAL, Gap, Kind, Log, LogError, Record, RunId,
    Sink, Start, SystemClock, Verdict, read, verify,
};

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    Place { _folder: folder, path }
}

fn records(path: &std::path::Path) -> Vec<Record> {
    read(path).unwrap().map(|record| record.unwrap()).collect()
}

fn verdict(path: &std::path::Path) -> ChainVerdict {
    verify(io::BufReader::new(fs::File::open(path).unwrap())).unwrap().verdict
}

fn host_call() -> Event<'static> {
    Event::new(Kind::HostCall, "fs.read", Verdict::Allowed)
}

#[test]
fn a_run_is_told_from_start_to_end() {
    let place = place();
    let plugins = [("reader".to_owned(), "b3:aa".to_owned())];
    let log = Log::create(&place.path, run_id(), &Start { plugins: &plugins, ..start() }).unwrap();
    let denied = Event::new(Kind::Denied, "fs.read", Verdict::Denied)
        .plugin("reader")
        .cell(0)
        .object("/etc/shadow")
        .rule("aether-plugin.json:6:15")
        .detail("count", 3u64)
        .detail("last", true);
    assert_eq!(log.record(&denied).unwrap(), 1);
    let checkpoint = log.end(&end()).unwrap();
    assert!(matches!(log.record(&host_call()), Err(LogError::Ended)));

    let records = records(&place.path);
    assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [0, 1, 2]);
    let [first, second, last] = &records[..] else { panic!() };
    assert_eq!(first.kind, Kind::RunStart);
    assert_eq!(first.detail["plugin reader"].as_str(), Some("b3:aa"));
    assert_eq!(first.detail["policy"].as_str(), Some("b3:00"));
    assert_eq!(first.detail["unsafe"], Detail::Bool(false));
    assert_eq!(second.object.as_deref(), Some("/etc/shadow"));
    assert_eq!(second.prev, first.hash);
    assert_eq!(second.time.len(), "2026-03-01T12:00:00.000450Z".len());
    assert_eq!(last.kind, Kind::RunEnd);
    assert_eq!(last.detail["records"].as_integer(), Some(3));
    assert_eq!(last.detail["denied"].as_integer(), Some(1));
    assert_eq!((checkpoint.records, checkpoint.head), (3, last.hash.clone()));
    assert_eq!(verdict(&place.path), ChainVerdict::Valid);
}

#[test]
fn no_record_of_many_threads_is_lost() {
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            let log = log.clone();
            scope.spawn(move || {
                for number in 0..2000u32 {
                    let event = host_call().cell(thread).detail("number", number);
                    log.record(&event).unwrap();
                }
            });
        }
    });
    log.end(&end()).unwrap();
    let found: HashSet<_> = records(&place.path)
        .iter()
        .filter_map(|record| Some((record.cell?, record.detail["number"].as_integer()?)))
        .collect();
    assert_eq!(found.len(), 8000);
    assert_eq!(verdict(&place.path), ChainVerdict::Valid);
}

#[test]
fn dropping_the_log_writes_what_waits() {
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    log.record(&host_call()).unwrap();
    drop(log);
    assert_eq!(records(&place.path).len(), 2);
    assert_eq!(
        verdict(&place.path),
        ChainVerdict::Unclean { gap: Gap::NoEnd { run: run_id().to_string() } }
    );
}

#[test]
fn an_idle_log_is_written_out() {
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    log.record(&host_call()).unwrap();
    let patience = Instant::now() + 500 * FLUSH_INTERVAL;
    while records(&place.path).len() < 2 {
        assert!(Instant::now() < patience, "nothing was flushed");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(log);
}

#[test]
fn what_belongs_together_is_written_together_and_at_once() {
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    let posture = |number: u32| {
        Event::new(Kind::Posture, "seccomp", Verdict::Allowed).detail("number", number)
    };
    log.record_all(&[posture(1), posture(2), host_call(), posture(3)]).unwrap();
    let numbers = |records: &[Record]| -> Vec<Option<i64>> {
        let number = |record: &Record| record.detail.get("number").and_then(Detail::as_integer);
        records.iter().skip(1).map(number).collect()
    };
    let found = records(&place.path);
    assert_eq!(numbers(&found), [Some(1), Some(2), None, Some(3)], "before anything else is done");
    log.record_all(&[]).unwrap();
    assert_eq!(records(&place.path).len(), found.len());
    log.end(&end()).unwrap();
    assert_eq!(verdict(&place.path), ChainVerdict::Valid);
    assert!(matches!(log.record_all(&[posture(4)]), Err(LogError::Ended)));
}

/// A record that is written at once does not wake whoever writes the others; those are written all
/// the same.
#[test]
fn records_that_can_wait_are_written_beside_those_that_cannot() {
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    std::thread::scope(|scope| {
        for kind in [Kind::HostCall, Kind::Posture, Kind::HostCall, Kind::Posture] {
            let log = log.clone();
            scope.spawn(move || {
                for _ in 0..500 {
                    log.record(&Event::new(kind, "x", Verdict::Allowed)).unwrap();
                }
            });
        }
    });
    let patience = Instant::now() + 500 * FLUSH_INTERVAL;
    while records(&place.path).len() < 2001 {
        assert!(Instant::now() < patience, "something was not flushed");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(log);
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let place = place();
    fs::write(&place.path, "mine").unwrap();
    assert!(matches!(Log::create(&place.path, run_id(), &start()), Err(LogError::Open { .. })));
    let refused = Log::create_or_append(&place.path, run_id(), &start());
    let Err(LogError::NotWhole { .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(fs::read(&place.path).unwrap(), b"mine");
}

#[test]
fn a_second_run_continues_the_chain() {
    let place = place();
    let first = Log::create_or_append(&place.path, run_id(), &start()).unwrap();
    first.end(&end()).unwrap();
    drop(first);
    let other = RunId::random().unwrap();
    let second = Log::create_or_append(&place.path, other.clone(), &start()).unwrap();
    second.end(&end()).unwrap();
    let records = records(&place.path);
    assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [0, 1, 0, 1]);
    assert_eq!(records[2].prev, records[1].hash);
    assert_eq!(records[2].run, other.to_string());
    assert_eq!(verdict(&place.path), ChainVerdict::Valid);
}

#[test]
fn a_torn_tail_is_cut_off_and_said() {
    let place = place();
    drop(Log::create(&place.path, run_id(), &start()).unwrap());
    let mut file = fs::OpenOptions::new().append(true).open(&place.path).unwrap();
    file.write_all(b"{\"v\":1,\"seq\":1,\"ti").unwrap();
    drop(file);
    assert!(matches!(verdict(&place.path), ChainVerdict::Unclean { gap: Gap::CutOff { .. } }));
    let log = Log::create_or_append(&place.path, RunId::random().unwrap(), &start()).unwrap();
    log.end(&end()).unwrap();
    let records = records(&place.path);
    assert_eq!(records[1].detail["cut_bytes"].as_integer(), Some(18));
    let gap = Gap::NoEnd { run: run_id().to_string() };
    assert_eq!(verdict(&place.path), ChainVerdict::Unclean { gap }, "the crash stays visible");
}

/// Longer than what the next run writes over it.
#[test]
fn a_long_torn_tail_is_cut_off_whole() {
    let place = place();
    drop(Log::create(&place.path, run_id(), &start()).unwrap());
    let mut file = fs::OpenOptions::new().append(true).open(&place.path).unwrap();
    file.write_all(format!("{{\"v\":1,\"seq\":1,\"time\":\"{}", "x".repeat(9000)).as_bytes())
        .unwrap();
    drop(file);
    let log = Log::create_or_append(&place.path, RunId::random().unwrap(), &start()).unwrap();
    log.flush().unwrap();
    assert_eq!(records(&place.path).len(), 2);
    log.end(&end()).unwrap();
    assert!(matches!(verdict(&place.path), ChainVerdict::Unclean { gap: Gap::NoEnd { .. } }));
}

#[cfg(unix)]
#[test]
fn a_file_is_private_has_one_writer_and_is_no_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let log = Log::create(&place.path, run_id(), &start()).unwrap();
    assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
    let second = Log::create_or_append(&place.path, run_id(), &start());
    assert!(matches!(second, Err(LogError::InUse { .. })), "{second:?}");
    drop(log);

    let link = place.path.with_extension("link");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    assert!(matches!(Log::create(&link, run_id(), &start()), Err(LogError::Open { .. })));
    let through = Log::create_or_append(&link, run_id(), &start());
    assert!(matches!(through, Err(LogError::NotAFile { .. })), "{through:?}");
}

/// Fails as soon as it is told to.
struct Failing(Arc<AtomicBool>);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Failing {}

#[test]
fn a_record_that_cannot_be_written_poisons_the_log() {
    let full = Arc::new(AtomicBool::new(false));
    let sink = Box::new(Failing(Arc::clone(&full)));
    let log = Log::with(sink, Box::new(SystemClock::start()), run_id(), &start()).unwrap();
    assert!(log.is_healthy());
    full.store(true, Ordering::Relaxed);
    let grant = Event::new(Kind::Grant, "fs.read", Verdict::Allowed);
    assert!(matches!(log.record(&grant), Err(LogError::Write(_))));
    assert!(!log.is_healthy());
    full.store(false, Ordering::Relaxed);
    assert!(matches!(log.record(&grant), Err(LogError::Poisoned)));
    assert!(matches!(log.flush(), Err(LogError::Poisoned)));
    assert!(matches!(log.end(&end()), Err(LogError::Poisoned)));
}

#[test]
fn a_buffered_record_that_cannot_be_written_is_learnt_of() {
    let full = Arc::new(AtomicBool::new(false));
    let sink = Box::new(Failing(Arc::clone(&full)));
    let log = Log::with(sink, Box::new(SystemClock::start()), run_id(), &start()).unwrap();
    full.store(true, Ordering::Relaxed);
    log.record(&host_call()).unwrap();
    assert!(log.flush().is_err());
    assert!(!log.is_healthy());
}

struct Noon;

impl Clock for Noon {
    fn wall_us(&self) -> i64 {
        1_772_366_400_000_000
    }

    fn mono_us(&self) -> u64 {
        7
    }
}

#[test]
fn the_first_line_of_version_1_stays_as_it_is() {
    let memory = aether_audit::Memory::default();
    let sink = Box::new(memory.clone());
    let log = Log::with(sink, Box::new(Noon), run_id(), &start()).unwrap();
    log.flush().unwrap();
    let expect = concat!(
        r#"{"v":1,"seq":0,"time":"2026-03-01T12:00:00.000000Z","mono_us":7,"#,
        r#""run":"00112233445566778899aabbccddeeff","kind":"run-start","action":"run","#,
        r#""verdict":"noted","detail":{"aether":"0.1.0","platform":"test","plugins":0,"#,
        r#""policy":"b3:00","unsafe":false},"#,
        r#""prev":"30fb2781b156220a1f1b5c3bc06b27698650bf157c404fa30b0e85f903702a5d","#,
        r#""hash":"9bf5ef621b23bc9501f86b8eb4baab0cdb581cee4f2254a69e97b126f2f46529"}"#,
        "\n"
    );
    let line = String::from_utf8(memory.bytes()).unwrap();
    assert_eq!(line, expect);
}
