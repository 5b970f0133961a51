//! From the host to the plugin and back.

use std::error::Error;
use std::time::Instant;

use aether::Cell;
use serde_json::{Value, json};

use super::echo::Echo;
use super::us;
use crate::run::Document;
use crate::scene::{Scene, start};
use crate::spread::Spread;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let host = scene.host("call-js.jsonl")?;
    let client_host = scene.client_host("call-client.jsonl")?;
    let probe = scene.probe(&host)?;
    let client = start(&client_host, &client_host.load(crate::scene::own("plugins/probe"))?)?;
    let mut echo = Echo::start(scene)?;
    let (mut js, mut native, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    let (batches, batch) = (scene.args.size(40, 4), scene.args.size(100, 25));
    for round in 0..=batches {
        let taken = (calls(&probe, batch)?, calls(&client, batch)?, echo.round_trips(batch)?);
        if round > 0 {
            js.extend(taken.0);
            native.extend(taken.1);
            floor.extend(taken.2);
        }
    }
    let Some(floor) = Spread::of(floor) else { return Ok(()) };
    let rows = [
        ("call.js", "call of an empty method in JavaScript", js),
        ("call.client", "call of an empty method, native client", native),
    ];
    document.beside_echo(rows, floor);
    client.stop();
    probe.stop();
    Ok(())
}

fn calls(cell: &Cell, count: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let input = json!({});
        let began = Instant::now();
        let answer = cell.call("empty", input)?;
        took.push(us(began.elapsed()));
        if answer != Value::Null {
            return Err("the empty method returned something".into());
        }
    }
    Ok(took)
}
