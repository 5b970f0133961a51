//! Events: what plugins and their host tell each other.

use std::time::{Duration, Instant};

use aether::audit::Kind;
use aether::{CallError, Cell, EmitError, Ending, Event, Host, Limit, Plugin};
use serde_json::{Value, json};

use crate::lab::{Lab, policy, start, tests};

tests! {
    what_one_tells_the_others_hear,
    the_host_tells_and_is_told,
    what_is_not_granted_is_neither_told_nor_heard,
    a_subscription_ends,
    a_handler_that_fails_is_a_line_of_the_log,
    a_handler_that_hangs_ends_its_cell,
    a_slow_one_holds_nobody_up_and_learns_what_it_missed,
    a_handler_may_ask_its_host_for_things,
    a_native_plugin_hears,
    whoever_stops_may_end_what_it_hears,
    whoever_is_busy_with_a_call_hears_later,
    events_are_small_and_have_topics,
}

const POLICY: &str = "version: 1
plugins: { \"*\": { allow: { events: { emit: [\"*\"], on: [\"*\"] } } } }
";

fn host(lab: &Lab) -> Host {
    lab.builder().policy(policy(POLICY)).build().expect("a host")
}

const ALL: &str = r#"{ "events": { "emit": ["build.*", "other"], "on": ["build.*"] } }"#;

fn plugin(lab: &Lab, host: &Host, name: &str, code: &str) -> Plugin {
    host.load(lab.plugin(name).permissions(ALL).main(code)).expect("a plugin")
}

const LISTENS: &str = "import { on } from 'aether:events';
    const heard = [];
    await on('build.*', (data, { topic, from, dropped }) => { heard.push([topic, data, from ?? null, dropped]); });
    export default () => heard;";

const TELLS: &str = "import { emit } from 'aether:events';
    export default async ({ topic, data }) => { await emit(topic, data); };
    export const many = async (n) => { for (let i = 0; i < n; i++) await emit('build.n', i); };
    export const outcome = async ({ topic, data }) => {
      try { await emit(topic, data); return 'told'; } catch (error) { return error.code; }
    };";

/// What a listener has heard, once it is so much.
fn heard(cell: &Cell, count: usize) -> Vec<Value> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let all = cell.call("run", Value::Null).expect("a result");
        let all = all.as_array().expect("a list").clone();
        if all.len() >= count {
            return all;
        }
        assert!(Instant::now() < until, "{all:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn what_one_tells_the_others_hear() {
    let lab = Lab::new();
    let host = host(&lab);
    let ears =
        [1, 2].map(|number| start(&host, &plugin(&lab, &host, &format!("l{number}"), LISTENS)));
    let mouth = start(&host, &plugin(&lab, &host, "t", TELLS));
    mouth.call("many", json!(20)).expect("a result");
    mouth.call("run", json!({ "topic": "other", "data": 1 })).expect("a result");
    for ear in &ears {
        let expect: Vec<Value> = (0..20).map(|n| json!(["build.n", n, "t", 0])).collect();
        assert_eq!(heard(ear, 20), expect, "in order, and nothing else");
    }
    let records = lab.records(&host);
    let told =
        |one: &&aether::audit::Record| one.kind == Kind::HostCall && one.action == "events.emit";
    assert_eq!(records.iter().filter(told).count(), 21);
    let events: Vec<_> = records.iter().filter(|one| one.action == "event").collect();
    assert_eq!(events.len(), 2 * 2 * 20, "each begun and ended");
    assert!(events.iter().any(|one| one.kind == Kind::CallEnd));
}

fn the_host_tells_and_is_told() {
    let lab = Lab::new();
    let host = host(&lab);
    let ear = start(&host, &plugin(&lab, &host, "l", LISTENS));
    host.emit("build.done", &json!({ "ok": true })).expect("an event");
    host.emit("other", &Value::Null).expect("an event");
    assert_eq!(heard(&ear, 1), [json!(["build.done", { "ok": true }, null, 0])]);
    let mouth = start(&host, &plugin(&lab, &host, "t", TELLS));
    mouth.call("run", json!({ "topic": "other", "data": [1] })).expect("a result");
    let told = lab.heard.of(|event| match event {
        Event::Emitted { cell, topic, data } => Some((*cell, topic.clone(), data.clone())),
        _ => None,
    });
    assert_eq!(told, [(2, "other".to_owned(), json!([1]))]);
    assert!(matches!(host.emit("Not One", &Value::Null), Err(EmitError::Topic(_))));
    let large = json!("x".repeat(70_000));
    assert!(matches!(host.emit("a", &large), Err(EmitError::Data(_))));
}

fn what_is_not_granted_is_neither_told_nor_heard() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { emit, on } from 'aether:events';
        const failed = async (run) => { try { await run(); return 'fine'; } catch (error) { return error.code; } };
        export default async () => [
          await failed(() => emit('deploy.done')), await failed(() => on('deploy.done', () => {})),
          await failed(() => on('*', () => {})), await failed(() => on('build', () => {})),
          await failed(() => on('build.a.*', () => {})), await failed(() => on('Build', () => {})),
          await failed(() => on('build.a', 5)),
        ];";
    let cell = start(&host, &plugin(&lab, &host, "p", code));
    let denied = "ERR_ACCESS_DENIED";
    let expect = json!([
        denied,
        denied,
        denied,
        denied,
        "fine",
        "ERR_INVALID_ARG_VALUE",
        "ERR_INVALID_ARG_TYPE"
    ]);
    assert_eq!(cell.call("run", Value::Null).expect("a result"), expect);
}

