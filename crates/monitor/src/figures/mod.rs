//! Layer 2: figures over time.

mod beacon;
mod bomb;
mod forecast;
mod leak;
mod metric;
mod odd;
mod spin;
mod tail;
mod trend;
mod usual;

pub use beacon::Beacon;
pub use forecast::Forecast;
pub use metric::Metric;
pub use tail::Tail;
pub use usual::Usual;

use std::time::Duration;

use crate::{Finding, Limits, Sample, Settings};
use metric::Figures;

/// All that looks at the figures of one cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauges {
    before: Option<Sample>,
    odd: odd::Odd,
    forecasts: forecast::Forecasts,
    spin: spin::Spin,
    bomb: bomb::Bomb,
    leak: leak::Leak,
    beacon: Beacon,
}

impl Gauges {
    /// What a sample shows beside those before it.
    pub(crate) fn sample(
        &mut self,
        sample: &Sample,
        open_calls: usize,
        limits: &Limits,
        settings: &Settings,
    ) -> Vec<Finding> {
        let Some(before) = self.before else {
            self.before = Some(*sample);
            return Vec::new();
        };
        let Some(figures) = Figures::between(&before, sample) else { return Vec::new() };
        self.before = Some(*sample);
        let enabled = settings.enabled;
        let mut findings = self.odd.look(&figures, enabled);
        if enabled.forecast {
            findings.extend(self.forecasts.look(sample, limits));
        }
        if enabled.spin {
            findings.extend(self.spin.look(&figures, open_calls));
        }
        if enabled.bomb {
            findings.extend(self.bomb.look(sample, limits));
        }
        if enabled.leak {
            findings.extend(self.leak.look(&before, sample, settings.outgoing_budget));
        }
        findings
    }

    /// What a request outside shows beside those before it.
    pub(crate) fn egress(
        &mut self,
        at: Duration,
        host: &str,
        settings: &Settings,
    ) -> Option<Finding> {
        settings.enabled.beacon.then(|| self.beacon.sent(at, host))?
    }
}
