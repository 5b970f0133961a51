//! The same rules for editors, as JSON Schema.
//!
//! The types here mirror the file and serve nothing else; `tests/schema.rs` holds them against
//! [`parse`](crate::parse).

use std::collections::BTreeMap;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value as Json};

use crate::{
    API_VERSION, MAX_COMMAND, MAX_DESCRIPTION, MAX_ENTRIES, MAX_EXPORTS, MAX_PROCESSES, MAX_TOPIC,
};

/// JSON Schema (draft 2020-12) of `aether-plugin.json`.
pub fn schema() -> Json {
    schema_of::<ManifestFile>("Aether plugin manifest")
}

/// The JSON Schema of a border type under a title, by the house's rules: draft 2020-12, and a key
/// that may be left out may not be `null`.
pub fn schema_of<T: JsonSchema>(title: &str) -> Json {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    if let Json::Object(root) = &mut schema {
        root.insert("title".to_owned(), Json::from(title));
    }
    schema
}

/// Takes out what stands for Rust and not for the file: the `null` of a missing key, the widths of
/// numbers, the line breaks of doc comments.
fn tidy(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            narrow_type(object);
            narrow_choice(object);
            if object.get("format").is_some_and(Json::is_string) {
                object.remove("format");
            }
            if let Some(Json::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            object.values_mut().for_each(tidy);
        }
        Json::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn narrow_type(object: &mut Map<String, Json>) {
    let Some(Json::Array(types)) = object.get_mut("type") else { return };
    types.retain(|name| name != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        object.insert("type".to_owned(), only);
    }
}

/// `anyOf: [{$ref}, {type: null}]` becomes the `$ref` itself.
fn narrow_choice(object: &mut Map<String, Json>) {
    let Some(Json::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type") != Some(&Json::from("null")));
    if let [Json::Object(only)] = choices.as_mut_slice() {
        let only = std::mem::take(only);
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

/// The manifest of an Aether plugin, `aether-plugin.json`: what it is, what runs it, and what it
/// asks to reach.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct ManifestFile {
    /// Where an editor finds this schema.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// The name of the plugin. Left out, the folder's name stands in.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,63}$"), example = "log-triage")]
    name: Option<String>,
    /// The version of the plugin, in the form of semantic versioning.
    #[schemars(
        regex(
            pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
        ),
        example = "0.1.0"
    )]
    version: Option<String>,
    /// One line on what the plugin does, shown when a person is asked for consent.
    #[schemars(length(max = MAX_DESCRIPTION))]
    description: Option<String>,
    /// The version of the plugin API the plugin was written for.
    #[schemars(range(min = 1, max = API_VERSION), extend("default" = API_VERSION))]
    api: Option<u32>,
    /// What runs the plugin. Left out, it follows from `entry`.
    runtime: Option<RuntimeFile>,
    /// What is run: a file of the plugin's folder, or a command for a native plugin. Left out, it is
    /// `main.js` or `main.wasm`.
    entry: Option<EntryFile>,
    /// The engine that runs the plugin's code. For JavaScript alone; left out, the policy says which,
    /// else it is `quickjs`.
    engine: Option<EngineFile>,
    /// What the plugin asks to reach. Without a grant it reaches nothing.
    permissions: PermissionsFile,
    /// What the plugin asks to use up at most.
    resources: Option<ResourcesFile>,
    /// The methods of the plugin, by name.
    #[schemars(
        extend("maxProperties" = MAX_EXPORTS),
        extend("propertyNames" = {"pattern": r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$"})
    )]
    exports: Option<BTreeMap<String, ExportFile>>,
    /// Compatibility layers the plugin opts in to.
    compat: Option<Vec<CompatFile>>,
    /// Whether the plugin keeps nothing from one call to the next: each call then gets a fresh
    /// instance. For WebAssembly alone.
    #[schemars(extend("default" = false))]
    stateless: Option<bool>,
    /// How much the plugin matters when there is not enough for all. A policy may say otherwise, and
    /// alone can say `high`.
    #[schemars(extend("default" = "normal"))]
    priority: Option<PriorityFile>,
    /// The kinds of permission that the plugin can do without: they are taken from it first when it
    /// behaves oddly.
    #[schemars(extend("items" = kinds()))]
    optional: Option<Vec<String>>,
    /// The page that an app may show for the plugin: a file of the plugin's folder, relative, with `/`
    /// between folders.
    #[schemars(regex(pattern = r"^[^/\\][^\\]*\.html$"), example = "panel.html")]
    panel: Option<String>,
}

/// How much a plugin matters when there is not enough for all.
#[derive(JsonSchema)]
#[schemars(rename = "Priority", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum PriorityFile {
    /// It waits first, and is ended first.
    Low,
    /// As any other.
    Normal,
    /// It is left alone longest.
    High,
}

