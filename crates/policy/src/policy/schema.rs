//! The policy's shape for editors, as JSON Schema.
//!
//! The types here mirror the file and serve nothing else. What a policy shares with a manifest is
//! taken from the manifest's own schema.

use std::collections::BTreeMap;

use aether_manifest::{MAX_COMMAND, MAX_ENTRIES, schema_of};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value as Json;

use super::{MAX_COMMANDS, MAX_SECRETS, PROTECTIONS, Policy};
use crate::elevation::{LIFETIME, MAX_ELEVATION, MAX_USES, USES};

/// The definitions of the manifest's schema that a policy uses.
const SHARED: &[&str] =
    &["Filesystem", "Network", "Events", "Resources", "Rates", "Compat", "Engine"];

impl Policy {
    /// JSON Schema (draft 2020-12) of `aether-policy.yaml`.
    pub fn schema() -> Json {
        let mut schema = schema_of::<PolicyFile>("Aether policy");
        let manifest = aether_manifest::schema();
        if let Some(Json::Object(definitions)) = schema.get_mut("$defs") {
            for name in SHARED {
                let shared =
                    manifest.pointer(&format!("/$defs/{name}")).cloned().unwrap_or_default();
                definitions.insert((*name).to_owned(), shared);
            }
            if let Some(Json::Object(network)) =
                definitions.get_mut("Network").and_then(|network| network.get_mut("properties"))
            {
                network.insert("private".to_owned(), private());
            }
            if let Some(events) = definitions.get_mut("Events") {
                every_topic(events);
            }
            // Here they stand beside the limits, and may raise.
            if let Some(Json::Object(resources)) =
                definitions.get_mut("Resources").and_then(|limits| limits.get_mut("properties"))
            {
                resources.remove("rates");
            }
        }
        schema
    }
}

/// What the owner of a host allows its plugins. Whatever is not named is denied.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("required" = ["version"]))]
#[expect(dead_code, reason = "only its schema is used")]
struct PolicyFile {
    /// The version of the format.
    #[schemars(range(min = 1, max = 1))]
    version: u32,
    /// Whether plugins may be run without a container at all; `allow` if left out.
    #[schemars(rename = "unsafe")]
    unsafe_mode: Option<UnsafeFile>,
    /// Ceilings for every plugin.
    #[schemars(schema_with = "resources")]
    limits: Option<Json>,
    /// Secrets that plugins may have used by name, and where each comes from. Not in a policy that was
    /// found beside a pipeline.
    #[schemars(extend("maxProperties" = MAX_SECRETS), extend("propertyNames" = {"pattern": NAME}))]
    secrets: Option<BTreeMap<String, SecretFile>>,
    /// Commands that plugins may have run as they stand here, by name. Not in a policy that was found
    /// beside a pipeline.
    #[schemars(extend("maxProperties" = MAX_COMMANDS), extend("propertyNames" = {"pattern": NAME}))]
    commands: Option<BTreeMap<String, CommandFile>>,
    /// How closely every plugin is watched. Not in a policy that was found beside a pipeline.
    monitor: Option<MonitorFile>,
    /// What runs JavaScript plugins, and what it may.
    javascript: Option<JavascriptFile>,
    /// One entry for each plugin, by name or by the beginning of a name and `*`. The exact name
    /// wins, then the longest beginning; one entry alone governs a plugin.
    #[schemars(extend("propertyNames" = {"pattern": NAME_PATTERN}))]
    plugins: Option<BTreeMap<String, Option<RuleFile>>>,
}

const NAME: &str = r"^[a-z0-9][a-z0-9._-]{0,63}$";
const NAME_PATTERN: &str = r"^([a-z0-9][a-z0-9._-]{0,63}\*?|\*)$";

