//! What modules are made of, the same for every engine: names resolved, files read, and what is said
//! of those that cannot be had.

use aether_protocol::{Code, limits};
use serde_json::json;

use crate::host::Host;
use crate::requests;
use crate::specifier::{self, Refused, Target};
use crate::value::{Raise, Ret};

/// Longest source line shown with a syntax error, in bytes.
const LINE_BYTES: usize = 200;

/// Why there is no text of a file.
#[derive(Debug)]
pub(super) enum Unread {
    /// The bundle has no such file.
    Refused(Refused),
    /// It is no text that could be run: a message.
    Unreadable(String),
    /// The host did not answer.
    Raised(Raise),
}

/// What `specifier`, found in the module `base`, names, imported with these attributes, or however it
/// was.
///
/// # Errors
/// [`Refused`] with the reason.
pub(super) fn resolve(
    host: &Host,
    base: &str,
    specifier: &str,
    attributes: Option<&[(String, String)]>,
) -> Result<Target, Refused> {
    let target = specifier::resolve(base, specifier, &host.hello.compat)?;
    if let Some(attributes) = attributes {
        specifier::check_attributes(&target, attributes)?;
    }
    Ok(target)
}

/// The text of a file of the bundle that the module `referrer` imports.
///
/// # Errors
/// [`Unread`].
pub(super) fn read(host: &Host, path: &str, referrer: &str) -> Result<String, Unread> {
    let answer = requests::bundle_read(path).and_then(|request| host.request_and_wait(request));
    let bytes = match answer {
        Ok(Ret::Bytes(bytes)) => bytes,
        Ok(_) => return Err(Unread::Raised(Raise::wrong("the host sent no bytes"))),
        Err(Raise::Host(error)) if matches!(error.code, Code::Io | Code::PermissionDenied) => {
            return Err(Unread::Refused(specifier::missing(path, referrer)));
        }
        Err(raise) => return Err(Unread::Raised(raise)),
    };
    let text = String::from_utf8(bytes).map_err(|_| unreadable(path, "is not UTF-8"))?;
    if text.contains('\0') {
        return Err(unreadable(path, "contains a NUL character"));
    }
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

fn unreadable(path: &str, why: &str) -> Unread {
    Unread::Unreadable(format!("`{path}` {why}"))
}

/// What is said of a file that does not parse as JSON.
pub(super) fn not_json(path: &str, why: &str) -> String {
    format!("`{path}` is not JSON: {why}")
}

/// What is said of a name that a module does not export; in QuickJS's words, which says so itself.
#[cfg(feature = "v8")]
pub(super) fn no_export(name: &str, module: &str) -> String {
    format!("Could not find export '{name}' in module '{module}'")
}

/// What the host is told of a module that cannot be had, as JSON text.
pub(super) fn refusal_facts(refused: &Refused, specifier: &str, referrer: &str) -> String {
    json!({
        "code": refused.code,
        "specifier": specifier,
        "referrer": referrer,
        "alternative": refused.alternative,
    })
    .to_string()
}

/// What the host is told of a file that does not parse, as JSON text: where, and the line.
pub(super) fn syntax_facts(path: &str, source: &str, line: u32, column: u32) -> String {
    let text = source.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let text = limits::cut(text, LINE_BYTES);
    json!({ "file": path, "line": line, "column": column, "source": text }).to_string()
}