fn kinds() -> Json {
    let names = crate::Permission::ALL.map(crate::Permission::as_str);
    serde_json::json!({ "type": "string", "enum": names })
}

/// What runs a plugin.
#[derive(JsonSchema)]
#[schemars(rename = "Runtime", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum RuntimeFile {
    /// The JavaScript engine.
    Javascript,
    /// The WebAssembly engine.
    Wasm,
    /// The operating system.
    Native,
}

/// An engine for JavaScript.
#[derive(JsonSchema)]
#[schemars(rename = "Engine", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum EngineFile {
    /// QuickJS: it starts at once, takes little memory, and interprets.
    QuickJs,
    /// V8: it starts later and takes more memory, and is faster where there is much to compute.
    V8,
}

/// What is run.
#[derive(JsonSchema)]
#[schemars(rename = "Entry", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum EntryFile {
    /// A file of the plugin's folder, relative, with `/` between folders.
    File(#[schemars(regex(pattern = r"^[^/\\][^\\]*$"))] String),
    /// A command with its arguments; never passed through a shell.
    Command(#[schemars(length(min = 1, max = MAX_COMMAND))] Vec<String>),
}

/// What a plugin asks to reach.
///
/// Public, and holding nothing, for the schemas of other files in which the same object stands.
#[derive(JsonSchema)]
#[schemars(
    rename = "Permissions",
    description = "What a plugin asks to reach.",
    deny_unknown_fields
)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct PermissionsFile {
    /// Files and folders, by pattern.
    filesystem: Option<FilesystemFile>,
    /// Requests to other machines, and ports to listen on.
    network: Option<NetworkFile>,
    /// Environment variables to read, by name.
    #[schemars(length(max = MAX_ENTRIES), inner(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")))]
    environment: Option<Vec<String>>,
    /// Programs to start, by name or absolute path, without arguments; a path with a `/` at its end
    /// is every program of a folder.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1)))]
    process: Option<Vec<String>>,
    /// Methods of other plugins to call, each as `plugin.method`.
    #[schemars(
        length(max = MAX_ENTRIES),
        inner(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,63}\.[A-Za-z_$][A-Za-z0-9_$]{0,63}$"))
    )]
    plugins: Option<Vec<String>>,
    /// Secrets that may be used by name, as `secret://name`. None of them can be read.
    #[schemars(length(max = MAX_ENTRIES), inner(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,63}$")))]
    secrets: Option<Vec<String>>,
    /// Events to send and to hear.
    events: Option<EventsFile>,
}

/// Patterns of paths: `*` and `?` stay in one component, `**` is a whole component and crosses any
/// number of them, a trailing `/` means the tree below, a relative pattern is below the folder
/// `aether` is started in.
#[derive(JsonSchema)]
#[schemars(rename = "Filesystem", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct FilesystemFile {
    /// What to read.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1, max = 1024)))]
    read: Option<Vec<String>>,
    /// What to write. Does not include reading it.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1, max = 1024)))]
    write: Option<Vec<String>>,
}

/// Requests to other machines, and ports to listen on.
#[derive(JsonSchema)]
#[schemars(rename = "Network", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct NetworkFile {
    /// Where to send requests: `[METHODS ]host[:port][/path]`, for example
    /// `GET api.example.com/v1/**` or `*.cdn.example.com`. `WS` among the methods asks for
    /// WebSockets, which no other pattern allows.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1, max = 1024)))]
    domains: Option<Vec<String>>,
    /// Ports to listen on.
    #[schemars(length(max = MAX_ENTRIES), inner(range(min = 1, max = 65535)))]
    inbound: Option<Vec<u16>>,
}

