//! V8 that was started before anybody greeted it. Alone in its process, since that is done once for each.
#![cfg(feature = "v8")]

mod harness;

use aether_protocol::Code;
use harness::{Cell, Setup, engine, makes_code, wire};
use serde_json::{Value, json};

#[test]
fn what_was_started_as_one_kind_is_never_the_other() {
    if engine() != "v8" {
        return;
    }
    aether_cell::warm(makes_code());
    let mut cell = Setup::new("export default () => 1").greet_as_it_is();
    cell.load().unwrap();
    assert_eq!(cell.run(Value::Null).unwrap(), json!(1));
    // Whoever comes later changes nothing.
    aether_cell::warm(!makes_code());
    let (host, end) = wire::ends();
    let thread = std::thread::spawn(move || aether_cell::run(end, harness::MACHINE));
    let mut cell = Cell::over(host, Setup::new("export default () => 1"));
    let mut hello = serde_json::to_value(cell.setup.hello()).unwrap();
    hello["jit"] = json!(!makes_code());
    let refused = cell.request("hello", hello).unwrap_err();
    let kind = if makes_code() { "with" } else { "without" };
    assert_eq!(refused.code, Code::InvalidParams);
    assert!(refused.message.contains(&format!("started {kind} machine code")), "{refused}");
    cell.notify("shutdown", json!({}));
    assert_eq!(thread.join().unwrap(), aether_cell::exit::DONE);
}
