//! From nothing to the first answer of a plugin that says hello.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aether::{Host, Plugin};
use serde_json::json;

use super::turns::{CPU, Contestant, Row, WALL, report, take_turns};
use crate::figure::Aim;
use crate::process::{Cost, children_cpu, own_cpu, run};
use crate::programs::clean;
use crate::run::Document;
use crate::scene::{Scene, hello, start};

/// Node's own bare start over this: the promise of a cold start.
const NODE_SHARE: f64 = 0.2;

/// A confined process without an engine over a plain one.
const PLAIN_TIMES: f64 = 3.5;

pub(super) fn measure(scene: &Scene, document: &mut Document) -> Result<(), Box<dyn Error>> {
    let confined = scene.host("cold-confined.jsonl")?;
    let bare = scene.builder("cold-bare.jsonl").unsafe_without_container().build()?;
    let client = scene.client_host("cold-client.jsonl")?;
    let plugin = confined.load(hello())?;
    let mut contestants = contestants(scene, &confined, &bare, &client, &plugin);
    take_turns(&mut contestants, scene.args.size(100, 6))?;
    let programs = &scene.programs;
    document.note_absent([
        ("node", &programs.node),
        ("true", &programs.nothing),
        ("bwrap", &programs.bwrap),
    ]);
    report(&ROWS, &contestants, document);
    Ok(())
}

fn contestants<'a>(
    scene: &'a Scene,
    confined: &'a Host,
    bare: &'a Host,
    client: &'a Host,
    plugin: &'a Plugin,
) -> Vec<Contestant<'a>> {
    let programs = &scene.programs;
    let process = |command: &mut Command| -> Result<Cost, Box<dyn Error>> { Ok(run(command)?) };
    let call = move |more: &'static [&'static str]| {
        let mut command = clean(&programs.cli);
        command.env("HOME", scene.workspace()).args(["call"]).arg(hello()).args(["hello"]);
        command.args(more).current_dir(scene.workspace());
        command
    };
    let mut all = vec![
        Contestant::new("cli", move || process(&mut call(&[]))),
        Contestant::new("cli-unsafe", move || process(&mut call(&["--unsafe"]))),
        Contestant::new("facade", move || answer(confined, plugin)),
        Contestant::new("facade-load", move || load_and_answer(confined, &hello())),
        Contestant::new("facade-unsafe", move || answer(bare, plugin)),
        Contestant::new("client", move || answer(client, plugin)),
    ];
    if let Some(node) = &programs.node {
        all.push(Contestant::new("node", move || process(clean(node).args(["-e", "0"]))));
    }
    if let Some(nothing) = &programs.nothing {
        all.push(Contestant::new("true", move || process(&mut clean(nothing))));
        if let Some(bwrap) = &programs.bwrap {
            let confine =
                ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];
            all.push(Contestant::new("bwrap", move || {
                let mut command = clean(bwrap);
                command.args(confine).args(["--ro-bind", "/", "/", "--"]).arg(nothing);
                process(&mut command)
            }));
        }
    }
    all
}

/// Host and plugin stand ready. Stopping the cell is not part of the wall time, but of the
/// processor time, which the kernel tells when the cell has ended.
pub(super) fn answer(host: &Host, plugin: &Plugin) -> Result<Cost, Box<dyn Error>> {
    let before = children_cpu()? + own_cpu()?;
    let began = Instant::now();
    let cell = start(host, plugin)?;
    cell.call("hello", json!({ "name": "Ada" }))?;
    let wall = began.elapsed();
    cell.stop();
    Ok(Cost { wall, cpu: (children_cpu()? + own_cpu()?).saturating_sub(before) })
}

/// The host stands ready; the plugin is read from its folder.
fn load_and_answer(host: &Host, folder: &Path) -> Result<Cost, Box<dyn Error>> {
    let began = Instant::now();
    let plugin = host.load(folder)?;
    let loaded = began.elapsed();
    let cost = answer(host, &plugin)?;
    Ok(Cost { wall: loaded + cost.wall, cpu: cost.cpu })
}

#[rustfmt::skip] // A table is read by its columns.
const ROWS: [Row; 14] = [
    ("cli", WALL, "cold-start.cli.wall", "`aether call` hello, whole process", "node", Aim::OfPeer(NODE_SHARE)),
    ("cli", CPU, "cold-start.cli.cpu", "  the same, processor time", "node", Aim::OfPeer(NODE_SHARE)),
    ("facade-load", WALL, "cold-start.facade-load.wall", "library: load, start, first answer", "node", Aim::OfPeer(NODE_SHARE)),
    ("facade", WALL, "cold-start.facade.wall", "library: start, first answer", "node", Aim::OfPeer(NODE_SHARE)),
    ("facade", CPU, "cold-start.facade.cpu", "  the same with the cell's end, processor time", "node", Aim::OfPeer(NODE_SHARE)),
    ("facade", WALL, "cold-start.container-share.wall", "  the same beside an unconfined child", "facade-unsafe", Aim::None),
    ("facade", CPU, "cold-start.container-share.cpu", "  the same, processor time", "facade-unsafe", Aim::None),
    ("cli", WALL, "cold-start.cli-share.wall", "`aether call` beside `aether call --unsafe`", "cli-unsafe", Aim::None),
    ("client", WALL, "cold-start.client.wall", "confined cell without an engine, first answer", "true", Aim::OfPeer(PLAIN_TIMES)),
    ("client", CPU, "cold-start.client.cpu", "  the same with the cell's end, processor time", "true", Aim::None),
    ("client", WALL, "cold-start.client-bwrap.wall", "  the same beside bwrap with all namespaces", "bwrap", Aim::None),
    ("node", WALL, "cold-start.node.wall", "`node -e 0`", "true", Aim::None),
    ("node", CPU, "cold-start.node.cpu", "  the same, processor time", "true", Aim::None),
    ("true", WALL, "cold-start.true.wall", "fork and exec of `true`", "", Aim::None),
];
