//! The example of embedding, run as a person would.

use aether_testkit::{Command, Scene};

use crate::lab::tests;

tests! {
    the_example_embeds,
}

/// The example's program, which `cargo test` builds beside this one.
fn example(scene: &Scene) -> Option<Command<'_>> {
    let tests = std::env::current_exe().expect("this program");
    let program = tests.parent()?.parent()?.join("examples/embed");
    program.is_file().then(|| scene.command(program))
}

fn the_example_embeds() {
    let scene = Scene::new();
    scene.plugin("p").main(
        "import { readText } from 'aether:fs';
         export default async ({ name }) => {
           console.log('asked by', name);
           try { await readText('/etc/shadow'); } catch {}
           return `Hello, ${name}!`;
         };",
    );
    let Some(command) = example(&scene) else {
        return aether_testkit::skip("the_example_embeds", "the example is not built");
    };
    let outcome = command.args(["p", "run", "{\"name\": \"Ada\"}"]).run();
    outcome.exits(0).prints("\"Hello, Ada!\"");
    outcome.shows(
        "log: asked by Ada
denied: reading `/etc/shadow` is not granted: the manifest does not request it
ended: it ended normally",
    );
    let usage = example(&scene).expect("as before").run();
    usage.exits(1).says("usage: embed PLUGIN METHOD [INPUT]");
}