fn a_subscription_ends() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events';
        const heard = [];
        const first = await on('build.*', (data) => { heard.push(`first ${data}`); });
        const second = await on('build.*', (data) => { heard.push(`second ${data}`); });
        export default () => heard;
        export const stop = async (which) => { await (which === 1 ? first : second)(); };";
    let cell = start(&host, &plugin(&lab, &host, "l", code));
    host.emit("build.a", &json!(1)).expect("an event");
    assert_eq!(heard(&cell, 2), ["first 1", "second 1"]);
    cell.call("stop", json!(1)).expect("a result");
    cell.call("stop", json!(1)).expect("again");
    host.emit("build.a", &json!(2)).expect("an event");
    assert_eq!(heard(&cell, 3)[2..], ["second 2"]);
    cell.call("stop", json!(2)).expect("a result");
    host.emit("build.a", &json!(3)).expect("an event");
    assert_eq!(heard(&cell, 3).len(), 3);
    assert!(lab.records(&host).iter().any(|one| one.action == "events.off"));
}

fn a_handler_that_fails_is_a_line_of_the_log() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events';
        const heard = [];
        await on('build.*', () => { throw new RangeError('too far'); });
        await on('build.*', (data) => { heard.push(data); });
        export default () => heard;";
    let cell = start(&host, &plugin(&lab, &host, "l", code));
    host.emit("build.a", &json!(1)).expect("an event");
    host.emit("build.a", &json!(2)).expect("an event");
    assert_eq!(heard(&cell, 2), [1, 2], "nobody else is kept from it");
    lab.heard.until(|event| {
        matches!(event, Event::Log { message, .. } if message.contains("RangeError: too far"))
    });
    assert_eq!(cell.stop(), Ending::Normal);
}

fn a_handler_that_hangs_ends_its_cell() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events';
        await on('build.*', () => { for (;;); });
        export default () => new Promise((done) => setTimeout(done, 1e6));";
    let short = lab.plugin("l").permissions(ALL).resources(r#"{ "timeout": "400ms" }"#).main(code);
    let cell = start(&host, &host.load(short).expect("a plugin"));
    host.emit("build.a", &Value::Null).expect("an event");
    lab.heard.until(|event| matches!(event, Event::Ended { .. }));
    let ending = cell.ending();
    assert!(matches!(ending, Some(Ending::Limit(Limit::Time(_)))), "{ending:?}");
    assert!(matches!(cell.call("run", Value::Null), Err(CallError::Ended(_))));
}

fn a_slow_one_holds_nobody_up_and_learns_what_it_missed() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events'; import { sleep } from 'aether:time';
        const heard = []; let opened = false;
        await on('build.*', async (data, { dropped }) => {
          if (data === 0) { console.log('waits'); while (!opened) await sleep(2); }
          heard.push([data, dropped]);
        });
        export default () => heard;
        export const open = () => { opened = true; };";
    let slow = start(&host, &plugin(&lab, &host, "s", code));
    let quick = start(&host, &plugin(&lab, &host, "q", LISTENS));
    host.emit("build.n", &json!(0)).expect("an event");
    lab.heard.until(|event| matches!(event, Event::Log { message, .. } if message == "waits"));
    for n in 1..=100 {
        host.emit("build.n", &json!(n)).expect("an event");
        if n % 40 == 0 {
            heard(&quick, n);
        }
    }
    let all = heard(&quick, 101);
    assert!(all.iter().all(|one| one[3] == 0), "it missed nothing");
    slow.call("open", Value::Null).expect("a result");
    let got = heard(&slow, 65);
    assert_eq!(got[..3], [json!([0, 0]), json!([37, 36]), json!([38, 0])]);
    assert_eq!(got[64], json!([100, 0]));
}

