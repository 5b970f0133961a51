//! The command line.

use std::io::Write;

use serde_json::json;

use crate::list::list;
use crate::parts;
use crate::probe::{Kind, Miss, Outcome};
use crate::probes;
use crate::run;
use crate::scene::{Scene, VARIABLE};

const USAGE: &str = "\
usage: aether-attacks-native list [--json]
       aether-attacks-native probe NAME [--scene JSON]
       aether-attacks-native run [--sandbox 'COMMAND …'] [--peer NAME='COMMAND …']…
              [--only WORD]… [--json FILE] [--markdown FILE] [--folder FOLDER]
              [--as-user [UID]]
See attacks/native/README.md.";

pub(crate) fn main() -> i32 {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["list"] => list(false),
        ["list", "--json"] => list(true),
        ["probe", name] => return probe(name, None),
        ["probe", name, "--scene", scene] => return probe(name, Some(scene)),
        ["run", ref options @ ..] => return run::run(options),
        ["victim", ..] => parts::victim(),
        ["neighbour", "--scene", scene] => return Scene::parse(scene).map_or(2, parts::neighbour),
        ["proof", ..] => return parts::PROOF,
        _ => {
            eprintln!("{USAGE}");
            return 2;
        }
    }
    0
}

/// Tries one way out and says what came of it: two lines, so that a program which died is told from
/// one which was refused.
fn probe(name: &str, scene: Option<&str>) -> i32 {
    let told = scene.map(str::to_owned).or_else(|| std::env::var(VARIABLE).ok());
    let scene = match told.as_deref().map(Scene::parse) {
        None => Scene::default(),
        Some(Some(scene)) => scene,
        Some(None) => {
            eprintln!("aether-attacks-native: the scene cannot be read");
            return 2;
        }
    };
    let Some(probe) = probes::ALL.iter().find(|probe| probe.name == name) else {
        eprintln!("aether-attacks-native: there is no program {name:?}");
        return 2;
    };
    say("{\"alive\":true}");
    let outcome = (probe.attempt)(&scene);
    say(&words(name, &outcome));
    0
}

/// One line of JSON.
fn words(name: &str, outcome: &Outcome) -> String {
    let (word, errno, detail) = match outcome {
        Ok(won) => ("bites", None, won),
        Err(Miss { kind, errno, detail }) => (Kind::word(*kind), *errno, detail),
    };
    let mut line = json!({ "name": name, "outcome": word, "detail": detail });
    if let Some(errno) = errno {
        line["errno"] = errno.into();
    }
    line.to_string()
}

/// Says a line; a closed output is no reason to die, since the judge sees that nothing came.
fn say(line: &str) {
    let mut output = std::io::stdout();
    let _unheard = writeln!(output, "{line}").and_then(|()| output.flush());
}
