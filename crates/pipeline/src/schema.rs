//! The rules of the file for editors, as JSON Schema.
//!
//! The types here mirror the file and serve nothing else; `tests/schema.rs` holds them against
//! [`parse`](crate::parse).

use std::collections::BTreeMap;

use aether_manifest::{PermissionsFile, schema_of};
use schemars::JsonSchema;
use serde_json::Value as Json;

use crate::plan::{MAX_INPUTS, MAX_STEPS};

const NAME: &str = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$";

/// JSON Schema (draft 2020-12) of a pipeline file.
pub fn schema() -> Json {
    schema_of::<PipelineFile>("Aether pipeline")
}

/// A pipeline: which plugins run, in what order, and what each is given.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct PipelineFile {
    /// The name of the pipeline.
    #[schemars(length(min = 1, max = 500))]
    name: Option<String>,
    /// What the pipeline is for.
    #[schemars(length(max = 500))]
    description: Option<String>,
    /// What can be set from outside, by name.
    #[schemars(
        extend("maxProperties" = MAX_INPUTS),
        extend("propertyNames" = {"pattern": NAME})
    )]
    inputs: Option<BTreeMap<String, InputFile>>,
    /// The pipeline's own policy file, relative to the pipeline file.
    #[schemars(length(min = 1, max = 4096))]
    policy: Option<String>,
    /// What the steps change is made as one: all of it, or nothing. Of a run that fails nothing waits.
    #[schemars(extend("default" = false))]
    transaction: Option<bool>,
    /// The steps. Each runs after all it needs, otherwise side by side.
    #[schemars(length(min = 1, max = MAX_STEPS))]
    steps: Vec<StepFile>,
    /// What the pipeline gives back; usually `${{ steps.id.result }}`.
    output: Option<Json>,
}

/// Something that can be set from outside.
#[derive(JsonSchema)]
#[schemars(rename = "Input", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct InputFile {
    /// What it holds.
    #[schemars(rename = "type")]
    kind: InputTypeFile,
    /// Its value when none is set; without one it must be set.
    default: Option<DefaultFile>,
    /// What it is for.
    #[schemars(length(max = 500))]
    description: Option<String>,
}

/// What an input holds.
#[derive(JsonSchema)]
#[schemars(rename = "InputType", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum InputTypeFile {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The path of a folder on the host.
    Folder,
    /// The path of a file on the host.
    File,
}

/// A value of the declared type.
#[derive(JsonSchema)]
#[schemars(rename = "Default", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum DefaultFile {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// One call of one plugin.
#[derive(JsonSchema)]
#[schemars(rename = "Step", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct StepFile {
    /// Its name inside the pipeline.
    #[schemars(regex(pattern = NAME))]
    id: String,
    /// The plugin's folder, relative to the pipeline file.
    #[schemars(length(min = 1, max = 4096))]
    plugin: String,
    /// The method to call.
    #[schemars(regex(pattern = r"^[A-Za-z_$][A-Za-z0-9_$]{0,63}$"), extend("default" = "run"))]
    method: Option<String>,
    /// Steps to wait for, besides those whose results are used.
    needs: Option<Vec<String>>,
    /// Host folders the plugin sees, by virtual path. May use inputs, never results of steps.
    #[schemars(
        extend("propertyNames" = {"pattern": "^/."}),
        extend("additionalProperties" = {"type": "string", "minLength": 1})
    )]
    mounts: Option<BTreeMap<String, String>>,
    /// The method's input: any value, with `${{ inputs.x }}` and `${{ steps.id.result }}` in strings.
    with: Option<Json>,
    /// Wall time of the call, such as `20s`.
    #[schemars(regex(pattern = r"^[0-9]+(\.[0-9]+)? ?([mM][sS]|[sS]|[mM]|[hH])$"))]
    timeout: Option<String>,
    /// What the step leaves of the plugin's request. Narrows only.
    permissions: Option<PermissionsFile>,
    /// Whether what needs this step goes on when it fails.
    #[schemars(extend("default" = false))]
    continue_on_error: Option<bool>,
}
