//! The network of a native program, made ready before it starts.

use std::path::PathBuf;
use std::sync::Arc;

use aether_gateway::Auditor;
use aether_policy::grant::Grant;
use aether_source::Diagnostic;

use super::Host;
use super::start::StartError;
use crate::Plugin;
use crate::native::Reach;
use crate::network::{NetworkError, Ports, WayOut, rules, vain};

impl Host {
    /// What a program may reach, and what it has to know for that.
    pub(super) fn network(
        &self,
        grant: &Arc<Grant>,
        auditor: &Auditor,
        is_native: bool,
    ) -> Result<(WayOut, Reach), StartError> {
        let shared = &self.0;
        let carried = self.secrets(grant).map_err(NetworkError::Secret)?;
        let names = carried.iter().map(|one| (one.name.clone(), one.placeholder.clone()));
        let placeholders = names.collect();
        let decoys = Self::decoys(grant).map_err(NetworkError::Secret)?;
        let rules = rules(grant, shared.policy.as_deref(), &shared.opened)?
            .with_secrets(carried.into_iter().map(|one| one.secret).chain(decoys));
        let ports = if is_native { Ports::listen(grant)? } else { Ports::default() };
        let trust = match is_native && rules.looks_into_tunnels() {
            true => Some(self.trust()?),
            false => None,
        };
        let reach = Reach {
            inbound: grant.inbound().map(|(_, port)| port).collect(),
            is_loopback_its_own: !rules.opens_loopback(),
            trust,
        };
        let (gateway, auditor) = (Arc::clone(&shared.gateway), auditor.clone());
        Ok((WayOut::new(gateway, rules, Arc::clone(grant), auditor, ports, placeholders), reach))
    }

    /// What stands in the grant of a plugin and can do nothing.
    #[must_use]
    pub fn network_problems(&self, plugin: &Plugin, grant: &Grant) -> Vec<Diagnostic> {
        let shared = &self.0;
        vain(grant, plugin.manifest(), shared.policy.as_deref(), &shared.opened)
    }

    /// The file with the authorities that a program has to trust whose tunnels are looked into.
    fn trust(&self) -> Result<PathBuf, StartError> {
        let egress = self.0.gateway.get().map_err(NetworkError::Gateway)?;
        let path = self.0.shelf.trust(|| egress.trusted());
        path.map_err(|error| StartError::Native { error, place: None })
    }
}
