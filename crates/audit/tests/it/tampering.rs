//! What was done to a log shows.

use crate::common::{RUN, end, lines, open_log, resealed, whole};
use aether_audit::{Break, ChainVerdict, Checkpoint, Gap, Verification, verify, verify_against};
use proptest::prelude::*;

fn check(bytes: &[u8], expect: &str) -> Verification {
    let found = verify(bytes).unwrap();
    let word = match &found.verdict {
        ChainVerdict::Broken { line, reason, .. } => format!("broken {line} {reason:?}"),
        ChainVerdict::Unclean { gap } => format!("unclean {gap:?}"),
        ChainVerdict::Valid => "valid".to_owned(),
    };
    assert_eq!(word, expect, "{found}");
    found
}

#[test]
fn an_untouched_log_is_valid() {
    let found = check(&whole(5), "valid");
    assert_eq!((found.records, found.runs), (7, 1));
    assert_eq!(found.to_string(), "valid: 7 records of 1 run, all as they were written");
}

#[test]
fn every_single_byte_counts() {
    let bytes = whole(2);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let found = verify(&changed[..]).unwrap();
            assert!(matches!(found.verdict, ChainVerdict::Broken { .. }), "byte {at}: {found}");
        }
    }
}

#[test]
fn white_space_counts() {
    let bytes = whole(1);
    for end in [&b" "[..], b"\n", b"\r\n", b"\t"] {
        let mut longer = bytes.clone();
        longer.extend_from_slice(end);
        assert!(!verify(&longer[..]).unwrap().is_valid(), "{end:?}");
    }
    let windows = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
    check(windows.as_bytes(), "broken 1 NoHash");
}

#[test]
fn a_shorter_log_is_unclean_and_a_torn_tail_is_told_apart() {
    let bytes = whole(3);
    for length in 0..bytes.len() {
        let cut = &bytes[..length];
        let found = verify(cut).unwrap();
        let is_boundary = cut.is_empty() || cut.ends_with(b"\n");
        match (&found.verdict, is_boundary) {
            (ChainVerdict::Unclean { gap: Gap::Empty }, true) => assert_eq!(length, 0),
            (ChainVerdict::Unclean { gap: Gap::NoEnd { run } }, true) => assert_eq!(run, RUN),
            (ChainVerdict::Unclean { gap: Gap::CutOff { bytes, .. } }, false) => {
                assert_eq!(found.bytes + bytes, length as u64);
            }
            _ => panic!("{length} bytes: {found}"),
        }
    }
}

#[test]
fn a_changed_tail_is_not_a_torn_one() {
    let bytes = whole(1);
    let whole_lines = lines(&bytes);
    let two = [whole_lines[0], whole_lines[1]].concat();
    for tail in [&b"x"[..], b"{\"v\":1,\"seq\":3,", b"{\"v\":2", b"{\"v\":1,\"seq\":2,}", b"\0x"] {
        check(&[&two, tail].concat(), "broken 3 TailChanged");
    }
    let no_line_end = bytes.strip_suffix(b"\n").unwrap();
    check(
        no_line_end,
        &format!(
            "unclean {:?}",
            Gap::CutOff { segment: 0, line: 3, bytes: whole_lines[2].len() as u64 - 1 }
        ),
    );
    let mut changed = no_line_end.to_vec();
    changed[two.len() + 40] ^= 1;
    check(&changed, "broken 3 TailChanged");
}

#[test]
fn zeros_behind_the_last_record_are_a_torn_tail() {
    let bytes = whole(1);
    let whole_lines = lines(&bytes);
    let two = [whole_lines[0], whole_lines[1]].concat();
    for written in [&b""[..], b"{\"v\":1,\"se"] {
        let tail = [written, &[0; 500]].concat();
        let gap = Gap::CutOff { segment: 0, line: 3, bytes: tail.len() as u64 };
        check(&[&two, &tail[..]].concat(), &format!("unclean {gap:?}"));
    }
    check(&[&two, &[0; 500][..], b"\n"].concat(), "broken 3 NoHash");
    check(&[&two, &[0; 5][..], whole_lines[2]].concat(), "broken 3 Changed");
}

