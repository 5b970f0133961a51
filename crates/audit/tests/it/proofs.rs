//! A record shown without the rest of its log.

use std::fs;

use aether_audit::{Checkpoint, Proof, ProofError, Which, prove, prove_in};
use proptest::prelude::*;

use crate::common::{Place, run_id, small, write_run};

fn log(events: u32, bytes: u64) -> (Place, Checkpoint) {
    let place = Place::new();
    let last = write_run(small(bytes), &place.log(), run_id(), events);
    (place, last)
}

#[test]
fn every_record_can_be_proven_against_the_root_its_segment_names() {
    let (place, last) = log(30, 2500);
    let records = place.records();
    let segments = place.verify().segments;
    let mut number = 0;
    for segment in 0..segments {
        let text = fs::read_to_string(place.segment(segment)).unwrap();
        let closing: aether_audit::Record =
            serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let is_last = segment == segments - 1;
        for (index, line) in text.lines().enumerate() {
            let which = Which::Line { segment, line: index as u64 + 1 };
            let proof = prove(&place.log(), which).unwrap();
            assert_eq!((&*proof.line, proof.index), (line, index as u64));
            assert_eq!(proof.check().unwrap(), records[number]);
            if is_last {
                assert_eq!(proof.check_against(&last).unwrap(), records[number]);
            } else if index + 1 < text.lines().count() {
                assert_eq!(Some(&*proof.root), closing.detail["root"].as_str());
            }
            let by_seq = Which::Record { run: &records[number].run, seq: records[number].seq };
            assert_eq!(prove(&place.log(), by_seq).unwrap(), proof);
            number += 1;
        }
    }
    assert_eq!(number, records.len());
}

#[test]
fn a_proof_in_a_smaller_tree_holds_against_an_older_checkpoint() {
    let place = Place::new();
    let log = small(1 << 20).create(&place.log(), run_id(), &crate::common::start()).unwrap();
    let mut checkpoints = Vec::new();
    for number in 0..20 {
        log.record(&crate::common::host_call(number)).unwrap();
        checkpoints.push(log.checkpoint().unwrap());
    }
    log.flush().unwrap();
    for checkpoint in &checkpoints {
        for line in [1, checkpoint.size / 2 + 1, checkpoint.size] {
            let which = Which::Line { segment: 0, line };
            let proof = prove_in(&place.log(), which, checkpoint.size).unwrap();
            proof.check_against(checkpoint).unwrap();
        }
        let beyond = Which::Line { segment: 0, line: checkpoint.size + 1 };
        let refused = prove_in(&place.log(), beyond, checkpoint.size);
        assert!(refused.is_err(), "{refused:?}");
    }
    let proof = prove(&place.log(), Which::Line { segment: 0, line: 2 }).unwrap();
    let wrong = proof.check_against(&checkpoints[3]);
    assert!(matches!(wrong, Err(ProofError::Checkpoint)), "{wrong:?}");
}

#[test]
fn what_is_not_there_or_changed_is_not_proven() {
    let (place, _) = log(5, 1 << 20);
    let prove = |which| prove(&place.log(), which);
    let run = run_id();
    let missing = Which::Record { run: run.as_str(), seq: 100 };
    assert!(matches!(prove(missing), Err(ProofError::NotFound)));
    assert!(matches!(prove(Which::Line { segment: 0, line: 0 }), Err(ProofError::NotFound)));
    assert!(matches!(prove(Which::Line { segment: 0, line: 9 }), Err(ProofError::NotFound)));
    assert!(matches!(prove(Which::Line { segment: 1, line: 1 }), Err(ProofError::Read { .. })));
    let one = Which::Line { segment: 0, line: 1 };
    let many = prove_in(&place.log(), one, 1000);
    assert!(matches!(many, Err(ProofError::TooFew { .. })));
    let text = fs::read_to_string(place.log()).unwrap();
    fs::write(place.log(), text.replacen("fs.read", "fs.list", 1)).unwrap();
    let changed = prove(one);
    assert!(matches!(changed, Err(ProofError::Changed { segment: 0, line: 2 })), "{changed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_changed_proof_does_not_hold(at: prop::sample::Index, to in "[ -~]") {
        let (place, last) = log(6, 1 << 20);
        let proof = prove(&place.log(), Which::Line { segment: 0, line: 3 }).unwrap();
        let json = serde_json::to_string(&proof).unwrap();
        prop_assert_eq!(&Proof::parse(&json).unwrap(), &proof);
        let at = at.index(json.len());
        prop_assume!(json[at..=at] != to);
        let mut changed = json.clone();
        changed.replace_range(at..=at, &to);
        if let Ok(read) = Proof::parse(&changed) {
            prop_assert!(read == proof || read.check_against(&last).is_err(), "{}", changed);
        }
    }

    #[test]
    fn arbitrary_text_is_no_proof(text in "\\PC{0,200}") {
        prop_assert!(Proof::parse(&text).is_err());
    }
}