/// A secret. Its value is in no policy.
#[derive(JsonSchema)]
#[schemars(rename = "Secret", deny_unknown_fields, extend("required" = ["from"]))]
#[expect(dead_code, reason = "only its schema is used")]
struct SecretFile {
    /// Where the host gets it: `env:NAME` for a variable of the host, `file:/path` for a file.
    #[schemars(regex(pattern = r"^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/.+)$"))]
    from: String,
    /// The requests that may carry it, as in `network.domains`; left out, none.
    #[schemars(schema_with = "domains")]
    hosts: Option<Json>,
}

/// A command, fixed to its last argument: the plugin that has it run gives standard input alone.
#[derive(JsonSchema)]
#[schemars(rename = "Command", deny_unknown_fields, extend("required" = ["run"]))]
#[expect(dead_code, reason = "only its schema is used")]
struct CommandFile {
    /// The program, by name or absolute path, and its arguments; never passed through a shell.
    #[schemars(length(min = 1, max = MAX_COMMAND))]
    run: Vec<String>,
    /// Files that it reads.
    #[schemars(schema_with = "paths")]
    read: Option<Json>,
    /// Files that it writes.
    #[schemars(schema_with = "paths")]
    write: Option<Json>,
    /// Its variables. `secret://name` as a whole value stands for that secret of this policy.
    #[schemars(
        extend("maxProperties" = MAX_ENTRIES),
        extend("propertyNames" = {"pattern": r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"})
    )]
    environment: Option<BTreeMap<String, String>>,
    /// Where it sends requests.
    #[schemars(schema_with = "domains")]
    network: Option<Json>,
    /// How long it may take, such as `10s`.
    #[schemars(schema_with = "duration")]
    timeout: Option<Json>,
    /// The memory that it may have, such as `64MB`.
    #[schemars(schema_with = "size")]
    memory: Option<Json>,
}

/// Whether plugins may be run without a container.
#[derive(JsonSchema)]
#[schemars(rename = "Unsafe", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum UnsafeFile {
    /// They may, with loud warnings.
    Allow,
    /// They may not.
    Forbid,
}

/// What one plugin is allowed.
#[derive(JsonSchema)]
#[schemars(rename = "Plugin", deny_unknown_fields, transform = all_optional)]
#[expect(dead_code, reason = "only its schema is used")]
struct RuleFile {
    /// The digest of the only version this entry is for.
    #[schemars(regex(pattern = r"^b3:[0-9a-f]{64}$"))]
    digest: Option<String>,
    /// What it may reach.
    allow: Option<AllowFile>,
    /// Ceilings for this plugin, under those for every plugin.
    #[schemars(schema_with = "resources")]
    limits: Option<Json>,
    /// How fast it may call its host: instead of the defaults, whether more or less.
    #[schemars(schema_with = "rates")]
    rates: Option<Json>,
    /// When it may start: in any of these. Left out, at any time.
    #[schemars(length(min = 1, max = 64))]
    windows: Option<Vec<WindowFile>>,
    /// Whether a person must agree too; `granted` if left out.
    consent: Option<ConsentFile>,
    /// Names of protections it may run without where the machine does not have them.
    #[schemars(length(max = 64), extend("items" = protections()))]
    degraded: Option<Vec<String>>,
    /// What stands between it and its host: a confined process of its own if left out.
    isolation: Option<IsolationFile>,
    /// How much it matters when there is not enough for all, whatever its manifest says.
    #[schemars(schema_with = "priority")]
    priority: Option<Json>,
    /// How closely it is watched; what is left out is as for every plugin.
    monitor: Option<MonitorFile>,
    /// What runs it, of a JavaScript plugin; what is left out is as for every plugin.
    javascript: Option<JavascriptFile>,
    /// The plugins that may call its exported methods, by name or by the beginning of a name and `*`;
    /// left out, none.
    #[schemars(length(max = MAX_ENTRIES), inner(regex(pattern = NAME_PATTERN)))]
    callers: Option<Vec<String>>,
    /// Where what it writes is made on disk as soon as the run has ended well. Elsewhere it waits for
    /// `aether apply`.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1)))]
    commit: Option<Vec<String>>,
    /// Where what it changes is changed on disk at once, before anybody has seen it.
    #[schemars(length(max = MAX_ENTRIES), inner(length(min = 1)))]
    direct: Option<Vec<String>>,
    /// What is answered when it wishes for a single operation beyond what it may: the first line that
    /// is for it counts, without one a person decides.
    #[schemars(length(max = MAX_ELEVATION))]
    elevation: Option<Vec<ElevationFile>>,
}

