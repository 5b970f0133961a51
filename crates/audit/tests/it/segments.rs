//! A log that goes on in other files, and is gone on with.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aether_audit::{
    Break, ChainVerdict, Clock, Event, Gap, Kind, Log, LogError, LogOptions, Rotation, RunId,
    Verdict, verify,
};

use crate::common::{Place, end, host_call, resealed, run_id, small, start, write_run};

fn is_valid(place: &Place) -> u64 {
    let found = place.verify();
    assert_eq!(found.verdict, ChainVerdict::Valid, "{found}");
    found.segments
}

#[test]
fn a_full_segment_is_closed_and_the_next_one_continues_it() {
    let place = Place::new();
    write_run(small(2000), &place.log(), run_id(), 40);
    let segments = is_valid(&place);
    assert!(segments > 4, "{segments}");
    let records = place.records();
    assert!(records.iter().map(|record| record.seq).eq(0..records.len() as u64));
    let calls = records.iter().filter(|record| record.kind == Kind::HostCall);
    assert!(calls.map(|record| record.cell.unwrap()).eq(0..40));

    let first = fs::read_to_string(place.log()).unwrap();
    let closing: aether_audit::Record =
        serde_json::from_str(first.lines().last().unwrap()).unwrap();
    assert_eq!(closing.kind, Kind::SegmentEnd);
    assert_eq!(closing.detail["segment"].as_integer(), Some(0));
    let before = first.lines().count() as i64 - 1;
    assert_eq!(closing.detail["records"].as_integer(), Some(before));
    assert!(first.len() < 2000 + 2 * 500);
    let second = fs::read_to_string(place.segment(1)).unwrap();
    let opening: aether_audit::Record =
        serde_json::from_str(second.lines().next().unwrap()).unwrap();
    assert_eq!(opening.kind, Kind::SegmentStart);
    assert_eq!(opening.detail["segment"].as_integer(), Some(1));
    assert_eq!(opening.detail["head"].as_str(), Some(&*closing.hash));
    assert_eq!(opening.prev, closing.hash);
    let last = records.last().unwrap();
    assert_eq!(last.detail["segment"].as_integer(), Some(segments as i64 - 1));
    assert_eq!(last.detail["records"].as_integer(), Some(records.len() as i64));
    assert!(last.detail["root"].as_str().is_some());
}

#[test]
fn the_segments_joined_verify_as_one_stream() {
    let place = Place::new();
    write_run(small(1500), &place.log(), run_id(), 20);
    let segments = is_valid(&place);
    let all: Vec<u8> =
        (0..segments).flat_map(|number| fs::read(place.segment(number)).unwrap()).collect();
    let found = verify(&all[..]).unwrap();
    assert!(found.is_valid(), "{found}");
    assert_eq!((found.segments, found.bytes), (segments, all.len() as u64));
}

#[test]
fn a_limit_that_every_record_reaches_is_borne_with() {
    let place = Place::new();
    write_run(small(1), &place.log(), run_id(), 3);
    assert!(is_valid(&place) >= 3);
}

/// A clock that says what it is told.
struct Told(Arc<AtomicU64>);

impl Clock for Told {
    fn wall_us(&self) -> i64 {
        0
    }

    fn mono_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn an_old_segment_is_closed() {
    let (place, time) = (Place::new(), Arc::new(AtomicU64::new(0)));
    let rotation = Rotation { bytes: u64::MAX, age: Some(Duration::from_secs(60)) };
    let options = LogOptions::default().rotation(rotation).clock(Box::new(Told(Arc::clone(&time))));
    let log = options.create(&place.log(), run_id(), &start()).unwrap();
    for seconds in [0, 59, 60, 61, 119, 120] {
        time.store(seconds * 1_000_000, Ordering::Relaxed);
        log.record(&host_call(0)).unwrap();
    }
    log.end(&end()).unwrap();
    assert_eq!(is_valid(&place), 3);
}

#[test]
fn every_way_to_hand_over_rotates_in_order() {
    let place = Place::new();
    let log = small(1500).create(&place.log(), run_id(), &start()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let log = log.clone();
            scope.spawn(move || {
                for number in 0..60 {
                    let kind = if number % 7 == 0 { Kind::Posture } else { Kind::HostCall };
                    let event = Event::new(kind, "x", Verdict::Allowed).cell(thread);
                    log.record_all(&[event.clone(), event]).unwrap();
                    if number % 11 == 0 {
                        log.sync().unwrap();
                    }
                }
            });
        }
    });
    log.end(&end()).unwrap();
    is_valid(&place);
    let of_caller = |kind| matches!(kind, Kind::Posture | Kind::HostCall);
    let count = place.records().iter().filter(|record| of_caller(record.kind)).count();
    assert_eq!(count, 4 * 60 * 2);
}

