//! A log as it is seen while it is written.

use std::fs;
use std::io::Write as _;

use aether_audit::{Follow, Kind, Log, MAX_LINE, ReadError, Record, RunId};
use proptest::prelude::*;

use crate::common::{
    Place, end, host_call, lines, record_calls, run_id, small, start, whole, write_run,
};

fn seqs(found: Vec<Result<Record, ReadError>>) -> Vec<u64> {
    found.into_iter().map(|record| record.unwrap().seq).collect()
}

#[test]
fn records_are_shown_as_they_come_over_rotations() {
    let place = Place::new();
    let mut follow = Follow::new(&place.log());
    assert!(follow.poll().unwrap().is_empty(), "there is no log yet");
    let log = small(900).create(&place.log(), run_id(), &start()).unwrap();
    let mut seen = Vec::new();
    for number in 0..30 {
        log.record(&host_call(number)).unwrap();
        if number % 4 == 0 {
            log.flush().unwrap();
            seen.extend(follow.poll().unwrap());
        }
    }
    log.end(&end()).unwrap();
    seen.extend(follow.poll().unwrap());
    let seen: Vec<Record> = seen.into_iter().map(|record| record.unwrap()).collect();
    assert_eq!(seen, place.records());
    assert!(seen.iter().any(|record| record.kind == Kind::SegmentStart));
    assert!(follow.poll().unwrap().is_empty());
    drop(log);
    write_run(small(900), &place.log(), RunId::random().unwrap(), 5);
    let more = follow.poll().unwrap().len();
    assert_eq!(seen.len() + more, place.records().len());
}

#[test]
fn a_writer_and_a_follower_at_once_see_the_same() {
    let place = Place::new();
    let mut follow = Follow::new(&place.log());
    let log = small(3000).create(&place.log(), run_id(), &start()).unwrap();
    let writer = std::thread::spawn(move || {
        record_calls(&log, 0..3000);
        log.end(&end()).unwrap()
    });
    let mut seen = Vec::new();
    while seen.last().is_none_or(|record: &Record| record.kind != Kind::RunEnd) {
        seen.extend(follow.poll().unwrap().into_iter().map(|record| record.unwrap()));
    }
    writer.join().unwrap();
    assert!(seen.iter().map(|record| record.seq).eq(0..seen.len() as u64));
    assert_eq!(seen, place.records());
}

#[test]
fn half_a_record_waits_for_its_other_half_or_for_what_comes_instead() {
    let place = Place::new();
    let bytes = whole(2);
    let all = lines(&bytes);
    let (half, rest) = all[2].split_at(40);
    let mut file = fs::File::create(place.log()).unwrap();
    let mut follow = Follow::new(&place.log());
    file.write_all(&[all[0], all[1], half].concat()).unwrap();
    assert_eq!(seqs(follow.poll().unwrap()), [0, 1]);
    assert!(follow.poll().unwrap().is_empty());
    file.write_all(rest).unwrap();
    assert_eq!(seqs(follow.poll().unwrap()), [2]);

    // A host that was stopped, and the next run.
    let place = Place::new();
    drop(Log::create(&place.log(), run_id(), &start()).unwrap());
    let mut follow = Follow::new(&place.log());
    let mut file = fs::OpenOptions::new().append(true).open(place.log()).unwrap();
    file.write_all(b"{\"v\":1,\"seq\":1,\"time").unwrap();
    drop(file);
    assert_eq!(seqs(follow.poll().unwrap()), [0]);
    write_run(small(1 << 20), &place.log(), RunId::random().unwrap(), 1);
    assert_eq!(seqs(follow.poll().unwrap()), [0, 1, 2]);
}

#[test]
fn a_log_that_shrinks_is_told_of_once() {
    let place = Place::new();
    fs::write(place.log(), whole(3)).unwrap();
    let mut follow = Follow::new(&place.log());
    assert_eq!(follow.poll().unwrap().len(), 5);
    fs::write(place.log(), lines(&whole(3))[0]).unwrap();
    let found = follow.poll().unwrap();
    assert!(matches!(&found[..], [Err(ReadError::Replaced { segment: 0 })]), "{found:?}");
    assert!(follow.poll().unwrap().is_empty());
}

#[test]
fn a_line_that_is_no_record_or_too_long_is_told_of_once() {
    let place = Place::new();
    let bytes = whole(1);
    let all = lines(&bytes);
    let long = vec![b'x'; MAX_LINE + 10];
    let mut file = fs::File::create(place.log()).unwrap();
    let mut follow = Follow::new(&place.log());
    file.write_all(&[all[0], b"{}\n", &long[..]].concat()).unwrap();
    let found = follow.poll().unwrap();
    let expect = matches!(
        &found[..],
        [Ok(_), Err(ReadError::NotARecord { line: 2, .. }), Err(ReadError::TooLong { line: 3 })]
    );
    assert!(expect, "{found:?}");
    file.write_all(b"more of it").unwrap();
    assert!(follow.poll().unwrap().is_empty());
    file.write_all(&[&long[..], b"end\n", all[1]].concat()).unwrap();
    assert_eq!(seqs(follow.poll().unwrap()), [1]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// However the bytes of a log come, the records are the same.
    #[test]
    fn records_come_whole_whatever_the_pieces(pieces in prop::collection::vec(1usize..900, 1..40)) {
        let (source, place) = (Place::new(), Place::new());
        write_run(small(1000), &source.log(), run_id(), 8);
        let mut follow = Follow::new(&place.log());
        let mut seen = Vec::new();
        let mut pieces = pieces.into_iter().cycle();
        for number in 0..source.verify().segments {
            let bytes = fs::read(source.segment(number)).unwrap();
            let mut file = fs::File::create(place.segment(number)).unwrap();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(pieces.next().unwrap().min(rest.len()));
                file.write_all(piece).unwrap();
                seen.extend(follow.poll().unwrap());
                rest = after;
            }
        }
        seen.extend(follow.poll().unwrap());
        let seen: Vec<Record> = seen.into_iter().map(|record| record.unwrap()).collect();
        prop_assert_eq!(seen, source.records());
    }
}
