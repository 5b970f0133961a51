//! A scene with the command.

use std::ops::Deref;

use aether_testkit::{Command, Outcome, Scene};

/// What the owner of the machine allows where a test is about something else: the working folder.
#[cfg(target_os = "linux")]
pub(crate) const GENEROUS: &str = "\
version: 1
plugins:
  \"*\":
    allow:
      filesystem: { read: [\"./**\"], write: [\"./**\"] }
";

/// A scene, and the command to be run in it.
pub(crate) struct Stage(Scene);

impl Stage {
    pub(crate) fn new() -> Self {
        Self(Scene::new())
    }

    /// `aether` with these arguments, not yet run.
    pub(crate) fn aether(&self, arguments: &[&str]) -> Command<'_> {
        self.0.command(env!("CARGO_BIN_EXE_aether")).args(arguments)
    }

    /// `aether` with these arguments, run.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.aether(arguments).run()
    }

    /// `aether call PLUGIN METHOD` without a policy.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn call(&self, plugin: &str, method: &str) -> Outcome {
        self.run(&["call", plugin, method])
    }

    /// `aether` with these arguments, run under a policy that allows the working folder.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn run_generously(&self, arguments: &[&str]) -> Outcome {
        self.aether(arguments).arg("--policy").arg(self.generous()).run()
    }

    /// The file of a policy that allows the working folder.
    #[cfg(target_os = "linux")]
    pub(crate) fn generous(&self) -> String {
        let policy = self.aside("generous.yaml");
        std::fs::write(&policy, GENEROUS).expect("a policy");
        policy.to_str().expect("a path").to_owned()
    }
}

impl Deref for Stage {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.0
    }
}