#[test]
fn what_stands_behind_the_end_of_a_run_is_no_record_of_it() {
    let found = verify(&[&whole(1), &b"more"[..]].concat()[..]).unwrap();
    assert_eq!(
        found.sentence(),
        "at line 4 (behind the end of a run) the line has no end and is not the beginning of a \
         record; 3 records before it as they were written"
    );
    let found = verify(&b"more"[..]).unwrap();
    assert!(found.sentence().starts_with("at line 1 (record 0) "), "{found}");
}

#[test]
fn lines_removed_swapped_repeated_or_moved_are_found() {
    let bytes = whole(4);
    let all = lines(&bytes);
    let pick = |order: &[usize]| -> Vec<u8> {
        order.iter().flat_map(|line| all[*line].iter().copied()).collect()
    };
    check(&pick(&[0, 1, 2, 3, 4, 5]), "valid");
    check(&pick(&[0, 1, 3, 4, 5]), "broken 3 Missing { found: 3 }");
    check(&pick(&[0, 2, 1, 3, 4, 5]), "broken 2 Missing { found: 2 }");
    check(&pick(&[0, 1, 1, 2, 3, 4, 5]), "broken 3 OutOfOrder { found: 1 }");
    check(&pick(&[1, 2, 3, 4, 5]), "broken 1 NoStart");
    check(&pick(&[0, 1, 2, 3, 4, 5, 5]), "broken 7 AfterEnd");
    check(&pick(&[0, 5]), "broken 2 Missing { found: 5 }");
    check(&pick(&[0, 0, 1, 2, 3, 4, 5]), "broken 2 Unlinked");
}

#[test]
fn two_logs_cannot_be_spliced() {
    let (first, second) = (whole(3), other_run(3));
    let (one, two) = (lines(&first), lines(&second));
    check(&[one[0], one[1], two[2], two[3], two[4]].concat(), "broken 3 NoStart");
    check(&[&first[..], &second].concat(), "broken 6 Unlinked");
    check(&[two[0], one[1]].concat(), "broken 2 NoStart");
}

#[test]
fn a_rewritten_line_with_a_right_hash_does_not_link() {
    let bytes = whole(3);
    let all = lines(&bytes);
    let text = std::str::from_utf8(all[2]).unwrap();
    let forged = resealed(text, "fs.read", "fs.list");
    check(&[all[0], all[1], forged.as_bytes(), all[3], all[4]].concat(), "broken 4 Unlinked");
}