/// How closely plugins are watched, and how far the monitor may go by itself.
#[derive(JsonSchema)]
#[schemars(rename = "Monitor", deny_unknown_fields, transform = all_optional)]
#[expect(dead_code, reason = "only its schema is used")]
struct MonitorFile {
    /// The hardest measure that is taken without a person.
    most: Option<MeasureFile>,
    /// After how long a risk counts half, such as `5m`.
    #[schemars(rename = "half-life", schema_with = "duration")]
    half_life: Option<Json>,
    /// The risk at which the host is told.
    #[schemars(range(min = 1, max = 100))]
    notify: Option<u8>,
    /// The risk at which it gets less processor time and fewer calls.
    #[schemars(range(min = 1, max = 100))]
    throttle: Option<u8>,
    /// The risk at which permissions are taken from it.
    #[schemars(range(min = 1, max = 100))]
    narrow: Option<u8>,
    /// The risk at which it is halted.
    #[schemars(range(min = 1, max = 100))]
    freeze: Option<u8>,
    /// The risk at which it is ended.
    #[schemars(range(min = 1, max = 100))]
    kill: Option<u8>,
    /// Places that no honest plugin touches.
    #[schemars(schema_with = "paths")]
    decoys: Option<Json>,
    /// Texts that nobody is to send anywhere, by names for them.
    #[schemars(length(max = 16), inner(pattern(r"^[A-Za-z0-9_-]{16,256}$")))]
    tokens: Option<BTreeMap<String, String>>,
    /// The permissions that narrowing takes, beside those that a plugin names as optional.
    #[schemars(schema_with = "kinds")]
    drops: Option<Json>,
}

/// What is done about a plugin that behaves oddly.
#[derive(JsonSchema)]
#[schemars(rename = "Measure", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum MeasureFile {
    /// It is watched as every plugin is.
    Observe,
    /// The host is told.
    Notify,
    /// It gets less processor time and fewer calls.
    Throttle,
    /// Permissions are taken from it.
    Narrow,
    /// It is halted.
    Freeze,
    /// It is ended.
    Kill,
}

/// What runs JavaScript plugins, and what it may.
#[derive(JsonSchema)]
#[schemars(rename = "Javascript", deny_unknown_fields, transform = all_optional)]
#[expect(dead_code, reason = "only its schema is used")]
struct JavascriptFile {
    /// The engine of plugins whose manifest names none: one of `engines`, and `quickjs` where nothing
    /// is said.
    #[schemars(schema_with = "engine")]
    engine: Option<Json>,
    /// The engines that may be had; every one where nothing is said.
    #[schemars(schema_with = "engines")]
    engines: Option<Json>,
    /// Whether V8 may make machine code, so that memory is writable and executable; it may not where
    /// nothing is said. `allow` not in a policy that was found beside a pipeline.
    jit: Option<OpenedFile>,
    /// Whether a debugger may be attached; it may not where nothing is said. `allow` not in a policy
    /// that was found beside a pipeline.
    debug: Option<OpenedFile>,
}

/// Whether something may be done.
#[derive(JsonSchema)]
#[schemars(rename = "Opened", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum OpenedFile {
    /// It may.
    Allow,
    /// It may not.
    Forbid,
}

/// What stands between a plugin and its host.
#[derive(JsonSchema)]
#[schemars(rename = "Isolation", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum IsolationFile {
    /// A process of its own, confined.
    Process,
    /// Its engine alone, in the host's own process. For WebAssembly, and only in a policy that a person
    /// named.
    InProcess,
}

