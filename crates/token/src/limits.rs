//! The limits of tokens. Each says which attack it answers.

use std::time::Duration;

/// How long a token lives when nothing else is said. What is left lying about in a plugin's memory
/// is soon worth nothing.
pub const LIFETIME: Duration = Duration::from_secs(60);

/// How often a token can be used when nothing else is said: what was agreed to once happens once.
pub const USES: u32 = 1;

/// Longest life of a token (1 h). A right without an end is a grant, and grants are the policy's.
pub const MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Longest text of a token, in bytes. It is checked before anything is looked at: a megabyte that
/// begins like a token must cost nothing.
pub const MAX_TOKEN: usize = 4096;

/// Most caveats of a token. Each costs an HMAC when it is verified: stops a short message from
/// buying a long computation.
pub const MAX_CAVEATS: usize = 16;

/// Longest name of a method, plugin, command or secret, in bytes. Names go into logs and tables.
pub const MAX_NAME: usize = 128;

/// Longest host, in bytes: the longest name that DNS has.
pub const MAX_HOST: usize = 253;

/// Longest reason of a token, in bytes; longer ones are cut. It may quote a plugin, and is kept for
/// as long as the token is.
pub const MAX_WHY: usize = 512;

/// Most tokens of one connection. Stops a plugin that asks for elevated operations without end from
/// filling the host's memory; dead tokens make room.
pub const MAX_TOKENS: usize = 256;

/// Most tokens above one another by derivation. Every use asks all of them.
pub const MAX_ANCESTORS: usize = 8;

/// Most narrowed forms with a `uses` caveat whose uses are counted, per token. Whoever holds a token
/// can make such forms without end, and each counter is the host's memory.
pub const MAX_COUNTED: usize = 64;
