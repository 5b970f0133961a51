//! Writes reports of made-up runs into a folder, to be looked at, and says how large they are and
//! how long they took.

#![allow(clippy::print_stdout, reason = "a program for people")]
#![allow(dead_code, reason = "the tests use more of the fixtures")]

#[path = "../tests/it/fixture.rs"]
mod fixture;
#[path = "../tests/it/incident.rs"]
mod incident;
#[path = "../tests/it/misdeeds.rs"]
mod misdeeds;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use aether_report::{RunRecord, html, json, mermaid, sarif, text, trace};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let hostile = "<b onmouseover=\"alert(1)\">'&\u{202e}\x1b[31m</script>\n".repeat(3);
    let records = [
        ("one", fixture::many(1)),
        ("triage", fixture::triage()),
        ("unsafe", RunRecord { unsafe_mode: true, ..fixture::triage() }),
        ("incident", incident::incident()),
        ("crowd", incident::crowd(200)),
        ("calm", fixture::many(8)),
        ("empty", RunRecord::default()),
        ("hostile", fixture::poisoned(&incident::incident(), &hostile)),
        ("hundred-thousand", incident::hundred_thousand()),
    ];
    for (name, record) in &records {
        write(&folder, name, record)?;
    }
    println!("\n{}", text(&incident::incident(), 100, false));
    Ok(())
}

fn write(folder: &Path, name: &str, record: &RunRecord) -> Result<(), Box<dyn Error>> {
    let before = Instant::now();
    let page = html(record);
    let took = before.elapsed();
    println!("{name:>17}.html  {:>9} bytes in {:>5.1} ms", page.len(), took.as_secs_f64() * 1000.0);
    fs::write(folder.join(format!("{name}.html")), page)?;
    fs::write(folder.join(format!("{name}.json")), json(record))?;
    fs::write(folder.join(format!("{name}.sarif")), sarif(record))?;
    fs::write(folder.join(format!("{name}.mmd")), mermaid(record))?;
    fs::write(folder.join(format!("{name}.trace.json")), trace(record))?;
    Ok(())
}
