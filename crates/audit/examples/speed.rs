//! What a record costs its caller, and what verifying costs, as one line of JSON. Run with `--release`.

#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use aether_audit::{
    End, Event, Evidence, Kind, Log, LogOptions, Rotation, RunId, Start, Verdict, verify_log,
};

const RECORDS: u32 = 500_000;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("aether-audit-{}", RunId::random()?));
    std::fs::create_dir(&folder)?;
    let figures = measure(&folder.join("audit.jsonl"));
    std::fs::remove_dir_all(&folder)?;
    println!("{}", figures?);
    Ok(())
}

fn measure(path: &Path) -> Result<serde_json::Value, Box<dyn Error>> {
    let start = Start { aether: "0.1.0", platform: "speed", ..Start::default() };
    let rotation = Rotation { bytes: 64 * 1024 * 1024, age: None };
    let log = LogOptions::default().rotation(rotation).create(path, RunId::random()?, &start)?;
    let (mut took, written) = write(&log)?;
    log.end(&End { outcome: "done", exit_code: 0, verdict: Verdict::Allowed })?;
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_nanos() as u64;
    let mut rates = Vec::new();
    let mut found = verify_log(path, &Evidence::default())?;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        found = verify_log(path, &Evidence::default())?;
        rates.push((found.records as f64 / begun.elapsed().as_secs_f64()) as u64);
    }
    rates.sort_unstable();
    Ok(serde_json::json!({
        "records": RECORDS,
        "segments": found.segments,
        "bytes_per_record": found.bytes / found.records,
        "verdict": found.verdict.as_str(),
        "caller_ns": { "p50": at(0.5), "p99": at(0.99), "max": at(1.0) },
        "written_per_second": (f64::from(RECORDS) / written.as_secs_f64()) as u64,
        "verified_per_second": { "median": rates[ROUNDS / 2], "min": rates[0], "max": rates[ROUNDS - 1] },
    }))
}

/// What each record took its caller, and all of them until they were handed over.
fn write(log: &Log) -> Result<(Vec<Duration>, Duration), Box<dyn Error>> {
    let mut took = Vec::with_capacity(RECORDS as usize);
    let begun = Instant::now();
    for number in 0..RECORDS {
        let event = Event::new(Kind::HostCall, "fs.read", Verdict::Allowed)
            .plugin("log-reader")
            .cell(1)
            .object("/var/log/auth.log")
            .rule("aether-plugin.json:6:15")
            .detail("bytes", number);
        let before = Instant::now();
        log.record(&event)?;
        took.push(before.elapsed());
    }
    log.flush()?;
    Ok((took, begun.elapsed()))
}
