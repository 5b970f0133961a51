//! What a cell did, as the host tells it.

/// One thing that a cell did or tried at the gateway. The host feeds them in as they happen, after
/// the gateway has decided: an act here is a report, never a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It was ended for something that no honest plugin does.
    Violation {
        /// Of which kind.
        offence: Offence,
        /// What it did.
        what: String,
    },
    /// It broke the protocol.
    Strike {
        /// How.
        what: String,
    },
    /// It met one of its limits.
    Limit {
        /// Which.
        which: String,
    },
    /// It asked for what its grant does not cover.
    Denied {
        /// The permission that is missing.
        permission: String,
        /// What it asked for: a path, a host, a variable.
        object: String,
        /// Whether people keep secrets there.
        sensitive: bool,
    },
    /// It was allowed to read something.
    Read {
        /// What.
        place: String,
        /// Whether it is a secret, or stands in a place where people keep secrets.
        sensitive: bool,
    },
    /// It was allowed to send a request outside.
    Egress {
        /// Where to.
        host: String,
    },
    /// It was allowed to give something away within the host.
    Told {
        /// To whom: a plugin, a topic, a key of its store. May be empty.
        to: String,
        /// In which way.
        how: Leaving,
    },
    /// The host found a honey token in what it sent.
    Token {
        /// Which, by its name: never the token itself.
        name: String,
    },
    /// It was allowed something else, or made a system call.
    Call {
        /// The method, or the system call's name.
        method: String,
        /// What it is about, e.g. a path. May be empty.
        argument: String,
    },
}

/// For what kind of offence a cell was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It tried to get out, and the container or the kernel stopped it.
    Escape,
    /// It did not keep to the protocol.
    Protocol,
    /// It worked where it was to rest.
    Restless,
}

/// In which way something leaves a cell without a request to another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// As the input of a call of another plugin.
    Call,
    /// As an event, for whoever listens.
    Event,
    /// As a blob, for another plugin.
    Blob,
    /// Into its own store, for a later run.
    Store,
}

impl Leaving {
    /// What it is in the behaviour model.
    const fn method(self) -> &'static str {
        match self {
            Self::Call => "told",
            Self::Event => "events.emit",
            Self::Blob => "blob.send",
            Self::Store => "kv.set",
        }
    }
}

impl Act {
    /// The text in it that the cell chose, which may name a honey path.
    pub(crate) fn object(&self) -> &str {
        match self {
            Self::Denied { object, .. } => object,
            Self::Read { place, .. } => place,
            Self::Egress { host } => host,
            Self::Told { to, .. } => to,
            Self::Call { argument, .. } => argument,
            Self::Violation { what, .. } | Self::Strike { what } => what,
            Self::Limit { .. } | Self::Token { .. } => "",
        }
    }

    /// What kind of act it is, and on what, as the behaviour model sees it.
    #[must_use]
    pub fn class(&self) -> Option<String> {
        match self {
            Self::Denied { permission, object, .. } => {
                Some(crate::class(&format!("denied {permission}"), object))
            }
            Self::Read { place, .. } => Some(crate::class("read", place)),
            Self::Egress { host } => Some(crate::class("egress", host)),
            Self::Told { to, how } => Some(crate::class(how.method(), to)),
            Self::Call { method, argument } => Some(crate::class(method, argument)),
            Self::Violation { .. }
            | Self::Strike { .. }
            | Self::Limit { .. }
            | Self::Token { .. } => None,
        }
    }
}
