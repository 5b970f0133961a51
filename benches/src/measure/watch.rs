//! What watching costs the host.

use std::error::Error;
use std::time::{Duration, Instant};

use aether::{Cell, Host, Monitoring};
use serde_json::json;

use crate::figure::{Aim, Figure};
use crate::process::own_cpu;
use crate::run::Document;
use crate::scene::{Scene, hello, start};
use crate::spread::Spread;

/// Cells that are watched.
const CELLS: usize = 20;

/// Percent of one core that watching them may take.
const SHARE: f64 = 1.0;

/// How long the processor time is taken over.
const WINDOW: Duration = Duration::from_secs(2);

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let seldom = Monitoring { every: Duration::from_secs(3600), ..Monitoring::default() };
    let unwatched = scene.builder("watch-none.jsonl").monitoring(seldom).build()?;
    let (mut watched, mut floor) = (Vec::new(), Vec::new());
    {
        let _cells = live(&unwatched)?;
        for _ in 0..scene.args.size(5, 1) {
            floor.push(share()?);
        }
    }
    let host = scene.host("watch.jsonl")?;
    let cells = live(&host)?;
    for _ in 0..scene.args.size(10, 2) {
        watched.push(share()?);
    }
    drop(cells);
    let (Some(watched), Some(floor)) = (Spread::of(watched), Spread::of(floor)) else {
        return Ok(());
    };
    let what = "processor time for watching 20 cells four times a second";
    let figure = Figure::new("watch.cost", what, "% of a core", watched);
    document.figures.push(figure.beside("unwatched", floor).aim(Aim::AtMost(SHARE)));
    Ok(())
}

fn live(host: &Host) -> Result<Vec<Cell>, Box<dyn Error>> {
    let plugin = host.load(hello())?;
    let mut cells = Vec::new();
    for _ in 0..CELLS {
        let cell = start(host, &plugin)?;
        cell.call("hello", json!({}))?;
        cells.push(cell);
    }
    Ok(cells)
}

/// Percent of a core that this process uses while nothing is asked of it.
fn share() -> Result<f64, Box<dyn Error>> {
    let (before, began) = (own_cpu()?, Instant::now());
    std::thread::sleep(WINDOW);
    let used = own_cpu()?.saturating_sub(before);
    Ok(100.0 * used.as_secs_f64() / began.elapsed().as_secs_f64())
}
