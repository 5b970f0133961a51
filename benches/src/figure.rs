//! One measured thing, what it should be, and beside what it was measured.

use serde::Serialize;

use crate::spread::Spread;

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Small: the median at most this.
    AtMost(f64),
    /// Large: the median at least this.
    AtLeast(f64),
    /// Small beside the peer: the quotient of the medians at most this.
    OfPeer(f64),
    /// Told for comparison only.
    None,
}

/// Something measured in the same run, in turn with the figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) min: f64,
    pub(crate) p50: f64,
    pub(crate) max: f64,
}

/// The figure over the peer's.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Ratio {
    /// Of the best samples: what noise of the machine moves least.
    pub(crate) best: f64,
    /// Of the medians.
    pub(crate) p50: f64,
}

/// Whether the aim is met.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Judged {
    pub(crate) aim: String,
    /// By the median: this is the promise.
    pub(crate) met: bool,
    /// By the best sample: what the program can do when the machine lets it.
    pub(crate) met_at_best: bool,
}

/// One line of the result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// Stable name, for comparing runs.
    pub(crate) id: &'static str,
    /// What was measured.
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    #[serde(flatten)]
    pub(crate) spread: Spread,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Peer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<Ratio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) judged: Option<Judged>,
}

impl Figure {
    pub(crate) fn new(
        id: &'static str,
        what: &'static str,
        unit: &'static str,
        spread: Spread,
    ) -> Self {
        Self { id, what, unit, spread, peer: None, ratio: None, judged: None }
    }

    /// Sets it beside a peer.
    pub(crate) fn beside(mut self, name: &str, peer: Spread) -> Self {
        let larger_is_better = self.unit.ends_with("/s");
        let best = |spread: &Spread| if larger_is_better { spread.max } else { spread.min };
        self.ratio =
            Some(Ratio { best: best(&self.spread) / best(&peer), p50: self.spread.p50 / peer.p50 });
        self.peer =
            Some(Peer { name: name.to_owned(), min: peer.min, p50: peer.p50, max: peer.max });
        self
    }

    /// Says what it should be.
    pub(crate) fn aim(mut self, aim: Aim) -> Self {
        let ratio = self.ratio.unwrap_or(Ratio { best: f64::NAN, p50: f64::NAN });
        let (text, met, met_at_best) = match aim {
            Aim::AtMost(bound) => {
                (format!("≤ {bound}"), self.spread.p50 <= bound, self.spread.min <= bound)
            }
            Aim::AtLeast(bound) => {
                (format!("≥ {bound}"), self.spread.p50 >= bound, self.spread.max >= bound)
            }
            Aim::OfPeer(bound) => {
                (format!("≤ {bound}× peer"), ratio.p50 <= bound, ratio.best <= bound)
            }
            Aim::None => return self,
        };
        self.judged = Some(Judged { aim: text, met, met_at_best });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[f64]) -> Spread {
        Spread::of(values.to_vec()).unwrap()
    }

    #[track_caller]
    fn check(unit: &'static str, aim: Aim, expect: (bool, bool)) {
        let figure = Figure::new("id", "what", unit, spread(&[1.0, 4.0, 9.0]))
            .beside("peer", spread(&[2.0, 4.0, 6.0]))
            .aim(aim);
        let judged = figure.judged.unwrap();
        assert_eq!((judged.met, judged.met_at_best), expect, "{aim:?}");
    }

    #[test]
    fn aims() {
        check("ms", Aim::AtMost(4.0), (true, true));
        check("ms", Aim::AtMost(3.0), (false, true));
        check("calls/s", Aim::AtLeast(5.0), (false, true));
        check("ms", Aim::OfPeer(0.5), (false, true));
        check("ms", Aim::OfPeer(1.0), (true, true));
    }
}
