//! Why something was refused or failed, and what would allow it.

use std::borrow::Cow;
use std::path::Path;

use aether::manifest::Asking;
use aether::policy::grant::{Refusal, Refused};
use aether::source::printable;
use aether::{CallError, LaunchError, PluginError, SourcePlace, StartError};

use crate::show::diagnostics;
use crate::show::terminal::{Ink, Terminal};

/// Every reason against a start, and the lines that would lift them.
pub(crate) fn show_refused(terminal: &Terminal, refused: &[Refused]) {
    show_reasons(terminal, refused);
    show_policy(terminal, refused);
}

/// Every reason against a start; what stands against two steps with the same plugin only once.
pub(crate) fn show_reasons(terminal: &Terminal, refused: &[Refused]) {
    let mut told: Vec<&Refusal> = Vec::new();
    for refusal in refused.iter().flat_map(|one| &one.refusals) {
        if told.contains(&refusal) {
            continue;
        }
        told.push(refusal);
        let problem = refusal.to_diagnostic();
        terminal.say(diagnostics::render(&problem, terminal.colour, terminal.width));
    }
}

/// The lines that would lift every reason that a policy can lift: one text for all plugins, so
/// that it can be saved as it is.
pub(crate) fn show_policy(terminal: &Terminal, refused: &[Refused]) {
    let policy = joined(refused.iter().filter_map(|one| one.policy.as_deref()));
    if policy.is_empty() {
        return;
    }
    let file = refused.iter().find_map(|one| one.policy_file.as_deref());
    let title = match file {
        Some(file) => format!(
            "With these lines, in place of what it has for the same names, {} would allow it:",
            printable(file)
        ),
        None => {
            "Saved as aether-policy.yaml and named with --policy, this would allow it:".to_owned()
        }
    };
    terminal.say(terminal.ink(Ink::Bold, title));
    terminal.say("");
    for line in policy {
        terminal.say(format_args!("    {}", printable(&line)));
    }
    terminal.say("");
}

/// The lines of several policies, with what stands below the same key put together, and of each
/// limit for all plugins the highest.
fn joined<'a>(policies: impl Iterator<Item = &'a str>) -> Vec<Cow<'a, str>> {
    let mut limits: Vec<&str> = Vec::new();
    let mut sections: Vec<(&str, Vec<Vec<&str>>)> = Vec::new();
    for policy in policies {
        let mut lines = policy.lines().peekable();
        while let Some(head) = lines.next() {
            if head.starts_with(LIMITS) {
                limits.push(head);
                continue;
            }
            let mut body = Vec::new();
            while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                body.push(line);
            }
            match sections.iter_mut().find(|(known, _)| *known == head) {
                Some((_, bodies)) if bodies.contains(&body) => {}
                Some((_, bodies)) => bodies.push(body),
                None => sections.push((head, vec![body])),
            }
        }
    }
    let whole = |(head, bodies): (&'a str, Vec<Vec<&'a str>>)| {
        std::iter::once(head).chain(bodies.into_iter().flatten())
    };
    let sections = sections.into_iter().flat_map(whole).map(Cow::Borrowed);
    highest(&limits).map(Cow::Owned).into_iter().chain(sections).collect()
}

/// How a policy's line of limits for all plugins begins.
const LIMITS: &str = "limits: {";

/// One line of several that say `limits: { memory: 1GB }`, each perhaps with a comment behind it.
fn highest(lines: &[&str]) -> Option<String> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    let mut comment = "";
    for line in lines {
        let (inner, behind) = line.strip_prefix(LIMITS)?.split_once('}')?;
        comment = behind;
        for (limit, value) in inner.split(',').filter_map(|one| one.trim().split_once(": ")) {
            match all.iter_mut().find(|(known, _)| *known == limit) {
                Some((_, known)) if amount(limit, known) >= amount(limit, value) => {}
                Some((_, known)) => *known = value,
                None => all.push((limit, value)),
            }
        }
    }
    let all: Vec<String> = all.iter().map(|(limit, value)| format!("{limit}: {value}")).collect();
    (!all.is_empty()).then(|| format!("{LIMITS} {} }}{comment}", all.join(", ")))
}

/// How much a limit is, to be compared with another of its kind.
fn amount(limit: &str, value: &str) -> f64 {
    let amount = match limit {
        "timeout" => aether::manifest::parse_duration(value).ok().map(|time| time.as_secs_f64()),
        "memory" | "disk" => aether::manifest::parse_size(value).ok().map(|size| size as f64),
        _ => value.parse().ok(),
    };
    amount.unwrap_or_default()
}

/// Whose code failed: the step, and the folder in which its files are.
#[derive(Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) step: Option<&'a str>,
    pub(crate) folder: &'a Path,
}

/// Why a plugin did not start or its call failed.
pub(crate) fn show_start(terminal: &Terminal, error: &StartError, who: Option<Who<'_>>) {
    match error {
        StartError::Refused(refused) => show_refused(terminal, std::slice::from_ref(refused)),
        StartError::Load(CallError::Plugin(error)) => show_plugin_error(terminal, who, error),
        StartError::Container(error) => {
            terminal.error(error, Some(&container_help(error)));
        }
        StartError::Native { place: Some(problem), .. } => {
            terminal.say(diagnostics::render(problem, terminal.colour, terminal.width));
        }
        StartError::Native { error, place: None } => {
            terminal.error(error, error.help(Asking::Manifest).as_deref());
        }
        StartError::Network(error) => terminal.error(error, error.help().as_deref()),
        StartError::Unfit(problems) => diagnostics::show_all(terminal, problems),
        other => match who.and_then(|who| who.step) {
            Some(step) => terminal.error(format_args!("step `{step}`: {other}"), None),
            None => terminal.error(other, None),
        },
    }
}

