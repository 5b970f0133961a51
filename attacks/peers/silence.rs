//! Peers that are slow, silent or late.

use serde_json::json;

use crate::wire::Verdict::Time;
use crate::wire::{Peer, Wire, answer, peer, tells, wait};

pub(super) const PEERS: &[Peer] = &[
    peer("silent", "hears the greeting and says nothing", silent, &[Time]).within(1),
    peer(
        "slow-greeting",
        "answers the greeting byte by byte",
        |wire| {
            wire.hello();
            for byte in r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1}}"#.bytes().cycle() {
                if !wire.raw(&[byte]) {
                    return;
                }
                wait(50);
            }
        },
        &[Time],
    )
    .within(1),
    peer("never-loads", "is greeted and never loads", |wire| wire.greet(), &[Time]).within(1),
    peer(
        "half-a-line",
        "answers half",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!("a long answer"));
            wire.raw(&line.as_bytes()[..line.len() / 2]);
        },
        &[Time],
    )
    .within(1),
    peer(
        "all-but-the-newline",
        "answers, and leaves the newline out",
        |wire| {
            let call = wire.called();
            wire.raw(answer(call, &json!(1)).as_bytes());
        },
        &[Time],
    )
    .within(1),
    peer("never-answers", "takes a call and never answers it", never_answers, &[Time]).within(1),
    peer(
        "busy-and-never-answers",
        "tells its progress for ever",
        |wire| {
            let call = wire.called();
            let note = json!({ "call": call, "fraction": 0.99, "message": "almost there" });
            while wire.say(tells("call.progress", &note.to_string())) {
                wait(20);
            }
        },
        &[Time],
    )
    .within(1),
    peer(
        "answers-late",
        "answers when its time is up",
        |wire| {
            let call = wire.called();
            wait(2500);
            wire.give(call, &json!("late"));
        },
        &[Time],
    )
    .within(1),
    peer(
        "slow-calls-answered-in-parts",
        "answers one of two calls and leaves the other open",
        |wire| {
            wire.called();
            let second = wire.call();
            wire.give(second, &json!("done"));
        },
        &[Time, crate::wire::Verdict::Returns(r#""done""#)],
    )
    .within(1),
];

fn silent(wire: &mut Wire) {
    wire.hello();
}

fn never_answers(wire: &mut Wire) {
    wire.called();
}
