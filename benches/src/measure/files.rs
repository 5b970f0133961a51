//! Reading files through the door.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use aether::Cell;
use serde_json::{Value, json};

use crate::figure::{Aim, Figure};
use crate::run::Document;
use crate::scene::{LARGE, Scene, own, start};
use crate::spread::Spread;

/// Bytes of one read.
const CHUNK: usize = 1 << 20;

/// Gigabytes per second of payloads of one mebibyte, by sealed memory.
const PAYLOADS: f64 = 4.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.host("files-js.jsonl")?;
    let client_host = scene.client_host("files-client.jsonl")?;
    let probe = scene.probe(&host)?;
    let client = start(&client_host, &client_host.load(own("plugins/probe"))?)?;
    let path = scene.path("data/large.bin");
    let (mut plain, mut native, mut bytes, mut text) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=scene.args.size(12, 2) {
        let taken = [
            rate(|| read(&path))?,
            rate(|| ask(&client, "bytes", "data/large.bin"))?,
            rate(|| ask(&probe, "bytes", "data/large.bin"))?,
            rate(|| ask(&probe, "text", "data/large.txt"))?,
        ];
        if round > 0 {
            for (samples, taken) in
                [&mut plain, &mut native, &mut bytes, &mut text].into_iter().zip(taken)
            {
                samples.push(taken);
            }
        }
    }
    let Some(plain) = Spread::of(plain) else { return Ok(()) };
    let rows = [
        ("files.client", "reading 1 MiB at a time, native client", native, Aim::AtLeast(PAYLOADS)),
        ("files.js.bytes", "`readBytes` 1 MiB at a time in JavaScript", bytes, Aim::None),
        ("files.js.text", "`readText` of 64 MiB in JavaScript", text, Aim::None),
    ];
    for (id, what, samples, aim) in rows {
        if let Some(spread) = Spread::of(samples) {
            let figure = Figure::new(id, what, "GB/s", spread);
            document.figures.push(figure.beside("read(2)", plain).aim(aim));
        }
    }
    client.stop();
    probe.stop();
    Ok(())
}

/// Gigabytes per second of something that reads a large file and says how much it read.
fn rate(read: impl FnOnce() -> Result<usize, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let got = read()?;
    let took = began.elapsed();
    if got != LARGE {
        return Err(format!("{got} bytes were read of {LARGE}").into());
    }
    Ok(LARGE as f64 / 1e9 / took.as_secs_f64())
}

/// The peer: this process reads the same file, in the same steps, out of the page cache.
fn read(path: &Path) -> Result<usize, Box<dyn Error>> {
    let mut file = File::open(path)?;
    let mut total = 0;
    loop {
        // Fresh memory each time, as whoever is answered gets.
        let mut chunk = Vec::with_capacity(CHUNK);
        match file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)? {
            0 => return Ok(total),
            got => total += got,
        }
    }
}

fn ask(cell: &Cell, method: &str, path: &str) -> Result<usize, Box<dyn Error>> {
    let got = cell.call(method, json!({ "path": path, "size": LARGE, "chunk": CHUNK }))?;
    let got = got.as_u64().or_else(|| got.as_f64().map(|size| size as u64));
    Ok(usize::try_from(got.ok_or(Value::Null.to_string())?)?)
}