/// What to do about a container that cannot be had.
fn container_help(error: &LaunchError) -> String {
    const DOCTOR: &str = "`aether doctor` says what this machine can enforce";
    match error {
        LaunchError::Protection { protection, .. } => {
            let named = protection.follows().unwrap_or(*protection);
            format!(
                "{DOCTOR}; `--allow-degraded {named}` starts without it, where that can be done"
            )
        }
        LaunchError::Rootless { .. } => {
            format!("{DOCTOR}, and how; without that, take it out of what is granted")
        }
        _ => DOCTOR.to_owned(),
    }
}

/// A plugin's own error. All of it is the plugin's text.
pub(crate) fn show_plugin_error(terminal: &Terminal, whose: Option<Who<'_>>, error: &PluginError) {
    let step = whose.and_then(|who| who.step);
    let who =
        step.map_or_else(|| "the plugin failed".to_owned(), |step| format!("step `{step}` failed"));
    let near = near_method(error);
    let help = near.map(|near| format!("did you mean `{near}`?"));
    match step {
        // Not the plugin's failure: what was typed is not there.
        None if error.is_no_method() => terminal.error(&error.message, help.as_deref()),
        _ => terminal.error(format_args!("{who}: {}", sentence_of(error)), help.as_deref()),
    }
    if let Some(place) = &error.place {
        let file = whose.map_or_else(
            || place.file.clone(),
            |who| aether::shown_path(&who.folder.join(&place.file)),
        );
        terminal.say(format_args!("  --> {}:{}:{}", printable(&file), place.line, place.column));
        show_source_line(terminal, place);
    }
    let stack = error.stack.iter().filter(|_| error.place.is_none());
    for line in stack.flat_map(|stack| stack.lines()).take(12) {
        terminal.say(terminal.ink(Ink::Dim, format_args!("    {}", printable(line.trim()))));
    }
    if let Some(fix) = &error.fix {
        terminal.say(format_args!(
            "{} to allow it, the manifest must ask for it:",
            terminal.ink(Ink::Dim, " help:")
        ));
        terminal.say(format_args!("    {}", printable(fix)));
    }
}

/// What a plugin says of its failure, in one sentence, escaped.
pub(crate) fn sentence_of(error: &PluginError) -> String {
    let text = printable(&error.message);
    // The message of an exception begins with its name already.
    let name = error.name.as_deref().map(printable).filter(|name| !text.starts_with(name.as_ref()));
    let name = name.map_or_else(String::new, |name| format!("{name}: "));
    let code =
        error.code.as_deref().map_or_else(String::new, |code| format!(" [{}]", printable(code)));
    format!("{name}{text}{code}")
}

/// The method that was perhaps meant: the error names what was called, and what there is.
fn near_method(error: &PluginError) -> Option<&str> {
    let mut names = error.message.split('`').skip(1).step_by(2);
    let wanted = names.next().filter(|_| error.is_no_method())?;
    aether::source::did_you_mean(wanted, names)
}

/// The line at fault with a mark below the column. Untrusted: escaped, so a column that lies
/// behind something escaped is marked only roughly.
fn show_source_line(terminal: &Terminal, place: &SourcePlace) {
    if place.text.is_empty() {
        return;
    }
    let number = place.line.to_string();
    let gap = " ".repeat(number.len());
    let before: String = place.text.chars().take(place.column.saturating_sub(1) as usize).collect();
    let indent = " ".repeat(printable(&before.replace('\t', " ")).chars().count());
    terminal.say(format_args!("{gap} |"));
    terminal.say(format_args!("{number} | {}", printable(&place.text.replace('\t', " "))));
    terminal.say(format_args!("{gap} | {indent}{}", terminal.ink(Ink::Red, "^")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_several_plugins_become_one() {
        let check = |policies: &[&str], expect: &str| {
            assert_eq!(joined(policies.iter().copied()).join("\n"), expect);
        };
        let (a, b) = ("version: 1\nplugins:\n  a:\n    allow: x\n", "version: 1\nplugins:\n  b:\n");
        check(&[a], a.trim_end());
        check(&[a, b, a], "version: 1\nplugins:\n  a:\n    allow: x\n  b:");
        check(&["limits: { cpu: 2.0 }\n", b], "limits: { cpu: 2.0 }\nversion: 1\nplugins:\n  b:");
        // A key may stand in a file once, and the highest ceiling is enough for both.
        check(
            &[
                "limits: { memory: 512MB, cpu: 10 }    # of all\n",
                b,
                "limits: { memory: 1GB, cpu: 9.5, timeout: 2m }    # of all\n",
                "limits: { timeout: 90s }    # of all\n",
            ],
            "limits: { memory: 1GB, cpu: 10, timeout: 2m }    # of all\nversion: 1\nplugins:\n  b:",
        );
        check(&[], "");
    }
}
