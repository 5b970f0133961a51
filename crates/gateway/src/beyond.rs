//! Operations beyond the grant, each with the token that it needs.

use aether_audit::{Kind, Verdict};
use aether_overlay::LastLink;
use aether_policy::elevation::{Decided, Wish};
use aether_protocol::limits::cut;
use aether_protocol::v1::{
    CommandDone, CommandRun, Empty, FsWrite, MemoryExtend, MemoryNow, SecretGet, SecretValue,
    TimeExtend, Want,
};
use aether_protocol::{Code, Payload, RpcError};
use aether_token::{Act, Allowed, Authority, Issuer, Name};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, Reply, bad_payload};
use crate::elevated::{by, file_of};
use crate::promised::WITHHELD;
use crate::rights::Right;
use crate::work::{Done, Ran, Rest, Work, WorkKind};
use crate::{Event, limits};

/// The host's own mistake.
pub(crate) const MISFIT: &str = "what was done is not what was asked for";

impl Door {
    /// Writes a file of the host at once. The grant must let the plugin write it; the token lets it
    /// past the overlay.
    pub(crate) fn write_through(
        &mut self,
        asked: FsWrite,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        if asked.append {
            let text = "what is written through is the whole file: `append` cannot be joined to it";
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let at = self.find(&asked.path, Right::Write, LastLink::Follow)?;
        let blob = self.claim(&asked.data, blobs)?;
        let bytes = asked.data.into_bytes(blob).map_err(|error| bad_payload(&error))?;
        if asked.exclusive && self.services.overlay.stat(&at).is_ok() {
            return Err(crate::fs::io("EEXIST", format!("{}: already exists", at.path())));
        }
        let want = Want::HostWrite { path: at.path().as_str().to_owned() };
        let act = Act::HostWrite { path: at.path(), bytes: bytes.len() as u64 };
        let authority = self.authority("fs.write", asked.token.as_ref(), &want, act)?;
        if file_of(&authority) != Some(at.path()) {
            return Err(RpcError::new(Code::Internal, "the token is for another file"));
        }
        self.record_by("fs.write-through", at.path().as_str(), &authority)?;
        let written = self.services.overlay.write_through(&at, bytes);
        written.map_err(|error| self.failed(&error))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn secret_get(&mut self, asked: &SecretGet) -> Result<Answer, RpcError> {
        let name = a_name(&asked.name)?;
        let want = Want::Secret { name: asked.name.clone() };
        let act = Act::Secret { name: &name };
        let authority = self.authority("secret.get", asked.token.as_ref(), &want, act)?;
        let Allowed::Secret { name } = authority.allowed() else { return Err(another()) };
        self.record_by("secret.get", name.as_str(), &authority)?;
        let value = self.services.elevated.named.secret(name.as_str());
        let value = value.map_err(|why| {
            let text = format!("the secret `{name}` cannot be read by the host");
            RpcError::new(Code::Io, text).with("code", "EIO").with(WITHHELD, why)
        })?;
        Answer::of(&SecretValue { value })
    }

    pub(crate) fn command_run(
        &mut self,
        asked: CommandRun,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        let input = match asked.input {
            Some(input) => {
                let blob = self.claim(&input, blobs)?;
                input.into_bytes(blob).map_err(|error| bad_payload(&error))?
            }
            None => Vec::new(),
        };
        let name = a_name(&asked.name)?;
        self.owed.room_for(WorkKind::Command, input.len())?;
        let want = Want::Command { name: asked.name };
        let act = Act::Command { name: &name };
        let authority = self.authority("command.run", asked.token.as_ref(), &want, act)?;
        let Allowed::Command { name } = authority.allowed() else { return Err(another()) };
        self.record_by("command.run", name.as_str(), &authority)?;
        Ok(Reply::later(Work::Run { name: name.as_str().to_owned(), input }, Rest::Answer))
    }

    pub(crate) fn time_extend(&mut self, asked: &TimeExtend) -> Result<Answer, RpcError> {
        let call = match asked.call {
            Some(call) => self.open.is_call(call).then_some(call),
            None => self.open.only_call(),
        };
        let Some(call) = call else {
            let text = match asked.call {
                Some(_) => "there is no open call of that `call`",
                None => "name a call by `call`: none is open, or several are",
            };
            return Err(RpcError::new(Code::InvalidParams, text));
        };
        let want = Want::Time { ms: asked.ms };
        let act = Act::Time { ms: asked.ms };
        let authority = self.authority("time.extend", asked.token.as_ref(), &want, act)?;
        let Allowed::Time { ms } = *authority.allowed() else { return Err(another()) };
        self.check_extension(call, ms, &authority)?;
        self.record_by("time.extend", &format!("{ms} ms"), &authority)?;
        self.open.extend(call, ms);
        self.events.push_back(Event::Extend { call, ms });
        Answer::of(&Empty {})
    }

    /// What a policy allows holds for a call as a whole, however many tokens there are. A person who
    /// was asked has decided on each.
    fn check_extension(
        &mut self,
        call: u64,
        ms: u64,
        authority: &Authority,
    ) -> Result<(), RpcError> {
        let all = self.open.extended_by(call, ms);
        let decided = self.rights.0.elevation().decide(&Wish::Time { ms: all });
        let allowed = match authority.issued_by() {
            Issuer::Policy(_) => matches!(decided, Decided::Allow { .. }),
            Issuer::Person => !matches!(decided, Decided::Refuse { .. }),
        };
        if allowed {
            return Ok(());
        }
        let why = format!("with what it has had, the call would have {all} ms more");
        Err(self.refuse_use("time.extend", &format!("time up to {ms} ms"), &why))
    }

    pub(crate) fn memory_extend(&mut self, asked: &MemoryExtend) -> Result<Reply, RpcError> {
        let want = Want::Memory { bytes: asked.bytes };
        let act = Act::Memory { bytes: asked.bytes };
        let authority = self.authority("memory.extend", asked.token.as_ref(), &want, act)?;
        let Allowed::Memory { bytes } = *authority.allowed() else { return Err(another()) };
        self.record_by("memory.extend", &format!("{bytes} bytes"), &authority)?;
        Ok(Reply::later(Work::Memory { bytes }, Rest::Answer))
    }

    /// The answer to a request whose work is done.
    pub(crate) fn concluded(&mut self, rest: Rest, done: Done) -> Result<Answer, RpcError> {
        match (rest, done) {
            (Rest::Credit(call), Done::Failed(error)) => {
                self.open.give_credit(call);
                Err(error)
            }
            (Rest::Stream(stream), done) => self.of_stream(stream, done),
            (_, Done::Failed(error)) => Err(error),
            (Rest::Issue(question), Done::Answered(yes)) => self.answered(question, Ok(yes)),
            (Rest::Issue(question), Done::Unanswered(why)) => self.answered(question, Err(why)),
            (Rest::Answer, Done::Ran(ran)) => self.command_done(ran?),
            (Rest::Answer, Done::Fetched(fetched)) => self.http_reply(fetched?),
            (Rest::Answer, Done::Memory(heap)) => Answer::of(&MemoryNow { heap: heap? }),
            (Rest::Answer, Done::Called(output)) => self.plugin_output(output?),
            (Rest::Credit(call), done) => {
                // Whatever became of it, it is under way no more.
                self.open.give_credit(call);
                match done {
                    Done::Taken(taken) => taken.and_then(|()| Answer::of(&Empty {})),
                    _ => Err(RpcError::new(Code::Internal, MISFIT)),
                }
            }
            _ => Err(RpcError::new(Code::Internal, MISFIT)),
        }
    }

    fn command_done(&self, ran: Ran) -> Result<Answer, RpcError> {
        // Two payloads would need two attachments; the second is cut to what a line holds.
        let mut errors = String::from_utf8_lossy(&ran.errors).into_owned();
        let most = aether_protocol::limits::INLINE_BYTES;
        errors.truncate(cut(&errors, most).len());
        let errors = Payload::text(errors).map_err(|error| bad_payload(&error))?.payload;
        let code = ran.code;
        Answer::payload(self.carried(bytes_or_text(ran.output))?, |output| CommandDone {
            code,
            output,
            errors,
        })
    }

    /// Writes down an operation that a token allowed.
    fn record_by(
        &mut self,
        action: &str,
        object: &str,
        authority: &Authority,
    ) -> Result<(), RpcError> {
        self.promise(action, object);
        let (rule, token) = (by(authority.issued_by()), authority.fingerprint().to_string());
        let event = self
            .auditor
            .event(Kind::HostCall, action, Verdict::Allowed)
            .object(cut(object, limits::RECORDED_BYTES))
            .rule(&rule)
            .detail("token", &*token);
        self.written(&event)
    }
}

pub(crate) fn bytes_or_text(
    bytes: Vec<u8>,
) -> Result<aether_protocol::payload::Outgoing, aether_protocol::PayloadError> {
    match String::from_utf8(bytes) {
        Ok(text) => Payload::text(text),
        Err(error) => Payload::bytes(error.into_bytes()),
    }
}

fn a_name(text: &str) -> Result<Name, RpcError> {
    Name::parse(text).map_err(|error| RpcError::new(Code::InvalidParams, error.to_string()))
}

pub(crate) fn another() -> RpcError {
    RpcError::new(Code::Internal, "the token is for something else")
}
