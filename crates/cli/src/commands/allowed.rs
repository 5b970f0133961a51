//! What of a suggestion the policy lets a plugin ask for.

use aether::learn::{SuggestedLine, Suggestion};
use aether::policy::grant::{Decision, Refusal, RefusalKind, Refused};
use aether::source::Source;
use aether::{Host, Plugin, StartOptions};

use crate::failure::Failure;

/// A manifest with what may be asked for, and what was left out of it.
pub(crate) struct Allowed {
    pub(crate) manifest: String,
    pub(crate) lines: Vec<SuggestedLine>,
    pub(crate) held: Vec<SuggestedLine>,
    /// The policy that refuses what was left out.
    pub(crate) policy: Option<String>,
}

/// Writes a suggestion into the manifest as far as a start with it is not refused.
pub(crate) fn allowed(
    host: &Host,
    plugin: &Plugin,
    manifest: &str,
    mut suggestion: Suggestion,
) -> Result<Allowed, Failure> {
    let name = plugin.manifest().source.name();
    let (mut held, mut by) = (Vec::new(), None);
    loop {
        let patched = suggestion.patch(&Source::new(name, manifest));
        let patched = patched.map_err(|error| Failure::usage(error.to_string()))?;
        let asking = plugin.asking_for(&patched)?;
        let Decision::Refused(refused) = host.decide(&asking, &StartOptions::default()) else {
            let lines = suggestion.lines;
            return Ok(Allowed { manifest: patched, lines, held, policy: by });
        };
        let before = suggestion.lines.len();
        let (refused_lines, mut lines): (Vec<_>, Vec<_>) =
            suggestion.lines.drain(..).partition(|line| is_refused(&refused, line));
        held.extend(refused_lines);
        if lines.len() == before {
            // It is not for one of these lines, but for what there is of them at all.
            held.append(&mut lines);
        }
        suggestion.lines = lines;
        by = refused.policy_file;
        if suggestion.lines.is_empty() {
            let (manifest, lines) = (manifest.to_owned(), Vec::new());
            return Ok(Allowed { manifest, lines, held, policy: by });
        }
    }
}

/// What the policy opens to a plugin in the owner's own network, as written there.
pub(crate) fn opened(host: &Host, plugin: &Plugin) -> Vec<String> {
    let grant = match host.decide(plugin, &StartOptions::default()) {
        Decision::Granted(grant) => *grant,
        Decision::Ask(review) => review.accept(),
        Decision::Refused(_) => return Vec::new(),
    };
    grant.private().map(str::to_owned).collect()
}

fn is_refused(refused: &Refused, line: &SuggestedLine) -> bool {
    refused.refusals.iter().any(|refusal| is_for(refusal, line))
}

/// Whether the place of a refusal is that of the line's entry.
fn is_for(refusal: &Refusal, line: &SuggestedLine) -> bool {
    let is_of = match refusal.kind {
        RefusalKind::NotAllowed(of) | RefusalKind::Sensitive(of) => of == line.permission,
        _ => true,
    };
    let entry = refusal.span.map(|span| refusal.source.slice(span));
    let entry = entry.and_then(|text| serde_json::from_str::<String>(text).ok());
    is_of && entry.is_some_and(|entry| entry == line.entry)
}
