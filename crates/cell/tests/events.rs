//! Events as the runtime hands them on, and who calls.

mod harness;

use harness::{Cell, PLENTY, Setup};
use serde_json::{Value, json};

/// Tells a cell that something happened.
fn tell(cell: &mut Cell, topic: &str, from: &str, data: Value) -> Result<Value, String> {
    let params = json!({ "topic": topic, "from": from, "data": { "json": data }, "dropped": 0, "deadline_ms": PLENTY });
    cell.request("event", params)
        .map_err(|error| format!("{}: {}", error.fact("kind").unwrap_or("?"), error.message))
}

/// A cell that has loaded.
fn cell(main: &str) -> Cell {
    Setup::new(main).load()
}

const LISTENS: &str = "import { on } from 'aether:events';
    const heard = [];
    const hear = (name) => (data, ctx) => { heard.push([name, data, ctx.topic, ctx.from ?? null]); };
    export const begin = async (pattern) => { await on(pattern, hear(pattern)); };
    export default () => heard;";

#[test]
fn listeners_are_called_by_their_patterns() {
    let mut cell = cell(LISTENS);
    for pattern in ["a.b", "a.*", "*", "a"] {
        cell.call("begin", json!(pattern), PLENTY).unwrap();
    }
    assert_eq!(tell(&mut cell, "a.b", "x", json!(1)), Ok(json!({})));
    assert_eq!(tell(&mut cell, "a", "", json!(2)), Ok(json!({})));
    assert_eq!(tell(&mut cell, "ab.c", "", json!(3)), Ok(json!({})));
    let expect = json!([
        ["a.b", 1, "a.b", "x"],
        ["a.*", 1, "a.b", "x"],
        ["*", 1, "a.b", "x"],
        ["*", 2, "a", null],
        ["a", 2, "a", null],
        ["*", 3, "ab.c", null]
    ]);
    assert_eq!(cell.run(Value::Null).unwrap(), expect);
    let on = cell.asked.iter().filter(|method| *method == "events.on").count();
    assert_eq!(on, 4);
}

#[test]
fn every_listener_is_called_and_the_first_failure_told() {
    let mut cell = cell(
        "import { on } from 'aether:events';
         const heard = [];
         await on('a', () => { throw new RangeError('first'); });
         await on('a', async () => { throw new TypeError('second'); });
         await on('a', (data) => { heard.push(data); });
         export default () => heard;",
    );
    let failed = tell(&mut cell, "a", "", json!(1));
    assert_eq!(failed, Err("exception: RangeError: first".to_owned()));
    assert_eq!(cell.run(Value::Null).unwrap(), json!([1]));
}

#[test]
fn who_stops_listening_is_not_called_and_the_host_is_told_once() {
    let mut cell = cell(
        "import { on } from 'aether:events';
         const heard = [];
         const stops = [];
         for (const name of ['x', 'y', 'z']) stops.push(await on('a', () => { heard.push(name); }));
         export const stop = async (n) => { await stops[n](); };
         export default () => heard.splice(0);",
    );
    let after = |cell: &mut Cell, stop: Option<u32>| {
        if let Some(stop) = stop {
            cell.call("stop", json!(stop), PLENTY).unwrap();
        }
        tell(cell, "a", "", Value::Null).unwrap();
        cell.run(Value::Null).unwrap()
    };
    assert_eq!(after(&mut cell, None), json!(["x", "y", "z"]));
    assert_eq!(after(&mut cell, Some(1)), json!(["x", "z"]));
    assert_eq!(after(&mut cell, Some(1)), json!(["x", "z"]));
    assert_eq!(after(&mut cell, Some(0)), json!(["z"]));
    assert_eq!(after(&mut cell, Some(2)), json!([]));
    let count = |cell: &Cell, name: &str| cell.asked.iter().filter(|one| *one == name).count();
    assert_eq!((count(&cell, "events.on"), count(&cell, "events.off")), (1, 1));
}

#[test]
fn before_it_is_loaded_it_hears_nothing() {
    let mut cell = Setup::new("export default () => 1;").greet();
    assert!(tell(&mut cell, "a", "", Value::Null).is_err());
    cell.load().unwrap();
    assert_eq!(
        tell(&mut cell, "a", "", Value::Null),
        Ok(json!({})),
        "nobody listens: it is dealt with"
    );
}

#[test]
fn a_spoilt_realm_still_answers() {
    let mut cell = cell(
        "import { on } from 'aether:events';
         await on('a', () => {});
         Object.defineProperty(Object.prototype, 'first', { set() { throw 1; } });
         Object.defineProperty(Object.prototype, 'topic', { set() { throw 1; }, configurable: true });
         Map.prototype.forEach = Map.prototype.get = () => { throw 2; };
         Array.prototype.push = () => { throw 3; };
         export default (input, ctx) => [ctx.caller ?? null, typeof ctx.method];",
    );
    assert_eq!(tell(&mut cell, "a", "", Value::Null), Ok(json!({})));
    assert_eq!(cell.run(Value::Null).unwrap(), json!([null, "string"]));
}

#[test]
fn a_method_learns_who_calls() {
    let mut cell = cell("export default (input, { caller }) => caller ?? 'the host';");
    let call = json!({ "method": "run", "input": { "json": null }, "deadline_ms": PLENTY, "caller": "other" });
    assert_eq!(cell.request("call", call).unwrap()["output"], "other");
    assert_eq!(cell.run(Value::Null).unwrap(), "the host");
}
