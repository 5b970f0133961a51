//! The grant itself.

use aether_manifest::{
    Asking, Compat, Located, Permission, Priority, Rates, Resources, TopicPattern,
};
use aether_path::{PathPattern, VirtualPath};
use jiff::Timestamp;

use super::canonical;
use super::denial::{Denial, Missing};
use super::engine::Engine;
use super::input::{Identity, Input};
use super::line::Line;
use super::request::Request;
use super::right::Right;
use crate::elevation::Elevation;
use crate::policy::{Isolation, Policy, PolicyOrigin, Rule, Watching};

/// All that a plugin may do. Made by [`decide`](super::decide) alone; whatever it does not say is
/// denied.
#[derive(Clone, Debug)]
pub struct Grant {
    plugin: Identity,
    lines: Vec<Line>,
    /// What the manifest has for each permission, for advice.
    requested: Vec<(Permission, String)>,
    withheld: Vec<Right>,
    limits: Resources,
    rates: Rates,
    raises_rates: bool,
    compat: Vec<Compat>,
    engine: Option<Engine>,
    degraded: Vec<String>,
    isolation: Isolation,
    priority: Priority,
    watching: Watching,
    optional: Vec<Permission>,
    private: Vec<String>,
    elevation: Elevation,
    commit: Vec<PathPattern>,
    direct: Vec<PathPattern>,
    /// What was granted and taken away since.
    taken: Vec<Permission>,
    /// How advice to ask for more is written.
    asking: Asking,
    closes_at: Option<Timestamp>,
    digest: String,
}

/// Yes, by this line of the grant: count its use under this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// [`Line::index`] of the line that allows it.
    pub line: usize,
}

impl Grant {
    pub(super) fn new(
        input: &Input<'_>,
        request: &Request,
        rule: Option<&Rule>,
        limits: Resources,
    ) -> Self {
        let (manifest, plugin) = (input.manifest, input.identity);
        let degraded =
            rule.map(|rule| rule.degraded.iter().map(|name| name.value.clone()).collect());
        let private: Vec<String> = rule
            .iter()
            .flat_map(|rule| &rule.allow.private)
            .map(|target| target.value.clone())
            .collect();
        let rates = rule.map(|rule| rule.rates.clone()).unwrap_or_default();
        let is_named = input.policy.is_some_and(|policy| policy.origin == PolicyOrigin::Named);
        let named = rule.filter(|_| is_named);
        let patterns =
            |all: &[Located<PathPattern>]| all.iter().map(|at| at.value.clone()).collect();
        let windows = rule.and_then(|rule| rule.windows.as_ref());
        Grant {
            plugin: plugin.clone(),
            lines: request.lines.clone(),
            requested: Right::all(&manifest.permissions)
                .into_iter()
                .map(|right| (right.value.permission(), right.value.resource()))
                .collect(),
            withheld: request.withheld.clone(),
            compat: manifest.compat.iter().map(|layer| layer.value).collect(),
            engine: Engine::of(input),
            degraded: degraded.unwrap_or_default(),
            isolation: named.map(|rule| rule.isolation).unwrap_or_default(),
            priority: priority(manifest.priority, rule),
            watching: input.policy.map(|policy| watching(policy, rule)).unwrap_or_default(),
            optional: manifest.optional.iter().map(|kind| kind.value).collect(),
            taken: Vec::new(),
            asking: manifest.asking,
            closes_at: windows.and_then(|windows| windows.closes_at(input.now)),
            elevation: Elevation::of(rule, input.policy.map(|policy| policy.origin), input.mounts),
            commit: named.map(|rule| patterns(&rule.commit)).unwrap_or_default(),
            direct: named.map(|rule| patterns(&rule.direct)).unwrap_or_default(),
            digest: canonical::grant(input, request, rule, &limits),
            private,
            limits,
            rates,
            raises_rates: is_named,
        }
    }

    /// The same without these kinds of permission. The lines that are left keep their numbers.
    #[must_use]
    pub fn without(&self, kinds: &[Permission]) -> Self {
        let lines = self.lines.iter().filter(|line| !kinds.contains(&line.permission));
        Grant { lines: lines.cloned().collect(), taken: kinds.to_vec(), ..self.clone() }
    }

