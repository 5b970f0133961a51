//! Tokens: operations beyond the grant, each asked for, decided on, used and recorded.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_overlay::LastLink;
use aether_path::VirtualPath;
use aether_policy::elevation::{Decided, Wish};
use aether_protocol::limits::cut;
use aether_protocol::v1::{
    Caveats, Empty, TokenDrop, TokenNarrow, TokenNarrowed, TokenReply, TokenRequest, TokenText,
    Want,
};
use aether_protocol::{Code, RpcError};
use aether_token::{
    Act, Asked, Authority, Caveat, ConnectionId, HostName, Issuer, Moment, Name, Refusal, Scope,
    Terms, Token, Unissued, Vault,
};

use crate::answer::Answer;
use crate::door::{Door, Reply};
use crate::rights::Right;
use crate::work::{Question, Rest, Work, WorkKind};
use crate::{Denied, Elevation, Event, limits};

/// What a door knows of tokens.
#[derive(Debug)]
pub struct Elevated {
    /// The host's tokens.
    pub vault: Arc<Vault>,
    /// The cell's end of them.
    pub connection: ConnectionId,
    /// When the host's run began.
    pub began: Instant,
    /// Whether somebody can be asked.
    pub asks: bool,
    /// The secrets and commands that the host's owner has named.
    pub named: Arc<dyn Named>,
}

/// What the host's owner has named.
pub trait Named: fmt::Debug + Send + Sync {
    /// Whether there is a command of that name.
    fn has_command(&self, name: &str) -> bool;

    /// Whether there is a secret of that name.
    fn has_secret(&self, name: &str) -> bool;

    /// A secret's value.
    ///
    /// # Errors
    /// One clause, without the value, saying why it cannot be read.
    fn secret(&self, name: &str) -> Result<String, String>;

    /// Host and port of an address, as they would be dialled.
    ///
    /// # Errors
    /// One clause saying why it is no address.
    fn target(&self, url: &str) -> Result<(String, u16), String>;
}

/// Nobody has named anything, and nobody can be asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Named for Nothing {
    fn has_command(&self, _: &str) -> bool {
        false
    }

    fn has_secret(&self, _: &str) -> bool {
        false
    }

    fn secret(&self, _: &str) -> Result<String, String> {
        Err("there is none".to_owned())
    }

    fn target(&self, _: &str) -> Result<(String, u16), String> {
        Err("there is no network".to_owned())
    }
}

impl Elevated {
    /// For a door behind which nothing is beyond the grant.
    ///
    /// # Errors
    /// [`Unissued::NoRandom`].
    pub fn nothing(plugin: &str) -> Result<Self, Unissued> {
        let vault = Arc::new(Vault::new()?);
        let connection = vault.connect(name_of(plugin), 0);
        let (began, named) = (Instant::now(), Arc::new(Nothing));
        Ok(Self { vault, connection, began, asks: false, named })
    }

