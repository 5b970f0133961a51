//! Every command and every permission, through Tauri's own authority with real capability files, and
//! with real cells: this test program becomes them. No display is needed.

mod commands;
mod desk;
mod permissions;
mod refusals;

use libtest_mimic::{Arguments, Trial};

fn main() -> std::process::ExitCode {
    tauri_plugin_aether::aether::init();
    let all = commands::TESTS.iter().chain(permissions::TESTS).chain(refusals::TESTS);
    let trial = |(name, test): &(&'static str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), all.map(trial).collect()).exit_code()
}
