//! The engines of JavaScript: starts, computing and idle cells, beside Node and Deno.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{Cell, Host};
use serde_json::{Value, json};

use super::cold_start::answer;
use super::memory::idle;
use super::ms;
use super::turns::{CPU, Contestant, Row, WALL, report, take_turns};
use crate::figure::{Aim, Figure};
use crate::process::{Cost, run};
use crate::programs::clean;
use crate::run::Document;
use crate::scene::{Scene, hello, own, start};
use crate::spread::Spread;

/// A confined start with V8 over Node's own bare start.
const START_SHARE: f64 = 1.0 / 3.0;

/// The compute set with machine code over Node's time.
const COMPUTE_TIMES: f64 = 1.1;

/// Whether V8 was built in.
const HAS_V8: bool = cfg!(feature = "v8");

/// What runs JavaScript in a cell: stable name, and what the policy says.
const ENGINES: [(&str, &str); 3] =
    [("quickjs", "engine: quickjs"), ("v8", "engine: v8"), ("v8-jit", "engine: v8, jit: allow")];

/// The methods of the plugin `compute`, with the names of their figures.
#[rustfmt::skip] // A table is read by its columns.
const KERNELS: [(&str, &str, &str); 12] = [
    ("fibonacci", "javascript.compute.fibonacci", "  calls"),
    ("planets", "javascript.compute.planets", "  floating point on objects"),
    ("primes", "javascript.compute.primes", "  whole numbers in a typed array"),
    ("matrices", "javascript.compute.matrices", "  floating point in typed arrays"),
    ("digest", "javascript.compute.digest", "  bits"),
    ("ways", "javascript.compute.ways", "  objects, sets and maps"),
    ("trees", "javascript.compute.trees", "  small objects that come and go"),
    ("json", "javascript.compute.json", "  JSON there and back"),
    ("words", "javascript.compute.words", "  text and regular expressions"),
    ("sorting", "javascript.compute.sorting", "  sorting by a function"),
    ("digits", "javascript.compute.digits", "  large whole numbers"),
    ("turns", "javascript.compute.turns", "  promises and generators"),
];

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let engines = if HAS_V8 { &ENGINES[..] } else { &ENGINES[..1] };
    if !HAS_V8 {
        document.notes.push("built without the feature `v8`: QuickJS alone".to_owned());
    }
    let mut hosts = Vec::new();
    for (name, rules) in engines {
        let audit = format!("javascript-{name}.jsonl");
        let builder = scene.builder(&audit).policy(policy(rules)?).keep_code(scene.path("code"));
        hosts.push((*name, builder.build()?));
    }
    document.note_absent([("node", &scene.programs.node), ("deno", &scene.programs.deno)]);
    starts(scene, &hosts, document)?;
    compute(scene, &hosts, document)?;
    memory(scene, &hosts, document)
}

fn policy(rules: &str) -> Result<Policy, Box<dyn Error>> {
    let text = format!(
        "version: 1\njavascript: {{ {rules} }}\nplugins: {{ \"*\": {{ limits: {{ memory: 512MB, timeout: 2m }} }} }}\n"
    );
    Policy::parse(Source::new("policy.yaml", text), PolicyOrigin::Named, jiff::tz::db())
        .map_err(|_| "the policy is none".into())
}

