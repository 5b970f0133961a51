//! The server, by its own programs: this test program becomes the cells of its hosts, and talks to
//! servers as a stranger would, letter by letter.
#![cfg_attr(
    target_os = "linux",
    allow(clippy::exit, reason = "a cell must not return into the test program's main")
)]

#[cfg(target_os = "linux")]
mod browser;
#[cfg(target_os = "linux")]
mod cells;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod documents;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod limits;
#[cfg(target_os = "linux")]
mod reading;
#[cfg(target_os = "linux")]
mod strangers;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    aether::init();
    aether_testkit::run_tests(&[
        browser::TESTS,
        cells::TESTS,
        documents::TESTS,
        hostile::TESTS,
        limits::TESTS,
        reading::TESTS,
        strangers::TESTS,
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {}