/// A line on single operations of one kind.
#[derive(JsonSchema)]
#[schemars(rename = "Elevation", deny_unknown_fields, extend("required" = ["right", "answer"]))]
#[expect(dead_code, reason = "only its schema is used")]
struct ElevationFile {
    /// The kind of operation.
    right: RightFile,
    /// Of `host-write`: the file, or the folder with what is below it.
    #[schemars(length(min = 1))]
    below: Option<String>,
    /// Of `network`: one host, in small letters.
    #[schemars(length(min = 1, max = 253))]
    host: Option<String>,
    /// Of `network`: the port; 443 if left out.
    #[schemars(range(min = 1, max = 65535), extend("default" = 443))]
    port: Option<u16>,
    /// Of `command` and `secret`: the name of one that this policy defines. `*` is all of them, where
    /// the answer is `ask` or `refuse`.
    #[schemars(regex(pattern = r"^([a-z0-9][a-z0-9._-]{0,63}|\*)$"))]
    name: Option<String>,
    /// Of `time` and `memory`: how much at most, such as `5m` or `512MB`.
    #[schemars(length(min = 1))]
    most: Option<String>,
    /// What is answered. What is allowed must be named; without a name the line is for all of the
    /// right.
    answer: AnswerFile,
    /// How often what is allowed may be used.
    #[schemars(range(min = 1, max = MAX_USES), extend("default" = USES))]
    uses: Option<u32>,
    /// How long what is allowed is there, such as `60s`; at most an hour.
    #[schemars(schema_with = "lifetime")]
    #[schemars(rename = "for")]
    lifetime: Option<Json>,
}

/// A kind of operation.
#[derive(JsonSchema)]
#[schemars(rename = "Right", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum RightFile {
    /// Write to the disk at once.
    HostWrite,
    /// Send a request to a host that is not granted.
    Network,
    /// Have a command of this policy run.
    Command,
    /// Have a secret of this policy used.
    Secret,
    /// Have more time for one call.
    Time,
    /// Have more memory for one call.
    Memory,
}

/// An answer.
#[derive(JsonSchema)]
#[schemars(rename = "Answer", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum AnswerFile {
    /// Yes, without a person.
    Allow,
    /// A person decides.
    Ask,
    /// No, without a person.
    Refuse,
}

/// What a plugin may reach, as in the `permissions` of a manifest.
#[derive(JsonSchema)]
#[schemars(rename = "Allow", deny_unknown_fields, transform = all_optional)]
#[expect(dead_code, reason = "only its schema is used")]
struct AllowFile {
    #[schemars(schema_with = "filesystem")]
    filesystem: Option<Json>,
    #[schemars(schema_with = "network")]
    network: Option<Json>,
    #[schemars(schema_with = "environment")]
    environment: Option<Json>,
    #[schemars(schema_with = "process")]
    process: Option<Json>,
    #[schemars(schema_with = "plugins")]
    plugins: Option<Json>,
    #[schemars(schema_with = "secrets")]
    secrets: Option<Json>,
    #[schemars(schema_with = "events")]
    events: Option<Json>,
    /// Compatibility layers it may use; left out, all of them, since they add no right.
    #[schemars(schema_with = "compat")]
    compat: Option<Json>,
}

/// A weekly window of time. It begins on each of its days at `from` and ends at the next `to`.
#[derive(JsonSchema)]
#[schemars(rename = "Window", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct WindowFile {
    /// Days (`mon`) and ranges of days (`wed-fri`); every day if left out.
    #[schemars(length(min = 1))]
    days: Option<Vec<String>>,
    /// The time at which it begins; `00:00` if left out.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: Option<String>,
    /// The time at which it ends, on the following day if that is not later; `24:00` if left out.
    #[schemars(regex(pattern = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    to: Option<String>,
    /// The IANA name of its time zone, such as `Europe/Berlin`, or `UTC`.
    timezone: String,
}

/// Whether a person must agree too.
#[derive(JsonSchema)]
#[schemars(rename = "Consent", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum ConsentFile {
    /// The entry is enough.
    Granted,
    /// A person must agree too.
    Ask,
}

