//! Where the time goes, as a debugger shows it.
//!
//! V8's own profiler wants a thread and a signal, neither of which a cell has. The looks that are taken
//! at running code anyway serve as well: each notes the stack, and comes where code can be left, which
//! is at calls and at the ends of loops.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};
use v8::{PinScope, StackTrace};

/// Frames of a stack that are noted.
const DEPTH: usize = 64;

/// Looks that are noted: two minutes and a half of them.
const MOST_SAMPLES: usize = 150_000;

/// Functions, each counted once for each way to it.
const MOST_NODES: usize = 50_000;

/// No look for longer than this: nothing ran.
const IDLE_MICROS: u64 = 50_000;

const ROOT: usize = 0;
const IDLE: usize = 1;

/// A recording.
pub(super) struct Profile {
    began: Instant,
    /// Microseconds from there to the last look.
    last: u64,
    nodes: Vec<Node>,
    samples: Vec<usize>,
    deltas: Vec<u64>,
}

struct Node {
    function: Function,
    /// Where in the script it was seen first, from zero.
    at: (usize, usize),
    hits: u64,
    children: Vec<usize>,
    /// How often each line was seen at work, from one.
    lines: BTreeMap<usize, u64>,
}

/// What tells functions apart: V8 says where a frame stands, and not where its function begins.
#[derive(PartialEq, Eq)]
struct Function {
    script: usize,
    name: String,
    url: String,
}

impl Profile {
    pub(super) fn new() -> Self {
        let marker = |name: &str| {
            let (name, url) = (name.to_owned(), String::new());
            Node {
                function: Function { script: 0, name, url },
                at: (0, 0),
                hits: 0,
                children: Vec::new(),
                lines: BTreeMap::new(),
            }
        };
        let mut nodes = vec![marker("(root)"), marker("(idle)")];
        nodes[ROOT].children.push(IDLE);
        Self { began: Instant::now(), last: 0, nodes, samples: Vec::new(), deltas: Vec::new() }
    }

    /// Notes where the code is.
    pub(super) fn sample(&mut self, scope: &PinScope<'_, '_>) {
        let Some(stack) = StackTrace::current_stack_trace(scope, DEPTH) else { return };
        if self.samples.len() >= MOST_SAMPLES {
            return;
        }
        let mut node = ROOT;
        // From the outermost function inwards.
        for index in (0..stack.get_frame_count()).rev() {
            let Some(frame) = stack.get_frame(scope, index) else { continue };
            let text = |value: Option<v8::Local<'_, v8::String>>| {
                value.map_or_else(String::new, |text| text.to_rust_string_lossy(scope))
            };
            let function = Function {
                script: frame.get_script_id(),
                name: text(frame.get_function_name(scope)),
                url: text(frame.get_script_name_or_source_url(scope)),
            };
            let (line, column) = (frame.get_line_number(), frame.get_column());
            node = self.child(node, function, (line.saturating_sub(1), column.saturating_sub(1)));
            if index == 0 {
                *self.nodes[node].lines.entry(line).or_default() += 1;
            }
        }
        self.note(node);
    }

    fn child(&mut self, parent: usize, function: Function, at: (usize, usize)) -> usize {
        let known = self.nodes[parent].children.iter();
        let known = known.copied().find(|child| self.nodes[*child].function == function);
        if let Some(child) = known {
            return child;
        }
        if self.nodes.len() >= MOST_NODES {
            return parent;
        }
        let child = self.nodes.len();
        let (children, lines) = (Vec::new(), BTreeMap::new());
        self.nodes.push(Node { function, at, hits: 0, children, lines });
        self.nodes[parent].children.push(child);
        child
    }

    fn note(&mut self, node: usize) {
        let now = micros(self.began);
        let passed = now.saturating_sub(self.last);
        if passed > IDLE_MICROS {
            self.push(IDLE, 0);
        }
        self.push(node, passed);
        self.last = now;
    }

    fn push(&mut self, node: usize, delta: u64) {
        self.nodes[node].hits += 1;
        self.samples.push(node);
        self.deltas.push(delta);
    }

    /// All of it, as `Profiler.Profile` of the Chrome DevTools Protocol.
    pub(super) fn finish(&self) -> Value {
        // Nodes are numbered from one.
        let nodes = self.nodes.iter().enumerate().map(|(index, node)| {
            let ticks = node.lines.iter();
            let ticks: Vec<_> =
                ticks.map(|(line, ticks)| json!({ "line": line, "ticks": ticks })).collect();
            let children: Vec<_> = node.children.iter().map(|child| child + 1).collect();
            json!({
                "id": index + 1,
                "callFrame": {
                    "functionName": node.function.name,
                    "scriptId": node.function.script.to_string(),
                    "url": node.function.url,
                    "lineNumber": node.at.0,
                    "columnNumber": node.at.1,
                },
                "hitCount": node.hits,
                "children": children,
                "positionTicks": ticks,
            })
        });
        let nodes: Vec<_> = nodes.collect();
        let samples: Vec<_> = self.samples.iter().map(|node| node + 1).collect();
        json!({
            "nodes": nodes,
            "startTime": 0,
            "endTime": micros(self.began),
            "samples": samples,
            "timeDeltas": self.deltas,
        })
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
