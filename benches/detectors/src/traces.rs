//! The first table: recorded traces of system calls.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use aether_monitor::{Follower, Model, Score};
use serde_json::{Value, json};

use crate::baseline::{Nearest, stide};
use crate::judge::{Verdict, judge, part, threshold};
use crate::read::{Sets, Trace, sets};

/// Verdicts on all detectors.
#[derive(Debug)]
pub(crate) struct Traces {
    /// How many traces: training, honest, attacks.
    pub(crate) counts: [usize; 3],
    /// By detector; the monitor's own first.
    pub(crate) rows: Vec<(&'static str, Verdict)>,
    /// Share of each family that the monitor's detector finds at 5 % false.
    pub(crate) families: BTreeMap<String, f64>,
    /// By rule, the shares of honest traces and of attacks in which the monitor tells of it.
    pub(crate) told: BTreeMap<&'static str, [f64; 2]>,
    /// How long learning took.
    pub(crate) learned_in: Duration,
    /// How large the saved model is, or why it is not.
    pub(crate) saved: Result<usize, String>,
    /// How long one call took to be judged.
    pub(crate) per_call: Duration,
}

/// Measures everything that a folder has.
pub(crate) fn measured(folder: &Path) -> io::Result<Traces> {
    let sets = sets(folder)?;
    let began = Instant::now();
    let model = learned(&sets.training);
    let learned_in = began.elapsed();
    let began = Instant::now();
    let (honest, attacks) = of_model(&model, &sets);
    let per_call = began.elapsed() / calls(&sets);
    Ok(Traces {
        counts: [sets.training.len(), sets.honest.len(), sets.attacks.len()],
        rows: rows(&sets, (&honest, &attacks)),
        families: families(&sets, &honest, &attacks),
        told: told(&model, &sets),
        learned_in,
        saved: model.write().map(|bytes| bytes.len()).map_err(|error| error.to_string()),
        per_call,
    })
}

impl Traces {
    /// The table as JSON.
    pub(crate) fn json(&self) -> Value {
        let row = |(name, verdict): &(&str, Verdict)| {
            let [at_1, at_5, at_10, at_20] = verdict.found;
            json!({
                "detector": name, "auc": verdict.area,
                "tpr_at_1": at_1, "tpr_at_5": at_5, "tpr_at_10": at_10, "tpr_at_20": at_20,
            })
        };
        json!({
            "counts": self.counts,
            "detectors": self.rows.iter().map(row).collect::<Vec<_>>(),
            "families_at_5": self.families,
            "told": self.told,
            "learned_in_ms": u64::try_from(self.learned_in.as_millis()).unwrap_or(u64::MAX),
            "saved_bytes": self.saved.as_ref().ok(),
            "ns_per_call": u64::try_from(self.per_call.as_nanos()).unwrap_or(u64::MAX),
        })
    }
}

fn learned(training: &[Trace]) -> Model {
    Model::learn("adfa-ld", training.iter().map(|trace| trace.iter().map(String::as_str)))
}

fn of_model(model: &Model, sets: &Sets) -> (Vec<Score>, Vec<Score>) {
    let score = |trace: &Trace| model.score(trace.iter().map(String::as_str));
    let honest = sets.honest.iter().map(score).collect();
    (honest, sets.attacks.iter().map(|attack| score(&attack.trace)).collect())
}

/// What the monitor tells of as the traces grow.
fn told(model: &Model, sets: &Sets) -> BTreeMap<&'static str, [f64; 2]> {
    let rules = ["surprising-run", "unseen-sequences"];
    let share = |traces: &mut dyn Iterator<Item = &Trace>, rule: &str| {
        let (mut all, mut found) = (0, 0);
        for trace in traces {
            let mut follower = Follower::default();
            let mut follow = |word: &String| follower.follow(model, word);
            let is = trace.iter().filter_map(&mut follow).any(|odd| odd.rule == rule);
            (all, found) = (all + 1, found + usize::from(is));
        }
        part(found, all)
    };
    let of = |rule| {
        let mut attacks = sets.attacks.iter().map(|attack| &attack.trace);
        (rule, [share(&mut sets.honest.iter(), rule), share(&mut attacks, rule)])
    };
    rules.into_iter().map(of).collect()
}

/// The scores of the traces by which nothing was chosen: every other honest trace, and the attacks
/// of even numbers.
fn other_half<'a>(
    sets: &Sets,
    honest: &'a [Score],
    attacks: &'a [Score],
) -> (Vec<&'a Score>, Vec<&'a Score>) {
    let even = sets.attacks.iter().zip(attacks).filter(|(attack, _)| attack.run % 2 == 0);
    (honest.iter().skip(1).step_by(2).collect(), even.map(|(_, score)| score).collect())
}

fn rows(sets: &Sets, (honest, attacks): (&[Score], &[Score])) -> Vec<(&'static str, Verdict)> {
    let of = |value: fn(&Score) -> f64| {
        judge(
            &honest.iter().map(value).collect::<Vec<_>>(),
            &attacks.iter().map(value).collect::<Vec<_>>(),
        )
    };
    let odd = |scores: Vec<&Score>| -> Vec<f64> {
        scores.into_iter().map(|score| score.oddness).collect()
    };
    let (other_honest, other_attacks) = other_half(sets, honest, attacks);
    let nearest = Nearest::new(&sets.training);
    vec![
        ("aether: oddness", of(|score| score.oddness)),
        ("aether: oddness, other half", judge(&odd(other_honest), &odd(other_attacks))),
        ("aether: surprise, bits a call", of(|score| score.surprise)),
        ("aether: unseen sequences of 6", of(|score| score.unseen)),
        ("aether: most unseen of 20", of(|score| score.burst.into())),
        ("STIDE n=3", plain(sets, stide(&sets.training, 3))),
        ("STIDE n=5", plain(sets, stide(&sets.training, 5))),
        ("STIDE n=7", plain(sets, stide(&sets.training, 7))),
        ("nearest trace, 1 to 3 calls", plain(sets, |trace| nearest.score(trace))),
    ]
}

fn plain(sets: &Sets, score: impl Fn(&Trace) -> f64) -> Verdict {
    let honest: Vec<f64> = sets.honest.iter().map(&score).collect();
    let attacks: Vec<f64> = sets.attacks.iter().map(|attack| score(&attack.trace)).collect();
    judge(&honest, &attacks)
}

fn families(sets: &Sets, honest: &[Score], attacks: &[Score]) -> BTreeMap<String, f64> {
    let mut sorted: Vec<f64> = honest.iter().map(|score| score.oddness).collect();
    sorted.sort_by(f64::total_cmp);
    let limit = threshold(&sorted, 0.05);
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (attack, score) in sets.attacks.iter().zip(attacks) {
        let (found, all) = counts.entry(attack.family.clone()).or_default();
        *found += usize::from(score.oddness > limit);
        *all += 1;
    }
    counts.into_iter().map(|(family, (found, all))| (family, part(found, all))).collect()
}

fn calls(sets: &Sets) -> u32 {
    let honest: usize = sets.honest.iter().map(Vec::len).sum();
    let attacks: usize = sets.attacks.iter().map(|attack| attack.trace.len()).sum();
    u32::try_from(honest + attacks).unwrap_or(u32::MAX).max(1)
}
