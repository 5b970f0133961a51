//! Ends that are none, or come at the wrong time.

use serde_json::json;

use crate::wire::Verdict::{Crashed, Cut, HungUp, Returns, Syscall};
use crate::wire::{Peer, answer, peer, wait};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "gone-at-the-greeting",
        "ends when it is greeted",
        |wire| {
            wire.hello();
            std::process::exit(0)
        },
        &[Crashed("code 0")],
    ),
    peer(
        "gone-in-a-call",
        "ends well in the middle of a call",
        |wire| {
            wire.called();
            std::process::exit(0)
        },
        &[Crashed("code 0")],
    )
    .ends(Crashed("code 0")),
    peer(
        "gone-in-a-line",
        "ends in the middle of a line",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!("a long answer"));
            wire.raw(&line.as_bytes()[..line.len() / 2]);
            std::process::exit(0)
        },
        &[Crashed("code 0")],
    )
    .ends(Crashed("code 0")),
    peer(
        "gone-with-a-descriptor",
        "ends in the middle of a line that has a descriptor",
        |wire| {
            wire.called();
            let file = super::descriptors::sealed(b"[]");
            wire.attach(b"{", &[std::os::fd::AsFd::as_fd(&file)]);
            std::process::exit(7)
        },
        &[Crashed("code 7")],
    )
    .ends(Crashed("code 7")),
    peer(
        "answers-and-is-gone",
        "answers and ends before its host has read it",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!("last"));
            std::process::exit(0)
        },
        &[Returns(r#""last""#)],
    ),
    peer(
        "half-closed",
        "closes one direction of its gateway, for which there is no call",
        |wire| {
            wire.called();
            let _refused = rustix::net::shutdown(wire.gateway(), rustix::net::Shutdown::Write);
        },
        &[Syscall("shutdown")],
    )
    .records(&["violation/violation"]),
    peer(
        "closed-and-stays",
        "closes its gateway in a call and stays",
        |wire| {
            wire.called();
            wire.close();
            wait(20_000);
        },
        &[HungUp],
    ),
    peer(
        "closed-in-a-line",
        "closes its gateway in the middle of a line and stays",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1));
            wire.raw(&line.as_bytes()[..line.len() / 2]);
            wire.close();
            wait(20_000);
        },
        &[HungUp],
    ),
    peer(
        "closed-at-rest",
        "answers, closes its gateway and stays",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!(1));
            wire.close();
            wait(20_000);
        },
        &[Returns("1")],
    )
    .ends(HungUp),
    peer(
        "stays-when-it-should-end",
        "does not end when it is asked to",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!(1));
            wire.request("shutdown");
            wait(20_000);
        },
        &[Returns("1")],
    ),
    peer(
        "talks-when-it-should-end",
        "errs without end when it is asked to end",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!(1));
            wire.request("shutdown");
            while wire.say("nonsense") {}
        },
        &[Returns("1")],
    )
    .strikes(3)
    .ends(Cut("")),
];
