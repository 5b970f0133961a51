//! `aether debug`, in the build that has QuickJS alone, and `--trace-calls`.

use crate::Stage;

#[test]
fn a_plugin_whose_engine_has_no_debugger_says_which_has() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let outcome = stage.run(&["debug", "p", "--port", "0"]);
    outcome.exits(2).prints_nothing().says("engine: v8");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_way_out() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let outcome = stage.run(&["debug", "p", "--port", &port]);
    outcome.exits(2).prints_nothing().says(&port).says("--port 0");
}

#[test]
fn a_timeline_of_calls() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "import * as kv from 'aether:kv'; export default async () => { await kv.get('a\u{1b}[31m'); };",
    );
    let outcome = stage.run(&["call", "p", "run", "--trace-calls"]);
    outcome.exits(0).says("bundle.read main.js").says("kv.get a").says("call run");
    outcome.says("trace p: at ").never_says("\u{1b}");
    stage.run(&["call", "p", "run"]).exits(0).never_says("trace p");
}
