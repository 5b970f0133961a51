//! A checked pipeline.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aether_manifest::{Located, Permissions};
use aether_path::VirtualPath;
use aether_source::{Diagnostic, Source, Span};
use serde_json::Value as Json;

use crate::template::Template;
use crate::{Input, InputError, InputType};

/// Most steps of a pipeline. Each is a process; a person still has to see what happens.
pub const MAX_STEPS: usize = 256;

/// Most inputs of a pipeline.
pub const MAX_INPUTS: usize = 64;

/// A checked pipeline: every name in it exists, nothing waits for itself.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) source: Source,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) policy: Option<Located<String>>,
    pub(crate) transaction: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) order: Vec<usize>,
    pub(crate) output: Option<Template>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// What relative host paths in the file are relative to; empty until [`Plan::anchor`].
    pub(crate) folder: PathBuf,
}

/// One call of one plugin.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name inside the pipeline.
    pub id: String,
    /// Where it stands (its `id`).
    pub span: Span,
    /// The plugin's folder as written; [`Plan::plugin_folder`] for where it is.
    pub plugin: Located<String>,
    /// The method to call; `run` when left out.
    pub method: String,
    /// Host folders the cell sees, by virtual path.
    pub mounts: Vec<Mount>,
    /// What becomes the method's input; an empty object when left out.
    pub with: Template,
    /// Wall time of the call, when the step sets one.
    pub timeout: Option<Duration>,
    /// What the step leaves of the plugin's request. Narrows only: applying it is the policy's work.
    pub permissions: Option<Permissions>,
    /// Whether what needs this step goes on when it fails.
    pub continue_on_error: bool,
    /// The steps this one waits for, each once.
    pub needs: Vec<Need>,
}

/// A step that another one waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Its index in [`Plan::steps`].
    pub step: usize,
    /// Where it is named, in `needs` or in an expression.
    pub span: Span,
}

/// A host folder or file at a virtual path.
#[derive(Debug, Clone)]
pub struct Mount {
    /// Where the cell sees it.
    pub at: VirtualPath,
    /// Where it is on the host: a text that may use inputs, never results of steps.
    pub host: Template,
    /// Where the mount stands in the file (its value).
    pub span: Span,
}

impl Step {
    /// The steps whose result or outcome is part of what this one is given, as indexes of
    /// [`Plan::steps`], each once.
    pub fn takes_from(&self) -> Vec<usize> {
        let mut steps: Vec<usize> =
            self.with.expressions().iter().filter_map(|e| e.step()).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

impl Plan {
    /// The text it was read from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The pipeline's name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the pipeline is for.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The inputs in the order of the file.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The steps in the order of the file.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step of this name.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Indexes of the steps, each after all it needs, otherwise in the order of the file.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// What the pipeline gives back, if anything.
    pub fn output(&self) -> Option<&Template> {
        self.output.as_ref()
    }

    /// What is odd but not wrong.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Where the pipeline's own policy is as written, if it names one.
    pub fn policy(&self) -> Option<&Located<String>> {
        self.policy.as_ref()
    }

    /// Whether what its steps change is made as one: all of it, or nothing.
    pub fn is_transaction(&self) -> bool {
        self.transaction
    }

    /// Where the pipeline's own policy is, if it names one; relative to the pipeline file.
    pub fn policy_file(&self) -> Option<PathBuf> {
        self.policy.as_ref().map(|policy| self.folder.join(&policy.value))
    }

    /// Where a step's plugin is; relative to the pipeline file.
    pub fn plugin_folder(&self, step: &Step) -> PathBuf {
        self.folder.join(&step.plugin.value)
    }

    /// Gives an input a value from text, as typed on a command line; each input once.
    pub fn set_input(&mut self, name: &str, text: &str) -> Result<(), InputError> {
        let Some(index) = self.inputs.iter().position(|input| input.name == name) else {
            return Err(InputError::unknown(name, &self.inputs));
        };
        match self.inputs.get_mut(index) {
            Some(input) => input.set(text),
            None => Ok(()),
        }
    }

    /// Says where relative host paths begin: those of the file at the pipeline's folder, those
    /// given to [`Plan::set_input`] at the working folder. Joins paths, touches no file. Call it
    /// once, after the inputs are set; without it relative paths stay relative.
    pub fn anchor(&mut self, pipeline_folder: &Path, working_folder: &Path) {
        self.folder = pipeline_folder.to_owned();
        let paths = self
            .inputs
            .iter_mut()
            .filter(|input| matches!(input.kind, InputType::Folder | InputType::File));
        for input in paths {
            let base = if input.is_set { working_folder } else { pipeline_folder };
            if let Some(Json::String(path)) = &mut input.value
                // What is not UTF-8 cannot be a value; such a folder leaves the path as it is.
                && let Some(joined) = base.join(path.as_str()).to_str()
            {
                *path = joined.to_owned();
            }
        }
    }

    /// Whether every input has a value; names those that have none.
    pub fn check_inputs(&self) -> Result<(), InputError> {
        let missing: Vec<String> = self
            .inputs
            .iter()
            .filter(|input| input.value.is_none())
            .map(|input| input.name.clone())
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(InputError::Missing { names: missing }) }
    }
}
