//! A request to decide on, built up from texts.

use aether_manifest::{Manifest, Permissions, parse, read_permissions};
use aether_path::VirtualPath;
use aether_source::{Reader, Source, json};
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use crate::consent::Consents;
use crate::grant::{Decision, Identity, Input, Mount, decide};
use crate::policy::{Policy, PolicyOrigin};

pub(super) const DIGEST: &str =
    "b3:0000000000000000000000000000000000000000000000000000000000000001";

/// A case; the plugin is `log-reader`, the time a Monday noon in UTC.
pub(super) struct Case {
    pub(super) manifest: Manifest,
    pub(super) identity: Identity,
    pub(super) policy: Option<Policy>,
    pub(super) engine: crate::grant::Engine,
    pub(super) narrowing: Option<Permissions>,
    pub(super) mounts: Vec<Mount>,
    pub(super) consents: Consents,
    pub(super) unattended: bool,
}

impl Case {
    /// A manifest with these `permissions` and nothing else; attended, without policy.
    pub(super) fn asking(permissions: &str) -> Self {
        Case::of(&format!(r#"{{ "permissions": {permissions} }}"#))
    }

    pub(super) fn of(manifest: &str) -> Self {
        let manifest = parse(Source::new("aether-plugin.json", manifest)).unwrap();
        let identity =
            Identity { name: "log-reader".into(), version: "0.1.0".into(), digest: DIGEST.into() };
        let (policy, narrowing, mounts) = (None, None, Vec::new());
        Case {
            manifest,
            identity,
            policy,
            engine: crate::grant::Engine::default(),
            narrowing,
            mounts,
            consents: Consents::new(),
            unattended: false,
        }
    }

    /// Under a policy that a person named, whose entry for the plugin has these lines.
    pub(super) fn under(self, entry: &str) -> Self {
        self.under_policy(
            &format!("version: 1\nplugins:\n  log-reader: {{ {entry} }}\n"),
            PolicyOrigin::Named,
        )
    }

    pub(super) fn under_policy(mut self, text: &str, origin: PolicyOrigin) -> Self {
        let source = Source::new("aether-policy.yaml", text);
        self.policy = Some(Policy::parse(source, origin, &TimeZoneDatabase::bundled()).unwrap());
        self
    }

    pub(super) fn narrowed(mut self, permissions: &str) -> Self {
        self.narrowing = Some(permissions_of(permissions));
        self
    }

    pub(super) fn mounted(mut self, root: &str, host: &str, typed_by_person: bool) -> Self {
        let root = VirtualPath::parse(root).unwrap();
        let host = host.to_owned();
        self.mounts.push(Mount { root, host, typed_by_person, shows_host: false });
        self
    }

    /// What was mounted last is the host's own process.
    pub(super) fn showing_host(mut self) -> Self {
        self.mounts.iter_mut().next_back().unwrap().shows_host = true;
        self
    }

    pub(super) fn unattended(mut self) -> Self {
        self.unattended = true;
        self
    }

    pub(super) fn decide(&self) -> Decision {
        decide(&Input {
            manifest: &self.manifest,
            identity: &self.identity,
            policy: self.policy.as_ref(),
            engine: self.engine,
            narrowing: self.narrowing.as_ref(),
            mounts: &self.mounts,
            consents: Some(&self.consents),
            unattended: self.unattended,
            now: now(),
        })
    }

    /// The decision in one line: `granted`, `ask`, or the codes of the refusals.
    pub(super) fn verdict(&self) -> String {
        match self.decide() {
            Decision::Granted(_) => "granted".to_owned(),
            Decision::Ask(_) => "ask".to_owned(),
            Decision::Refused(refused) => {
                assert!(!refused.refusals.is_empty());
                let codes: Vec<&str> =
                    refused.refusals.iter().map(|refusal| refusal.kind.code()).collect();
                codes.join(" ")
            }
        }
    }
}

pub(super) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(super) fn permissions_of(text: &str) -> Permissions {
    let source = Source::new("step.json", text);
    let node = json(&source).unwrap();
    let reader = Reader::new(&source);
    let found = read_permissions(&reader.root(&node));
    reader.finish(found).unwrap().0
}

pub(super) fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).unwrap()
}
