//! `aether top` in a terminal, as tmux shows it.

use std::process::Command;

use serde_json::json;

use crate::serving::{Serving, has, until};

/// `aether top` in a terminal of its own.
struct Terminal<'a> {
    serving: &'a Serving,
    socket: String,
}

impl<'a> Terminal<'a> {
    fn new(serving: &'a Serving) -> Self {
        let socket = serving.stage.aside("tmux").display().to_string();
        let terminal = Self { serving, socket };
        let size = ["new-session", "-d", "-s", "top", "-x", "80", "-y", "24"];
        let began =
            terminal.tmux().args(size).arg(env!("CARGO_BIN_EXE_aether")).arg("top").status();
        assert!(began.expect("tmux").success());
        terminal
    }

    fn tmux(&self) -> Command {
        let mut tmux = self.serving.beside("tmux");
        tmux.args(["-S", &self.socket, "-f", "/dev/null"]);
        tmux
    }

    /// What is to be seen; nothing once it has ended.
    fn seen(&self) -> String {
        let run = self.tmux().args(["capture-pane", "-p", "-t", "top"]).output().expect("tmux");
        String::from_utf8(run.stdout).expect("a text")
    }

    fn press(&self, key: &str) {
        let pressed = self.tmux().args(["send-keys", "-t", "top", key]).status();
        assert!(pressed.expect("tmux").success());
    }

    #[track_caller]
    fn until_seen(&self, words: &str) -> String {
        let mut seen = String::new();
        until(
            || {
                seen = self.seen();
                squeezed(&seen).contains(words).then_some(())
            },
            || format!("no {words}:\n{}", self.seen()),
        );
        seen
    }
}

/// With one space where there are several.
fn squeezed(text: &str) -> String {
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // Fails where it has ended already.
        drop(self.tmux().arg("kill-server").output());
    }
}

#[test]
fn a_person_sees_the_cells_in_a_terminal_and_gives_orders_at_keys() {
    if !has("tmux", "top in a terminal") || !has("curl", "top in a terminal") {
        return;
    }
    let serving = Serving::new();
    let token = format!("Authorization: Bearer {}", serving.token);
    let start = ["--silent", "--request", "POST", "--header", &token];
    let path = serving.at("/v1/plugins/greeter/start");
    let started = serving.beside("curl").args(start).arg(path).output().expect("curl");
    let started: serde_json::Value = serde_json::from_slice(&started.stdout).expect("JSON");
    assert_eq!(started["cell"], json!(1));
    let terminal = Terminal::new(&serving);
    let seen = terminal.until_seen("greeter observe");
    for words in
        ["aether · 1 cell · machine", "of 256M", "protections enforced", "nothing was noticed"]
    {
        assert!(terminal.until_seen(words).contains("cell 1 · greeter"), "{words}");
    }
    // The page shows a capture of the same.
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/serve.md"));
    let page = page.expect("a page");
    let is_same = |line: &&str| line.starts_with("cell plugin") || line.starts_with("q quit");
    let fixed: Vec<&str> = seen.lines().filter(is_same).collect();
    assert_eq!(fixed.len(), 2, "{seen}");
    fixed.iter().for_each(|line| assert!(page.contains(line), "{line} is not in docs/serve.md"));
    terminal.press("g");
    terminal.until_seen("may filesystem.read ./notes/**");
    terminal.press("f");
    terminal.until_seen("greeter freeze");
    terminal.press("r");
    terminal.until_seen("greeter observe");
    terminal.press("K");
    terminal.press("y");
    terminal.until_seen("aether · 0 cells");
    terminal.press("q");
    until(|| terminal.seen().is_empty().then_some(()), || "it goes on".to_owned());
    drop(terminal);
    let table = serving.aether(&["top", "--once"]);
    assert!(table.contains("aether · 0 cells"), "{table}");
    serving.end();
}
