//! Calling other plugins, and events.

use aether_audit::{Kind, Verdict};
use aether_manifest::{Permission, TopicPattern, is_topic};
use aether_policy::grant::api_name;
use aether_protocol::limits::cut;
use aether_protocol::v1::{
    CallReply, Empty, EventsEmit, EventsOn, Happened, Level, Log, PluginsCall, failure, method,
};
use aether_protocol::{Code, Payload, RpcError, strict};
use serde_json::{Map, Value};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, Expelled, Reply, bad_payload, is_deeper};
use crate::pending::Pending;
use crate::pool::Attach;
use crate::work::{Rest, Work, WorkKind, held};
use crate::{Denied, Event, Outgoing, limits};

/// Why the host does not make a call that the grant allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncalled {
    /// One word for the record.
    pub because: &'static str,
    /// One sentence, without the end that says what was called.
    pub why: String,
    /// The policy's line that would allow it; none when nothing would.
    pub policy_line: Option<String>,
}

/// Something that happened, as one cell is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// The plugin that tells of it; empty for the host.
    pub from: &'a str,
    /// What there is to say, JSON that has been validated.
    pub data: &'a str,
    /// Events that were dropped since the last.
    pub dropped: u64,
}

impl Door {
    /// Calls a method of another plugin, where the grant names it. Whether that plugin lets itself
    /// be called is asked elsewhere.
    pub(crate) fn plugins_call(
        &mut self,
        asked: PluginsCall,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        if asked.method.len() > limits::METHOD_NAME_BYTES {
            let text = format!("a method's name has at most {} bytes", limits::METHOD_NAME_BYTES);
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let decided = self.rights.0.may_call(&asked.method);
        self.heed(decided)?;
        let Some((plugin, method)) = asked.method.rsplit_once('.') else {
            let text = "name the plugin and the method, as in `geoip.lookup`";
            return Err(RpcError::new(Code::InvalidParams, text));
        };
        let blob = self.claim(&asked.input, blobs)?;
        let text = asked.input.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        if text.len() > limits::CALL_INPUT_BYTES {
            let most = limits::CALL_INPUT_BYTES;
            let text = format!("an input for another plugin has at most {most} bytes: use a blob");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let input = strict::parse(&text).map_err(|error| bad_payload(&error.into()))?;
        self.owed.room_for(WorkKind::Call, held(&input))?;
        self.record("plugins.call", Some(&asked.method))?;
        self.promise("plugins.call", &asked.method);
        let (plugin, method) = (plugin.to_owned(), method.to_owned());
        Ok(Reply::later(Work::Call { plugin, method, input }, Rest::Answer))
    }

    /// The error for a call that the grant allows and the host does not make; written down, counted
    /// and told like any other refusal.
    pub fn refuse_call(&mut self, target: &str, refused: Uncalled) -> RpcError {
        let Uncalled { because, why, policy_line } = refused;
        let (plugin, number) = (self.auditor.plugin().to_owned(), self.ledger.totals.denials + 1);
        if limits::is_recorded(number) {
            let event = self
                .auditor
                .event(Kind::Denied, "plugins", Verdict::Denied)
                .object(cut(target, limits::RECORDED_BYTES))
                .detail("because", because);
            // It is refused whether or not this can be written.
            drop(self.auditor.write(&event));
        }
        let message = format!("calling `{target}` is refused: {why}");
        self.count_denied(Denied {
            policy_line: policy_line.clone(),
            ..Denied::of(
                Permission::Plugins.to_string(),
                cut(target, limits::RECORDED_BYTES),
                message.clone(),
            )
        });
        let error = RpcError::new(Code::PermissionDenied, message)
            .with("permission", api_name(Permission::Plugins))
            .with("resource", target)
            .with("plugin", plugin)
            .with("because", because);
        match policy_line {
            Some(line) => error.with("policy", line),
            None => error,
        }
    }

    /// The other plugin's result, which was validated at its own door. It was not held to what a
    /// line of this cell can carry.
    pub(crate) fn plugin_output(&mut self, output: Value) -> Result<Answer, RpcError> {
        if is_deeper(&output, limits::INPUT_DEPTH) {
            let text = format!("its result nests deeper than {} levels", limits::INPUT_DEPTH);
            return Err(RpcError::new(Code::Plugin, text).with("kind", failure::RESULT));
        }
        let output = output.to_string();
        self.note_handed(output.as_bytes());
        let output = self.carried(Payload::json(output))?;
        Answer::payload(output, |output| CallReply { output })
    }

    /// Tells of something that happened, where the grant names its topic. Who hears of it is not
    /// told.
    pub(crate) fn events_emit(
        &mut self,
        asked: EventsEmit,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        check_topic(&asked.topic)?;
        let decided = self.rights.0.may_emit(&asked.topic);
        self.heed(decided)?;
        let blob = self.claim(&asked.data, blobs)?;
        let text = asked.data.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        let data = read_event(&text)?;
        self.record("events.emit", Some(&asked.topic))?;
        self.events.push_back(Event::Emitted { topic: asked.topic, data });
        Answer::of(&Empty {})
    }

    /// The topics that it listens for and may hear of: some of them may have been taken away.
    pub(crate) fn may_hear(&self) -> Vec<TopicPattern> {
        let may = |pattern: &&TopicPattern| self.rights.0.may_subscribe(pattern).is_ok();
        self.heard.iter().filter(may).cloned().collect()
    }

    /// Begins to listen, where one entry of the grant covers everything that would be heard.
    pub(crate) fn events_on(&mut self, asked: &EventsOn) -> Result<Answer, RpcError> {
        let pattern = pattern_of(&asked.topic)?;
        let decided = self.rights.0.may_subscribe(&pattern);
        self.heed(decided)?;
        let known = self.heard.contains(&pattern);
        if !known && self.heard.len() >= limits::SUBSCRIPTIONS {
            let text = format!("a plugin listens for {} patterns at most", limits::SUBSCRIPTIONS);
            return Err(RpcError::new(Code::QuotaExceeded, text));
        }
        self.record("events.on", Some(&asked.topic))?;
        if !known {
            self.heard.push(pattern);
            self.events.push_back(Event::Listens(self.may_hear()));
        }
        Answer::of(&Empty {})
    }

    /// Ceases to listen. That it did not listen is as good.
    pub(crate) fn events_off(&mut self, asked: &EventsOn) -> Result<Answer, RpcError> {
        let pattern = pattern_of(&asked.topic)?;
        let before = self.heard.len();
        self.heard.retain(|known| *known != pattern);
        if self.heard.len() != before {
            self.record("events.off", Some(&asked.topic))?;
            self.events.push_back(Event::Listens(self.may_hear()));
        }
        Answer::of(&Empty {})
    }

    /// Tells the cell of something that happened; gives the request's identifier. Until that is
    /// answered the cell may ask for things, as during a call.
    ///
    /// # Errors
    /// As [`Door::hello`].
    pub fn event(
        &mut self,
        news: &News<'_>,
        deadline_ms: u64,
    ) -> Result<(u64, Outgoing), RpcError> {
        self.note_handed(news.data.as_bytes());
        let data = self.carried(Payload::json(news.data.to_owned()))?;
        let happened = Happened {
            topic: news.topic.to_owned(),
            from: news.from.to_owned(),
            data: data.payload,
            dropped: news.dropped,
            deadline_ms,
        };
        let (id, mut outgoing) = self.ask(Pending::Event, method::EVENT, &happened)?;
        self.ledger.totals.bytes_out += data.attach.as_ref().map_or(0, Vec::len) as u64;
        outgoing.attach = data.attach.map(Attach::Bytes);
        Ok((id, outgoing))
    }

    /// A plugin has dealt with an event, or failed to; that is its own affair and stands in its log.
    pub(crate) fn heard_event(
        &mut self,
        request: u64,
        outcome: Result<(), RpcError>,
    ) -> Result<(), Expelled> {
        if let Err(error) = &outcome {
            let message = format!("an event could not be dealt with: {}", error.message);
            self.log(Log { level: Level::Error, message, fields: Map::new() }, true)?;
        }
        self.events.push_back(Event::Heard { request, outcome });
        Ok(())
    }
}

/// What an event says, read as strictly as everything else.
///
/// # Errors
/// `InvalidParams` when it is no JSON, too large or too deep.
pub fn read_event(text: &str) -> Result<Value, RpcError> {
    let refuse = |text: String| Err(RpcError::new(Code::InvalidParams, text));
    if text.len() > limits::EVENT_BYTES {
        return refuse(format!("an event has at most {} bytes", limits::EVENT_BYTES));
    }
    let data = strict::parse(text).map_err(|error| bad_payload(&error.into()))?;
    match is_deeper(&data, limits::INPUT_DEPTH) {
        true => refuse(format!("nested deeper than {} levels", limits::INPUT_DEPTH)),
        false => Ok(data),
    }
}

/// Whether a text can be the topic of an event.
///
/// # Errors
/// `InvalidParams`.
pub fn check_topic(topic: &str) -> Result<(), RpcError> {
    match is_topic(topic) {
        true => Ok(()),
        false => {
            let text = "a topic is words of `a-z`, `0-9`, `_` and `-`, joined by `.`, such as \
                        `build.done`";
            Err(RpcError::new(Code::InvalidParams, text))
        }
    }
}

fn pattern_of(text: &str) -> Result<TopicPattern, RpcError> {
    TopicPattern::parse(cut(text, limits::PATH_BYTES))
        .map_err(|error| RpcError::new(Code::InvalidParams, format!("{error}: {}", error.help())))
}
