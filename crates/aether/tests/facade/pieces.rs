//! Results in pieces: one by one for those who want them so, whole for the others.

use std::time::{Duration, Instant};

use aether::{CallError, Ending, Event, Limit};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    a_generator_gives_its_pieces_as_they_come,
    whoever_wants_no_pieces_gets_all_of_them,
    a_generator_waits_for_whoever_is_slow,
    a_generator_that_fails_has_given_what_it_gave,
    a_generator_ends_with_its_time_and_when_it_is_cancelled,
    pieces_that_nobody_wants_end_the_generator,
    pieces_are_held_to_what_is_declared,
    large_pieces_come_whole,
    a_native_plugin_gives_pieces_too,
}

const COUNTS: &str = "
export default async function* ({ to, ms }) {
    for (let i = 0; i < to; i++) {
        if (ms) await new Promise((resolve) => setTimeout(resolve, ms));
        yield { i };
    }
    return 'end';
}
export function* plain() { yield 1; yield undefined; yield 'x'; }
export const list = () => [1, 2];
export async function* fails() { yield 1; throw new TypeError('in the middle'); }
let made = 0;
export async function* endless() { for (;;) { made += 1; yield 'x'.repeat(1000); } }
export const count = () => made;
export async function* tidy(input, context) {
    try { for (;;) yield 1; } finally { context.log.info('tidied up'); }
}
export async function* large() { yield 'x'.repeat(1 << 20); yield 'y'.repeat(1 << 20); }
export async function* odd() { yield () => 1; }";

const LONG: Duration = Duration::from_secs(20);

fn a_generator_gives_its_pieces_as_they_come() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    let began = Instant::now();
    let mut pieces = cell.stream("run", json!({ "to": 3, "ms": 200 }), LONG);
    assert_eq!(pieces.next(), Some(json!({ "i": 0 })));
    assert!(began.elapsed() < Duration::from_millis(600), "{:?}", began.elapsed());
    assert_eq!(pieces.by_ref().collect::<Vec<_>>(), [json!({ "i": 1 }), json!({ "i": 2 })]);
    assert_eq!(pieces.finish(), Ok(json!("end")));
    let plain = cell.stream("plain", Value::Null, LONG).collect::<Vec<_>>();
    assert_eq!(plain, [json!(1), json!(null), json!("x")]);
    // What has a form of its own comes as it is.
    let mut list = cell.stream("list", Value::Null, LONG);
    assert_eq!(list.next(), None);
    assert_eq!(list.finish(), Ok(json!([1, 2])));
}

fn whoever_wants_no_pieces_gets_all_of_them() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    assert_eq!(cell.call("run", json!({ "to": 2 })), Ok(json!([{ "i": 0 }, { "i": 1 }])));
    assert_eq!(cell.call("plain", Value::Null), Ok(json!([1, null, "x"])));
    let error = cell.call("fails", Value::Null).expect_err("an error");
    assert!(error.to_string().contains("in the middle"), "{error}");
    let error = cell.call("odd", Value::Null).expect_err("an error");
    assert!(error.to_string().contains("no JSON form"), "{error}");
}

fn a_generator_waits_for_whoever_is_slow() {
    let lab = Lab::new();
    let (host, cell) = lab.start(COUNTS);
    let mut pieces = cell.stream("endless", Value::Null, LONG);
    // Eight wait for whoever called and one more may be made; others are served meanwhile.
    let made = |taken: u64| {
        let count = || {
            std::thread::sleep(Duration::from_millis(500));
            cell.call("count", Value::Null).expect("a count").as_u64().expect("a number")
        };
        let made = count();
        assert_eq!(count(), made, "it waits");
        assert!((taken + 8..=taken + 9).contains(&made), "{made} were made, {taken} taken");
    };
    assert!(pieces.next().is_some());
    made(1);
    assert_eq!(pieces.by_ref().take(50).count(), 50);
    made(51);
    pieces.cancel();
    assert_eq!(pieces.finish(), Err(CallError::Cancelled));
    drop(cell);
    drop(host);
}

fn a_generator_that_fails_has_given_what_it_gave() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    let mut pieces = cell.stream("fails", Value::Null, LONG);
    assert_eq!(pieces.next(), Some(json!(1)));
    assert_eq!(pieces.next(), None);
    let error = pieces.finish().expect_err("an error");
    assert!(error.to_string().contains("in the middle"), "{error}");
}

