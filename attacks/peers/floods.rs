//! More logs, notes and output than anybody reads.

use std::io;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::wire::Verdict::{Cut, Output, Returns};
use crate::wire::{Peer, peer, print_without_end, tells};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "log-flood",
        "logs without end",
        |wire| {
            wire.called();
            let message = "x".repeat(8000);
            let line =
                tells("log.write", &json!({ "level": "info", "message": message }).to_string());
            while wire.say(&line) {}
        },
        &[Output],
    )
    .records(&["log-drop/limited"])
    .logs(200),
    peer(
        "log-of-nothing",
        "logs lines of nothing for two seconds",
        |wire| {
            let call = wire.called();
            let line = tells("log.write", r#"{"level":"info","message":""}"#) + "\n";
            let many = line.repeat(1000);
            let until = Instant::now() + Duration::from_secs(2);
            while Instant::now() < until {
                wire.raw(many.as_bytes());
            }
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    )
    .logs(25_000),
    peer(
        "log-of-facts",
        "logs without end in facts, with messages of nothing",
        |wire| {
            wire.called();
            let facts =
                json!({ "level": "debug", "message": "", "fields": { "a": "x".repeat(8000) } });
            let line = tells("log.write", &facts.to_string());
            while wire.say(&line) {}
        },
        &[Output],
    )
    .records(&["log-drop/limited"])
    .logs(200),
    peer(
        "log-of-wrong-shape",
        "logs with severities that are none",
        |wire| {
            wire.called();
            for level in ["\"fatal\"", "\"Info\"", "3"] {
                wire.say(tells("log.write", &format!(r#"{{"level":{level},"message":"m"}}"#)));
            }
        },
        &[Cut("log.write")],
    )
    .strikes(3),
    peer(
        "progress-flood",
        "tells its progress without end, and of calls that are not its own",
        |wire| {
            let call = wire.called();
            let own = json!({ "call": call, "fraction": 0.5, "message": "x".repeat(2000) });
            let other = json!({ "call": 1, "fraction": 0.5, "message": "" });
            let lines = [own, other].map(|note| tells("call.progress", &note.to_string()));
            for _ in 0..20_000 {
                for line in &lines {
                    wire.say(line);
                }
            }
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    )
    .within(10),
    peer(
        "progress-out-of-range",
        "has come further than all the way, and less far than nowhere",
        |wire| {
            let call = wire.called();
            for fraction in ["-1", "2", "1e308", "-0.0"] {
                let note = format!(r#"{{"call":{call},"fraction":{fraction},"message":""}}"#);
                wire.say(tells("call.progress", &note));
            }
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    ),
    peer(
        "progress-of-wrong-shape",
        "has come as far as no number says",
        |wire| {
            let call = wire.called();
            for fraction in ["null", "\"half\"", "1e999"] {
                let note = format!(r#"{{"call":{call},"fraction":{fraction},"message":""}}"#);
                wire.say(tells("call.progress", &note));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "output-flood",
        "prints without end beside the protocol",
        |wire| {
            wire.called();
            print_without_end(io::stdout(), &[b'x'; 64 << 10]);
        },
        &[Output],
    )
    .logs(300)
    .within(20),
    peer(
        "output-flood-on-errors",
        "prints lines without end on standard error",
        |wire| {
            wire.called();
            print_without_end(io::stderr(), "a line\n".repeat(10_000).as_bytes());
        },
        &[Output],
    )
    .logs(200_000)
    .within(20),
    peer(
        "output-at-the-greeting",
        "prints without end before it has answered the greeting",
        |wire| {
            wire.hello();
            print_without_end(io::stdout(), &[b'{'; 64 << 10]);
        },
        &[Output],
    )
    .logs(300)
    .within(20),
    peer(
        "protocol-on-the-output",
        "answers on its standard output, where an engine has no say",
        |wire| {
            let call = wire.called();
            let line = crate::wire::answer(call, &json!("forged")) + "\n";
            drop(io::Write::write_all(&mut io::stdout(), line.as_bytes()));
            drop(io::Write::flush(&mut io::stdout()));
            crate::wire::wait(200);
            wire.give(call, &json!("honest"));
        },
        &[Returns(r#""honest""#)],
    )
    .logs(1),
    peer(
        "notification-flood",
        "tells nonsense faster than its host reads",
        |wire| {
            wire.called();
            let many = (tells("x", "{}") + "\n").repeat(10_000);
            while wire.raw(many.as_bytes()) {}
        },
        &[Cut("an unknown notification")],
    )
    .strikes(3),
];