/// Events to send and to hear, by topic: words of `a-z`, `0-9`, `_` and `-`, joined by `.`. `build.*`
/// is every topic below `build`.
#[derive(JsonSchema)]
#[schemars(rename = "Events", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct EventsFile {
    /// What to send.
    #[schemars(length(max = MAX_ENTRIES), inner(length(max = MAX_TOPIC), regex(pattern = TOPIC)))]
    emit: Option<Vec<String>>,
    /// What to hear.
    #[schemars(length(max = MAX_ENTRIES), inner(length(max = MAX_TOPIC), regex(pattern = TOPIC)))]
    on: Option<Vec<String>>,
}

const TOPIC: &str = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*(\.\*)?$";

/// What a plugin asks to use up at most.
#[derive(JsonSchema)]
#[schemars(rename = "Resources", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct ResourcesFile {
    /// Memory, such as `256MB` (the default). `MB` and `MiB` are the same, 1024 × 1024 bytes.
    #[schemars(regex(pattern = SIZE), extend("default" = "256MB"))]
    memory: Option<String>,
    /// Wall time of one call, such as `30s` (the default), `500ms` or `2m`.
    #[schemars(regex(pattern = DURATION), extend("default" = "30s"))]
    timeout: Option<String>,
    /// Processor cores, such as `1.0` (the default) or `0.5`.
    #[schemars(range(min = 0.01, max = 256), extend("default" = 1.0))]
    cpu: Option<f64>,
    /// Bytes that may be written, such as `64MB` (the default).
    #[schemars(regex(pattern = SIZE), extend("default" = "64MB"))]
    disk: Option<String>,
    /// Processes and threads; 16 by default.
    #[schemars(range(min = 1, max = MAX_PROCESSES), extend("default" = 16))]
    processes: Option<u32>,
    /// How fast it means to call its host at most. Only lowers what it may.
    rates: Option<RatesFile>,
}

/// How fast a plugin calls its host: so many at once, and as many more in each period after that,
/// such as `100/s` or `600/10m`.
#[derive(JsonSchema)]
#[schemars(rename = "Rates", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct RatesFile {
    /// Looks at files, variables and the store.
    #[schemars(regex(pattern = RATE))]
    reads: Option<String>,
    /// Changes of files and of the store.
    #[schemars(regex(pattern = RATE))]
    writes: Option<String>,
    /// Requests to other machines.
    #[schemars(regex(pattern = RATE))]
    requests: Option<String>,
    /// Calls of other plugins, and starts of programs.
    #[schemars(regex(pattern = RATE))]
    starts: Option<String>,
    /// Lines of the log, and notes of progress.
    #[schemars(regex(pattern = RATE))]
    messages: Option<String>,
    /// Questions for more rights.
    #[schemars(regex(pattern = RATE))]
    questions: Option<String>,
    /// Bytes of all of them together, such as `64MB/s`.
    #[schemars(regex(pattern = BYTE_RATE))]
    bytes: Option<String>,
}

const RATE: &str = r"^[1-9][0-9]*/([0-9]+(\.[0-9]+)? ?([mM][sS]|[sS]|[mM]|[hH])|ms|s|m|h)$";
const BYTE_RATE: &str = r"^[0-9]+(\.[0-9]+)? ?([kKmMgGtT][iI]?)?[bB]/([0-9]+(\.[0-9]+)? ?([mM][sS]|[sS]|[mM]|[hH])|ms|s|m|h)$";

const SIZE: &str = r"^[0-9]+(\.[0-9]+)? ?([kKmMgGtT][iI]?)?[bB]$";
const DURATION: &str = r"^[0-9]+(\.[0-9]+)? ?([mM][sS]|[sS]|[mM]|[hH])$";

/// What a method takes and gives.
#[derive(JsonSchema)]
#[schemars(rename = "Export", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct ExportFile {
    /// JSON Schema of the method's input.
    params: Option<Map<String, Json>>,
    /// JSON Schema of the method's result.
    result: Option<Map<String, Json>>,
}

/// A compatibility layer.
#[derive(JsonSchema)]
#[schemars(rename = "Compat")]
#[expect(dead_code, reason = "only its schema is used")]
enum CompatFile {
    /// A virtualised `node:fs` over the plugin's own file permissions.
    #[schemars(rename = "node:fs")]
    NodeFs,
}