    /// Which plugin it is for.
    pub fn plugin(&self) -> &Identity {
        &self.plugin
    }

    /// The permissions, by index.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.lines.iter()
    }

    /// The limits that hold.
    pub fn limits(&self) -> &Resources {
        &self.limits
    }

    /// The rates that the policy sets instead of the defaults. What the manifest has, as
    /// [`Resources::rates`], lowers them further.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Whether these may be above the defaults: whoever wrote a pipeline may have laid a policy beside
    /// it.
    pub fn raises_rates(&self) -> bool {
        self.raises_rates
    }

    /// Whether a compatibility layer is there.
    pub fn has_compat(&self, layer: Compat) -> bool {
        self.compat.contains(&layer)
    }

    /// The engine that runs it; nothing where it is not JavaScript.
    pub fn engine(&self) -> Option<Engine> {
        self.engine
    }

    /// Names of the protections that the policy lets this plugin run without.
    pub fn degraded(&self) -> impl Iterator<Item = &str> {
        self.degraded.iter().map(String::as_str)
    }

    /// What stands between the plugin and its host.
    pub fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// How much it matters when there is not enough for all.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// How closely it is watched.
    pub fn watching(&self) -> &Watching {
        &self.watching
    }

    /// The kinds of permission that it says it can do without.
    pub fn optional(&self) -> &[Permission] {
        &self.optional
    }

    /// Places inside the owner's networks that the policy opens to it, as written.
    pub fn private(&self) -> impl Iterator<Item = &str> {
        self.private.iter().map(String::as_str)
    }

    /// What is answered to its wishes for single operations beyond this.
    pub fn elevation(&self) -> &Elevation {
        &self.elevation
    }

    /// Whether what is written there is made on disk as soon as the run has ended well, without
    /// anybody looking at it.
    pub fn commits(&self, path: &VirtualPath) -> bool {
        self.commit.iter().any(|pattern| pattern.matches(path))
    }

    /// Where what is changed is changed on disk without anybody having looked at it: the policy's word
    /// for it, `commit` or `direct`, and the pattern.
    pub fn unreviewed(&self) -> impl Iterator<Item = (&'static str, &PathPattern)> {
        let commit = self.commit.iter().map(|pattern| ("commit", pattern));
        commit.chain(self.direct.iter().map(|pattern| ("direct", pattern)))
    }

    /// Whether what is changed there is changed on disk at once.
    pub fn is_direct(&self, path: &VirtualPath) -> bool {
        self.direct.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether anything is changed on disk at once.
    pub fn has_direct(&self) -> bool {
        !self.direct.is_empty()
    }

    /// Where more is asked for: in a manifest, or by options.
    pub fn asking(&self) -> Asking {
        self.asking
    }

    /// The ports that may be listened on, each with its line.
    pub fn inbound(&self) -> impl Iterator<Item = (Allowed, u16)> {
        self.lines.iter().filter_map(|line| match &line.right {
            Right::Inbound(port) => Some((Allowed { line: line.index }, *port)),
            _ => None,
        })
    }

    /// When the window in which it may start closes; nothing when it has none.
    pub fn closes_at(&self) -> Option<Timestamp> {
        self.closes_at
    }

    /// The digest of what is granted, to whom, and under which limits (`b3:…`): the same for the
    /// same content, whatever the order of the files it came from.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The names of the variables that may be read, each once.
    pub fn environment(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match &line.right {
            Right::Environment(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether the variable may be read.
    pub fn may_env(&self, variable: &str) -> Result<Allowed, Denial> {
        let same =
            |right: &Right| matches!(right, Right::Environment(name) if name.as_str() == variable);
        self.allowed(Permission::Environment, variable, same)
    }

    /// Whether the program may be started; `program` is compared as the manifest writes it.
    pub fn may_run(&self, program: &str) -> Result<Allowed, Denial> {
        let same = |right: &Right| matches!(right, Right::Process(name) if name == program);
        self.allowed(Permission::Process, program, same)
    }

    /// Whether the method of another plugin may be called; `target` is `plugin.method`.
    pub fn may_call(&self, target: &str) -> Result<Allowed, Denial> {
        let same = |right: &Right| matches!(right, Right::Plugin(name) if name == target);
        self.allowed(Permission::Plugins, target, same)
    }

    /// Whether the secret of this name may be used for the plugin, which never sees it.
    pub fn may_use_secret(&self, name: &str) -> Result<Allowed, Denial> {
        let same = |right: &Right| matches!(right, Right::Secret(known) if known.as_str() == name);
        self.allowed(Permission::Secrets, name, same)
    }

    /// Whether events of the topic may be sent.
    pub fn may_emit(&self, topic: &str) -> Result<Allowed, Denial> {
        let names = |right: &Right| matches!(right, Right::Emit(topics) if topics.matches(topic));
        self.allowed(Permission::EventsEmit, topic, names)
    }

    /// Whether events of the topic may be heard.
    pub fn may_hear(&self, topic: &str) -> Result<Allowed, Denial> {
        let names = |right: &Right| matches!(right, Right::Hear(topics) if topics.matches(topic));
        self.allowed(Permission::EventsOn, topic, names)
    }

    /// Whether every event that the pattern names may be heard: one entry must cover all of it.
    pub fn may_subscribe(&self, pattern: &TopicPattern) -> Result<Allowed, Denial> {
        let covers = |right: &Right| matches!(right, Right::Hear(topics) if topics.covers(pattern));
        self.allowed(Permission::EventsOn, pattern.as_str(), covers)
    }

    /// Whether the port may be listened on.
    pub fn may_listen(&self, port: u16) -> Result<Allowed, Denial> {
        let same = |right: &Right| matches!(right, Right::Inbound(granted) if *granted == port);
        self.allowed(Permission::NetworkInbound, &port.to_string(), same)
    }

    /// The patterns of hosts that may be reached, each with its line; the matching of requests is
    /// the egress gateway's.
    pub fn domains(&self) -> impl Iterator<Item = (Allowed, &aether_manifest::DomainPattern)> {
        self.lines.iter().filter_map(|line| match &line.right {
            Right::Domain(pattern) => Some((Allowed { line: line.index }, pattern)),
            _ => None,
        })
    }

    /// A denial of a request that none of [`Grant::domains`] allows; `resource` is written as a
    /// manifest would.
    pub fn deny_request(&self, resource: &str) -> Denial {
        self.denial(Permission::NetworkDomains, resource, Missing::Unasked)
    }

    pub(super) fn find(&self, matches: impl Fn(&Right) -> bool) -> Option<Allowed> {
        self.lines.iter().find(|line| matches(&line.right)).map(|line| Allowed { line: line.index })
    }

    pub(super) fn missing(&self, matches: impl Fn(&Right) -> bool) -> Missing {
        if self.withheld.iter().any(matches) { Missing::Withheld } else { Missing::Unasked }
    }

    pub(super) fn denial(
        &self,
        permission: Permission,
        resource: &str,
        missing: Missing,
    ) -> Denial {
        let of = self.requested.iter().filter(|(of, _)| *of == permission);
        let requested: Vec<String> = of.map(|(_, resource)| resource.clone()).collect();
        let missing = match self.taken.contains(&permission) && !requested.is_empty() {
            true => Missing::Taken,
            false => missing,
        };
        let plugin = &self.plugin.name;
        Denial::new(plugin, self.asking, permission, resource, missing, &requested)
    }

    fn allowed(
        &self,
        permission: Permission,
        resource: &str,
        same: impl Fn(&Right) -> bool,
    ) -> Result<Allowed, Denial> {
        self.find(&same).ok_or_else(|| self.denial(permission, resource, self.missing(&same)))
    }
}

/// The owner's word counts; a plugin's author may only step back.
fn priority(wished: Option<Priority>, rule: Option<&Rule>) -> Priority {
    let said = rule.and_then(|rule| rule.priority);
    said.unwrap_or_else(|| wished.unwrap_or_default().min(Priority::Normal))
}

fn watching(policy: &Policy, rule: Option<&Rule>) -> Watching {
    rule.map_or_else(|| policy.watching.clone(), |rule| rule.watching.or(&policy.watching))
}
