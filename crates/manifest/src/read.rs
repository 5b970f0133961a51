//! Reading a manifest.

use aether_source::{Diagnostic, Fields, Item, Reader, Source, json_with_problems, quoted};

use crate::manifest::{API_VERSION, MAX_DESCRIPTION};
use crate::permissions::unique;
use crate::{
    Asking, Compat, JsEngine, Located, Manifest, Permission, PluginName, Priority, Resources,
    Runtime, entry, exports, read_permissions,
};

/// Longest version, in bytes.
const MAX_VERSION: usize = 64;

const KEYS: &[&str] = &[
    "$schema",
    "name",
    "version",
    "description",
    "api",
    "runtime",
    "entry",
    "engine",
    "permissions",
    "resources",
    "exports",
    "compat",
    "stateless",
    "priority",
    "optional",
    "panel",
];

/// Reads a manifest, or says everything that is wrong with it at once. What is odd but not wrong is
/// in [`Manifest::warnings`].
pub fn parse(source: Source) -> Result<Manifest, Vec<Diagnostic>> {
    let (node, problems) = json_with_problems(&source)?;
    let reader = Reader::new(&source);
    // Errors all of them, so that the verdict is an error whatever else is found.
    problems.into_iter().for_each(|problem| reader.report(problem));
    let manifest = read(&reader.root(&node));
    let (mut manifest, warnings) = reader.finish(manifest)?;
    manifest.warnings = warnings;
    Ok(manifest)
}

fn read(item: &Item<'_>) -> Option<Manifest> {
    let fields = item.fields(KEYS)?;
    if let Some(item) = fields.get("$schema") {
        item.string();
    }
    let runtime_item = fields.get("runtime");
    let runtime = runtime_item.as_ref().and_then(read_runtime);
    let entry_item = fields.get("entry");
    let entry = entry_item
        .as_ref()
        .and_then(|item| entry::read(item).map(|entry| Located::at(item, entry)));
    entry::check(runtime.as_ref(), entry.as_ref(), entry_item.as_ref());
    if entry_item.is_none() && runtime.as_ref().is_some_and(|r| r.value == Runtime::Native) {
        entry::require_command(runtime_item.as_ref());
    }
    let runs_in = Runtime::of(runtime.as_ref(), entry.as_ref());
    let engine = fields.get("engine").and_then(|item| read_engine(&item, runs_in));
    let stateless = fields.get("stateless").is_some_and(|item| read_stateless(&item, runs_in));
    let permissions = match fields.get("permissions") {
        Some(item) => read_permissions(&item),
        None => missing_permissions(&fields),
    };
    Some(Manifest {
        source: item.reader().source().clone(),
        name: fields.get("name").and_then(|item| read_name(&item)),
        version: fields.get("version").and_then(|item| read_version(&item)),
        description: fields.get("description").and_then(|item| read_description(&item)),
        api: fields.get("api").and_then(|item| read_api(&item)).unwrap_or(API_VERSION),
        runtime,
        entry,
        engine,
        permissions: permissions.unwrap_or_default(),
        resources: fields
            .get("resources")
            .and_then(|item| Resources::read_in_manifest(&item))
            .unwrap_or_default(),
        exports: fields.get("exports").map(|item| exports::read(&item)).unwrap_or_default(),
        compat: fields.get("compat").map(|item| read_compat(&item)).unwrap_or_default(),
        stateless,
        priority: fields.get("priority").and_then(|item| item.one_of(&Priority::WORDS)),
        optional: fields.get("optional").map(|item| read_kinds(&item)).unwrap_or_default(),
        panel: fields.get("panel").and_then(|item| read_panel(&item)),
        warnings: Vec::new(),
        asking: Asking::Manifest,
    })
}

/// A manifest that asks for nothing says so, because silence could as well be a mistake.
fn missing_permissions<T>(fields: &Fields<'_>) -> Option<T> {
    let item = fields.item();
    let message = "the key `permissions` is missing";
    let help = "write `\"permissions\": {}` if the plugin needs none";
    let diagnostic =
        Diagnostic::error("missing-key", item.reader().source(), fields.place(), message);
    item.reader().report(diagnostic.with_help(help));
    None
}

fn read_name(item: &Item<'_>) -> Option<Located<PluginName>> {
    let text = item.string()?;
    match PluginName::parse(text) {
        Ok(name) => Some(Located::at(item, name)),
        Err(error) => {
            let message = format!("{} is not a plugin name: {error}", quoted(text));
            match PluginName::suggestion(text) {
                Some(name) => item.error_with("bad-name", message, format!("write \"{name}\"")),
                None => item.error_with("bad-name", message, "write a name such as \"my-plugin\""),
            }
            None
        }
    }
}

