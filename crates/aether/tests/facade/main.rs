//! The facade, by its own programs: this test program becomes the cells of its hosts.
#![cfg_attr(
    target_os = "linux",
    allow(clippy::exit, reason = "a cell must not return into the test program's main")
)]

#[cfg(target_os = "linux")]
mod ahead;
#[cfg(target_os = "linux")]
mod blobs;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod cancelling;
#[cfg(target_os = "linux")]
mod debugging;
#[cfg(target_os = "linux")]
mod elevations;
#[cfg(target_os = "linux")]
mod embed;
#[cfg(target_os = "linux")]
mod endings;
#[cfg(target_os = "linux")]
mod grants;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod kept;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod others;
#[cfg(target_os = "linux")]
mod pieces;
#[cfg(target_os = "linux")]
mod records;
#[cfg(target_os = "linux")]
mod stores;
#[cfg(target_os = "linux")]
mod streaming;
#[cfg(target_os = "linux")]
mod topics;
#[cfg(target_os = "linux")]
mod traced;
#[cfg(target_os = "linux")]
mod versions;
#[cfg(target_os = "linux")]
mod wasm;
#[cfg(target_os = "linux")]
mod watched;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    hostile::become_one();
    aether::init();
    aether_testkit::run_tests(&[
        ahead::TESTS,
        blobs::TESTS,
        calls::TESTS,
        cancelling::TESTS,
        debugging::TESTS,
        elevations::TESTS,
        embed::TESTS,
        endings::TESTS,
        grants::TESTS,
        hostile::TESTS,
        hosts::TESTS,
        kept::TESTS,
        network::TESTS,
        others::TESTS,
        topics::TESTS,
        pieces::TESTS,
        records::TESTS,
        stores::TESTS,
        streaming::TESTS,
        traced::TESTS,
        versions::TESTS,
        watched::TESTS,
        wasm::TESTS,
    ])
}

#[cfg(not(target_os = "linux"))]
fn main() {}