#[test]
fn a_later_run_goes_on_in_the_last_segment() {
    let place = Place::new();
    for runs in 1..6 {
        write_run(small(2500), &place.log(), RunId::random().unwrap(), 5);
        is_valid(&place);
        assert_eq!(place.verify().runs, runs);
    }
    assert!(place.verify().segments > 2);
}

#[cfg(unix)]
#[test]
fn segments_are_private_and_whatever_is_in_their_way_poisons_the_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    write_run(small(2000), &place.log(), run_id(), 10);
    let mode = fs::metadata(place.segment(1)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    for is_link in [true, false] {
        let place = Place::new();
        let log = small(2000).create(&place.log(), run_id(), &start()).unwrap();
        match is_link {
            true => std::os::unix::fs::symlink("/dev/null", place.segment(1)).unwrap(),
            false => fs::write(place.segment(1), "mine").unwrap(),
        }
        let results: Vec<_> = (0..30).map(|number| log.record(&host_call(number))).collect();
        let flushed = log.flush();
        assert!(flushed.is_err() || results.iter().any(Result::is_err));
        assert!(!log.is_healthy());
        if !is_link {
            assert_eq!(fs::read(place.segment(1)).unwrap(), b"mine");
        }
    }
}

#[test]
fn a_log_is_not_begun_where_later_segments_lie_or_another_run_writes() {
    let place = Place::new();
    fs::write(place.segment(3), "").unwrap();
    let refused = Log::create_or_append(&place.log(), run_id(), &start());
    assert!(matches!(refused, Err(LogError::Open { .. })), "{refused:?}");

    let place = Place::new();
    let first = small(800).create(&place.log(), run_id(), &start()).unwrap();
    for number in 0..10 {
        first.record(&host_call(number)).unwrap();
    }
    first.flush().unwrap();
    assert!(place.segment(2).exists());
    let second = small(800).create_or_append(&place.log(), run_id(), &start());
    assert!(matches!(second, Err(LogError::InUse { .. })), "{second:?}");
}

#[test]
fn a_caller_cannot_write_what_the_log_is_verified_by() {
    let (log, memory) = Log::memory(run_id(), &start()).unwrap();
    for kind in [Kind::RunStart, Kind::RunEnd, Kind::SegmentStart, Kind::SegmentEnd] {
        let refused = log.record(&Event::new(kind, "x", Verdict::Noted));
        assert!(matches!(refused, Err(LogError::Reserved { .. })), "{refused:?}");
    }
    assert!(log.is_healthy());
    log.end(&end()).unwrap();
    assert!(verify(&memory.bytes()[..]).unwrap().is_valid());
}

/// Cuts a log of several segments off at every byte, as a crash might, and goes on with it.
#[test]
fn a_log_that_is_cut_off_anywhere_can_be_gone_on_with() {
    let place = Place::new();
    write_run(small(1200), &place.log(), run_id(), 6);
    let segments = is_valid(&place);
    let whole: Vec<Vec<u8>> = (0..segments).map(|n| fs::read(place.segment(n)).unwrap()).collect();
    for (last, bytes) in whole.iter().enumerate().skip(1) {
        let lengths =
            (0..bytes.len()).filter(|length| length % 7 == 0 || bytes[length - 1] == b'\n');
        for length in lengths.chain([bytes.len()]) {
            let place = Place::new();
            for (number, bytes) in whole.iter().enumerate().take(last) {
                fs::write(place.segment(number as u64), bytes).unwrap();
            }
            fs::write(place.segment(last as u64), &bytes[..length]).unwrap();
            go_on_with(&place, last as u64, length);
        }
    }
}

