//! Limits that will be met soon.

use std::collections::VecDeque;
use std::time::Duration;

use super::metric::float;
use super::usual::median;
use crate::finding::{Finding, Layer};
use crate::{Limits, Sample, text};

/// A limit that comes nearer: the host should know.
const COMING: f64 = 12.0;

/// A limit that is near, and comes nearer fast: slowing the cell down saves its work.
const NEAR: f64 = 32.0;

/// From this share of a limit on it is near.
const NEAR_SHARE: f64 = 0.75;

/// And when it is met within this.
const NEAR_TIME: Duration = Duration::from_secs(5);

/// A limit that is farther than this is not told: nobody goes on like this for so long.
const HORIZON: Duration = Duration::from_secs(20);

/// So many samples make a slope: two seconds at four a second.
const POINTS: usize = 8;

/// So many of the steps between them must go up.
const UP: usize = 6;

/// No single step may be more than this share of the rise: one big allocation is no ramp.
const STEP: f64 = 0.5;

/// The course of one resource.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    points: VecDeque<(Duration, f64)>,
    /// The highest value that has left the points: what falls and rises again below it, as memory
    /// between two collections of garbage, is not news.
    highest: f64,
}

impl Forecast {
    /// Takes a value in; gives the time until it meets `limit`, if it rises steadily, beyond where
    /// it ever was, and fast enough.
    pub fn take(&mut self, at: Duration, value: f64, limit: f64) -> Option<Duration> {
        if self.points.len() >= POINTS
            && let Some((_, left)) = self.points.pop_front()
        {
            self.highest = self.highest.max(left);
        }
        self.points.push_back((at, value));
        if !self.steady() || value <= self.highest || value >= limit {
            return None;
        }
        let seconds = (limit - value) / self.slope()?;
        let time = Duration::try_from_secs_f64(seconds).ok()?;
        (time <= HORIZON).then_some(time)
    }

    fn steady(&self) -> bool {
        let (Some((_, first)), Some((_, last))) = (self.points.front(), self.points.back()) else {
            return false;
        };
        let after = self.points.iter().skip(1);
        let steps = self.points.iter().zip(after).map(|((_, before), (_, now))| now - before);
        let up = steps.clone().filter(|step| *step > 0.0).count();
        let largest = steps.fold(0.0, f64::max);
        self.points.len() >= POINTS && up >= UP && largest <= STEP * (last - first)
    }

    /// The median of the slopes between all pairs, in units a second (Theil and Sen).
    fn slope(&self) -> Option<f64> {
        let mut slopes = Vec::with_capacity(POINTS * POINTS / 2);
        for (place, (from, low)) in self.points.iter().enumerate() {
            for (to, high) in self.points.iter().skip(place + 1) {
                slopes.push((high - low) / to.saturating_sub(*from).as_secs_f64().max(1e-3));
            }
        }
        Some(median(&mut slopes)).filter(|slope| *slope > 0.0)
    }
}

/// The resources that have limits.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecasts {
    memory: Forecast,
    processes: Forecast,
}

impl Forecasts {
    pub(super) fn look(&mut self, sample: &Sample, limits: &Limits) -> Vec<Finding> {
        let of = [
            (&mut self.memory, "memory", sample.memory, limits.memory),
            (&mut self.processes, "process", sample.processes, limits.processes),
        ];
        let mut findings = Vec::new();
        for (forecast, name, value, limit) in of {
            let Some(limit) = limit else { continue };
            let time = forecast.take(sample.at, float(value), float(limit));
            findings.extend(time.map(|time| found(sample.at, name, (value, limit), time)));
        }
        findings
    }
}

fn found(at: Duration, name: &str, (value, limit): (u64, u64), time: Duration) -> Finding {
    let show = |count: u64| match name {
        "memory" => text::bytes(float(count)),
        _ => count.to_string(),
    };
    let near = float(value) > NEAR_SHARE * float(limit) && time < NEAR_TIME;
    let (most, left) = (show(limit), text::time(time));
    let finding = Finding::new("forecast", Layer::Series, name, at)
        .seen(format!("{} of {most}, rising steadily", show(value)), "enough for the work at hand")
        .sure(75)
        .says(format!("It will reach its {name} limit of {most} in {left}."))
        .risks(if near { NEAR } else { COMING });
    // What is far may stop by itself, as most work does.
    if near { finding } else { finding.hint() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MB: f64 = 1024.0 * 1024.0;

    fn run(samples: u64, value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let mut forecast = Forecast::default();
        let each = (0..samples).map(|n| Duration::from_millis(250 * n));
        each.filter_map(|at| {
            let seconds = at.as_secs_f64();
            let time = forecast.take(at, value(seconds), 256.0 * MB)?;
            Some((seconds, time.as_secs_f64()))
        })
        .collect()
    }

    #[test]
    fn a_ramp_is_found_within_two_seconds_and_its_end_is_right() {
        let told = run(20, |seconds| (30.0 + 40.0 * seconds) * MB);
        let (at, left) = told[0];
        assert!(at < 2.0 && (at + left - 5.65).abs() < 0.1, "{told:?}");
    }

    #[test]
    fn a_step_a_plateau_and_a_known_sawtooth_are_not_ramps() {
        assert!(run(40, |seconds| if seconds < 4.0 { 20.0 * MB } else { 200.0 * MB }).is_empty());
        assert!(run(40, |_| 200.0 * MB).is_empty());
        let teeth = run(400, |seconds| (40.0 + seconds % 5.0 * 15.0) * MB);
        assert!(teeth.iter().all(|(at, _)| *at < 5.0), "only the first tooth is news");
    }

    #[test]
    fn the_words_say_when() {
        let finding =
            found(Duration::ZERO, "memory", (200 << 20, 256 << 20), Duration::from_secs(4));
        assert_eq!(finding.sentence, "It will reach its memory limit of 256 MB in 4.0 s.");
        assert!(finding.risk > COMING);
    }

    proptest! {
        #[test]
        fn the_slope_of_a_line_is_found_though_one_value_is_wrong(
            rise in 1.0f64..1e6, wrong in 1usize..7, by in -0.4f64..0.4,
        ) {
            let mut forecast = Forecast::default();
            for place in 0u32..8 {
                let off = if place as usize == wrong { by } else { 0.0 };
                let value = rise * (f64::from(place) + off);
                forecast.take(Duration::from_secs(place.into()), value, f64::MAX);
            }
            let slope = forecast.slope().unwrap();
            prop_assert!((slope / rise - 1.0).abs() < 0.05, "{slope} {rise}");
        }
    }
}
