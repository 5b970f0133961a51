//! Reading `steps`.

use std::collections::HashMap;
use std::time::Duration;

use aether_manifest::{MAX_TIMEOUT, MIN_TIMEOUT, read_duration, read_permissions, show_duration};
use aether_path::VirtualPath;
use aether_source::{Diagnostic, Fields, Item, Severity, Span, quoted};
use serde_json::{Map, Value as Json};

use super::host_path;
use super::names::{NAME_RULE, Scope, is_name};
use crate::expression::Names;
use crate::graph::Needs;
use crate::plan::MAX_STEPS;
use crate::template::{self, Template, refuse_expression, refuse_steps};
use crate::{Mount, Need, Step};

const KEYS: &[&str] = &[
    "id",
    "plugin",
    "method",
    "needs",
    "mounts",
    "with",
    "timeout",
    "permissions",
    "continue-on-error",
];

/// The method that is called when a step names none.
const DEFAULT_METHOD: &str = "run";

/// The steps as far as they could be read; nothing for one with a mistake that leaves no step.
pub(super) struct Found {
    pub(super) steps: Vec<Option<Step>>,
    pub(super) needs: Needs,
}

/// The elements of `steps`, at most [`MAX_STEPS`].
pub(super) fn items<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let Some(mut list) = item.list() else { return Vec::new() };
    if list.is_empty() {
        item.reader().error("no-steps", item.heading(), "a pipeline has at least one step");
    }
    if list.len() > MAX_STEPS {
        let message = format!("{} steps are too many: at most {MAX_STEPS}", list.len());
        item.reader().error("too-many-entries", item.heading(), message);
        list.truncate(MAX_STEPS);
    }
    list
}

/// Reads all steps.
pub(super) fn read(items: &[Item<'_>], scope: &Scope) -> Found {
    let mut found = Found { steps: Vec::new(), needs: Vec::new() };
    let mut ids: HashMap<&str, Span> = HashMap::new();
    for item in items {
        let mut needs = Vec::new();
        let step = item.fields(KEYS).and_then(|fields| step(&fields, scope, &mut ids, &mut needs));
        found.steps.push(step);
        found.needs.push(needs);
    }
    found
}

fn step<'a>(
    fields: &Fields<'a>,
    scope: &Scope,
    ids: &mut HashMap<&'a str, Span>,
    needs: &mut Vec<Need>,
) -> Option<Step> {
    let id = fields.require("id").and_then(|item| id(&item, ids));
    let plugin = fields.require("plugin").and_then(|item| host_path(&item));
    let method = fields.get("method").map(|item| method(&item));
    if let Some(item) = fields.get("needs") {
        listed_needs(&item, scope, needs);
    }
    let mounts = fields.get("mounts").map(|item| mounts(&item, scope)).unwrap_or_default();
    let with = match fields.get("with") {
        Some(item) => template::read(&item, scope),
        None => Template::literal(Json::Object(Map::new())),
    };
    for expression in with.expressions() {
        if let Some(step) = expression.step() {
            add_need(needs, Need { step, span: expression.span });
        }
    }
    let timeout = fields.get("timeout").and_then(|item| timeout(&item));
    let permissions = fields.get("permissions").and_then(|item| read_permissions(&item));
    let continue_on_error = fields.get("continue-on-error").and_then(|item| item.boolean());
    let (id, span) = id?;
    Some(Step {
        id,
        span,
        plugin: plugin?,
        method: method.unwrap_or_else(|| Some(DEFAULT_METHOD.to_owned()))?,
        mounts,
        with,
        timeout,
        permissions,
        continue_on_error: continue_on_error.unwrap_or(false),
        needs: needs.clone(),
    })
}

fn id<'a>(item: &Item<'a>, ids: &mut HashMap<&'a str, Span>) -> Option<(String, Span)> {
    let text = item.string()?;
    if !is_name(text) {
        let message = format!("{} cannot be the id of a step", quoted(text));
        item.error_with("bad-name", message, NAME_RULE);
        return None;
    }
    if let Some(first) = ids.get(text) {
        let place = item.reader().source().place(first.start);
        let message = format!("there are two steps `{text}`");
        item.error_with("duplicate-step", message, format!("the first is at {place}; rename one"));
        return None;
    }
    ids.insert(text, item.span());
    Some((text.to_owned(), item.span()))
}

fn method(item: &Item<'_>) -> Option<String> {
    let text = item.string()?;
    refuse_expression(item, text);
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let valid = text.len() <= 64
        && text.starts_with(|c: char| letter(c) && !c.is_ascii_digit())
        && text.chars().all(letter);
    if !valid {
        let message = format!("{} cannot be the name of a method", quoted(text));
        item.error_with(
            "bad-name",
            message,
            "write the name of a function that the plugin exports",
        );
        return None;
    }
    Some(text.to_owned())
}

fn listed_needs(item: &Item<'_>, scope: &Scope, needs: &mut Vec<Need>) {
    for (item, name) in item.strings().unwrap_or_default() {
        let Some(step) = scope.step(name) else {
            item.reader().report_with(Severity::Error, |source| {
                let message = format!("there is no step {}", quoted(name));
                let diagnostic = Diagnostic::error("unknown-step", source, item.span(), message);
                match scope.near_step(name) {
                    Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                    None => diagnostic,
                }
            });
            continue;
        };
        if !add_need(needs, Need { step, span: item.span() }) {
            item.warning("duplicate-entry", format!("{} is listed twice", quoted(name)));
        }
    }
}

/// Whether the need is new.
fn add_need(needs: &mut Vec<Need>, need: Need) -> bool {
    let new = needs.iter().all(|known| known.step != need.step);
    if new {
        needs.push(need);
    }
    new
}

fn mounts(item: &Item<'_>, scope: &Scope) -> Vec<Mount> {
    let entries = item.entries().unwrap_or_default();
    let mut found = Vec::new();
    for (key, item) in entries {
        let host = match item.string() {
            Some("") => {
                item.error("bad-path", "the path is empty");
                None
            }
            Some(_) => Some(template::read(&item, scope)),
            None => None,
        };
        if let Some(host) = &host {
            refuse_steps(item.reader(), host, |step| scope.step_name(step).to_owned());
        }
        let at = match VirtualPath::parse(key.text) {
            Ok(path) if !path.is_root() => Some(path),
            Ok(_) => {
                let message = "the root of a cell's files cannot be a mount";
                item.reader().error("bad-path", key.span, message);
                None
            }
            Err(error) => {
                item.reader().error("bad-path", key.span, error.to_string());
                None
            }
        };
        if let (Some(at), Some(host)) = (at, host) {
            found.push(Mount { at, host, span: item.span() });
        }
    }
    found
}

fn timeout(item: &Item<'_>) -> Option<Duration> {
    let timeout = read_duration(item)?;
    if (MIN_TIMEOUT..=MAX_TIMEOUT).contains(&timeout) {
        return Some(timeout);
    }
    let (least, most) = (show_duration(MIN_TIMEOUT), show_duration(MAX_TIMEOUT));
    item.error("limit-range", format!("`timeout` must be from {least} to {most}"));
    None
}
