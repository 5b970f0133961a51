//! Loading and calling: what comes back, and how failures are told.

mod harness;

use harness::{Setup, check, told};
use serde_json::{Value, json};

#[test]
fn a_plugin_is_loaded_and_called() {
    let mut cell = Setup::new("export default (input) => ({ got: input }); export function other() { return 2 } export const n = 1;").greet();
    assert_eq!(cell.load().unwrap(), ["run", "other"]);
    assert_eq!(cell.run(json!({"a": [1, "x"]})).unwrap(), json!({"got": {"a": [1, "x"]}}));
    assert_eq!(cell.call("other", Value::Null, 1000).unwrap(), json!(2));
    let error = cell.call("nope", Value::Null, 1000).unwrap_err();
    assert_eq!(
        told(Err(error)),
        "no-method: the plugin has no method `nope`; it exports `run`, `other`"
    );
    assert_eq!(cell.hang_up(), aether_cell::exit::DONE);
}

#[test]
fn results() {
    check("export default () => {}", Value::Null);
    check("export default async () => 'x'", json!("x"));
    check("export default () => new Promise(r => setTimeout(r, 5, 7))", json!(7));
}