#[test]
fn lines_that_are_no_records_are_named() {
    let bytes = whole(1);
    let all = lines(&bytes);
    let start = std::str::from_utf8(all[0]).unwrap();
    let later = resealed(start, r#"{"v":1,"#, r#"{"v":2,"new":[],"#);
    check(later.as_bytes(), "broken 1 UnknownVersion { version: 2 }");
    let unknown = resealed(start, r#"{"v":1,"#, r#"{"v":1,"new":1,"#);
    check(unknown.as_bytes(), "broken 1 NotARecord");
    let twice = resealed(start, r#"{"v":1,"#, r#"{"v":1,"v":1,"#);
    check(twice.as_bytes(), "broken 1 NotARecord");
    let float = resealed(start, r#""plugins":0"#, r#""plugins":0.5"#);
    check(float.as_bytes(), "broken 1 NotARecord");
    check(&[b'{'; 300 * 1024], "broken 1 TooLong");
}

#[test]
fn a_wrong_count_is_found() {
    let bytes = whole(1);
    let all = lines(&bytes);
    let end = resealed(std::str::from_utf8(all[2]).unwrap(), r#""records":3"#, r#""records":2"#);
    check(&[all[0], all[1], end.as_bytes()].concat(), "broken 3 CountDiffers");
}

#[test]
fn checkpoints_prove_what_was_there() {
    let (log, memory) = open_log(3);
    let middle = log.checkpoint().unwrap();
    let last = log.end(&end()).unwrap();
    let bytes = memory.bytes();
    let both = [last.clone(), middle.clone()];
    assert!(verify_against(&bytes[..], &both).unwrap().is_valid());

    let reason = |bytes: &[u8], checkpoints: &[Checkpoint]| match verify_against(bytes, checkpoints)
        .unwrap()
        .verdict
    {
        ChainVerdict::Broken { reason, .. } => Some(reason),
        _ => None,
    };
    assert_eq!(reason(&[], &both), Some(Break::CheckpointMissing), "the whole log removed");
    assert_eq!(reason(&other_run(3), &both), Some(Break::CheckpointMissing));
    assert_eq!(reason(&whole(3), &both), Some(Break::CheckpointDiffers), "the log made again");
    let shorter = lines(&bytes)[..4].concat();
    assert_eq!(reason(&shorter, &both), Some(Break::CheckpointMissing), "the tail removed");
    assert_eq!(reason(&shorter, std::slice::from_ref(&middle)), None);
    let twin = |change: fn(&mut Checkpoint)| {
        let mut twin = middle.clone();
        change(&mut twin);
        let both = [last.clone(), twin];
        assert_eq!(reason(&bytes, &both), Some(Break::CheckpointDiffers), "{both:?}");
    };
    twin(|twin| twin.head = "0".repeat(64));
    twin(|twin| twin.root = "0".repeat(64));
    twin(|twin| twin.size += 1);
    twin(|twin| twin.segment += 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_changed_byte_is_found(events in 0u32..6, at: prop::sample::Index, to: u8) {
        let mut bytes = whole(events);
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let found = verify(&bytes[..]).unwrap();
        prop_assert!(matches!(found.verdict, ChainVerdict::Broken { .. }), "{}", found);
    }

    #[test]
    fn any_other_order_of_lines_is_found(
        order in prop::collection::vec(0usize..6, 1..9)
    ) {
        let bytes = whole(4);
        let all = lines(&bytes);
        let other: Vec<u8> = order.iter().flat_map(|line| all[*line].iter().copied()).collect();
        let found = verify(&other[..]).unwrap();
        let is_beginning = order.iter().copied().eq(0..order.len());
        match found.verdict {
            ChainVerdict::Valid => prop_assert_eq!(order, [0, 1, 2, 3, 4, 5]),
            ChainVerdict::Unclean { .. } => prop_assert!(is_beginning && order.len() < 6),
            ChainVerdict::Broken { .. } => prop_assert!(!is_beginning),
        }
    }

    #[test]
    fn any_inserted_bytes_are_found(at: prop::sample::Index, bytes in prop::collection::vec(any::<u8>(), 1..40)) {
        let whole = whole(2);
        let at = at.index(whole.len() + 1);
        let longer = [&whole[..at], &bytes, &whole[at..]].concat();
        let found = verify(&longer[..]).unwrap();
        // The bytes of a first line behind the last one could be a second run being torn.
        let is_next_run = at == whole.len() && whole.starts_with(&bytes);
        prop_assert!(matches!(found.verdict, ChainVerdict::Broken { .. }) || is_next_run, "{}", found);
    }

    #[test]
    fn arbitrary_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(!verify(&bytes[..]).unwrap().is_valid());
        prop_assert!(aether_audit::Records::new(&bytes[..]).all(|record| record.is_err()));
    }

    #[test]
    fn json_like_bytes_get_a_verdict(text in "(\\{\"v\":1,\"seq\":[0-9]{1,3},|\"|\\[|\\{|hash|[a-z:,}\n]|\\PC){0,60}") {
        prop_assert!(!verify(text.as_bytes()).unwrap().is_valid());
    }
}

/// A run with another id.
fn other_run(events: u32) -> Vec<u8> {
    use aether_audit::{Event, Kind, Log, RunId, Verdict};
    let run = RunId::parse(&"f".repeat(32)).unwrap();
    let (log, memory) = Log::memory(run, &crate::common::start()).unwrap();
    for _ in 0..events {
        log.record(&Event::new(Kind::Call, "run", Verdict::Allowed)).unwrap();
    }
    log.end(&end()).unwrap();
    memory.bytes()
}

#[test]
fn a_verdict_is_said_in_one_line() {
    let bytes = whole(2);
    let all = lines(&bytes);
    let said = |bytes: &[u8]| verify(bytes).unwrap().to_string();
    assert_eq!(said(&bytes), "valid: 4 records of 1 run, all as they were written");
    assert_eq!(said(b""), "unclean: the log holds no record");
    assert_eq!(
        said(all[0]),
        format!(
            "unclean: 1 record of 1 run as they were written, but run {RUN} has no end: \
             the host was stopped, or the last records were removed"
        )
    );
    assert_eq!(
        said(&[all[0], b"\x1b[2J{}\n"].concat()),
        "broken: at line 2 (record 1) the line does not end in a hash; \
         1 record before it as they were written"
    );
}