fn a_generator_ends_with_its_time_and_when_it_is_cancelled() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    let pieces = cell.stream("endless", Value::Null, Duration::from_millis(500));
    let count = pieces.count();
    assert!(count > 10, "{count}");
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    let mut pieces = cell.stream("run", json!({ "to": 1000, "ms": 100 }), LONG);
    assert!(pieces.next().is_some());
    pieces.cancel();
    assert_eq!(pieces.finish(), Err(CallError::Cancelled));
    let late = cell.stream("run", json!({ "to": 1000, "ms": 100 }), Duration::from_millis(300));
    let ended = late.finish();
    assert_eq!(
        ended,
        Err(CallError::Ended(Ending::Limit(Limit::Time(Duration::from_millis(300)))))
    );
}

fn pieces_that_nobody_wants_end_the_generator() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    // As many wait as may, and more often than a plugin may have requests open.
    for _ in 0..6 {
        let pieces = cell.stream("endless", Value::Null, LONG);
        std::thread::sleep(Duration::from_millis(150));
        drop(pieces);
    }
    let count = || cell.call("count", Value::Null).expect("a count");
    std::thread::sleep(Duration::from_millis(300));
    let made = count();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(count(), made, "nothing is made any more");
    drop(cell.stream("tidy", Value::Null, LONG));
    let tidied =
        |event: &Event| matches!(event, Event::Log { message, .. } if message == "tidied up");
    lab.heard.until(tidied);
    assert_eq!(cell.call("list", Value::Null), Ok(json!([1, 2])), "it lives on");
}

fn pieces_are_held_to_what_is_declared() {
    let lab = Lab::new();
    let host = lab.host();
    let code = "export async function* run({ bad }) { yield 1; if (bad) yield 'two'; yield 3; }
        export async function* none() { }
        export const plain = () => 'no list';";
    let declared = r#"{
        "run": { "result": { "type": "array", "items": { "type": "integer" } } },
        "none": { "result": { "type": "array" } },
        "plain": { "result": { "type": "array" } }
    }"#;
    let plugin = host.load(lab.plugin("p").with("exports", declared).main(code)).expect("a plugin");
    let cell = start(&host, &plugin);
    let mut good = cell.stream("run", json!({}), LONG);
    assert_eq!(good.by_ref().collect::<Vec<_>>(), [json!(1), json!(3)]);
    assert_eq!(good.finish(), Ok(Value::Null), "what it returns is no part of the list");
    let mut bad = cell.stream("run", json!({ "bad": true }), LONG);
    assert_eq!(bad.next(), Some(json!(1)));
    // What was sent before the answer to it is whole.
    assert!(bad.by_ref().all(|piece| piece == 3));
    let error = bad.finish().expect_err("it does not fit");
    assert!(error.to_string().contains("is not what the manifest declares"), "{error}");
    assert_eq!(cell.stream("none", Value::Null, LONG).finish(), Ok(Value::Null));
    let plain = cell.stream("plain", Value::Null, LONG).finish();
    assert!(matches!(plain, Err(CallError::Result(_))), "{plain:?}");
}

fn large_pieces_come_whole() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(COUNTS);
    let large = cell.stream("large", Value::Null, LONG).collect::<Vec<_>>();
    let lengths: Vec<_> = large.iter().map(|piece| piece.as_str().map_or(0, str::len)).collect();
    assert_eq!(lengths, [1 << 20, 1 << 20]);
}

fn a_native_plugin_gives_pieces_too() {
    let lab = Lab::new();
    let called = r#"
        case $line in *'"credits":'*) ;; *) exit 9 ;; esac
        for n in 1 2; do
            echo '{"jsonrpc":"2.0","id":'$n',"method":"call.chunk","params":{"call":'$id',"data":{"json":'$n'}}}'
            read -r reply
        done
        answer "$id" '{"output":{"json":"end"}}'"#;
    let host = lab.host();
    let plugin = host.load(lab.native("p", called)).expect("a plugin");
    let cell = start(&host, &plugin);
    let mut pieces = cell.stream("run", Value::Null, LONG);
    assert_eq!(pieces.by_ref().collect::<Vec<_>>(), [json!(1), json!(2)]);
    assert_eq!(pieces.finish(), Ok(json!("end")));
}