fn read_version(item: &Item<'_>) -> Option<Located<String>> {
    let text = item.string()?;
    if is_version(text) {
        return Some(Located::at(item, text.to_owned()));
    }
    let message = format!("{} is not a version", quoted(text));
    item.error_with(
        "bad-version",
        message,
        "write three numbers, such as \"1.0.0\" or \"1.0.0-beta.1\"",
    );
    None
}

/// The form of semantic versioning: three numbers, then optional pre-release and build parts.
fn is_version(text: &str) -> bool {
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let (numbers, pre) = match text.split_once('-') {
        Some((numbers, pre)) => (numbers, Some(pre)),
        None => (text, None),
    };
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0'))
    };
    let identifiers = |part: &str| {
        part.split('.').all(|word| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    text.len() <= MAX_VERSION
        && build.is_none_or(|build| build.len() <= MAX_VERSION && identifiers(build))
        && pre.is_none_or(identifiers)
        && numbers.split('.').count() == 3
        && numbers.split('.').all(number)
}

fn read_description(item: &Item<'_>) -> Option<String> {
    let text = item.string()?;
    if text.chars().count() <= MAX_DESCRIPTION {
        return Some(text.to_owned());
    }
    let message = format!("the description has more than {MAX_DESCRIPTION} characters");
    item.reader().error("too-long", item.heading(), message);
    None
}

fn read_api(item: &Item<'_>) -> Option<u32> {
    let number = item.whole()?;
    match u32::try_from(number) {
        Ok(api) if (1..=API_VERSION).contains(&api) => Some(api),
        _ if number == 0 => {
            item.error_with("bad-api", "there is no API version 0", "write 1");
            None
        }
        _ => {
            let message = format!(
                "the plugin needs API version {number}; this Aether has {API_VERSION} and none above it"
            );
            item.error_with("api-too-new", message, "update Aether");
            None
        }
    }
}

fn read_runtime(item: &Item<'_>) -> Option<Located<Runtime>> {
    item.one_of(&Runtime::WORDS).map(|runtime| Located::at(item, runtime))
}

/// A page of the bundle: what else it needs lies beside it or below.
fn read_panel(item: &Item<'_>) -> Option<Located<String>> {
    let file = entry::file(item, item.string()?)?;
    if !file.ends_with(".html") {
        item.error_with("bad-panel", "a panel is a page", "name a file that ends in `.html`");
        return None;
    }
    Some(Located::at(item, file))
}

fn read_compat(item: &Item<'_>) -> Vec<Located<Compat>> {
    let list = item.list().unwrap_or_default();
    let words = [(Compat::NodeFs.as_str(), Compat::NodeFs)];
    let known = list
        .into_iter()
        .filter_map(|item| item.one_of(&words).map(|layer| Located::at(&item, layer)));
    unique(item, known)
}

/// Reads a list of kinds of permission, such as `network.domains`.
pub fn read_kinds(item: &Item<'_>) -> Vec<Located<Permission>> {
    let words = Permission::ALL.map(|permission| (permission.as_str(), permission));
    let known = |item: Item<'_>| item.one_of(&words).map(|kind| Located::at(&item, kind));
    unique(item, item.list().unwrap_or_default().into_iter().filter_map(known))
}

/// There is more than one engine for JavaScript alone.
fn read_engine(item: &Item<'_>, runtime: Runtime) -> Option<Located<JsEngine>> {
    let engine = item.one_of(&JsEngine::WORDS)?;
    if runtime != Runtime::Javascript {
        let message = format!("a plugin of the runtime `{runtime}` has no engine to choose");
        item.error_with("bad-engine", message, "leave `engine` out");
        return None;
    }
    Some(Located::at(item, engine))
}

/// Only WebAssembly gets a fresh instance for each call: elsewhere nobody would hold the plugin to it.
fn read_stateless(item: &Item<'_>, runtime: Runtime) -> bool {
    let stateless = item.boolean().unwrap_or_default();
    if stateless && runtime != Runtime::Wasm {
        let message = format!("a plugin of the runtime `{runtime}` lasts from call to call");
        item.error_with("bad-stateless", message, "leave `stateless` out");
    }
    stateless
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions() {
        for good in ["0.1.0", "1.0.0", "10.20.30", "1.0.0-beta.1", "1.0.0+build-5", "1.0.0-a+b"] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "v1.0.0",
            "1.0.x",
            "1.0.0-",
            "1.0.0+",
            "1.0.0-a..b",
            "1.-1.0",
            &"9".repeat(70),
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
