//! One attack's verdict, in three phases.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aether_attacks::{Attack, Miss, Need, Outcome, Refused, Scene, Victim};
use aether_container::{Cell, Exit};

use super::drive::{self, Around, Heard, PATIENCE};
use super::open::{self, Exception};
use super::traces::Traces;
use super::words::{Answer, Order};

/// The variable by which a plain child knows its attack.
const PLAIN: &str = "AETHER_ATTACKS_PLAIN";

/// What an attack did outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// It bit; what it won.
    Bit(String),
    /// It cannot bite on this machine, or for this user; why not.
    NotApplicable(String),
}

/// What came of an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outside: Outside,
    /// Why it bites inside too, if that is a known hole.
    pub(super) hole: Option<String>,
}

/// Judges an attack. The error says which phase failed and how: an inconclusive probe is a failure.
pub(super) fn judge(attack: &Attack) -> Result<Verdict, String> {
    let mut before = Traces::now();
    let _leak = if attack.needs(Need::Inheritance) { Some(leak()?) } else { None };
    let outside = outside(attack, &mut before).map_err(|error| format!("outside: {error}"))?;
    let hole = inside_and_after(attack, Around::Engine, before)?;
    Ok(Verdict { outside, hole })
}

/// The same for another kind of cell, of an attack of which it is known what it does outside.
pub(super) fn judge_around(
    attack: &Attack,
    around: Around,
    outside: Outside,
) -> Result<Verdict, String> {
    let before = Traces::now();
    let _leak = if attack.needs(Need::Inheritance) { Some(leak()?) } else { None };
    let hole = inside_and_after(attack, around, before)?;
    Ok(Verdict { outside, hole })
}

/// Why it bites inside, if that is known.
fn inside_and_after(
    attack: &Attack,
    around: Around,
    mut before: Traces,
) -> Result<Option<String>, String> {
    let hole = match (open::why(attack), inside(attack, around, &mut before)) {
        (None, Ok(())) => None,
        (None, Err(error)) => return Err(format!("inside: {error}")),
        (Some(why), Err(_)) => Some(why.to_owned()),
        (Some(_), Ok(())) => return Err(open::CLOSED.to_owned()),
    };
    after(&before).map_err(|error| format!("afterwards: {error}"))?;
    Ok(hole)
}

/// A descriptor that every child inherits.
fn leak() -> Result<std::os::fd::OwnedFd, String> {
    let file = File::open("/dev/null").map_err(|error| error.to_string())?;
    // Unlike `File`, dup(2) leaves close-on-exec off.
    rustix::io::dup(file).map_err(|error| error.to_string())
}

fn outside(attack: &Attack, traces: &mut Traces) -> Result<Outside, String> {
    let (outcome, _) = if attack.needs(Need::Inheritance) {
        (answer_of_plain_child(attack)?.outcome, None)
    } else {
        let mut cells = Cells::new(attack, Around::Nothing, traces)?;
        let heard = cells.attack(attack)?;
        (parse(&heard)?.outcome, Some(cells))
    };
    match outcome {
        Ok(won) => Ok(Outside::Bit(won)),
        Err(Miss::NotHere(why)) => Ok(Outside::NotApplicable(why)),
        Err(Miss::Refused(errno)) if says_not_applicable(errno) => {
            let error = std::io::Error::from_raw_os_error(errno);
            Ok(Outside::NotApplicable(error.to_string()))
        }
        // Another error is that of a call made wrongly, which proves nothing.
        other => Err(format!("inconclusive, it does not bite: {other:?}")),
    }
}

/// Errors of a kernel that lacks the thing, or keeps it from this user, container or machine.
fn says_not_applicable(errno: i32) -> bool {
    [
        libc::EPERM,
        libc::EACCES,
        libc::ENOSYS,
        libc::ENOENT,
        libc::ENODEV,
        libc::EAFNOSUPPORT,
        libc::EPROTONOSUPPORT,
        libc::ESOCKTNOSUPPORT,
        libc::EOPNOTSUPP,
    ]
    .contains(&errno)
}

fn inside(attack: &Attack, around: Around, traces: &mut Traces) -> Result<(), String> {
    let mut cells = Cells::new(attack, around, traces)?;
    let heard = cells.attack(attack)?;
    if let Some(exception) = open::exception(attack, around) {
        as_written(exception, &heard)?;
        return drive::is_alive(&mut cells.attacker);
    }
    let refusal = match attack.refused {
        // Of what could make memory executable, its last filter lets nothing go on.
        Refused::Syscalls(names) if around == Around::Code && is_about_memory(names) => {
            refused_and_told(names, &heard).or_else(|_| killed(&heard))
        }
        Refused::Syscalls(names) => refused_and_told(names, &heard),
        Refused::Killed => killed(&heard),
        Refused::Absent => expect(&parse(&heard)?.outcome, |miss| *miss == Miss::Nothing)
            .and_then(|()| nothing_told(&heard)),
        Refused::Limited => limited(&heard),
    };
    refusal?;
    if heard.exit.is_none() {
        drive::is_alive(&mut cells.attacker)?;
    }
    cells.victim.as_mut().map_or(Ok(()), |(victim, _)| drive::is_alive(victim))
}

