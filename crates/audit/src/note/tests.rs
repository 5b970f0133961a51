use proptest::prelude::*;

use super::*;
use crate::{Signer, hex};

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: "host.example/audit".to_owned(),
        run: "00112233445566778899aabbccddeeff".to_owned(),
        records: 412,
        head: hex::text(&blake3::hash(b"head")),
        segment: 3,
        size: 7,
        root: hex::text(&blake3::hash(b"root")),
        time: "2026-03-01T12:00:00.000450Z".to_owned(),
    }
}

fn signer() -> Signer {
    Signer::from_seed("host.example/audit", &[7; 32]).unwrap()
}

fn note() -> String {
    signer().sign(&checkpoint()).unwrap().to_note().unwrap()
}

#[test]
fn a_note_has_this_form() {
    let note = note();
    let expect = format!(
        "host.example/audit\n7\n{}\nrun 00112233445566778899aabbccddeeff\nrecords 412\n\
         head {}\nsegment 3\ntime 2026-03-01T12:00:00.000450Z\n\n\u{2014} host.example/audit ",
        base64::encode(blake3::hash(b"root").as_bytes()),
        hex::text(&blake3::hash(b"head")),
    );
    assert!(note.starts_with(&expect), "{note}");
    let read = SignedCheckpoint::parse(&note).unwrap();
    assert_eq!(read.to_note().unwrap(), note);
    assert_eq!(read.verify(&[signer().key().clone()]).unwrap(), &checkpoint());
}

#[test]
fn only_a_known_key_counts() {
    let read = SignedCheckpoint::parse(&note()).unwrap();
    let other = Signer::from_seed("host.example/audit", &[8; 32]).unwrap();
    let renamed = Signer::from_seed("somebody", &[7; 32]).unwrap();
    let keys = [other.key().clone(), renamed.key().clone()];
    assert!(matches!(read.verify(&keys), Err(NoteError::UnknownKey)));
    assert!(matches!(read.verify(&[]), Err(NoteError::UnknownKey)));
    let forged = note().replace("records 412", "records 411");
    let forged = SignedCheckpoint::parse(&forged).unwrap();
    let found = forged.verify(&[signer().key().clone()]);
    assert!(matches!(found, Err(NoteError::False { .. })), "{found:?}");
}

#[test]
fn a_second_signature_is_borne_with_and_a_false_one_is_not() {
    let known = [signer().key().clone()];
    let other = Signer::from_seed("witness", &[9; 32]).unwrap().sign(&checkpoint()).unwrap();
    let line = other.to_note().unwrap().rsplit_once("\n\n").unwrap().1.to_owned();
    let both = SignedCheckpoint::parse(&(note() + &line)).unwrap();
    assert_eq!(both.verify(&known).unwrap(), &checkpoint());
    let false_line = line.replace("\u{2014} witness", "\u{2014} host.example/audit");
    let false_one = SignedCheckpoint::parse(&(note() + &false_line)).unwrap();
    assert!(false_one.verify(&known).is_ok(), "another id is another key");
    let twice = signer().sign(&Checkpoint { records: 1, ..checkpoint() }).unwrap();
    let line = twice.to_note().unwrap().rsplit_once("\n\n").unwrap().1.to_owned();
    let mixed = SignedCheckpoint::parse(&(note() + &line)).unwrap();
    assert!(matches!(mixed.verify(&known), Err(NoteError::False { .. })));
    let many = note() + &line.repeat(MAX_SIGNATURES);
    assert!(matches!(SignedCheckpoint::parse(&many), Err(NoteError::Signatures)));
}

#[test]
fn what_is_not_of_its_form_is_neither_signed_nor_read() {
    let refused = |change: fn(&mut Checkpoint)| {
        let mut changed = checkpoint();
        change(&mut changed);
        assert!(signer().sign(&changed).is_err(), "{changed:?}");
    };
    refused(|each| each.origin = "two\nlines".to_owned());
    refused(|each| each.origin = String::new());
    refused(|each| each.run = "00".to_owned());
    refused(|each| each.records = 0);
    refused(|each| each.size = 0);
    refused(|each| each.head = "G".repeat(64));
    refused(|each| each.root = "a".repeat(63));
    refused(|each| each.time = "yesterday".to_owned());
    for (from, to) in [
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n+7\n"),
        ("records 412", "records 412 "),
        ("segment 3", "segment 3\nmore 1"),
        ("time ", "Time "),
        ("\n\n", "\n"),
        ("\u{2014} ", "- "),
        ("host.example/audit\n", "host\texample\n"),
    ] {
        let changed = note().replacen(from, to, 1);
        assert!(SignedCheckpoint::parse(&changed).is_err(), "{changed}");
    }
}

#[test]
fn notes_that_follow_each_other_are_read_and_a_torn_one_is_left_out() {
    let one = note();
    let three = [&*one, &*one, &*one].join("\n");
    assert_eq!(SignedCheckpoint::parse_all(&three).unwrap().len(), 3);
    assert_eq!(SignedCheckpoint::parse_all("").unwrap().len(), 0);
    for cut in 1..one.len() {
        let Some(torn) = one.get(..cut) else { continue };
        let found = SignedCheckpoint::parse_all(&format!("{one}\n{torn}")).unwrap();
        assert_eq!(found.len(), 1, "{torn}");
    }
    assert!(SignedCheckpoint::parse_all(&format!("x{three}y\n\u{2014} z\n")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_note_is_not_verified(at: prop::sample::Index, to in "[ -~\u{2014}\n]") {
        let note = note();
        let places: Vec<_> = note.char_indices().collect();
        let (place, from) = places[at.index(places.len())];
        prop_assume!(from.to_string() != to);
        let mut changed = note.clone();
        changed.replace_range(place..place + from.len_utf8(), &to);
        if let Ok(read) = SignedCheckpoint::parse(&changed) {
            prop_assert!(read.verify(&[signer().key().clone()]).is_err(), "{}", changed);
        }
    }

    #[test]
    fn what_is_read_is_written_the_same(
        lines in prop::collection::vec("[a-z0-9 =+/\u{2014}\u{202e}\r]{0,70}", 0..14)
    ) {
        let text = lines.join("\n");
        if let Ok(read) = SignedCheckpoint::parse(&text) {
            prop_assert_eq!(&read.to_note().unwrap(), &text);
        }
        let _ = SignedCheckpoint::parse_all(&text);
        let _ = Key::parse(&text);
    }

    #[test]
    fn arbitrary_text_is_no_trouble(text in "\\PC{0,200}") {
        prop_assert!(SignedCheckpoint::parse(&text).is_err());
        let _ = SignedCheckpoint::parse_all(&text);
    }

    #[test]
    fn any_checkpoint_comes_back(records in 1u64.., size in 1u64.., segment: u64) {
        let sent = Checkpoint { records, size, segment, ..checkpoint() };
        let note = signer().sign(&sent).unwrap().to_note().unwrap();
        let read = SignedCheckpoint::parse(&note).unwrap();
        prop_assert_eq!(read.verify(&[signer().key().clone()]).unwrap(), &sent);
    }
}
