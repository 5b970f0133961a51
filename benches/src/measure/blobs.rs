//! Blobs: bytes that one plugin lets another read.

use std::error::Error;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use aether::Cell;
use serde_json::json;

use crate::figure::{Aim, Figure};
use crate::run::Document;
use crate::scene::{Scene, own, start};
use crate::spread::Spread;

/// Bytes of one blob.
const SIZE: usize = 1 << 20;

/// Gigabytes per second of opening a blob and reading all of it.
const OPENED: f64 = 4.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.host("blobs-js.jsonl")?;
    let client_host = scene.client_host("blobs-client.jsonl")?;
    let probe = scene.probe(&host)?;
    let client = start(&client_host, &client_host.load(own("plugins/probe"))?)?;
    // A cell may send so many bytes and no more: few are made in each round, many are opened.
    let (opened, made) = (scene.args.size(200, 20), scene.args.size(16, 4));
    let (mut floor, mut open, mut create, mut js) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=scene.args.size(12, 2) {
        let taken = [
            socket(opened)?,
            rate(&client, "open", opened)?,
            rate(&client, "create", made)?,
            rate(&probe, "opened", opened)?,
        ];
        if round > 0 {
            for (samples, taken) in
                [&mut floor, &mut open, &mut create, &mut js].into_iter().zip(taken)
            {
                samples.push(taken);
            }
        }
    }
    client.stop();
    probe.stop();
    let Some(floor) = Spread::of(floor) else { return Ok(()) };
    let rows = [
        (
            "blob.client.open",
            "opening and reading a blob of 1 MiB, native client",
            open,
            Aim::AtLeast(OPENED),
        ),
        (
            "blob.client.create",
            "  writing, making, opening, reading and dropping it",
            create,
            Aim::None,
        ),
        ("blob.js.open", "`await blob.open()` of 1 MiB in JavaScript", js, Aim::None),
    ];
    for (id, what, samples, aim) in rows {
        if let Some(spread) = Spread::of(samples) {
            let figure = Figure::new(id, what, "GB/s", spread);
            document.figures.push(figure.beside("socket", floor).aim(aim));
        }
    }
    let what = "1 MiB at a time through a plain Unix socket";
    document.figures.push(Figure::new("blob.socket", what, "GB/s", floor));
    Ok(())
}

/// Gigabytes per second of so many blobs.
fn rate(cell: &Cell, method: &str, count: usize) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    let got = cell.call(method, json!({ "count": count, "size": SIZE }))?;
    let took = began.elapsed();
    if got != count * SIZE {
        return Err(format!("{got} bytes came of {count} blobs").into());
    }
    Ok((count * SIZE) as f64 / 1e9 / took.as_secs_f64())
}

/// The floor: the same bytes through a socket, from a thread of this process to another.
fn socket(count: usize) -> Result<f64, Box<dyn Error>> {
    let (mut to, mut from) = UnixStream::pair()?;
    let sender = std::thread::spawn(move || {
        let bytes = vec![7; SIZE];
        (0..count).try_for_each(|_| to.write_all(&bytes))
    });
    let began = Instant::now();
    let mut bytes = vec![0; SIZE];
    for _ in 0..count {
        from.read_exact(&mut bytes)?;
    }
    let took = began.elapsed();
    sender.join().map_err(|_| "the sender panicked")??;
    Ok((count * SIZE) as f64 / 1e9 / took.as_secs_f64())
}
