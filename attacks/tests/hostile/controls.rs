//! Attacks that must fail their trial: a harness that sees nothing is seen itself.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use super::attack::{Attack, Outside};
use super::outside;
use super::stage::Stage;
use super::suite::Suite;
use crate::apart::Program;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/controls").join(name)
}

pub(super) fn trials(suite: &Suite, program: &Program, node: bool) -> Vec<Trial> {
    let controls = suite.controls;
    let inside = controls.iter().map(|&(name, words)| {
        let program = program.clone();
        Trial::test(format!("the harness sees that it {}", name.replace('-', " ")), move || {
            let failed = Stage::new(&folder(name))?.attack(false, &program);
            sees(failed.map(drop), words).map_err(Into::into)
        })
    });
    let outside =
        Trial::test("the harness sees what does not bite outside", move || bite_nothing(controls));
    inside.chain([outside.with_ignored_flag(!node)]).collect()
}

fn bite_nothing(controls: &[(&str, &str)]) -> Result<(), libtest_mimic::Failed> {
    for (name, _) in controls {
        let stage = Stage::new(&folder(name))?;
        let attack = Attack::read(&folder(name))?;
        if !matches!(attack.outside, Outside::None(_)) {
            let bit = outside::bites(&attack.outside, stage.root(), &stage.secret);
            sees(bit, "does not bite")?;
        }
    }
    Ok(())
}

fn sees(result: Result<(), String>, words: &str) -> Result<(), String> {
    match result {
        Err(error) if error.contains(words) => Ok(()),
        Err(error) => Err(format!("instead of {words:?} it said: {error}")),
        Ok(()) => Err(format!("it did not say {words:?}")),
    }
}
