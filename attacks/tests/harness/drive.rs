//! The host's side: starts cells, gives orders, hears answers and refused calls.

use std::time::{Duration, Instant};

use aether_attacks::Victim;
use aether_container::{
    Cell, Code, Exit, Interest, Limits, Program, Protection, Recipe, Stream, SyscallAttempt,
    Workload, launch,
};

use super::words::{END, Order};

/// How long any one step may take. All take milliseconds; the bound is for a broken machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Largest answer, in bytes; beyond it the cell is out of its mind.
const ANSWER_BYTES: usize = 64 << 10;

/// What came of an order.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The whole answer, if the cell lived to give it.
    pub(super) answer: Option<String>,
    /// How the cell ended, if it did.
    pub(super) exit: Option<Exit>,
    /// Each refused call that the container told of.
    pub(super) told: Vec<SyscallAttempt>,
    /// Captured output, for people.
    pub(super) output: String,
}

/// What surrounds the one who attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// No container.
    Nothing,
    /// The cell of an engine that runs no machine code.
    Engine,
    /// That of one which does, with all of its code there already.
    Code,
    /// That of V8, which runs on a second thread.
    Watched,
    /// The same where V8 makes machine code.
    Made,
}

impl Around {
    /// What of machine code a cell has.
    const fn code(self) -> Code {
        match self {
            Self::Code => Code::Handed,
            Self::Made => Code::Made,
            Self::Nothing | Self::Engine | Self::Watched => Code::None,
        }
    }

    /// Whether the engine runs on a second thread.
    pub(super) const fn is_watched(self) -> bool {
        matches!(self, Self::Watched | Self::Made)
    }
}

pub(super) fn start(around: Around) -> Result<Cell, String> {
    let (confine, code) = (around != Around::Nothing, around.code());
    // What the owner of a machine allows where it makes code.
    let lacks = (code == Code::Made).then_some(Protection::WriteXorExecute);
    let recipe = Recipe {
        program: Program::Itself,
        limits: Limits {
            memory: 64 << 20,
            cpu_millis: 1000,
            open_files: 16,
            addresses: code == Code::None && !around.is_watched(),
            raisable: false,
        },
        optional: lacks.into_iter().collect(),
        code,
        aside: around.is_watched(),
        workload: Workload::Engine,
        confine,
    };
    let mut cell = launch(&recipe).map_err(|error| format!("no cell: {error}"))?;
    if confine && lacks.is_none() && !cell.posture().is_full() {
        return Err(format!("the posture is not full: {:?}", cell.posture()));
    }
    if around == Around::Code {
        let heard = order(&mut cell, &Order::Settle)?;
        heard.answer.ok_or_else(|| format!("the cell does not settle: {:?}", heard.exit))?;
    }
    Ok(cell)
}

/// Gives an order and hears the cell out: until it has answered, or ended.
pub(super) fn order(cell: &mut Cell, order: &Order) -> Result<Heard, String> {
    let broken = |error: std::io::Error| format!("the cell cannot be driven: {error}");
    cell.send(order.text().as_bytes(), &[]).map_err(broken)?;
    let (until, mut heard, mut answer) = (Instant::now() + PATIENCE, Heard::default(), Vec::new());
    let mut closed = false;
    while Instant::now() < until {
        let ready = cell.wait(Duration::from_millis(50), Interest::default()).map_err(broken)?;
        if ready.syscall {
            heard.told.extend(cell.next_syscall().map_err(broken)?);
        }
        for (flag, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
            if flag {
                drain(cell, stream, &mut heard.output);
            }
        }
        if ready.receive && !closed {
            let mut buffer = [0; 4096];
            let got = match cell.receive(&mut buffer) {
                Ok(got) => got.bytes,
                // Bytes out of band are announced and not received.
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(_) => 0,
            };
            // The exit follows.
            closed = got == 0;
            answer.extend_from_slice(&buffer[..got]);
            if answer.ends_with(END.as_bytes()) {
                heard.answer = Some(String::from_utf8_lossy(&answer).into_owned());
                return Ok(heard);
            }
            if answer.len() > ANSWER_BYTES {
                return Err("the cell does not stop answering".to_owned());
            }
        }
        heard.exit = if closed { cell.try_exit() } else { None };
        if heard.exit.is_some() {
            drain(cell, Stream::Stdout, &mut heard.output);
            drain(cell, Stream::Stderr, &mut heard.output);
            return Ok(heard);
        }
    }
    Err(format!("no answer to {order:?} within {PATIENCE:?}; so far: {heard:?}"))
}

/// Whether cells of this host have a control group; without one, resource limits stand alone.
pub(super) fn cells_have_a_cgroup() -> bool {
    let memory = |cell: Cell| cell.posture().get(Protection::Memory).map(|l| l.detail.clone());
    start(Around::Engine).ok().and_then(memory).is_some_and(|detail| !detail.contains("no cgroup"))
}

/// Whether the cell still does what it is told.
pub(super) fn is_alive(cell: &mut Cell) -> Result<(), String> {
    match order(cell, &Order::Ping)? {
        Heard { answer: Some(_), told, .. } if told.is_empty() => Ok(()),
        heard => Err(format!("the cell is not well: {heard:?}")),
    }
}

/// Gives a cell a secret to hold.
pub(super) fn hold_secret(cell: &mut Cell, outside: bool) -> Result<Victim, String> {
    // Known to nobody by chance; the processes' numbers make it another for each.
    let secret = 0x5ec7_e700_0000_0000 | u64::from(cell.pid().unsigned_abs());
    let heard = order(cell, &Order::Hold { outside, secret })?;
    let address = heard.answer.as_deref().and_then(|text| text.lines().next()?.parse().ok());
    let address = address.ok_or_else(|| format!("the victim keeps no secret: {heard:?}"))?;
    Ok(Victim { pid: cell.pid(), address, secret })
}

fn drain(cell: &mut Cell, stream: Stream, output: &mut String) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = cell.read_output(stream, &mut buffer) {
        output.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}
