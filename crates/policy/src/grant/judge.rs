//! The request held against the policy: every reason that speaks against it.

use aether_manifest::{Compat, Limit, Located, Resources};
use aether_source::quoted;

use super::changes::Changes;
use super::input::Input;
use super::limits::{Excess, excesses, raised};
use super::line::Line;
use super::mounts::{Reach, reaches, sensitive};
use super::objection::Objection;
use super::refusal::RefusalKind;
use super::request::Request;
use super::right::{Right, covering};
use crate::policy::{Policy, PolicyOrigin, Rule};
use crate::sensitive::is_secret_name;

const ASK_FOR_LESS: &str = "allow it in the policy, or ask for less in the manifest";
const ENGINE_FOR_ONE: &str = "allow it in the policy, or leave `engine` out of the manifest";
const ENGINE_FOR_MANY: &str = "allow it, knowing that the entry is for all plugins of such names, or \
                               leave `engine` out of the manifest";

/// The judge's view of one decision.
pub(super) struct Judge<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) policy: &'a Policy,
    pub(super) rule: Option<&'a Rule>,
}

impl Judge<'_> {
    /// Every objection; none means that policy and window allow the request. Fills in where each
    /// line is allowed.
    pub(super) fn objections(&self, request: &mut Request) -> Vec<Objection> {
        let allowed = self.rule.map(|rule| Right::all(&rule.allow.permissions)).unwrap_or_default();
        let mut found = Vec::new();
        found.extend(self.digest());
        found.extend(self.window());
        for line in &mut request.lines {
            if let Some(barred) = shows_host(line, self.input) {
                found.push(barred);
                continue;
            }
            match covering(&allowed, &line.right) {
                Some(span) => line.allowed_at = Some(self.policy.source.place(span.start)),
                None => found.push(self.not_allowed(line)),
            }
            found.extend(self.sensitive(line));
            found.extend(self.mounts(line, &allowed));
        }
        if request.lines.is_empty() {
            found.extend(self.limits_without_rule());
        }
        found.extend(self.layers());
        found.extend(self.engine());
        found.extend(self.limits());
        if self.rule.is_some() || !request.lines.is_empty() {
            found.extend(self.unbounded_limits());
        }
        found
    }

    /// The objection that nobody can be asked although the policy wants it.
    pub(super) fn consent(&self) -> Objection {
        let why = "the policy wants a person to agree, and there is nobody to ask";
        self.against_plugin(RefusalKind::ConsentNeeded, why.to_owned())
            .advise("run it once in a terminal and allow it always, or let the policy alone decide")
            .lifted_by(Changes::default().key("consent", "granted"))
    }

    fn digest(&self) -> Option<Objection> {
        let wanted = self.rule?.digest.as_ref()?;
        let found = &self.input.identity.digest;
        if wanted.value == *found {
            return None;
        }
        let why = format!(
            "the policy's entry is for the version {}, this one is {}",
            quoted(&wanted.value),
            quoted(found)
        );
        let objection = self
            .against_plugin(RefusalKind::DigestMismatch, why)
            .at(Some(wanted.span))
            .advise("review the new version, then enter its digest")
            .lifted_by(Changes::default().key("digest", found));
        Some(objection)
    }

    fn window(&self) -> Option<Objection> {
        let windows = self.rule?.windows.as_ref()?;
        if windows.is_open(self.input.now) {
            return None;
        }
        let next_opening = windows.next_opening(self.input.now);
        let listed: Vec<String> = windows.iter().map(ToString::to_string).collect();
        let why = format!("it may start only {}", listed.join("; "));
        let advice = match windows.next_opening_shown(self.input.now) {
            Some(opening) => format!("the next window opens {opening}"),
            None => "no window opens in the coming weeks".to_owned(),
        };
        let kind = RefusalKind::OutsideWindow { next_opening };
        let at = self.rule?.windows_at;
        Some(self.against_plugin(kind, why).at(at).advise(advice))
    }

    fn not_allowed(&self, line: &Line) -> Objection {
        let file = self.policy.source.name();
        let (kind, why) = match self.rule {
            Some(rule) => {
                let name = quoted(&rule.name.value.to_string());
                let place = self.policy.source.place(rule.name.span.start);
                let why = format!("the entry {name} at {file}:{place} does not allow it");
                (RefusalKind::NotAllowed(line.permission), why)
            }
            None => (RefusalKind::NoRule, format!("{file} has no entry for this plugin")),
        };
        self.against(line, kind, why)
            .advise(self.advice())
            .lifted_by(Changes::default().allow(line.permission, &line.resource))
    }

    /// Whoever wrote a pipeline could have laid a policy beside it.
    fn sensitive(&self, line: &Line) -> Option<Objection> {
        if self.policy.origin == PolicyOrigin::Named {
            return None;
        }
        let name = match &line.right {
            Right::Environment(name) => is_secret_name(name.as_str()).then_some("a secret"),
            Right::Secret(_) => Some("a secret"),
            right => sensitive(right.files()?, self.input.mounts).map(|place| place.name),
        }?;
        let why = format!("it reaches {name}, which only a policy that a person names can grant");
        let file = self.policy.source.name();
        let objection = self.against(line, RefusalKind::Sensitive(line.permission), why);
        Some(objection.advise(format!("review {file} and name it: --policy {file}")))
    }

    /// A pattern allows what its name says. A folder that stands under another name must be named
    /// by a person or allowed by its own name.
    fn mounts(&self, line: &Line, allowed: &[Located<Right>]) -> Vec<Objection> {
        let Some(pattern) = line.right.files() else { return Vec::new() };
        let reaches = reaches(pattern, self.input.mounts).into_iter();
        let hidden = reaches.filter(|reach| !reach.is_plain());
        hidden.filter_map(|reach| self.mount(line, &reach, allowed)).collect()
    }

    fn mount(
        &self,
        line: &Line,
        reach: &Reach<'_>,
        allowed: &[Located<Right>],
    ) -> Option<Objection> {
        let on_host = reach.host.clone().map(|pattern| line.right.over(pattern));
        if on_host.as_ref().is_some_and(|right| covering(allowed, right).is_some()) {
            return None;
        }
        let (root, host) = (quoted(reach.mount.root.as_str()), quoted(&reach.mount.host));
        let why = format!(
            "{root} would be this machine's {host}, which no person named and the policy does \
             not allow"
        );
        let advice =
            format!("name the folder on the command line, or allow {host} by its own name");
        let changes = match &on_host {
            Some(right) => Changes::default().allow(line.permission, &right.resource()),
            None => Changes::default(),
        };
        let objection = self.against(line, RefusalKind::MountNotNamed, why);
        Some(objection.advise(advice).lifted_by(changes))
    }

    fn layers(&self) -> Vec<Objection> {
        let Some(rule) = self.rule else { return Vec::new() };
        let layers = self.input.manifest.compat.iter();
        let refused = layers.filter(|layer| !rule.allow.allows_compat(layer.value));
        refused.map(|layer| self.layer(layer)).collect()
    }

    fn layer(&self, layer: &Located<Compat>) -> Objection {
        let what = format!("the layer `{}`", layer.value.as_str());
        let why = "the policy's `compat` does not list it".to_owned();
        let source = &self.input.manifest.source;
        Objection::new(RefusalKind::CompatNotAllowed, what, why, source)
            .at(Some(layer.span))
            .advise(self.advice())
            .lifted_by(Changes::default().layer(layer.value))
    }

    /// Of the manifest's word alone: a policy whose own engine may not be had cannot be read.
    fn engine(&self) -> Option<Objection> {
        let asked = self.input.manifest.engine.as_ref()?;
        let said = self.policy.javascript_under(self.rule);
        let listed = said.engines.as_ref().filter(|_| !said.allows(asked.value))?;
        let file = self.policy.source.name();
        let place = self.policy.source.place(listed.span.start);
        let what = format!("the engine `{}`", asked.value);
        let why = format!("the `engines` at {file}:{place} do not list it");
        let source = &self.input.manifest.source;
        let objection = Objection::new(RefusalKind::EngineNotAllowed, what, why, source)
            .at(Some(asked.span))
            .advise(match self.is_for_many() {
                true => ENGINE_FOR_MANY,
                false => ENGINE_FOR_ONE,
            })
            .lifted_by(Changes::default().engine(asked.value));
        Some(objection)
    }

    /// More than the default limits is something too, and no entry allows it.
    fn limits_without_rule(&self) -> Option<Objection> {
        let asked = &self.input.manifest.resources;
        let limits: Vec<Limit> = raised(self.input.manifest).collect();
        let first = limits.first().filter(|_| self.rule.is_none())?;
        let raise = |changes: Changes, limit: &Limit| changes.limit(*limit, asked.show(*limit));
        let what = "a limit above the default".to_owned();
        let why = format!("{} has no entry for this plugin", self.policy.source.name());
        let objection = Objection::new(RefusalKind::NoRule, what, why, &self.input.manifest.source)
            .at(asked.place_of(*first))
            .advise(self.advice())
            .lifted_by(limits.iter().fold(Changes::default(), raise));
        Some(objection)
    }

    fn limits(&self) -> Vec<Objection> {
        let excesses = excesses(self.input.manifest, self.policy, self.rule);
        excesses.iter().map(|excess| self.limit(excess)).collect()
    }

    /// Limits above the default for which the policy has no ceiling: it must name one, or a manifest
    /// could take all that the machine has.
    fn unbounded_limits(&self) -> Vec<Objection> {
        let bounded = |limit: &Limit| {
            let of_rule = self.rule.and_then(|rule| rule.limits.bound(*limit));
            of_rule.or_else(|| self.policy.limits.bound(*limit)).is_some()
        };
        let limits = raised(self.input.manifest).filter(|limit| !bounded(limit));
        limits.map(|limit| self.unbounded(limit)).collect()
    }

    fn unbounded(&self, limit: Limit) -> Objection {
        let manifest = self.input.manifest;
        let asked = manifest.resources.show(limit);
        let (file, standard) = (self.policy.source.name(), Resources::default().show(limit));
        let what = format!("a limit `{limit}` of {asked}");
        let why = match self.rule {
            Some(rule) => {
                let name = quoted(&rule.name.value.to_string());
                let place = self.policy.source.place(rule.name.span.start);
                format!(
                    "neither the entry {name} at {file}:{place} nor the limits for all plugins \
                     have a ceiling on `{limit}`, so its default of {standard} is the most"
                )
            }
            None => format!("{file} has no ceiling on `{limit}`, so {standard} is the most"),
        };
        Objection::new(RefusalKind::AboveCeiling, what, why, &manifest.source)
            .at(manifest.resources.place_of(limit))
            .advise("ask for less in the manifest, or name a ceiling in the policy")
            .lifted_by(Changes::default().limit(limit, asked))
    }

    fn limit(&self, excess: &Excess) -> Objection {
        let manifest = self.input.manifest;
        let asked = manifest.resources.show(excess.limit);
        let what = format!("a limit `{}` of {asked}", excess.limit);
        let file = self.policy.source.name();
        let place = self.policy.source.place(excess.place.start);
        let why = format!("the ceiling at {file}:{place} is {}", excess.ceiling);
        let mut changes = Changes::default();
        if excess.by_rule {
            changes = changes.limit(excess.limit, asked.clone());
        }
        if excess.by_all {
            changes = changes.limit_of_all(excess.limit, asked);
        }
        let advice = match excess.by_all {
            true => "ask for less in the manifest, or raise the ceiling, which is every plugin's",
            false => "ask for less in the manifest, or raise the ceiling",
        };
        Objection::new(RefusalKind::AboveCeiling, what, why, &manifest.source)
            .at(Some(excess.request))
            .advise(advice)
            .lifted_by(changes)
    }

    /// An objection to a line of the request.
    fn against(&self, line: &Line, kind: RefusalKind, why: String) -> Objection {
        Objection::new(kind, act(line), why, &self.input.manifest.source).at(Some(line.span))
    }

    /// An objection to the plugin as a whole, for a reason in its entry.
    fn against_plugin(&self, kind: RefusalKind, why: String) -> Objection {
        let what = format!("the plugin {}", quoted(&self.input.identity.name));
        let place = self.rule.map(|rule| rule.name.span);
        Objection::new(kind, what, why, &self.policy.source).at(place)
    }

    fn advice(&self) -> &'static str {
        match self.is_for_many() {
            true => {
                "allow it, knowing that the entry is for all plugins of such names, or ask for less"
            }
            false => ASK_FOR_LESS,
        }
    }

    /// Whether the entry is for other plugins too.
    fn is_for_many(&self) -> bool {
        self.rule.is_some_and(|rule| rule.name.value.to_string() != self.input.identity.name)
    }
}

