//! The file that a token is taken from.

use std::os::unix::fs::PermissionsExt as _;

use crate::stage::Stage;

#[test]
fn a_token_file_that_others_may_read_is_refused_with_what_to_do() {
    let stage = Stage::new();
    let file = stage.file("token", "a".repeat(40));
    let line = ["serve", "--listen", "127.0.0.1:0", "--token-file", "token"];
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    for open in [0o644, 0o660] {
        mode(open).expect("a mode");
        let refused = stage.run(&line);
        refused.exits(2).prints_nothing().says(&format!("mode {open:o}")).says("chmod 600 token");
        assert!(!stage.state().join("serve.json").exists());
    }
    mode(0o600).expect("a mode");
    stage.file("token", "too short");
    stage.run(&line).exits(2).says("32 to 256 letters");
    stage.file("token", "a".repeat(40));
    let served =
        stage.aether(&line).run_signalled_after("listening on", &[aether_testkit::Signal::TERM]);
    served.exits(0);
}
