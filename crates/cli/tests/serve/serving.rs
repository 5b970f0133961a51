//! A host that serves while a test lasts.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::Stage;

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// `aether serve` with a plugin that greets and one that asks for more than it was granted.
pub(crate) struct Serving {
    pub(crate) stage: Stage,
    pub(crate) address: String,
    pub(crate) token: String,
    host: Child,
}

const ASKING: &str = r#"
    import * as fs from "aether:fs";
    export default async ({ name }) => {
        try { await fs.readText("/etc/shadow"); } catch {}
        return `Hello, ${name}!`;
    };
"#;

impl Serving {
    pub(crate) fn new() -> Self {
        let stage = Stage::new();
        stage.plugin("plugins/greeter").reads(&["./notes/**"]).main(ASKING);
        stage.file("notes/a.txt", "a");
        let policy = stage.generous();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--plugins", "plugins", "--policy"];
        let host = command(&stage, env!("CARGO_BIN_EXE_aether"))
            .args(arguments)
            .arg(policy)
            .stderr(Stdio::null())
            .spawn()
            .expect("a host");
        let note = until(
            || {
                let text = std::fs::read_to_string(stage.state().join("serve.json")).ok()?;
                serde_json::from_str::<Value>(&text).ok()
            },
            || "no note".to_owned(),
        );
        let word = |key: &str| note[key].as_str().expect("a word").to_owned();
        Self { address: word("address"), token: word("token"), stage, host }
    }

    /// `aether` with these arguments, to be run beside the host.
    pub(crate) fn aether(&self, arguments: &[&str]) -> String {
        let outcome = self.stage.run(arguments);
        outcome.exits(0).no_panic();
        outcome.stdout
    }

    /// A program with the environment of the host.
    pub(crate) fn beside(&self, program: &str) -> Command {
        command(&self.stage, program)
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends it as a system does, and waits for that.
    pub(crate) fn end(mut self) {
        let told = Command::new("kill").arg(self.host.id().to_string()).status();
        assert!(told.expect("kill").success());
        let code =
            until(|| self.host.try_wait().expect("a child"), || "it does not end".to_owned());
        assert_eq!(code.code(), Some(0));
        assert!(!self.stage.state().join("serve.json").exists(), "nobody is sent there any more");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Does nothing to one that has ended.
        drop(self.host.kill());
        drop(self.host.wait());
    }
}

fn command(stage: &Stage, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", stage.home())
        .env("LANG", "C.UTF-8")
        .env("AETHER_STATE_DIR", stage.state())
        .current_dir(stage.path(""))
        .stdin(Stdio::null());
    command
}

/// Whether a program is here. Says aloud that the test is left out where it is not.
pub(crate) fn has(program: &str, test: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder: PathBuf| folder.join(program).is_file())
    });
    if !found {
        aether_testkit::skip(
            test,
            &format!("there is no {program}; `scripts/setup tests` installs it"),
        );
    }
    found
}

/// What there is once there is something. Where there never is, `why` says more.
#[track_caller]
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>, why: impl Fn() -> String) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {}", why());
        std::thread::sleep(Duration::from_millis(50));
    }
}