/// A field whose schema comes from the manifest would count as required.
fn all_optional(schema: &mut Schema) {
    schema.remove("required");
}

/// Of the owner alone: no manifest can ask for it.
fn private() -> Json {
    serde_json::json!({
        "description": "Places inside your own networks that granted names may lead to: names, \
            networks such as `10.0.0.0/8`, and addresses, with a port after `:` or without. An \
            address may also be requested as such.",
        "type": "array",
        "maxItems": aether_manifest::MAX_ENTRIES,
        "items": { "type": "string" },
    })
}

/// What no manifest can ask for, and an owner can allow: every topic.
fn every_topic(events: &mut Json) {
    for list in ["emit", "on"] {
        let pattern = events.pointer_mut(&format!("/properties/{list}/items/pattern"));
        if let Some(Json::String(pattern)) = pattern {
            *pattern = format!(r"^\*$|{pattern}");
        }
    }
}

fn protections() -> Json {
    serde_json::json!({ "type": "string", "enum": PROTECTIONS })
}

fn filesystem(_: &mut SchemaGenerator) -> Schema {
    permission("filesystem")
}

fn network(_: &mut SchemaGenerator) -> Schema {
    permission("network")
}

fn environment(_: &mut SchemaGenerator) -> Schema {
    permission("environment")
}

fn process(_: &mut SchemaGenerator) -> Schema {
    permission("process")
}

fn plugins(_: &mut SchemaGenerator) -> Schema {
    permission("plugins")
}

fn secrets(_: &mut SchemaGenerator) -> Schema {
    permission("secrets")
}

fn events(_: &mut SchemaGenerator) -> Schema {
    permission("events")
}

fn compat(_: &mut SchemaGenerator) -> Schema {
    of_manifest("/properties/compat")
}

fn resources(_: &mut SchemaGenerator) -> Schema {
    of_manifest("/properties/resources")
}

fn priority(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = aether_manifest::Priority::WORDS.iter().map(|(word, _)| *word).collect();
    Schema::try_from(serde_json::json!({ "type": "string", "enum": words })).unwrap_or_default()
}

fn engine(_: &mut SchemaGenerator) -> Schema {
    undescribed("/properties/engine")
}

fn engines(generator: &mut SchemaGenerator) -> Schema {
    let one = engine(generator);
    let list = serde_json::json!({ "type": "array", "minItems": 1, "items": one });
    Schema::try_from(list).unwrap_or_default()
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    undescribed("/properties/optional")
}

fn rates(_: &mut SchemaGenerator) -> Schema {
    undescribed("/$defs/Resources/properties/rates")
}

fn domains(_: &mut SchemaGenerator) -> Schema {
    undescribed("/$defs/Network/properties/domains")
}

fn paths(_: &mut SchemaGenerator) -> Schema {
    undescribed("/$defs/Filesystem/properties/read")
}

fn duration(_: &mut SchemaGenerator) -> Schema {
    let mut schema = undescribed("/$defs/Resources/properties/timeout");
    schema.remove("default");
    schema
}

fn lifetime(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = duration(generator);
    schema.insert("default".to_owned(), Json::from(aether_manifest::show_duration(LIFETIME)));
    schema
}

fn size(_: &mut SchemaGenerator) -> Schema {
    let mut schema = undescribed("/$defs/Resources/properties/memory");
    schema.remove("default");
    schema
}

/// A part of the manifest's schema for something else: what it is there is not said here.
fn undescribed(pointer: &str) -> Schema {
    let mut schema = of_manifest(pointer);
    schema.remove("description");
    schema
}

fn permission(name: &str) -> Schema {
    of_manifest(&format!("/$defs/Permissions/properties/{name}"))
}

/// A part of the manifest's schema; were it gone, anything would be accepted, and a test would say
/// so.
fn of_manifest(pointer: &str) -> Schema {
    let part = aether_manifest::schema().pointer(pointer).cloned();
    part.and_then(|part| Schema::try_from(part).ok()).unwrap_or_default()
}