fn go_on_with(place: &Place, last: u64, length: usize) {
    let before = place.verify();
    assert!(!matches!(before.verdict, ChainVerdict::Broken { .. }), "{last} {length}: {before}");
    let log = Log::create_or_append(&place.log(), RunId::random().unwrap(), &start()).unwrap();
    log.record(&host_call(0)).unwrap();
    log.end(&end()).unwrap();
    let after = place.verify();
    assert_eq!(after.records, before.records + 3, "{last} {length}: {after}");
    let gap = Gap::NoEnd { run: run_id().to_string() };
    match before.verdict {
        ChainVerdict::Valid => assert!(after.is_valid()),
        ChainVerdict::Unclean { gap: Gap::CutOff { bytes, .. } } => {
            assert_eq!(after.verdict, ChainVerdict::Unclean { gap });
            let cut = &place.records()[before.records as usize].detail["cut_bytes"];
            assert_eq!(cut.as_integer(), Some(bytes as i64));
        }
        _ => assert_eq!(after.verdict, ChainVerdict::Unclean { gap }),
    }
}

#[test]
fn a_host_stopped_between_two_segments_is_gone_on_after() {
    for has_empty_file in [false, true] {
        let place = Place::new();
        write_run(small(1200), &place.log(), run_id(), 6);
        let segments = is_valid(&place);
        (1..segments).for_each(|number| fs::remove_file(place.segment(number)).unwrap());
        if has_empty_file {
            fs::write(place.segment(1), "").unwrap();
        }
        go_on_with(&place, 1, 0);
        let text = fs::read_to_string(place.segment(1)).unwrap();
        let first: aether_audit::Record =
            serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first.kind, Kind::RunStart);
        assert_eq!(first.detail["segment"].as_integer(), Some(1));
    }
}

/// The host writes the end of a segment, and then in another file: half a line behind that end is no
/// crash, and a log that has one is not gone on with.
#[test]
fn half_a_line_behind_the_end_of_a_segment_is_no_crash() {
    for has_next in [false, true] {
        let place = Place::new();
        write_run(small(1200), &place.log(), run_id(), 6);
        let segments = is_valid(&place);
        let kept = if has_next { 2 } else { 1 };
        (kept..segments).for_each(|number| fs::remove_file(place.segment(number)).unwrap());
        let whole = fs::read(place.log()).unwrap();
        let next = whole.iter().filter(|byte| **byte == b'\n').count();
        let torn = [&whole[..], format!("{{\"v\":1,\"seq\":{next},\"ti").as_bytes()].concat();
        fs::write(place.log(), &torn).unwrap();
        let found = place.verify();
        let reason = Break::AfterSegmentEnd;
        let (line, seq) = (next as u64 + 1, next as u64);
        assert_eq!(found.verdict, ChainVerdict::Broken { segment: 0, line, seq, reason });
        assert_eq!(found.records, next as u64);
        let refused = Log::create_or_append(&place.log(), RunId::random().unwrap(), &start());
        assert!(matches!(refused, Err(LogError::NotWhole { .. })), "{refused:?}");
        assert_eq!(fs::read(place.log()).unwrap(), torn, "it is left as it was found");
        assert_eq!(place.segment(1).exists(), has_next);
        // Of a stream it can be all that was written of the next segment.
        let joined = verify(&torn[..]).unwrap().verdict;
        assert!(matches!(joined, ChainVerdict::Unclean { gap: Gap::CutOff { .. } }), "{joined:?}");
    }
}