    fn now(&self) -> Moment {
        Moment(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl Drop for Elevated {
    fn drop(&mut self) {
        self.vault.close(self.connection);
    }
}

/// A plugin's name as tokens speak of it. Names of plugins are such names, unless they are longer.
#[must_use]
pub fn name_of(plugin: &str) -> Name {
    Name::parse(cut(plugin, aether_token::limits::MAX_NAME))
        .or_else(|_| Name::parse("plugin"))
        .unwrap_or_else(|_| unreachable!("a plain word is a name"))
}

impl Door {
    /// What is asked for, decided on by the policy; by a person where that is silent.
    pub(crate) fn token_request(&mut self, asked: TokenRequest) -> Result<Reply, RpcError> {
        let want = self.wanted(&asked.want)?;
        let uses = asked.uses.unwrap_or(aether_token::limits::USES);
        if !(1..=limits::TOKEN_USES).contains(&uses) {
            let text = format!("a token is used 1 to {} times", limits::TOKEN_USES);
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let elevation = self.rights.0.elevation();
        let decided = elevation.decide(&wish_of(&want));
        let policy_line = elevation.policy_line(&self.rights.0.plugin().name, &wish_of(&want));
        let mut question = Question {
            want,
            uses,
            lifetime: aether_token::limits::LIFETIME,
            reason: cut(&asked.reason, aether_token::limits::MAX_WHY).to_owned(),
            policy_line,
        };
        match decided {
            Decided::Allow { rule, uses: most, lifetime, .. } => {
                question.uses = uses.min(most);
                question.lifetime = lifetime;
                self.issue(question, Issuer::Policy(rule)).map(Reply::Now)
            }
            Decided::Refuse { rule } => {
                Err(self.unelevated(&question, Some(&rule), "the policy refuses it"))
            }
            Decided::Ask if self.services.elevated.asks => {
                self.owed.room_for(WorkKind::Question, 0)?;
                self.note_token("token.ask", Verdict::Noted, &question, None)?;
                Ok(Reply::later(Work::Ask(question.clone()), Rest::Issue(question)))
            }
            Decided::Ask => {
                Err(self.unelevated(&question, None, "no policy allows it and nobody can be asked"))
            }
        }
    }

    /// Gives a token back. That there is none any more is as good.
    pub(crate) fn token_drop(&mut self, asked: &TokenDrop) -> Result<Answer, RpcError> {
        let token = Token::parse(&asked.token.0).map_err(|error| malformed(&error.to_string()))?;
        let elevated = &self.services.elevated;
        let mine = elevated.vault.standing(elevated.connection, elevated.now());
        if mine.iter().any(|standing| standing.id == token.id()) {
            elevated.vault.revoke(token.id());
            self.record("token.drop", Some(&token.fingerprint().to_string()))?;
        }
        Answer::of(&Empty {})
    }

    /// A token that allows less than one that the cell has. Whether that is worth anything shows when
    /// it is used, as with any token.
    pub(crate) fn token_narrow(&mut self, asked: TokenNarrow) -> Result<Answer, RpcError> {
        let mut token =
            Token::parse(&asked.token.0).map_err(|error| malformed(&error.to_string()))?;
        let caveats = self.caveats(asked.caveats)?;
        if caveats.is_empty() {
            let text = "say in `caveats` what the new token allows less";
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        for caveat in caveats {
            token = token.narrow(caveat).map_err(|error| malformed(&error.to_string()))?;
        }
        let fingerprint = token.fingerprint().to_string();
        let event = self.auditor.event(Kind::Token, "token.narrow", Verdict::Noted);
        self.written(&event.object(&fingerprint))?;
        Answer::of(&TokenNarrowed { token: TokenText(token.expose().to_string()) })
    }

    /// Each in the one spelling that it has in a token.
    fn caveats(&self, caveats: Caveats) -> Result<Vec<Caveat>, RpcError> {
        let bad = |error: &dyn fmt::Display| RpcError::new(Code::InvalidParams, error.to_string());
        let Caveats { method, path_prefix, host, max_bytes, before_ms, uses } = caveats;
        let mut out = Vec::new();
        if let Some(method) = method {
            out.push(Caveat::Method(Name::parse(&method).map_err(|error| bad(&error))?));
        }
        if let Some(path) = path_prefix {
            let path = VirtualPath::resolve(&self.services.cwd, &path);
            out.push(Caveat::PathPrefix(path.map_err(|error| bad(&error))?));
        }
        if let Some(host) = host {
            out.push(Caveat::Host(HostName::parse(&host).map_err(|error| bad(&error))?));
        }
        out.extend(max_bytes.map(Caveat::MaxBytes));
        if let Some(ms) = before_ms {
            let now = self.services.elevated.now();
            out.push(Caveat::Before(Moment(now.0.saturating_add(ms))));
        }
        out.extend(uses.map(Caveat::Uses));
        Ok(out)
    }

    /// What a person's answer leads to.
    pub(crate) fn answered(
        &mut self,
        question: Question,
        yes: Result<bool, &'static str>,
    ) -> Result<Answer, RpcError> {
        let why = match yes {
            Ok(true) => return self.issue(question, Issuer::Person),
            Ok(false) => "the person who was asked refused it",
            Err(why) => why,
        };
        Err(self.unelevated(&question, None, why))
    }

    /// The authority for an operation, from the token that was presented with it.
    pub(crate) fn authority(
        &mut self,
        method: &str,
        token: Option<&TokenText>,
        want: &Want,
        act: Act<'_>,
    ) -> Result<Authority, RpcError> {
        let Some(text) = token else { return Err(self.capability_required(want)) };
        let elevated = &self.services.elevated;
        let redeemed = Token::parse(&text.0).map_err(Refusal::from).and_then(|token| {
            let method = name_of(method);
            let asked = Asked { method: &method, act };
            elevated.vault.redeem(elevated.connection, &token, &asked, elevated.now())
        });
        let object = shown(want);
        let authority = match redeemed {
            Ok(authority) => authority,
            Err(refusal) => return Err(self.refuse_token(method, &object, &refusal)),
        };
        let fingerprint = authority.fingerprint().to_string();
        let (by, why) = (by(authority.issued_by()), authority.why().to_owned());
        let mut event = self
            .auditor
            .event(Kind::Token, "token.use", Verdict::Allowed)
            .object(cut(&object, limits::RECORDED_BYTES))
            .rule(&by)
            .detail("method", method)
            .detail("token", &*fingerprint);
        if !why.is_empty() {
            event = event.detail("why", &*why);
        }
        self.written(&event)?;
        self.promise(method, &object);
        Ok(authority)
    }

    /// A request of the cell, as a right over something that is one spelling of it: what is matched
    /// is what is issued.
    fn wanted(&mut self, want: &Want) -> Result<Scope, RpcError> {
        let bad = |error: &dyn fmt::Display| RpcError::new(Code::InvalidParams, error.to_string());
        let named = Arc::clone(&self.services.elevated.named);
        Ok(match want {
            Want::HostWrite { path } => {
                let at = self.find(path, Right::Write, LastLink::Follow)?;
                Scope::HostWrite { below: at.path().clone() }
            }
            Want::Network { host, port } => {
                let host = HostName::parse(host).map_err(|error| bad(&error))?;
                Scope::Network { host, port: *port }
            }
            Want::Command { name } => {
                let name = Name::parse(name).map_err(|error| bad(&error))?;
                if !named.has_command(name.as_str()) {
                    return Err(self.no_such("command", name.as_str()));
                }
                Scope::Command { name }
            }
            Want::Secret { name } => {
                let name = Name::parse(name).map_err(|error| bad(&error))?;
                if !named.has_secret(name.as_str()) {
                    return Err(self.no_such("secret", name.as_str()));
                }
                Scope::Secret { name }
            }
            Want::Time { ms } if *ms > limits::MOST_TIME_MS => {
                return Err(bad(&format_args!("a call has at most {} ms", limits::MOST_TIME_MS)));
            }
            Want::Memory { bytes } if *bytes > limits::MOST_MEMORY => {
                return Err(bad(&format_args!("a cell has at most {} bytes", limits::MOST_MEMORY)));
            }
            Want::Time { ms } => Scope::Time { most_ms: *ms },
            Want::Memory { bytes } => Scope::Memory { most_bytes: *bytes },
        })
    }

    fn issue(&mut self, question: Question, issued_by: Issuer) -> Result<Answer, RpcError> {
        let by = by(&issued_by);
        let terms = Terms {
            lifetime: question.lifetime,
            uses: Some(question.uses),
            ..Terms::new(question.want.clone(), issued_by, question.reason.clone())
        };
        let elevated = &self.services.elevated;
        let token = elevated.vault.issue(elevated.connection, terms, elevated.now());
        let token = token.map_err(|error| match error {
            Unissued::TooMany => RpcError::new(Code::QuotaExceeded, error.to_string()),
            _ => RpcError::new(Code::Internal, error.to_string()),
        })?;
        let fingerprint = token.fingerprint().to_string();
        let noted =
            self.note_token("token.issue", Verdict::Allowed, &question, Some((&by, &fingerprint)));
        if let Err(error) = noted {
            // What is not on record does not exist.
            self.services.elevated.vault.revoke(token.id());
            return Err(error);
        }
        self.note_elevation(&question, by, true);
        Answer::of(&TokenReply {
            token: TokenText(token.expose().to_string()),
            want: want_of(&question.want),
            uses: question.uses,
            expires_ms: millis(question.lifetime),
        })
    }

    /// Writes down that a token was wanted, and what became of that.
    fn note_token(
        &self,
        action: &str,
        verdict: Verdict,
        question: &Question,
        issued: Option<(&str, &str)>,
    ) -> Result<(), RpcError> {
        let object = question.want.to_string();
        let mut event = self
            .auditor
            .event(Kind::Token, action, verdict)
            .object(cut(&object, limits::RECORDED_BYTES))
            .detail("uses", question.uses)
            .detail("lifetime_ms", millis(question.lifetime));
        if let Some((by, fingerprint)) = issued {
            event = event.rule(by).detail("token", fingerprint);
        }
        if !question.reason.is_empty() {
            event = event.detail("why", &*question.reason);
        }
        self.written(&event)
    }

    /// Keeps what became of a wish, and tells it.
    fn note_elevation(&mut self, question: &Question, by: String, issued: bool) {
        let elevation = Elevation {
            want: question.want.to_string(),
            issued,
            by,
            why: question.reason.clone(),
            uses: question.uses,
            lifetime_ms: millis(question.lifetime),
            at_ms: self.ledger.now_ms(),
        };
        self.ledger.elevated(elevation.clone());
        self.events.push_back(Event::Elevated(elevation));
    }

    fn unelevated(&mut self, question: &Question, rule: Option<&str>, why: &str) -> RpcError {
        let object = question.want.to_string();
        let message = format!("{object} is not granted: {why}");
        let mut event = self
            .auditor
            .event(Kind::Token, "token.refuse", Verdict::Denied)
            .object(cut(&object, limits::RECORDED_BYTES))
            .detail("because", why);
        if let Some(rule) = rule {
            event = event.rule(rule);
        }
        if !question.reason.is_empty() {
            event = event.detail("why", &*question.reason);
        }
        // It is refused whether or not this can be written.
        drop(self.auditor.write(&event));
        let by = rule.unwrap_or(why).to_owned();
        self.note_elevation(question, by, false);
        self.count_denied(Denied {
            policy_line: Some(question.policy_line.clone()),
            ..Denied::of(permission_of(&question.want), object.clone(), message.clone())
        });
        RpcError::new(Code::PermissionDenied, message)
            .with("permission", permission_of(&question.want))
            .with("resource", object)
            .with("plugin", self.auditor.plugin())
            .with("policy", question.policy_line.clone())
    }

    /// The host's owner has named none of that name. It is on record: whoever guesses names is seen.
    fn no_such(&self, what: &str, name: &str) -> RpcError {
        let text = format!("the policy names no {what} `{name}`");
        let event = self.auditor.event(Kind::Token, "token.refuse", Verdict::Denied);
        let object = format!("{what} {name}");
        // It is refused whether or not this can be written.
        drop(self.auditor.write(&event.object(&object).detail("because", &*text)));
        RpcError::new(Code::PermissionDenied, text)
            .with("permission", format!("elevation.{what}"))
            .with("resource", name)
    }

    fn refuse_token(&mut self, method: &str, object: &str, refusal: &Refusal) -> RpcError {
        self.refuse_use(method, object, &refusal.to_string())
    }

    /// A token does not allow what was asked for.
    pub(crate) fn refuse_use(&mut self, method: &str, object: &str, why: &str) -> RpcError {
        let number = self.ledger.totals.denials + 1;
        if limits::is_recorded(number) {
            let event = self
                .auditor
                .event(Kind::Token, "token.use", Verdict::Denied)
                .object(cut(object, limits::RECORDED_BYTES))
                .detail("method", method)
                .detail("because", why);
            // It is refused whether or not this can be written.
            drop(self.auditor.write(&event));
        }
        let message = format!("{object} is refused: {why}");
        self.count_denied(Denied::of(
            Denied::TOKEN,
            cut(object, limits::RECORDED_BYTES),
            message.clone(),
        ));
        RpcError::new(Code::PermissionDenied, message)
            .with("permission", Denied::TOKEN)
            .with("resource", object)
    }

    /// The operation needs a token: what is to be asked for.
    pub(crate) fn capability_required(&self, want: &Want) -> RpcError {
        let text = format!("{} needs a token: ask for one with `token.request`", shown(want));
        let request = serde_json::to_value(want).unwrap_or_default();
        RpcError::new(Code::CapabilityRequired, text).with("request", request)
    }
}

fn malformed(why: &str) -> RpcError {
    RpcError::new(Code::InvalidParams, format!("not a token: {why}"))
}

/// Who said yes, for the record.
pub(crate) fn by(issuer: &Issuer) -> String {
    match issuer {
        Issuer::Policy(rule) => rule.clone(),
        Issuer::Person => "a person".to_owned(),
    }
}

/// The permission's name in refusals.
fn permission_of(scope: &Scope) -> String {
    format!("elevation.{}", scope.right())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A want for people: as its scope is written.
fn shown(want: &Want) -> String {
    match want {
        Want::HostWrite { path } => format!("host-write below {path}"),
        Want::Network { host, port } => format!("network to {host}:{port}"),
        Want::Command { name } => format!("command {name}"),
        Want::Secret { name } => format!("secret {name}"),
        Want::Time { ms } => format!("time up to {ms} ms"),
        Want::Memory { bytes } => format!("memory up to {bytes} bytes"),
    }
}

fn want_of(scope: &Scope) -> Want {
    match scope {
        Scope::HostWrite { below } => Want::HostWrite { path: below.as_str().to_owned() },
        Scope::Network { host, port } => {
            Want::Network { host: host.as_str().to_owned(), port: *port }
        }
        Scope::Command { name } => Want::Command { name: name.as_str().to_owned() },
        Scope::Secret { name } => Want::Secret { name: name.as_str().to_owned() },
        Scope::Time { most_ms } => Want::Time { ms: *most_ms },
        Scope::Memory { most_bytes } => Want::Memory { bytes: *most_bytes },
    }
}

fn wish_of(scope: &Scope) -> Wish<'_> {
    match scope {
        Scope::HostWrite { below } => Wish::HostWrite { path: below },
        Scope::Network { host, port } => Wish::Network { host: host.as_str(), port: *port },
        Scope::Command { name } => Wish::Command { name: name.as_str() },
        Scope::Secret { name } => Wish::Secret { name: name.as_str() },
        Scope::Time { most_ms } => Wish::Time { ms: *most_ms },
        Scope::Memory { most_bytes } => Wish::Memory { bytes: *most_bytes },
    }
}

/// The file that an authority to write is for.
pub(crate) fn file_of(authority: &Authority) -> Option<&VirtualPath> {
    match authority.allowed() {
        aether_token::Allowed::HostWrite { path, .. } => Some(path),
        _ => None,
    }
}
