//! How well scores tell attacks from honest traces.

/// Shares of honest traces that may be called attacks.
pub(crate) const FALSE: [f64; 4] = [0.01, 0.05, 0.10, 0.20];

/// How well one detector does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// Chance that an attack scores higher than an honest trace.
    pub(crate) area: f64,
    /// Share of attacks found at each of [`FALSE`].
    pub(crate) found: [f64; 4],
}

/// The verdict on two lists of scores, of which higher ones should be attacks.
pub(crate) fn judge(honest: &[f64], attacks: &[f64]) -> Verdict {
    let mut sorted = honest.to_vec();
    sorted.sort_by(f64::total_cmp);
    let found = FALSE.map(|share| {
        let threshold = threshold(&sorted, share);
        part(attacks.iter().filter(|score| **score > threshold).count(), attacks.len())
    });
    Verdict { area: area(&sorted, attacks), found }
}

/// The score that a share of the honest ones exceed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
pub(crate) fn threshold(sorted: &[f64], share: f64) -> f64 {
    let place = (part(sorted.len(), 1) * share) as usize;
    sorted.iter().rev().nth(place).copied().unwrap_or(f64::INFINITY)
}

/// Of all pairs, those in the right order; equal ones are half right.
fn area(sorted: &[f64], attacks: &[f64]) -> f64 {
    let right: f64 = attacks
        .iter()
        .map(|score| {
            let below = sorted.partition_point(|other| other < score);
            let not_above = sorted.partition_point(|other| other <= score);
            part(below + not_above, 2)
        })
        .sum();
    right / part(sorted.len() * attacks.len(), 1).max(1.0)
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
pub(crate) fn part(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oracle_and_a_coin_are_judged_rightly() {
        let honest: Vec<f64> = (0..1_000).map(f64::from).collect();
        let verdict = judge(&honest, &[5_000.0; 10]);
        assert!((verdict.area - 1.0).abs() < 1e-9);
        assert_eq!(verdict.found, [1.0; 4]);
        let coin = judge(&honest, &honest);
        assert!((coin.area - 0.5).abs() < 1e-9);
        assert!((coin.found[1] - 0.05).abs() < 0.002, "{:?}", coin.found);
    }

    #[test]
    fn equal_scores_find_nothing() {
        let verdict = judge(&[1.0; 100], &[1.0; 10]);
        assert!((verdict.area - 0.5).abs() < 1e-9);
        assert_eq!(verdict.found, [0.0; 4]);
    }
}
