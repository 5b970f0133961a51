//! One program in one place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::judge::{Facts, Observed, Seen, hear, observe};
use super::launch::{Launch, Launched};
use super::shared::remove_segment;
use super::stage::Stage;
use super::template::fill;
use super::traces::{self, Traces};
use crate::probe::{Judged, Need, Probe};

/// Longest wait for the other cell.
const READY: Duration = Duration::from_secs(5);

/// Words of the command line by which the other cell is known.
const NEIGHBOUR: &str = "neighbour --scene";

/// Tries a program, without a sandbox if there is no command line for one.
pub(super) fn attempt(
    stage: &Stage,
    probe: &Probe,
    sandbox: Option<&str>,
) -> Result<Observed, String> {
    let fail = |error: io::Error| format!("{}: {error}", probe.name);
    let before = Traces::now(&stage.scene);
    let place = Place { stage, sandbox: sandbox.unwrap_or_default() };
    let mut neighbour = match probe.needs(Need::Neighbour) {
        true => Some(place.neighbour()?),
        false => None,
    };
    let swapper = probe.needs(Need::Swapper).then(|| stage.swap());
    let output = place.path("output");
    let json = stage.scene.to_json();
    let words = place.words(&["probe", probe.name, "--scene", &json])?;
    let folder = if probe.needs(Need::Folder) { stage.scene.outside() } else { "/".to_owned() };
    let launch = Launch {
        words: &words,
        folder: Path::new(&folder),
        terminal: probe.needs(Need::Terminal),
        output: &output,
        errors: &place.path("errors"),
    };
    let mut launched = launch.start().map_err(fail)?;
    let session = launched.pid();
    let end = launched.end().map_err(fail)?;
    drop(swapper);

    let spared = [stage.scene.victim];
    let wait = sandbox.is_some() || probe.judged != Judged::Process;
    // The other cell is not the program's.
    let of_neighbour = |process: &(i32, String)| process.1.contains("neighbour");
    let mut left = if neighbour.is_some() {
        Vec::new()
    } else {
        traces::left(&stage.scene, session, &spared, wait)
    };
    left.retain(|process| !of_neighbour(process));
    let after = Traces::now(&stage.scene);
    let changed = after.files_since(&before);
    let text = fs::read(&output).map_err(fail)?;
    let mut told = hear(probe.name, &String::from_utf8_lossy(&text), end);
    if let Seen::NeverAlive { words, .. } = &mut told {
        // Why a sandbox did not start it.
        let errors = fs::read(place.path("errors")).map_err(fail)?;
        let last = String::from_utf8_lossy(&errors);
        words.extend(last.lines().last().unwrap_or_default().chars().take(200));
    }
    let (granted, files) = split(&changed, Path::new(&stage.scene.granted()));
    let facts = Facts {
        processes: left.iter().map(|(_, words)| words.clone()).collect(),
        files,
        granted,
        machine: after.machine_since(&before),
        segment: remove_segment(&stage.scene),
        output: text.len() as u64,
    };
    traces::end(&left);
    if let Some(neighbour) = &mut neighbour {
        neighbour.kill().map_err(fail)?;
        let rest = traces::left(&stage.scene, neighbour.pid(), &spared, true);
        traces::end(&rest);
    }
    stage.restore(&Traces::now(&stage.scene).files_since(&before)).map_err(fail)?;
    Ok(observe(probe.judged, told, &facts))
}

/// The granted folder's paths, and the others.
fn split(changed: &[PathBuf], granted: &Path) -> (Vec<String>, Vec<String>) {
    let text = |path: &PathBuf| path.display().to_string();
    let (inside, outside): (Vec<_>, Vec<_>) =
        changed.iter().partition(|path| path.starts_with(granted));
    // What the other cell leaves is looked for by programs of their own.
    let outside = outside.into_iter().filter(|path| !text(path).ends_with("-neighbour"));
    (inside.into_iter().map(text).collect(), outside.map(text).collect())
}

struct Place<'a> {
    stage: &'a Stage,
    sandbox: &'a str,
}

impl Place<'_> {
    fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.stage.scene.folder).join(name)
    }

    fn words(&self, arguments: &[&str]) -> Result<Vec<String>, String> {
        let program = self.stage.program.display().to_string();
        fill(self.sandbox, &self.stage.scene, &program, arguments)
    }

    /// Starts another cell and awaits its word.
    fn neighbour(&self) -> Result<Launched, String> {
        let json = self.stage.scene.to_json();
        let words = self.words(&["neighbour", "--scene", &json])?;
        let output = self.path("neighbour-output");
        let launch = Launch {
            words: &words,
            folder: Path::new("/"),
            terminal: false,
            output: &output,
            errors: &self.path("neighbour-errors"),
        };
        let fail = |error: io::Error| format!("{NEIGHBOUR}: {error}");
        let mut launched = launch.start().map_err(fail)?;
        let until = Instant::now() + READY;
        while !fs::read_to_string(&output).map_err(fail)?.contains("ready") {
            if Instant::now() > until {
                launched.kill().map_err(fail)?;
                return Err("the other cell does not start".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(launched)
    }
}
