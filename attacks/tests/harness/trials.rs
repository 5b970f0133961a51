//! The trials, what came of them, and what is said aloud at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aether_attacks::{Attack, engine};
use libtest_mimic::{Arguments, Trial};

use super::controls;
use super::drive::Around;
use super::judge::{Outside, Verdict, judge, judge_around};
use super::record;
use super::user::{Copy, judge_as_user};

/// Attacks that must really have bitten outside: with fewer, the refusals inside say too little.
/// About nine in ten of what bites on a machine with a current kernel and default settings.
const FLOOR_AS_ROOT: usize = 135;
/// The same for an ordinary user, to whom some attacks are closed anyway.
const FLOOR_AS_USER: usize = 120;

/// Whose cells are attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Those of this process.
    Me,
    /// Those of this process in which machine code runs.
    Code,
    /// Those of this process in which V8 runs.
    Watched,
    /// Those of this process in which V8 makes machine code.
    Made,
    /// Those of a host that is an ordinary user.
    User,
}

impl Who {
    /// The kind of cell, where it is another than the usual one.
    const fn around(self) -> Option<Around> {
        match self {
            Self::Me | Self::User => None,
            Self::Code => Some(Around::Code),
            Self::Watched => Some(Around::Watched),
            Self::Made => Some(Around::Made),
        }
    }
}

pub(super) fn run() {
    let mut arguments = Arguments::from_args();
    // The traces that an attack leaves are looked for on the whole machine.
    arguments.test_threads = Some(1);
    let book = Arc::new(Book::default());
    let conclusion = libtest_mimic::run(&arguments, trials(&book));
    book.say();
    book.close();
    conclusion.exit()
}

fn trials(book: &Arc<Book>) -> Vec<Trial> {
    let root = rustix::process::geteuid().is_root();
    let mut trials = vec![
        trial("the list holds every file of the folder", list_is_whole),
        trial("each attack says what it is", attacks_are_described),
        trial("the harness sees each control fail", controls::all_fail),
        trial("stops do not shake off the record of refused calls", record::outlasts_stops),
    ];
    let user = root.then_some(Who::User);
    for who in [Who::Me, Who::Code, Who::Watched, Who::Made].into_iter().chain(user) {
        let suffix = match who {
            Who::Me => "",
            Who::Code => " where code runs",
            Who::Watched => " where v8 runs",
            Who::Made => " where v8 makes code",
            Who::User => " as an ordinary user",
        };
        for attack in engine::ALL {
            let book = Arc::clone(book);
            trials.push(trial(format!("{}{suffix}", attack.name), move || {
                book.verdict(who, attack).map(drop)
            }));
        }
        if who.around().is_some() {
            continue;
        }
        let floor = if who == Who::Me && root { FLOOR_AS_ROOT } else { FLOOR_AS_USER };
        let book = Arc::clone(book);
        trials.push(trial(format!("at least {floor} attacks bite outside{suffix}"), move || {
            let bit = book.bitten(who);
            if bit >= floor { Ok(()) } else { Err(format!("only {bit} bit")) }
        }));
    }
    trials
}

fn trial(
    name: impl Into<String>,
    test: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Trial {
    Trial::test(name, move || test().map_err(Into::into))
}

/// A file that is not in the list would be an attack that never runs.
fn list_is_whole() -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let names = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        Some(name.strip_suffix(".rs")?.replace('_', "-"))
    });
    let files: BTreeSet<String> = names.filter(|name| name != "mod").collect();
    let listed: BTreeSet<String> = engine::ALL.iter().map(|a| a.name.to_owned()).collect();
    // Elsewhere some are left out for want of the system call.
    let whole = cfg!(target_arch = "x86_64");
    let missing = files.difference(&listed).next().filter(|_| whole);
    match missing.or(listed.difference(&files).next()) {
        None if listed.len() == engine::ALL.len() => Ok(()),
        None => Err("a name stands twice in the list".to_owned()),
        Some(name) => Err(format!("{name} is only in the folder, or only in the list")),
    }
}

fn attacks_are_described() -> Result<(), String> {
    for attack in engine::ALL {
        let one_sentence = attack.tries.ends_with('.') && !attack.tries.contains(". ");
        if !one_sentence || attack.source.is_empty() {
            return Err(format!("{}: {:?}, {:?}", attack.name, attack.tries, attack.source));
        }
    }
    Ok(())
}

type Verdicts = BTreeMap<(Who, &'static str), Result<Verdict, String>>;

/// The verdicts so far.
#[derive(Default)]
struct Book {
    verdicts: Mutex<Verdicts>,
    copy: Mutex<Option<Copy>>,
}

impl Book {
    /// Judges an attack, once.
    fn verdict(&self, who: Who, attack: &'static Attack) -> Result<Verdict, String> {
        let apart = match who.around() {
            // What it does outside is the same.
            Some(around) => Some((around, self.verdict(Who::Me, attack)?.outside)),
            None => None,
        };
        let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = verdicts.entry((who, attack.name)).or_insert_with(|| match (who, apart) {
            (Who::User, _) => self.as_user(attack),
            (_, Some((around, outside))) => judge_around(attack, around, outside),
            (_, None) => judge(attack),
        });
        judged.clone()
    }

    fn as_user(&self, attack: &Attack) -> Result<Verdict, String> {
        let mut copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        if copy.is_none() {
            *copy = Some(Copy::new().map_err(|e| format!("copying the test program: {e}"))?);
        }
        copy.as_ref().map_or_else(|| Err("no copy".to_owned()), |copy| judge_as_user(attack, copy))
    }

    fn bitten(&self, who: Who) -> usize {
        let bit = |attack| {
            matches!(self.verdict(who, attack), Ok(Verdict { outside: Outside::Bit(_), .. }))
        };
        engine::ALL.iter().filter(|attack| bit(attack)).count()
    }

    /// Tells what has bitten, and what cannot on this machine and why.
    fn say(&self) {
        let verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let all = [
            (Who::Me, "this user"),
            (Who::Code, "this user, where code runs"),
            (Who::Watched, "this user, where V8 runs"),
            (Who::Made, "this user, where V8 makes code"),
            (Who::User, "an ordinary user"),
        ];
        for (who, name) in all {
            let of: Vec<_> = verdicts.iter().filter(|((whose, _), _)| *whose == who).collect();
            if of.is_empty() {
                continue;
            }
            let passed = of.iter().filter_map(|((_, attack), v)| Some((attack, v.as_ref().ok()?)));
            let passed: Vec<_> = passed.collect();
            let bit = passed.iter().filter(|(_, v)| matches!(v.outside, Outside::Bit(_))).count();
            let refused = passed.iter().filter(|(_, verdict)| verdict.hole.is_none()).count();
            println!(
                "as {name}: of {} attacks {bit} bit outside, {refused} were refused inside",
                of.len()
            );
            for (attack, verdict) in passed {
                if let Outside::NotApplicable(why) = &verdict.outside {
                    println!("  not applicable outside here: {attack}: {why}");
                }
                if let Some(why) = &verdict.hole {
                    println!("  OPEN HOLE: {attack}: {why}");
                }
            }
        }
    }

    fn close(&self) {
        drop(self.copy.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
