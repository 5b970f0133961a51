//! What plugins store, from command to command.

use std::os::unix::fs::MetadataExt;

use aether_testkit::Signal;

use crate::Stage;

const COUNTS: &str = "import * as kv from 'aether:kv';
    const count = async () => {
      const n = ((await kv.get('n')) ?? 0) + 1;
      await kv.set('n', n);
      return n;
    };
    export default count;
    export const hang = async (input, ctx) => {
      for (let i = 0; i < 100; i++) await kv.set(`half ${i}`, await count());
      ctx.log.info('armed');
      for (;;) await new Promise((done) => setTimeout(done, 10));
    };
    export const all = async () => [await kv.get('n'), await kv.keys()];";

#[test]
fn a_store_is_kept_from_call_to_call_and_whole_when_the_command_is_killed() {
    let stage = Stage::new();
    stage.plugin("p").main(COUNTS);
    stage.call("p", "run").exits(0).prints("1");
    stage.call("p", "run").exits(0).prints("2");
    let folder = stage.state().join("values");
    assert_eq!(folder.metadata().expect("a folder").mode() & 0o777, 0o700);
    // Nothing of a call that has not ended is half there.
    let outcome =
        stage.aether(&["call", "p", "hang"]).run_signalled_after("armed", &[Signal::KILL]);
    outcome.no_panic();
    stage.call("p", "all").exits(0).prints(r#"[2,["n"]]"#);
    stage.call("p", "run").exits(0).prints("3");
    // What a step has stored is kept when the run is killed in a later one.
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./p }\n  - { id: b, plugin: ./p, method: hang, needs: [a] }\n",
    );
    stage.aether(&["run", "p.yaml"]).run_signalled_after("armed", &[Signal::KILL]);
    stage.call("p", "all").exits(0).prints(r#"[4,["n"]]"#);
}

#[test]
fn another_version_is_told_of() {
    let stage = Stage::new();
    stage.plugin("p").main(COUNTS);
    stage.call("p", "run").exits(0).never_says("another version");
    stage.plugin("p").main(&format!("{COUNTS}\n// more"));
    let outcome = stage.call("p", "run");
    outcome.exits(0).prints("2").says("the store of `p` was last written by another version of it");
    stage.call("p", "run").exits(0).prints("3").never_says("another version");
}
