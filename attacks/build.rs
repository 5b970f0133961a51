//! How the tests' programs are linked.
#![allow(clippy::print_stdout, reason = "Cargo listens there")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name| std::env::var(name).unwrap_or_default();
    // Wine maps a program only where its parts stand in the file as they do in memory, by the page. It
    // reads any other one as a whole, and a cell has used up what plugins may have before it begins.
    if target("CARGO_CFG_TARGET_OS") == "windows" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-tests=-Wl,--file-alignment=4096");
    }
}
