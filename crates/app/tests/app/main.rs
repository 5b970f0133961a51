//! The app's plugins, with real cells: this test program becomes them.
#![cfg_attr(
    target_os = "linux",
    allow(clippy::exit, reason = "a cell must not return into the test program's main")
)]

#[cfg(target_os = "linux")]
mod asked;
#[cfg(target_os = "linux")]
mod changes;
#[cfg(target_os = "linux")]
mod desk;
#[cfg(target_os = "linux")]
mod installing;
#[cfg(target_os = "linux")]
mod running;
#[cfg(target_os = "linux")]
mod told;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    aether::init();
    aether_testkit::run_tests(&[
        asked::TESTS,
        changes::TESTS,
        installing::TESTS,
        running::TESTS,
        told::TESTS,
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    // Elsewhere a cell takes protections that Wine has not: see docs/windows.md.
    aether_testkit::skip("app", "its cells need Linux");
    std::process::ExitCode::SUCCESS
}
