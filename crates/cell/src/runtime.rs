//! The JavaScript runtime's sources, by the names that the runtime itself uses.
//!
//! Each script is an expression: a function `(native, P, need)` which returns what the script
//! offers. (`0, function`, not `(function`: QuickJS reads whatever stands in parentheses twice,
//! looking for `=>`.) `native` are the operations of [`ops`](crate::ops), `P` the primordials: intrinsics
//! captured before any plugin code ran. Code that runs after plugin code uses nothing that a
//! plugin can replace: no method call on a built-in object, no `for…of`, no array spread or
//! destructuring, no property of a plain object that a setter on `Object.prototype` could catch.
//! Engine-neutral: nothing beyond ECMAScript and `native` is assumed.

macro_rules! scripts {
    ($($name:literal => $path:literal,)*) => {
        /// Name and source of every script.
        const SCRIPTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("runtime/", $path)))),*];
    };
}

scripts! {
    "primordials" => "primordials.js",
    "start" => "start.js",
    "fill" => "fill.js",
    "errors" => "errors.js",
    "lists" => "lists.js",
    "options" => "options.js",
    "require" => "require.js",
    "stream" => "stream.js",
    "tokens" => "tokens.js",
    "topics" => "topics.js",
    "body" => "web/body.js",
    "clone" => "web/clone.js",
    "console" => "web/console.js",
    "crypto" => "web/crypto.js",
    "encoding" => "web/encoding.js",
    "events" => "web/events.js",
    "fetch" => "web/fetch.js",
    "headers" => "web/headers.js",
    "inspect" => "web/inspect.js",
    "performance" => "web/performance.js",
    "streams" => "web/streams.js",
    "table" => "web/table.js",
    "url" => "web/url.js",
    "aether:blob" => "aether/blob.js",
    "aether:command" => "aether/command.js",
    "aether:env" => "aether/env.js",
    "aether:errors" => "aether/errors.js",
    "aether:events" => "aether/events.js",
    "aether:fs" => "aether/fs.js",
    "aether:http" => "aether/http.js",
    "aether:kv" => "aether/kv.js",
    "aether:log" => "aether/log.js",
    "aether:plugins" => "aether/plugins.js",
    "aether:secret" => "aether/secret.js",
    "aether:time" => "aether/time.js",
    "aether:token" => "aether/token.js",
    "buffers" => "node/buffers.js",
    "bytes" => "node/bytes.js",
    "deep_equal" => "node/deep_equal.js",
    "numbers" => "node/numbers.js",
    "open_files" => "node/open_files.js",
    "percent" => "node/percent.js",
    "node:assert" => "node/assert.js",
    "node:assert/strict" => "node/assert_strict.js",
    "node:buffer" => "node/buffer.js",
    "node:events" => "node/events.js",
    "node:fs" => "node/fs.js",
    "node:fs/promises" => "node/fs_promises.js",
    "node:path" => "node/path.js",
    "node:path/posix" => "node/path_posix.js",
    "node:querystring" => "node/querystring.js",
    "node:string_decoder" => "node/string_decoder.js",
    "node:timers" => "node/timers.js",
    "node:timers/promises" => "node/timers_promises.js",
    "node:url" => "node/url.js",
    "node:util" => "node/util.js",
    "node:util/types" => "node/util_types.js",
}

/// The source of a script.
pub(crate) fn script(name: &str) -> Option<&'static str> {
    SCRIPTS.iter().find(|(known, _)| *known == name).map(|(_, source)| *source)
}

/// A number for these scripts: the FNV-1a hash of their names and sources. Known when this is compiled, since
/// every cell wants it.
#[cfg(feature = "v8")]
pub(crate) const NUMBER: u64 = number(SCRIPTS);

#[cfg(feature = "v8")]
#[allow(long_running_const_eval, reason = "the scripts are long, and this is done once")]
const fn number(scripts: &[(&str, &str)]) -> u64 {
    let mut hash = HASH;
    let mut at = 0;
    while at < scripts.len() {
        let (name, source) = (scripts[at].0.as_bytes(), scripts[at].1.as_bytes());
        hash = hashed(hash, name);
        hash = hashed(hash, source);
        at += 1;
    }
    hash
}

/// The hash of nothing.
#[cfg(feature = "v8")]
pub(crate) const HASH: u64 = 0xcbf2_9ce4_8422_2325;

/// A hash with more bytes, and an end to them.
#[cfg(feature = "v8")]
pub(crate) const fn hashed(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at <= bytes.len() {
        let byte = if at < bytes.len() { bytes[at] } else { 0xff };
        hash = (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}
