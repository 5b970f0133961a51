//! Operations beyond the grant: tokens, and what is done with them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::payload::Payload;

/// What a token is wanted for: a right, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "right", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Want {
    /// Writing a file of the host at once, past the overlay.
    HostWrite {
        /// The file, or the folder below which files are.
        path: String,
    },
    /// Reaching a host that the grant does not name.
    Network {
        /// The host, in small letters.
        host: String,
        /// The port.
        #[serde(default = "https")]
        port: u16,
    },
    /// Running a command that the host's owner has named.
    Command {
        /// Its name.
        name: String,
    },
    /// Reading a secret that the host's owner has named.
    Secret {
        /// Its name.
        name: String,
    },
    /// More time for one call.
    Time {
        /// Milliseconds.
        ms: u64,
    },
    /// More memory for one call.
    Memory {
        /// Bytes, all together.
        bytes: u64,
    },
}

const fn https() -> u16 {
    443
}

/// The text of a token. Not shown: whoever has it has the right.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TokenText(pub String);

impl fmt::Debug for TokenText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenText")
    }
}

/// Asks for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What for.
    pub want: Want,
    /// How often it is to be used; once when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// Why, for the person who is asked and for the audit log.
    #[serde(default)]
    pub reason: String,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenReply {
    /// The token: good on this connection.
    pub token: TokenText,
    /// What it is for, as the host understood it.
    pub want: Want,
    /// How often it can be used.
    pub uses: u32,
    /// Milliseconds from now on after which it is worth nothing.
    pub expires_ms: u64,
}

/// Gives a token back.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenDrop {
    /// The token.
    pub token: TokenText,
}

/// Makes a token that allows less, of one that is there. Nobody is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenNarrow {
    /// The token.
    pub token: TokenText,
    /// What holds for the new one beside all that holds for the old one.
    pub caveats: Caveats,
}

/// What a token is narrowed to; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caveats {
    /// Only by this method, such as `fs.write`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only this file, or what is below this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// Only this host, in small letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Only so many bytes at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// Only for so many milliseconds from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_ms: Option<u64>,
    /// Only so often. The uses of the new token are uses of the old one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// A token that was made of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenNarrowed {
    /// The token: good on this connection.
    pub token: TokenText,
}

/// Runs a command that the host's owner has named.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandRun {
    /// Its name.
    pub name: String,
    /// What it reads from its standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Payload>,
    /// A token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
}

/// How a command ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandDone {
    /// The code that it returned, or 128 and the number of the signal that ended it.
    pub code: i32,
    /// What it printed on standard output.
    pub output: Payload,
    /// What it printed on standard error.
    pub errors: Payload,
}

/// Reads a secret.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretGet {
    /// Its name.
    pub name: String,
    /// A token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
}

/// A secret.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretValue {
    /// Its value.
    pub value: String,
}

/// Without the secret.
impl fmt::Debug for SecretValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SecretValue").finish_non_exhaustive()
    }
}

/// Takes more time for a call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeExtend {
    /// The identifier of the call's request; the only open call when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
    /// Milliseconds more.
    pub ms: u64,
    /// A token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
}

/// Takes more memory, until the calls that are open now have ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryExtend {
    /// Bytes, all together.
    pub bytes: u64,
    /// A token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
}

/// The memory that the cell has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryNow {
    /// Bytes of engine heap that the cell may arm by itself.
    pub heap: u64,
}

/// The host gives a call more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extend {
    /// The identifier of the call's request.
    pub call: u64,
    /// Milliseconds more.
    pub ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_are_read_strictly() {
        let read = |text: &str| serde_json::from_str::<TokenRequest>(text);
        let request = read(r#"{"want":{"right":"network","host":"a.example"}}"#).unwrap();
        assert_eq!(request.want, Want::Network { host: "a.example".to_owned(), port: 443 });
        for bad in [
            r#"{"want":{"right":"network"}}"#,
            r#"{"want":{"right":"all"}}"#,
            r#"{"want":{"right":"time","ms":-1}}"#,
            r#"{"want":{"right":"secret","name":"a","host":"b"}}"#,
            r#"{"want":{"right":"secret","name":"a","name":"b"}}"#,
            r#"{"want":{"right":"secret","right":"time","name":"a"}}"#,
            r#"{"want":{"right":"secret","name":"a"},"more":1}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tokens_and_secrets_are_not_shown() {
        let want = Want::Secret { name: "key".to_owned() };
        let token = TokenText("aec1.hidden".to_owned());
        let reply = TokenReply { token, want, uses: 1, expires_ms: 1 };
        let secret = SecretValue { value: "hidden".to_owned() };
        assert!(!format!("{reply:?}{secret:?}").contains("hidden"));
    }
}
