//! The first table: recorded traces of system calls.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use aether_monitor::{Model, Score};
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
    (honest, sets.attacks.iter().map(|(_, trace)| score(trace)).collect())
}

fn rows(sets: &Sets, (honest, attacks): (&[Score], &[Score])) -> Vec<(&'static str, Verdict)> {
    let of = |value: fn(&Score) -> f64| {
        judge(
            &honest.iter().map(value).collect::<Vec<_>>(),
            &attacks.iter().map(value).collect::<Vec<_>>(),
        )
    };
    let nearest = Nearest::new(&sets.training);
    vec![
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
    let attacks: Vec<f64> = sets.attacks.iter().map(|(_, trace)| score(trace)).collect();
    judge(&honest, &attacks)
}

fn families(sets: &Sets, honest: &[Score], attacks: &[Score]) -> BTreeMap<String, f64> {
    let mut sorted: Vec<f64> = honest.iter().map(|score| score.surprise).collect();
    sorted.sort_by(f64::total_cmp);
    let limit = threshold(&sorted, 0.05);
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for ((family, _), score) in sets.attacks.iter().zip(attacks) {
        let (found, all) = counts.entry(family.clone()).or_default();
        *found += usize::from(score.surprise > limit);
        *all += 1;
    }
    counts.into_iter().map(|(family, (found, all))| (family, part(found, all))).collect()
}

fn calls(sets: &Sets) -> u32 {
    let honest: usize = sets.honest.iter().map(Vec::len).sum();
    let attacks: usize = sets.attacks.iter().map(|(_, trace)| trace.len()).sum();
    u32::try_from(honest + attacks).unwrap_or(u32::MAX).max(1)
}
