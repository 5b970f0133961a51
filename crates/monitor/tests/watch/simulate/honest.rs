//! Honest work, as unlike an attack as real plugins are: not very.

use super::cell::{Cell, mega};

/// A kind of honest work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Honest {
    /// Nearly nothing.
    Idle,
    /// Loads code and data as fast as it can.
    StartUp,
    /// Computes at full speed, within a call.
    Batch,
    /// Asks one host again and again, by the clock.
    Poll,
    /// Allocates until garbage is collected, again and again.
    Garbage,
    /// Receives much.
    Download,
    /// Sends much, once.
    Upload,
    /// Starts compilers.
    Compile,
    /// Answers many small calls.
    Serve,
    /// Asks many hosts, as a person clicks.
    Browse,
    /// Is refused some things, since its manifest forgot them.
    Forgetful,
    /// Looks for files that need not be there, as a runtime does when it starts.
    Probe,
}

impl Honest {
    /// All kinds.
    pub(crate) const ALL: [Self; 12] = [
        Self::Idle,
        Self::StartUp,
        Self::Batch,
        Self::Poll,
        Self::Garbage,
        Self::Download,
        Self::Upload,
        Self::Compile,
        Self::Serve,
        Self::Browse,
        Self::Forgetful,
        Self::Probe,
    ];

    /// One kind by chance.
    pub(crate) fn any(cell: &mut Cell) -> Self {
        let place = (cell.random.share() * Self::ALL.len() as f64) as usize;
        Self::ALL.get(place).copied().unwrap_or(Self::Idle)
    }

    /// The `tick`th tick of this work; `size` between 0 and 1 says how much of it there is.
    pub(crate) fn step(self, cell: &mut Cell, tick: u64, size: f64) {
        match self {
            Self::Idle => idle(cell),
            Self::StartUp => start_up(cell, tick, size),
            Self::Batch => batch(cell, size),
            Self::Poll => poll(cell, tick, size),
            Self::Garbage => garbage(cell, tick, size),
            Self::Download => download(cell, tick, size),
            Self::Upload => upload(cell, tick, size),
            Self::Compile => compile(cell, size),
            Self::Serve => serve(cell, size),
            Self::Browse => browse(cell),
            Self::Forgetful => forgetful(cell),
            Self::Probe => probe(cell, tick, size),
        }
    }

    /// How many ticks of it there are in a row.
    pub(crate) fn ticks(self, cell: &mut Cell) -> u64 {
        let seconds = match self {
            Self::Idle => cell.random.between(10.0, 300.0),
            Self::StartUp | Self::Probe => cell.random.between(1.0, 3.0),
            Self::Upload => cell.random.between(1.0, 10.0),
            _ => cell.random.between(5.0, 120.0),
        };
        (seconds * 4.0) as u64
    }

    /// What is over when the work is.
    pub(crate) fn done(cell: &mut Cell) {
        cell.open_calls = 0;
        cell.sample.memory = mega(cell.random.between(28.0, 34.0));
        (cell.sample.processes, cell.sample.threads, cell.sample.descriptors) = (1, 4, 12);
    }
}

fn idle(cell: &mut Cell) {
    let load = cell.random.between(0.0, 0.03);
    cell.compute(load);
}

fn start_up(cell: &mut Cell, tick: u64, size: f64) {
    cell.open_calls = 1;
    cell.compute(1.0);
    let grown = 20.0 + 60.0 * size * (tick as f64 / 6.0).min(1.0);
    cell.sample.memory = mega(grown + cell.random.between(0.0, 2.0));
    cell.sample.read += mega(cell.random.between(1.0, 12.0));
    cell.sample.descriptors = 12 + tick.min(20);
}

fn batch(cell: &mut Cell, size: f64) {
    cell.open_calls = 1;
    let load = cell.random.between(0.97, 1.0);
    cell.compute(load);
    cell.sample.memory = mega(40.0 + 80.0 * size + cell.random.between(0.0, 4.0));
}

fn poll(cell: &mut Cell, tick: u64, size: f64) {
    idle(cell);
    let each = 4 + (size * 40.0) as u64;
    if tick.is_multiple_of(each) {
        let received = cell.random.between(300.0, 4_000.0) as u64;
        cell.request("poll.example.com", 280, received);
    }
}

fn garbage(cell: &mut Cell, tick: u64, size: f64) {
    serve(cell, size);
    let period = 8 + (size * 60.0) as u64;
    let full = 40.0 + 90.0 * size;
    let grown = full * (tick % period) as f64 / period as f64;
    cell.sample.memory = mega(35.0 + grown + cell.random.between(0.0, 1.0));
}

fn download(cell: &mut Cell, tick: u64, size: f64) {
    if tick == 0 {
        cell.request("files.example.com", 400, 0);
    }
    let megabytes = cell.random.between(0.3, 1.0) * 4.0 * size;
    let load = cell.random.between(0.1, 0.4);
    cell.compute(load);
    cell.flow((megabytes * 20_000.0) as u64, mega(megabytes));
    cell.sample.written += mega(megabytes);
    cell.sample.memory = mega(45.0 + cell.random.between(0.0, 20.0));
}

fn upload(cell: &mut Cell, tick: u64, size: f64) {
    cell.open_calls = 1;
    cell.compute(0.2);
    if tick == 0 {
        cell.request("files.example.com", 20_000, 900);
    }
    let sent = mega(cell.random.between(0.2, 3.0) * (0.2 + size));
    cell.flow(sent, 0);
}

fn compile(cell: &mut Cell, size: f64) {
    cell.open_calls = 1;
    let jobs = 2.0 + 14.0 * size;
    let running = 1 + cell.random.between(0.5 * jobs, 1.5 * jobs) as u64;
    cell.sample.processes = running;
    cell.sample.threads = running * 2;
    cell.sample.descriptors = 12 + running * 6;
    cell.compute((running as f64).min(4.0) * 0.95);
    cell.sample.memory = mega(30.0 + running as f64 * cell.random.between(3.0, 7.0));
    cell.sample.read += mega(cell.random.between(0.0, 6.0));
    cell.sample.written += mega(cell.random.between(0.0, 2.0));
}

fn serve(cell: &mut Cell, size: f64) {
    let calls = cell.random.between(0.0, 1.0 + 40.0 * size) as u64;
    cell.open_calls = usize::from(calls > 0);
    cell.call(calls);
    cell.compute(0.01 * calls as f64);
    cell.sample.read += calls * 4_096;
}

fn browse(cell: &mut Cell) {
    idle(cell);
    if !cell.random.happens(0.4) {
        return;
    }
    let host = format!("host{}.example.com", cell.random.between(0.0, 30.0) as u64);
    let requests = cell.random.between(1.0, 8.0) as u64;
    for _ in 0..requests {
        let (sent, received) =
            (cell.random.between(200.0, 1_500.0), cell.random.between(500.0, 90_000.0));
        cell.request(&host, sent as u64, received as u64);
    }
}

fn forgetful(cell: &mut Cell) {
    idle(cell);
    if cell.random.happens(0.2) {
        let path = format!("/project/config{}", cell.random.between(0.0, 4.0) as u64);
        cell.is_refused(path);
    }
}

/// Up to three dozen, within two seconds, and the same ones each time.
fn probe(cell: &mut Cell, tick: u64, size: f64) {
    start_up(cell, tick, 0.3);
    let all = 2 + (34.0 * size) as u64;
    for place in (tick * 5..all.min((tick + 1) * 5)).filter(|_| tick < 8) {
        cell.is_refused(format!("/usr/share/runtime/{place}.conf"));
    }
}