/// What a cell of V8 has, or lacks, is what is written.
fn as_written(exception: Exception, heard: &Heard) -> Result<(), String> {
    match (exception, parse(heard)?.outcome) {
        (Exception::Absent, outcome) => {
            expect(&outcome, |miss| *miss == Miss::Refused(libc::ENOSYS))?;
            nothing_told(heard)
        }
        (Exception::Given(_), Ok(_)) => Ok(()),
        (Exception::Given(why), Err(miss)) => {
            Err(format!("not given, but it is written: {why}; {miss:?}"))
        }
    }
}

fn is_about_memory(names: &[&str]) -> bool {
    names.iter().all(|name| ["mmap", "mprotect", "pkey_mprotect"].contains(name))
}

/// Every call answered with `EPERM`, and the host told of each with exactly its arguments.
fn refused_and_told(names: &[&str], heard: &Heard) -> Result<(), String> {
    let answer = parse(heard)?;
    expect(&answer.outcome, |miss| *miss == Miss::Refused(libc::EPERM))?;
    let mut told: Vec<&str> = heard.told.iter().map(|call| call.name.as_str()).collect();
    let arguments: Vec<_> = heard.told.iter().map(|call| call.arguments).collect();
    told.dedup();
    if told != names {
        return Err(format!("refused calls told: {told:?}, expected {names:?}"));
    }
    if arguments != answer.refused {
        return Err(format!("the arguments told are {arguments:?}, made {:?}", answer.refused));
    }
    Ok(())
}

fn killed(heard: &Heard) -> Result<(), String> {
    match heard.exit {
        Some(Exit::Signal { number: libc::SIGSYS, .. }) => Ok(()),
        _ => Err(format!("not killed by SIGSYS: {heard:?}")),
    }
}

/// Ended by a signal that a limit sends or causes, failed with a limit's error, or not let begin.
fn limited(heard: &Heard) -> Result<(), String> {
    if let [first, ..] = &heard.told[..] {
        return refused_and_told(&[&first.name], heard);
    }
    match heard.exit {
        Some(Exit::Signal { number: libc::SIGKILL, out_of_memory: true }) => Ok(()),
        Some(Exit::Signal { number: libc::SIGXFSZ | libc::SIGABRT, .. }) => Ok(()),
        Some(exit) => Err(format!("not ended by a limit: {exit:?}, {}", heard.output)),
        None => expect(&parse(heard)?.outcome, |miss| {
            matches!(*miss, Miss::Refused(libc::ENOMEM | libc::EMFILE | libc::EFBIG))
        }),
    }
}

fn nothing_told(heard: &Heard) -> Result<(), String> {
    if heard.told.is_empty() { Ok(()) } else { Err(format!("also told: {:?}", heard.told)) }
}

fn expect(outcome: &Outcome, right: impl FnOnce(&Miss) -> bool) -> Result<(), String> {
    match outcome {
        Ok(won) => Err(format!("IT BITES: {won}")),
        Err(miss) if right(miss) => Ok(()),
        Err(miss) => Err(format!("inconclusive: {miss:?}")),
    }
}

fn parse(heard: &Heard) -> Result<Answer, String> {
    let answer = heard.answer.as_deref().and_then(Answer::parse);
    answer.ok_or_else(|| format!("the probe is not alive: {heard:?}"))
}

/// The host still works, and nothing is left.
fn after(before: &Traces) -> Result<(), String> {
    drive::is_alive(&mut drive::start(Around::Engine)?)?;
    before.nothing_new()
}

/// The attacker, and its victim where it needs one.
struct Cells {
    around: Around,
    attacker: Cell,
    victim: Option<(Cell, Victim)>,
}

impl Cells {
    fn new(attack: &Attack, around: Around, traces: &mut Traces) -> Result<Self, String> {
        let victim = if attack.needs(Need::Victim) {
            let mut cell = drive::start(around)?;
            traces.watch(cell.pid());
            let victim = drive::hold_secret(&mut cell, around == Around::Nothing)?;
            Some((cell, victim))
        } else {
            None
        };
        let attacker = drive::start(around)?;
        traces.watch(attacker.pid());
        Ok(Self { around, attacker, victim })
    }

    fn attack(&mut self, attack: &Attack) -> Result<Heard, String> {
        let victim = self.victim.as_ref().map_or_else(Victim::default, |(_, victim)| *victim);
        let outside = self.around == Around::Nothing;
        let host = std::process::id().cast_signed();
        let scene = Scene { outside, host, victim };
        drive::order(&mut self.attacker, &Order::Attack(attack.name.to_owned(), scene))
    }
}

/// The attack that this process is to try as a plain child.
pub(super) fn plain_child() -> Option<String> {
    std::env::var(PLAIN).ok()
}

/// Starts the attack as any program starts another: with everything inherited.
fn answer_of_plain_child(attack: &Attack) -> Result<Answer, String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = bounded(Command::new(me).env(PLAIN, attack.name))?;
    Answer::parse(&output).ok_or_else(|| format!("the probe is not alive: {output:?}"))
}

/// Runs a command for a bounded time and gives its standard output.
pub(super) fn bounded(command: &mut Command) -> Result<String, String> {
    let fail = |error: std::io::Error| format!("a helper process: {error}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(fail)?;
    // Longer than the steps that the child bounds itself.
    let until = Instant::now() + 5 * PATIENCE;
    // Its words are few, so that they fit into the pipe until it ends.
    while child.try_wait().map_err(fail)?.is_none() {
        if Instant::now() > until {
            child.kill().and_then(|()| child.wait()).map_err(fail)?;
            return Err("a helper process does not end".to_owned());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text).map_err(fail)?;
    }
    Ok(text)
}
