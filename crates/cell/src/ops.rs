//! The native operations: everything that the JavaScript runtime can do beyond ECMAScript.
//!
//! An engine offers each entry of [`TABLE`] as a function of the object `native`, converting
//! arguments and results as [`Arg`](crate::value::Arg) and [`Ret`] say, and adds three of its own
//! which touch engine values: `script(name)`, the value of a runtime script, and `kind(value)`,
//! `"proxy"`, `"promise"`, `"error"`, `"platform"` for what only the engine itself makes, or
//! `undefined`, and `compile(path)`, the function of a CommonJS file. One that leaves
//! `queueMicrotask` to whoever embeds it has a fourth, `job(function)`, for the script `fill`. No operation is reachable by a plugin except through the runtime, and none has authority: what it asks of the host is checked there.

mod clock;
mod conversation;
mod digest;
mod encoding;
mod modules;
mod stack;
mod url;

use crate::host::Host;
use crate::value::{Args, Raise, Ret};

pub(crate) use conversation::output;
pub(crate) use stack::place as stack_place;

/// One operation.
pub(crate) struct Op {
    /// Its name on `native`.
    pub(crate) name: &'static str,
    /// Arguments and result, for people.
    #[allow(dead_code, reason = "documents the table where it stands")]
    pub(crate) form: &'static str,
    /// Does it.
    pub(crate) run: fn(&Host, &mut Args) -> Result<Ret, Raise>,
}

/// All operations.
pub(crate) const TABLE: &[Op] = &[
    // The conversation with the host.
    op("request", "wait, name, … -> id, or the answer when waiting", conversation::request),
    op("log", "level, text, fields as JSON? -> undefined", conversation::log),
    op("progress", "call, fraction, text -> undefined", conversation::progress),
    op("resolve", "call, result as JSON -> undefined", conversation::resolve),
    op("reject", "call, kind, message, facts as JSON -> undefined", conversation::reject),
    op("attend", "call -> undefined: it listens for its cancellation", conversation::attend),
    op(
        "about",
        "-> {name, version, cwd, compat, mostOpen: requests at a time}",
        conversation::about,
    ),
    // Modules.
    op(
        "requireResolve",
        "file, specifier -> [\"builtin\", \"commonjs\", \"json\" or \"module\", its name or path]",
        modules::require_resolve,
    ),
    op("bundleText", "path, who wants it -> text", modules::bundle_text),
    // Time.
    op("now", "-> milliseconds since 1970", clock::now),
    op("monotonic", "-> milliseconds since the start, in steps of 0.1", clock::monotonic),
    op("timer", "milliseconds, id to use again? -> id", clock::timer),
    op("stopTimer", "id -> undefined", clock::stop_timer),
    // Bytes and text.
    op("utf8", "text -> bytes", encoding::utf8),
    op(
        "decode",
        "encoding, bytes, fatal, more follows -> [text, bytes left over]",
        encoding::decode,
    ),
    op("latin1", "text -> bytes, the low byte of each code unit", encoding::latin1),
    op("latin1Text", "bytes -> text, each byte a code unit", encoding::latin1_text),
    op("utf16", "text -> bytes, little-endian", encoding::utf16),
    op("base64Bytes", "text -> bytes, forgiving as Node is", encoding::base64_bytes),
    op("hexBytes", "text -> bytes up to the first that is not hex", encoding::hex_bytes),
    // Cryptography.
    op("random", "count -> bytes", digest::random),
    op("digest", "algorithm, bytes -> bytes or undefined", digest::digest),
    // URLs.
    op("url", "text, base? -> [parts] or undefined", url::parse),
    op("urlSet", "href, part, text -> [parts] or undefined", url::set),
    op("formDecode", "query -> [name, value, …]", url::form_decode),
    op("formEncode", "text -> text", url::form_encode),
    op("urlHost", "host, to Unicode -> host or undefined", url::host),
    // Errors.
    op("cleanStack", "stack -> the lines in the plugin's own files", stack::clean_op),
];

const fn op(
    name: &'static str,
    form: &'static str,
    run: fn(&Host, &mut Args) -> Result<Ret, Raise>,
) -> Op {
    Op { name, form, run }
}
