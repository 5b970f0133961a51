//! The trials: each folder inside a cell, of this user's host and of an ordinary user's, and
//! outside; and that none is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::attack::{Attack, Outside};
use super::stage::Stage;
use super::suite::Suite;
use super::{controls, outside, sys};
use crate::apart::Program;

/// The variable with which each trial says its figures.
const FIGURES: &str = "AETHER_ATTACKS_FIGURES";

pub(super) fn run(suite: &Suite) {
    let arguments = Arguments::from_args();
    let program = Program::default();
    let conclusion = match trials(suite, &program) {
        Ok(trials) => libtest_mimic::run(&arguments, trials),
        Err(error) => {
            println!("{error}");
            std::process::exit(101)
        }
    };
    // The copy goes with its last user, and nothing is dropped by an exit.
    drop(program);
    conclusion.exit()
}

fn trials(suite: &Suite, program: &Program) -> Result<Vec<Trial>, String> {
    let mut attacks = BTreeMap::new();
    let names = suite.names()?;
    let count = names.len();
    for name in names {
        let attack = Attack::read(&suite.folder().join(&name))?;
        attacks.insert(name, Arc::new(attack));
    }
    let root = sys::is_root();
    let node = outside::node();
    say(&attacks, root, node.as_deref().map_err(|why| *why));
    attacks.retain(|_, attack| attack.left_out().is_none());
    let (fewest, missing) = (suite.fewest, missing_rows(suite, &attacks));
    let mut trials = vec![Trial::test("every row of the catalogue is attacked", move || {
        if count < fewest || !missing.is_empty() {
            return Err(format!("{count} attacks, none for the rows {missing:?}").into());
        }
        Ok(())
    })];
    trials.extend(controls::trials(suite, program, node.is_ok()));
    for (name, attack) in &attacks {
        let folder = suite.folder().join(name);
        trials.push(inside(&folder, name, attack, Who::Me { root }, program));
        if root {
            trials.push(inside(&folder, name, attack, Who::Other, program));
        }
        if !matches!(attack.outside, Outside::None(_)) {
            trials.push(bites(&folder, name, attack).with_ignored_flag(node.is_err()));
        }
    }
    Ok(trials)
}

fn missing_rows(suite: &Suite, attacks: &BTreeMap<String, Arc<Attack>>) -> Vec<u32> {
    let covered: BTreeSet<u32> = attacks.values().map(|attack| attack.catalogue).collect();
    let rows = suite.rows.clone();
    rows.filter(|row| !suite.elsewhere.contains(row) && !covered.contains(row)).collect()
}

/// Whose host is attacked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Me {
        root: bool,
    },
    /// An ordinary user, while this one is root.
    Other,
}

fn inside(folder: &Path, name: &str, attack: &Arc<Attack>, who: Who, program: &Program) -> Trial {
    let suffix = if who == Who::Other { " as an ordinary user" } else { "" };
    let (of, attack, program) = (folder.to_owned(), Arc::clone(attack), program.clone());
    let about = name.to_owned();
    Trial::test(format!("{name}{suffix}"), move || {
        let result = Stage::new(&of)?.attack(who == Who::Other, &program);
        if let (Ok(figures), true) = (&result, std::env::var_os(FIGURES).is_some()) {
            println!("{about}: {figures}");
        }
        expected(result.map(drop), attack.hole(who != Who::Me { root: true }))
    })
}

/// Turns the verdict around for an attack that is known to get through.
fn expected(result: Result<(), String>, open: Option<&str>) -> Result<(), Failed> {
    match (result, open) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Err(error), None) => Err(error.into()),
        (Ok(()), Some(hole)) => Err(format!("closed, remove `open`: {hole}").into()),
    }
}

fn bites(folder: &Path, name: &str, attack: &Arc<Attack>) -> Trial {
    let (of, attack) = (folder.to_owned(), Arc::clone(attack));
    Trial::test(format!("{name} bites outside"), move || {
        let stage = Stage::new(&of)?;
        Ok(outside::bites(&attack.outside, stage.root(), &stage.secret)?)
    })
}

fn say(attacks: &BTreeMap<String, Arc<Attack>>, root: bool, node: Result<&str, &str>) {
    let mut without = BTreeMap::<&str, Vec<&str>>::new();
    for (name, attack) in attacks {
        if let Outside::None(why) = &attack.outside {
            without.entry(why).or_default().push(name);
        }
    }
    let outside = attacks.len() - without.values().map(Vec::len).sum::<usize>();
    let engine = super::engine::under_test();
    let jit = if engine.jit { ", which makes machine code" } else { "" };
    println!("the engine for JavaScript is {}{jit}", engine.kind);
    println!("{} attacks, of which {outside} are also tried outside", attacks.len());
    match node {
        Ok(version) => println!("outside is Node {version}"),
        Err(why) => println!("SKIPPED: whether {outside} attacks bite outside, {why}"),
    }
    for (why, names) in without {
        println!("not tried outside, since {why}: {}", names.join(", "));
    }
    say_left_out(attacks);
    for line in sys::said(root) {
        println!("{line}");
    }
    for (name, attack) in attacks {
        if let Some(hole) = attack.hole(true) {
            println!("OPEN: {name}: {hole}");
        }
    }
}

fn say_left_out(attacks: &BTreeMap<String, Arc<Attack>>) {
    let mut left_out = BTreeMap::<&str, Vec<&str>>::new();
    for (name, attack) in attacks {
        if let Some(why) = attack.left_out() {
            left_out.entry(why).or_default().push(name);
        }
    }
    for (why, names) in left_out {
        println!("NOT RUN here, since {why}: {}", names.join(", "));
    }
}
