use proptest::prelude::*;

use super::*;
use crate::verify::walk_stream;
use crate::{End, Event, Log, RunId, Start, Verdict};

/// A run, and where its lines begin.
fn whole(text: &str, number: i64) -> Vec<Vec<u8>> {
    let run = RunId::parse(&"a".repeat(32)).unwrap();
    let (log, memory) = Log::memory(run, &Start::default()).unwrap();
    for kind in [Kind::HostCall, Kind::Denied, Kind::Posture] {
        let event = Event::new(kind, "fs.read", Verdict::Allowed)
            .plugin(text)
            .object("/a")
            .detail("n", number)
            .detail(text, text);
        log.record(&event).unwrap();
    }
    log.end(&End { outcome: "done", exit_code: 0, verdict: Verdict::Allowed }).unwrap();
    memory.bytes().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// What both ways to look at a line say.
fn both(bytes: &[u8]) -> [Verification; 2] {
    let walk = || Walk::new([].iter());
    [walk(), walk().slow()].map(|walk| walk_stream(bytes, walk).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// Lines are given a right hash after they were changed, or no reader would look at them.
    #[test]
    fn the_fast_look_and_the_reader_of_json_judge_alike(
        text in "\\PC{0,10}", number: i64, is_sealed in prop::bool::weighted(0.9),
        line in 0usize..5, at: prop::sample::Index, remove in 0usize..4,
        insert in prop::sample::select(vec![
            "", "\"", "\\", "\\u00", "0", "-", ".5", "e1", ",", ":", "}", "{", " ", "\u{1}", "null",
            "{}", ",\"cell\":7", ",\"rule\":\"x\"", ",\"object\":null", "\u{fc}", "v", "1",
        ]),
        raw in prop::option::weighted(0.1, any::<u8>()),
    ) {
        let mut lines = whole(&text, number);
        let changed = &mut lines[line];
        let length = if is_sealed { changed.len() - 76 } else { changed.len() };
        let at = at.index(length);
        let insert = raw.map_or(insert.as_bytes().to_vec(), |byte| vec![byte]);
        changed.splice(at..(at + remove).min(length), insert);
        if is_sealed {
            changed.truncate(changed.len() - 76);
            changed.push(b'}');
            chain::seal(changed, 0);
        }
        let [fast, slow] = both(&lines.concat());
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn an_untouched_log_is_valid_to_both(text in "\\PC{0,10}", number: i64) {
        let [fast, slow] = both(&whole(&text, number).concat());
        prop_assert!(fast.is_valid(), "{}", fast);
        prop_assert_eq!(fast, slow);
    }
}