/// The objection that a line leads into what the kernel shows of the host's own process, which
/// neither policy nor person can grant.
pub(super) fn shows_host(line: &Line, input: &Input<'_>) -> Option<Objection> {
    let reaches = reaches(line.right.files()?, input.mounts);
    let mount = reaches.into_iter().find(|reach| reach.mount.shows_host)?.mount;
    let why = format!(
        "it leads to {}, where the kernel shows the host's own process",
        quoted(&mount.host)
    );
    let objection = Objection::new(RefusalKind::ShowsHost, act(line), why, &input.manifest.source);
    Some(objection.at(Some(line.span)).advise(
        "no policy allows it: leave it out, and ask for variables by name under `environment`",
    ))
}

/// What the plugin wants to do, in words.
fn act(line: &Line) -> String {
    let resource = quoted(&line.resource);
    match &line.right {
        Right::Read(_) => format!("reading {resource}"),
        Right::Write(_) => format!("writing {resource}"),
        Right::Domain(_) => format!("reaching {resource}"),
        Right::Inbound(_) => format!("listening on port {resource}"),
        Right::Environment(_) => format!("the variable {resource}"),
        Right::Process(_) => format!("starting {resource}"),
        Right::Plugin(_) => format!("calling {resource}"),
        Right::Secret(_) => format!("using the secret {resource}"),
        Right::Emit(_) => format!("sending events {resource}"),
        Right::Hear(_) => format!("hearing events {resource}"),
    }
}
