//! Writes reports of made-up runs into a folder, to be looked at.

#![allow(clippy::print_stdout, reason = "a program for people")]
#![allow(dead_code, reason = "the tests use more of the fixture")]

#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use aether_report::{RunRecord, html, json, sarif, text};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let hostile = "<b onmouseover=\"alert(1)\">'&\u{202e}\x1b[31m</script>\n".repeat(3);
    let unsafe_run = RunRecord { unsafe_mode: true, ..fixture::triage() };
    let records = [
        ("triage", fixture::triage()),
        ("unsafe", unsafe_run),
        ("ten", fixture::many(10)),
        ("many", fixture::many(200)),
        ("empty", RunRecord::default()),
        ("hostile", fixture::hostile(&hostile)),
    ];
    for (name, record) in records {
        fs::write(folder.join(format!("{name}.html")), html(&record))?;
        fs::write(folder.join(format!("{name}.json")), json(&record))?;
        fs::write(folder.join(format!("{name}.sarif")), sarif(&record))?;
        println!("{}", text(&record, 100, false));
    }
    Ok(())
}
