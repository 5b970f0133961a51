//! From the plugin to its host and back.

use std::error::Error;
use std::time::Instant;

use aether::Cell;
use serde_json::{Value, json};

use super::echo::Echo;
use super::us;
use crate::figure::{Aim, Figure};
use crate::process::own_cpu;
use crate::run::Document;
use crate::scene::{Scene, start};
use crate::spread::Spread;

/// Microseconds of a validated, authorised, audited host call.
const ROUND_TRIP: f64 = 25.0;

/// Calls per second when the plugin does not wait for each answer, on one core of the host.
const PIPELINED: f64 = 100_000.0;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.host("calls-js.jsonl")?;
    let client_host = scene.client_host("calls-client.jsonl")?;
    let probe = scene.probe(&host)?;
    let client = start(&client_host, &client_host.load(crate::scene::own("plugins/probe"))?)?;
    let mut echo = Echo::start(scene)?;

    let mut samples = Samples::default();
    let (batches, batch) = (scene.args.size(60, 5), scene.args.size(400, 100));
    for round in 0..=batches {
        let taken = Samples {
            floor: echo.round_trips(batch)?,
            names: durations(&client, "names", batch)?,
            stat: durations(&client, "stat", batch)?,
            waiting: vec![mean(&probe, "waiting", batch)?],
            awaited: vec![mean(&probe, "awaited", batch)?],
        };
        if round > 0 {
            samples.add(taken);
        }
    }
    samples.report(document);
    client.stop();
    probe.stop();
    pipelined(scene, document)?;
    Ok(())
}

/// Round trips in microseconds.
#[derive(Default)]
struct Samples {
    /// Bare echo.
    floor: Vec<f64>,
    /// `env.list` and `fs.stat` from the client without an engine, each call by itself.
    names: Vec<f64>,
    stat: Vec<f64>,
    /// The same from JavaScript, means of a batch.
    waiting: Vec<f64>,
    awaited: Vec<f64>,
}

impl Samples {
    fn add(&mut self, mut more: Self) {
        self.floor.append(&mut more.floor);
        self.names.append(&mut more.names);
        self.stat.append(&mut more.stat);
        self.waiting.append(&mut more.waiting);
        self.awaited.append(&mut more.awaited);
    }

    fn report(self, document: &mut Document) {
        let Some(floor) = Spread::of(self.floor) else { return };
        let rows = [
            ("host-call.client.env", "host call `env.list`, native client", self.names),
            ("host-call.client.stat", "host call `fs.stat`, native client", self.stat),
            (
                "host-call.js.env",
                "host call `env.names()` in JavaScript, mean of a batch",
                self.waiting,
            ),
            (
                "host-call.js.stat",
                "host call `await fs.stat()` in JavaScript, mean of a batch",
                self.awaited,
            ),
        ];
        for (id, what, samples) in rows {
            if let Some(spread) = Spread::of(samples) {
                let figure = Figure::new(id, what, "us", spread);
                document.figures.push(figure.beside("echo", floor).aim(Aim::AtMost(ROUND_TRIP)));
            }
        }
        let what = "bare JSON-RPC echo over a Unix socket";
        document.figures.push(Figure::new("host-call.echo", what, "us", floor));
    }
}

/// What the client measured, each call by itself.
fn durations(client: &Cell, method: &str, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let answer = client.call(method, json!({ "count": count, "path": "data/small.bin" }))?;
    let nanoseconds = answer.as_array().ok_or("the client told no times")?;
    Ok(nanoseconds.iter().filter_map(Value::as_f64).map(|time| time / 1e3).collect())
}

/// Wall time of a chain of calls over their number.
fn mean(probe: &Cell, method: &str, count: usize) -> Result<f64, Box<dyn Error>> {
    let began = Instant::now();
    probe.call(method, json!({ "count": count, "path": "data/small.bin" }))?;
    Ok(us(began.elapsed()) / count as f64)
}

/// Many requests before the first answer is read. Each round has a cell of its own: a cell may make
/// so many recorded calls at once, and is slowed down after that.
fn pipelined(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.client_host("calls-pipelined.jsonl")?;
    let plugin = host.load(crate::scene::own("plugins/probe"))?;
    let (rounds, count) = (scene.args.size(20, 3), scene.args.size(50_000, 4000));
    let (mut by_wall, mut by_cpu) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let client = start(&host, &plugin)?;
        let before = own_cpu()?;
        let began = Instant::now();
        client.call("pipelined", json!({ "count": count, "window": 256 }))?;
        let (wall, cpu) = (began.elapsed(), own_cpu()?.saturating_sub(before));
        client.stop();
        if round > 0 {
            by_wall.push(count as f64 / wall.as_secs_f64());
            by_cpu.push(count as f64 / cpu.as_secs_f64());
        }
    }
    let rows = [
        ("host-call.pipelined.wall", "pipelined host calls, 256 at a time", by_wall),
        ("host-call.pipelined.core", "pipelined host calls per core of the host", by_cpu),
    ];
    for (id, what, samples) in rows {
        if let Some(spread) = Spread::of(samples) {
            let figure = Figure::new(id, what, "calls/s", spread);
            document.figures.push(figure.aim(Aim::AtLeast(PIPELINED)));
        }
    }
    Ok(())
}