fn starts(
    scene: &Scene,
    hosts: &[(&'static str, Host)],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let mut plugins = Vec::new();
    for (_, host) in hosts {
        plugins.push(host.load(hello())?);
    }
    let mut contestants = Vec::new();
    for ((name, host), plugin) in hosts.iter().zip(&plugins) {
        contestants.push(Contestant::new(name, move || answer(host, plugin)));
    }
    let process = |command: &mut Command| -> Result<Cost, Box<dyn Error>> { Ok(run(command)?) };
    if let Some(node) = &scene.programs.node {
        contestants.push(Contestant::new("node", move || process(clean(node).args(["-e", "0"]))));
    }
    if let Some(deno) = &scene.programs.deno {
        contestants.push(Contestant::new("deno", move || {
            process(clean(deno).env("DENO_DIR", scene.path("deno")).args(["eval", "0"]))
        }));
    }
    take_turns(&mut contestants, scene.args.size(100, 6))?;
    report(&STARTS, &contestants, document);
    Ok(())
}

#[rustfmt::skip] // A table is read by its columns.
const STARTS: [Row; 9] = [
    ("quickjs", WALL, "javascript.start.quickjs", "start and first answer of hello, QuickJS", "node", Aim::None),
    ("v8", WALL, "javascript.start.v8", "  V8 that interprets", "node", Aim::OfPeer(START_SHARE)),
    ("v8", CPU, "javascript.start.v8-cpu", "  the same with the cell's end, processor time", "node", Aim::None),
    ("v8-jit", WALL, "javascript.start.v8-jit", "  V8 that makes machine code", "node", Aim::OfPeer(START_SHARE)),
    ("v8-jit", CPU, "javascript.start.v8-jit-cpu", "  the same with the cell's end, processor time", "node", Aim::None),
    ("v8", WALL, "javascript.start.v8-quickjs", "  V8 that interprets, beside QuickJS", "quickjs", Aim::None),
    ("v8-jit", WALL, "javascript.start.v8-deno", "  V8 that makes machine code, beside `deno eval 0`", "deno", Aim::None),
    ("node", WALL, "javascript.start.node", "`node -e 0`", "", Aim::None),
    ("deno", WALL, "javascript.start.deno", "`deno eval 0`", "", Aim::None),
];

/// What computes: a cell, or a process that nobody confines.
enum Computer {
    Cell(Cell),
    Peer(Peer),
}

impl Computer {
    /// What the method comes to, and in how many milliseconds.
    fn run(&mut self, method: &str) -> Result<(Value, f64), Box<dyn Error>> {
        let began = Instant::now();
        let answer = match self {
            Self::Cell(cell) => cell.call(method, json!({}))?,
            Self::Peer(peer) => peer.ask(method)?,
        };
        Ok((answer, ms(began.elapsed())))
    }
}

/// A process that runs the same files, with a name for each line.
struct Peer {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    fn start(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (to, from) = to.zip(from).ok_or("a peer without streams")?;
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn ask(&mut self, method: &str) -> Result<Value, Box<dyn Error>> {
        writeln!(self.to, "{method}")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends when its input does; killed here so that no error path leaves it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Milliseconds by who computed and what.
type Times = BTreeMap<(&'static str, &'static str), Vec<f64>>;

fn compute(
    scene: &Scene,
    hosts: &[(&'static str, Host)],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let mut fast = Vec::new();
    let mut slow = Vec::new();
    for (name, host) in hosts {
        let cell = start(host, &host.load(own("plugins/compute"))?)?;
        let of = if *name == "v8-jit" { &mut fast } else { &mut slow };
        of.push((*name, Computer::Cell(cell)));
    }
    let script = own("peers/compute.mjs");
    if let Some(node) = &scene.programs.node {
        let peer = Peer::start(clean(node).arg(&script))?;
        fast.push(("node", Computer::Peer(peer)));
    }
    if let Some(deno) = &scene.programs.deno {
        let peer = Peer::start(&mut deno_runs(deno, scene, &script))?;
        fast.push(("deno", Computer::Peer(peer)));
    }
    let mut times = Times::new();
    let mut right = BTreeMap::new();
    // What interprets takes ten times as long.
    rounds(scene.args.size(15, 2), &mut fast, &mut right, &mut times)?;
    rounds(scene.args.size(3, 1), &mut slow, &mut right, &mut times)?;
    for (_, computer) in fast.into_iter().chain(slow) {
        if let Computer::Cell(cell) = computer {
            cell.stop();
        }
    }
    tell(&times, document);
    Ok(())
}

fn deno_runs(deno: &Path, scene: &Scene, script: &Path) -> Command {
    let mut command = clean(deno);
    command.env("DENO_DIR", scene.path("deno")).args(["run", "--quiet", "--no-prompt"]);
    command.arg(script);
    command
}

/// Lets each compute everything in turn; the first round makes the machine code and is not counted.
fn rounds(
    count: usize,
    computers: &mut [(&'static str, Computer)],
    right: &mut BTreeMap<&'static str, Value>,
    times: &mut Times,
) -> Result<(), Box<dyn Error>> {
    for round in 0..=count {
        for (method, ..) in KERNELS {
            for place in 0..computers.len() {
                let first = round % computers.len();
                let Some((name, computer)) = computers.get_mut((first + place) % computers.len())
                else {
                    continue;
                };
                let (answer, took) =
                    computer.run(method).map_err(|error| format!("{name}, {method}: {error}"))?;
                if *right.entry(method).or_insert_with(|| answer.clone()) != answer {
                    return Err(format!("{name} computes something else: {method}").into());
                }
                if round > 0 {
                    times.entry((name, method)).or_default().push(took);
                }
            }
        }
    }
    Ok(())
}

#[rustfmt::skip] // A table is read by its columns.
const SETS: [(&str, &str, &str, &str, Aim); 4] = [
    ("v8-jit", "node", "javascript.compute", "the compute set, V8 with machine code over node", Aim::AtMost(COMPUTE_TIMES)),
    ("v8-jit", "deno", "javascript.compute.deno", "  the same over deno", Aim::None),
    ("v8", "v8-jit", "javascript.compute.interpreted", "  V8 that interprets, over V8 with machine code", Aim::None),
    ("quickjs", "v8-jit", "javascript.compute.quickjs", "  QuickJS over V8 with machine code", Aim::None),
];

fn tell(times: &Times, document: &mut Document) {
    let spread = |name: &'static str, method: &'static str| {
        times.get(&(name, method)).and_then(|samples| Spread::of(samples.clone()))
    };
    for (name, peer, id, what, aim) in SETS {
        let ratios: Option<Vec<[f64; 2]>> = KERNELS
            .iter()
            .map(|(method, ..)| {
                let (own, peer) = (spread(name, method)?, spread(peer, method)?);
                Some([own.min / peer.min, own.p50 / peer.p50])
            })
            .collect();
        let Some(ratios) = ratios else { continue };
        let mean = |of: usize| {
            let sum: f64 = ratios.iter().filter_map(|both| both.get(of)).map(|r| r.ln()).sum();
            (sum / ratios.len() as f64).exp()
        };
        // The quotient of the best samples, and that of the medians: geometric means of the set.
        let (best, median) = (mean(0), mean(1));
        let both = Spread {
            n: ratios.len(),
            min: best,
            p50: median,
            p90: median,
            p99: median,
            max: median,
        };
        document.figures.push(Figure::new(id, what, "times", both).aim(aim));
    }
    for (method, id, what) in KERNELS {
        let Some(own) = spread("v8-jit", method).or_else(|| spread("quickjs", method)) else {
            continue;
        };
        let figure = Figure::new(id, what, "ms", own);
        document.figures.push(match spread("node", method) {
            Some(node) => figure.beside("node", node),
            None => figure,
        });
    }
}

fn memory(
    scene: &Scene,
    hosts: &[(&'static str, Host)],
    document: &mut Document,
) -> Result<(), Box<dyn Error>> {
    let rows = [
        ("javascript.memory.quickjs", "private memory of an idle cell, QuickJS"),
        ("javascript.memory.v8", "  V8 that interprets"),
        ("javascript.memory.v8-jit", "  V8 that makes machine code"),
    ];
    let more = [
        ("javascript.memory.quickjs-pss", "javascript.memory.quickjs-host"),
        ("javascript.memory.v8-pss", "javascript.memory.v8-host"),
        ("javascript.memory.v8-jit-pss", "javascript.memory.v8-jit-host"),
    ];
    for (((_, host), (id, what)), (pss, grown)) in hosts.iter().zip(rows).zip(more) {
        let plugin = host.load(hello())?;
        let rows = [
            (id, what, Aim::None),
            (pss, "    the same, proportional", Aim::None),
            (grown, "    growth of the host for each", Aim::None),
        ];
        idle(scene.args.size(20, 3), host, &plugin, rows, document)?;
    }
    Ok(())
}