#[test]
fn a_run_of_many_plugins_still_says_which_segment_it_begins() {
    let place = Place::new();
    write_run(small(1200), &place.log(), run_id(), 6);
    (1..is_valid(&place)).for_each(|number| fs::remove_file(place.segment(number)).unwrap());
    let plugins: Vec<_> = (0..200).map(|n| (format!("p{n:03}"), "b3:00".to_owned())).collect();
    let many = aether_audit::Start { plugins: &plugins, ..start() };
    let log = Log::create_or_append(&place.log(), RunId::random().unwrap(), &many).unwrap();
    log.end(&end()).unwrap();
    let gap = Gap::NoEnd { run: run_id().to_string() };
    assert_eq!(place.verify().verdict, ChainVerdict::Unclean { gap });
    let records = place.records();
    let begun = records.iter().rfind(|record| record.kind == Kind::RunStart).unwrap();
    assert_eq!(begun.detail["segment"].as_integer(), Some(1));
    assert_eq!(begun.detail["plugins"].as_integer(), Some(200));
    assert_eq!(begun.truncated, ["detail"]);
}

#[test]
fn an_empty_file_behind_a_segment_that_is_not_closed_is_no_crash() {
    let place = Place::new();
    write_run(LogOptions::default(), &place.log(), run_id(), 3);
    fs::File::create(place.segment(1)).unwrap();
    let reason = |place: &Place| match place.verify().verdict {
        ChainVerdict::Broken { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&place), Break::SegmentUnclosed);
    fs::remove_file(place.segment(1)).unwrap();
    let mut file = fs::OpenOptions::new().append(true).open(place.log()).unwrap();
    file.write_all(b"{\"v\":1,\"seq\":0,").unwrap();
    fs::write(place.segment(1), "{").unwrap();
    assert_eq!(reason(&place), Break::SegmentUnclosed);
}

/// The last line of a log, changed by who gives it a right hash: what it says of its segment must be
/// so all the same.
#[test]
fn what_ends_and_begins_a_segment_is_held_against_it() {
    let source = Place::new();
    write_run(small(1300), &source.log(), run_id(), 12);
    let last = source.verify().segments - 1;
    let check = |segment: u64, line: usize, from: &str, to: &str, expect: Break| {
        let place = Place::new();
        (0..segment).for_each(|number| {
            fs::copy(source.segment(number), place.segment(number)).unwrap();
        });
        let text = fs::read_to_string(source.segment(segment)).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.truncate(line.min(lines.len()));
        let changed = lines.pop().unwrap();
        let changed = resealed(changed, from, to);
        fs::write(place.segment(segment), [&lines.concat(), &*changed].concat()).unwrap();
        match place.verify().verdict {
            ChainVerdict::Broken { reason, .. } => assert_eq!(reason, expect, "{changed}"),
            other => panic!("{other:?}: {changed}"),
        }
    };
    let root = |place: &Place, segment| {
        let text = fs::read_to_string(place.segment(segment)).unwrap();
        let record: aether_audit::Record =
            serde_json::from_str(text.lines().last().unwrap()).unwrap();
        record.detail["root"].as_str().unwrap().to_owned()
    };
    for segment in [0, 1, last] {
        let root = root(&source, segment);
        let other = root.replace(|digit: char| digit.is_ascii_digit(), "a");
        let number = format!("\"segment\":{segment}");
        check(segment, usize::MAX, &root, &other, Break::RootDiffers);
        check(segment, usize::MAX, &root, "", Break::RootDiffers);
        check(segment, usize::MAX, &number, "\"segment\":9", Break::SegmentDiffers);
        check(segment, usize::MAX, &number, "\"segment\":\"\"", Break::SegmentDiffers);
        check(segment, usize::MAX, "records\":", "records\":1", Break::CountDiffers);
    }
    check(last, usize::MAX, "segment_records\":", "segment_records\":1", Break::CountDiffers);
    check(1, 1, "\"segment\":1", "\"segment\":2", Break::SegmentDiffers);
    check(1, 1, "\"head\":\"", "\"head\":\"0", Break::SegmentDiffers);
    check(1, 1, "segment-start", "host-call", Break::AfterSegmentEnd);
    check(0, 2, "host-call", "segment-start", Break::SegmentDiffers);
}
