//! The versions of the protocol that a host serves.

use aether::protocol::{Fix, Versions};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    security_fixes_are_told_to_the_plugin_that_they_are_in_force_for,
}

const FIXES: &[Fix] =
    &[Fix { id: "kv-made-up", module: "kv", what: "It changes nothing.", versions: &[(1, false)] }];

/// Gives back what `hello` told of fixes.
const TELLS: &str = r#"#!/bin/sh
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"method":"hello"'*)
            fixes=null
            case $line in *'"fixes":'*) fixes=${line#*\"fixes\":}; fixes=${fixes%\}\}} ;; esac
            result='{"protocol":1}' ;;
        *'"method":"load"'*) result='{"exports":["run"]}' ;;
        *'"method":"call"'*) result="{\"output\":{\"json\":$fixes}}" ;;
        *) exit 0 ;;
    esac
    echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$result}"
done
"#;

fn security_fixes_are_told_to_the_plugin_that_they_are_in_force_for() {
    let told = |versions: Versions| {
        let lab = Lab::new();
        let host = lab.builder().protocol(versions).build().expect("a host");
        let folder = lab.native("p", ":");
        lab.file("p/main.sh", TELLS);
        let plugin = host.load(folder).expect("a plugin");
        start(&host, &plugin).call("run", Value::Null).expect("a result")
    };
    let usual = Versions::new(&[], FIXES);
    assert_eq!(told(usual.clone()), Value::Null, "it is off where nobody says otherwise");
    let turned = usual.turn("kv-made-up", 1, true).expect("there is one");
    assert_eq!(told(turned), json!({ "1": ["kv-made-up"] }));
    assert_eq!(told(Versions::default()), Value::Null);
}