fn a_handler_may_ask_its_host_for_things() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on, emit } from 'aether:events'; import kv from 'aether:kv';
        await on('build.*', async (data, ctx) => {
          await kv.set('last', data); await emit('other', `${ctx.topic} ${ctx.deadline > Date.now()}`);
        });
        export default async () => { const last = await kv.get('last'); return last === undefined ? [] : [last]; };";
    let cell = start(&host, &plugin(&lab, &host, "l", code));
    host.emit("build.a", &json!(5)).expect("an event");
    lab.heard.until(|event| matches!(event, Event::Emitted { data, .. } if data == "build.a true"));
    assert_eq!(heard(&cell, 1), [5]);
}

fn a_native_plugin_hears() {
    let lab = Lab::new();
    let host = host(&lab);
    // It begins to listen when it is called, and tells what it heard as it heard it.
    let script = r#"echo '{"jsonrpc":"2.0","id":"on","method":"events.on","params":{"topic":"build.*"}}'
        read -r reply; answer "$id" '{"output":{"json":null}}' ;;
        *'"method":"event"'*)
        data=${line#*\"json\":}; data=${data%%\}*}
        echo '{"jsonrpc":"2.0","id":"tell","method":"events.emit","params":{"topic":"other","data":{"json":'"$data"'}}}'
        read -r reply; answer "$id" '{}'"#;
    let folder = lab.native_with("n", ALL, script);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    for n in 1..=3 {
        host.emit("build.a", &json!(n)).expect("an event");
    }
    lab.heard.until(|event| matches!(event, Event::Emitted { data, .. } if *data == 3));
    let told = lab.heard.of(|event| match event {
        Event::Emitted { data, .. } => data.as_u64(),
        _ => None,
    });
    assert_eq!(told, [1, 2, 3]);
    assert_eq!(cell.stop(), Ending::Normal);
}

fn whoever_stops_may_end_what_it_hears() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events'; import { sleep } from 'aether:time';
        await on('build.*', async () => { console.log('begins'); await sleep(300); console.log('ends'); });
        export default () => {};";
    let cell = start(&host, &plugin(&lab, &host, "l", code));
    host.emit("build.a", &Value::Null).expect("an event");
    host.emit("build.b", &Value::Null).expect("an event");
    lab.heard.until(|event| matches!(event, Event::Log { message, .. } if message == "begins"));
    assert_eq!(cell.stop(), Ending::Normal);
    let said = lab.heard.of(|event| match event {
        Event::Log { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(said, ["begins", "ends"], "and what still waits is dropped");
}

fn events_are_small_and_have_topics() {
    let lab = Lab::new();
    let host = host(&lab);
    let cell = start(&host, &plugin(&lab, &host, "t", TELLS));
    let check = |topic: &str, data: Value, expect: &str| {
        let input = json!({ "topic": topic, "data": data });
        assert_eq!(cell.call("outcome", input).expect("a result"), expect, "{topic}");
    };
    check("other", json!("x".repeat(60_000)), "told");
    check("other", json!("x".repeat(70_000)), "ERR_INVALID_ARG_VALUE");
    check("other", json!("x".repeat(2 << 20)), "ERR_INVALID_ARG_VALUE");
    check("build.", Value::Null, "ERR_INVALID_ARG_VALUE");
    check("build.*", Value::Null, "ERR_INVALID_ARG_VALUE");
}

/// Longer than an event may take: what it computes is a call's.
fn whoever_is_busy_with_a_call_hears_later() {
    let lab = Lab::new();
    let host = host(&lab);
    let code = "import { on } from 'aether:events'; import kv from 'aether:kv';
        const heard = [];
        await on('build.*', async (data) => { await kv.get('x'); heard.push(data); });
        const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
        export default () => heard;
        export const long = () => { console.log('computes'); spin(6500); return 'computed'; };";
    let cell = start(&host, &plugin(&lab, &host, "l", code));
    let call = cell.begin("long", Value::Null, Duration::from_secs(25));
    lab.heard.until(|event| matches!(event, Event::Log { message, .. } if message == "computes"));
    host.emit("build.a", &json!(1)).expect("an event");
    assert_eq!(call.wait().expect("a result"), "computed");
    assert_eq!(heard(&cell, 1), [1]);
    // The event is first, and the call comes while it is dealt with.
    host.emit("build.a", &json!(2)).expect("an event");
    let call = cell.begin("long", Value::Null, Duration::from_secs(25));
    assert_eq!(call.wait().expect("a result"), "computed");
    assert_eq!(heard(&cell, 2), [1, 2]);
}
