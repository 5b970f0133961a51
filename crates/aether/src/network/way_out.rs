//! A cell's way out.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use aether_container::Cell;
use aether_egress::{Client, Limits, Outlet, Rules, Served};
use aether_gateway::Auditor;
use aether_manifest::Permission;
use aether_policy::grant::Grant;

use super::{Gateway, Note, Placeholders, Ports, Recorder, WayIn};

/// How long exchanges of a cell that has ended may take to notice it. Their clients are gone; what
/// they had finished is then recorded as finished.
const NOTICE: Duration = Duration::from_millis(100);

/// The network of one cell, as its driver holds it.
pub(crate) struct WayOut {
    pub(super) gateway: Arc<Gateway>,
    /// What it may request.
    pub(super) rules: Arc<Rules>,
    /// What it might, if nothing was taken from it.
    whole: Arc<Rules>,
    pub(super) grant: Arc<Grant>,
    pub(super) auditor: Auditor,
    /// What stands for each secret that requests may carry.
    pub(super) placeholders: Placeholders,
    say: Sender<Note>,
    notes: Receiver<Note>,
    recorder: Option<Arc<Recorder>>,
    /// All of its ways, so that its limits hold for them together.
    outlet: Option<Outlet>,
    served: Option<Served>,
    ports: Ports,
    way_in: Option<WayIn>,
    /// Bytes that were carried over ways that are closed by now: into the cell, and out of it.
    carried: [u64; 2],
}

impl WayOut {
    /// A way out that nobody has used yet.
    pub(crate) fn new(
        gateway: Arc<Gateway>,
        rules: Rules,
        grant: Arc<Grant>,
        auditor: Auditor,
        ports: Ports,
        placeholders: Placeholders,
    ) -> Self {
        let (say, notes) = channel();
        let rules = Arc::new(rules);
        let (recorder, outlet, served, way_in) = (None, None, None, None);
        Self {
            gateway,
            whole: Arc::clone(&rules),
            rules,
            grant,
            auditor,
            placeholders,
            say,
            notes,
            recorder,
            outlet,
            served,
            ports,
            way_in,
            carried: [0; 2],
        }
    }

    /// What stands for each secret that requests may carry, by its name.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = (&str, &str)> {
        self.placeholders.iter().map(|(name, placeholder)| (name.as_str(), placeholder.as_str()))
    }

    /// Opens the ways into a cell that may listen.
    pub(crate) fn let_in(&mut self, cell: &mut Cell) {
        let inlets = cell.take_inlets();
        if !inlets.is_empty() {
            let ports = std::mem::take(&mut self.ports);
            self.way_in = Some(WayIn::open(ports, inlets, &self.recorder(cell)));
        }
    }

    /// Serves the way out, now that somebody has connected to it.
    ///
    /// # Errors
    /// Why it cannot be served: whoever connects is then refused.
    pub(crate) fn serve(&mut self, cell: &mut Cell) -> std::io::Result<()> {
        let Some(listener) = cell.take_proxy() else { return Ok(()) };
        self.served = Some(self.outlet(cell)?.serve(listener)?);
        Ok(())
    }

    fn client(&self, recorder: Arc<Recorder>) -> Client {
        Client {
            name: self.auditor.plugin().to_owned(),
            rules: Arc::clone(&self.rules),
            on_event: Arc::new(move |event| recorder.take(event)),
            limits: Limits::default(),
        }
    }

    /// All ways out. The first that is taken starts the gateway.
    pub(super) fn outlet(&mut self, cell: &Cell) -> std::io::Result<&Outlet> {
        let made = match self.outlet.take() {
            Some(outlet) => outlet,
            None => {
                let recorder = self.recorder(cell);
                self.gateway.get()?.client(self.client(recorder))
            }
        };
        Ok(self.outlet.insert(made))
    }

    pub(super) fn recorder(&mut self, cell: &Cell) -> Arc<Recorder> {
        let make = || {
            let (auditor, grant) = (self.auditor.clone(), Arc::clone(&self.grant));
            Arc::new(Recorder::new(auditor, grant, self.say.clone(), cell.waker()))
        };
        Arc::clone(self.recorder.get_or_insert_with(make))
    }

    /// Takes kinds of permission away, whatever was granted, also from what is under way; none of them
    /// gives all back that was.
    pub(crate) fn narrow(&mut self, kinds: &[Permission]) {
        let (takes_out, takes_in) = (
            kinds.contains(&Permission::NetworkDomains),
            kinds.contains(&Permission::NetworkInbound),
        );
        let rules = match (takes_out, kinds.contains(&Permission::Secrets)) {
            (true, _) => Arc::new(Rules::clone(&self.whole).taken()),
            (false, true) => Arc::new(Rules::clone(&self.whole).withholding_secrets()),
            (false, false) => Arc::clone(&self.whole),
        };
        let before = std::mem::replace(&mut self.rules, rules);
        // What was opened under other rules ends with them.
        if let Some(outlet) = self.outlet.as_ref().filter(|_| !Arc::ptr_eq(&before, &self.rules)) {
            outlet.replace_rules(Arc::clone(&self.rules));
        }
        if let Some(way_in) = &self.way_in {
            way_in.shut(takes_in);
        }
    }

    /// Bytes that were carried so far, also over what is open still: into the cell, and out of it.
    pub(crate) fn carried(&self) -> [u64; 2] {
        let [out, back] = self.outlet.as_ref().map_or([0; 2], Outlet::carried);
        let [into, out_of] = self.way_in.as_ref().map_or([0; 2], WayIn::carried);
        let [received, sent] = self.carried;
        [
            received.saturating_add(back).saturating_add(into),
            sent.saturating_add(out).saturating_add(out_of),
        ]
    }

    /// What happened since it was last asked.
    pub(crate) fn notes(&self) -> impl Iterator<Item = Note> {
        self.notes.try_iter()
    }

    /// Closes everything that is still open, and records its end. To be called when the cell is
    /// gone; what it did last is among the notes afterwards.
    pub(crate) fn close(&mut self) {
        if let Some(way_in) = &mut self.way_in {
            way_in.close();
        }
        if let Some(outlet) = &self.outlet {
            outlet.close_after(NOTICE);
        }
        self.carried = self.carried();
        self.way_in = None;
        self.outlet = None;
        self.served = None;
    }
}

impl fmt::Debug for WayOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WayOut").finish_non_exhaustive()
    }
}
