//! What a record costs its caller, and what verifying costs. Run with `--release`.

#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use aether_audit::{End, Event, Kind, Log, RunId, Start, Verdict, verify};

const RECORDS: u32 = 500_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("aether-audit-{}.jsonl", RunId::random()?));
    let start = Start { aether: "0.1.0", platform: "speed", ..Start::default() };
    let log = Log::create(&path, RunId::random()?, &start)?;
    let mut took = Vec::with_capacity(RECORDS as usize);
    let begun = Instant::now();
    for number in 0..RECORDS {
        let before = Instant::now();
        log.record(
            &Event::new(Kind::HostCall, "fs.read", Verdict::Allowed)
                .plugin("log-reader")
                .cell(1)
                .object("/var/log/auth.log")
                .rule("aether-plugin.json:6:15")
                .detail("bytes", number),
        )?;
        took.push(before.elapsed());
    }
    let written = begun.elapsed();
    log.end(&End { outcome: "done", exit_code: 0, verdict: Verdict::Allowed })?;
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!("record: p50 {:?}, p99 {:?}, max {:?}", at(0.5), at(0.99), at(1.0));
    println!("record: {:.0} per second", f64::from(RECORDS) / written.as_secs_f64());

    let begun = Instant::now();
    let found = verify(BufReader::with_capacity(1 << 16, File::open(&path)?))?;
    let per_second = found.records as f64 / begun.elapsed().as_secs_f64();
    println!("verify: {found}; {per_second:.0} per second");
    std::fs::remove_file(&path)?;
    Ok(())
}
