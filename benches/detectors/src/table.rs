//! The result for people.

use std::fmt::Write as _;

use crate::cost::Cost;
use crate::delays::{Attack, Days};
use crate::traces::Traces;

/// All tables, one below the other.
pub(crate) fn render(traces: &Traces, attacks: &[Attack], honest: &Days, cost: &Cost) -> String {
    let mut out = String::new();
    of_traces(&mut out, traces);
    of_attacks(&mut out, attacks);
    // Writing to a string cannot fail.
    let Days { days, actions, findings, reasons } = honest;
    let _ = writeln!(out, "\n{days} honest days: {actions} actions, {findings} findings");
    for reason in reasons {
        let _ = writeln!(out, "  {reason}");
    }
    let _ = writeln!(out, "one sample {:?}, one act {:?}", cost.sample, cost.act);
    out
}

fn of_traces(out: &mut String, traces: &Traces) {
    let [training, honest, attacks] = traces.counts;
    let _ =
        writeln!(out, "ADFA-LD: {training} to learn from, {honest} honest, {attacks} attacks\n");
    let _ = writeln!(
        out,
        "{:32} {:>6} {:>6} {:>6} {:>6} {:>6}",
        "detector", "AUC", "@1 %", "@5 %", "@10 %", "@20 %"
    );
    for (name, verdict) in &traces.rows {
        let _ = write!(out, "{name:32} {:>6.3}", verdict.area);
        for found in verdict.found {
            let _ = write!(out, " {found:>6.3}");
        }
        let _ = writeln!(out);
    }
    let _ = writeln!(out, "\nfound at 5 % by family:");
    for (family, found) in &traces.families {
        let _ = writeln!(out, "  {family:30} {found:>6.3}");
    }
    let _ = writeln!(out, "\ntold of, in honest traces and in attacks:");
    for (rule, [honest, attacks]) in &traces.told {
        let _ = writeln!(out, "  {rule:30} {honest:>6.3} {attacks:>6.3}");
    }
    let (learned, per_call, saved) = (traces.learned_in, traces.per_call, &traces.saved);
    let _ = writeln!(
        out,
        "learned in {learned:.1?}, judged a call in {per_call:?}, saved in {saved:?} bytes"
    );
}

fn of_attacks(out: &mut String, attacks: &[Attack]) {
    let _ = writeln!(
        out,
        "\n{:20} {:>6} {:>10} {:>10} {:>10}",
        "attack", "found", "median s", "worst s", "aim s"
    );
    for attack in attacks {
        let _ = writeln!(
            out,
            "{:20} {:>6} {:>10.2} {:>10.2} {:>10.0}",
            format!("{:?}", attack.kind),
            attack.found,
            attack.median,
            attack.worst,
            attack.kind.within()
        );
    }
}
