//! Native programs from outside: `aether exec`, and `aether call` of native plugins.

#![cfg(target_os = "linux")]

mod endings;
mod plugins;
mod programs;
mod reads;
mod root;
#[path = "../command/stage.rs"]
mod stage;
mod streams;
mod surroundings;
mod writes;

use aether_testkit::{Command, Outcome};
use stage::Stage;

impl Stage {
    /// `aether exec` with these grants and a shell's script, not yet run.
    fn script<'a>(&'a self, grants: &[&str], script: &str) -> Command<'a> {
        self.aether(&["exec"]).args(grants).args(["--", "sh", "-c", script])
    }

    /// The same, run.
    #[track_caller]
    fn exec(&self, grants: &[&str], script: &str) -> Outcome {
        self.script(grants, script).run()
    }
}

/// As the user that the tests are run by, and as an ordinary one.
fn as_each_user(check: impl Fn(&Stage, &dyn Fn(&[&str], &str) -> Outcome)) {
    for ordinary in [false, true] {
        let stage = Stage::new();
        check(&stage, &|grants, script| {
            let command = stage.script(grants, script);
            if ordinary { command.as_ordinary_user().run() } else { command.run() }
        });
    }
}
