//! A pipeline over a host: every plugin read and asked for before the first one starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

use aether_pipeline::{
    Event as StepEvent, Input, InputError, InputType, Options, Outcome, Plan, ResolvedMount,
    RunReport, Step, StepError, StepRequest, StepRunner,
};
use aether_policy::grant::Refused;
use aether_report::Edge;
use aether_source::{Span, quoted};
use serde_json::Value;

use crate::call::CallError;
use crate::host::lock;
use crate::{ExitCode, Host, LoadError, Mount, Plugin, StartError, StartOptions, real_path};

/// Why a pipeline does not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// An input has no value.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Folders or files that inputs name are not there.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Places(Vec<InputPlace>),
    /// Policy, consent or window are against at least one plugin; every reason against each.
    #[error("refused before start")]
    Refused(Vec<Refused>),
    /// The person who was asked said no, or could not be asked.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl PipelineError {
    /// The exit code that this error means for a program.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) | Self::Places(_) => ExitCode::Usage,
            Self::Refused(_) => ExitCode::Refused,
            Self::Start(error) => error.exit_code(),
        }
    }
}

/// Why a step failed.
#[derive(Debug)]
pub enum StepFailure {
    /// Its plugin cannot be loaded.
    Load(LoadError),
    /// Its plugin did not start, or its call failed.
    Run(StartError),
}

impl StepFailure {
    /// The exit code that this failure means for a program.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Load(_) => ExitCode::Usage,
            Self::Run(error) => error.exit_code(),
        }
    }

    /// The plugin's own error, if it was that.
    #[must_use]
    pub const fn call_error(&self) -> Option<&CallError> {
        match self {
            Self::Run(StartError::Load(error)) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(formatter),
            Self::Run(error) => error.fmt(formatter),
        }
    }
}

/// A folder or file that an input names and that cannot be what the input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPlace {
    /// The input's name.
    pub input: String,
    /// The path.
    pub path: PathBuf,
    /// What is wrong with it, as a sentence fragment.
    pub problem: String,
    /// Whether the path was set from outside the pipeline.
    pub is_set: bool,
    /// Where the pipeline declares the input.
    pub span: Span,
}

impl fmt::Display for InputPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        write!(formatter, "the input `{}`: {} {}", self.input, quoted(&path), self.problem)
    }
}

impl InputPlace {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self.is_set {
            true => "name one that is there".to_owned(),
            false => format!("that is its default; give another with --set {}=PATH", self.input),
        }
    }
}

/// Every input of a pipeline that names a folder or file which is not there, or not of that kind.
/// A plugin would find an empty place and report that there was nothing to do.
#[must_use]
pub fn missing_places(plan: &Plan) -> Vec<InputPlace> {
    let look = |input: &Input| {
        let folder = match input.kind {
            InputType::Folder => true,
            InputType::File => false,
            _ => return None,
        };
        let path = PathBuf::from(input.value.as_ref()?.as_str()?);
        let problem = match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() == folder => return None,
            Ok(_) if folder => "is no folder".to_owned(),
            Ok(_) => "is no file".to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "is not there".to_owned(),
            Err(error) => format!("cannot be looked at: {error}"),
        };
        let (name, is_set, span) = (input.name.clone(), input.is_set, input.span);
        Some(InputPlace { input: name, path, problem, is_set, span })
    };
    plan.inputs().iter().filter_map(look).collect()
}

/// A finished run of a pipeline.
#[derive(Debug)]
pub struct PipelineRun {
    /// How each step ended, and the pipeline's output.
    pub report: RunReport<StepFailure>,
    /// What was passed from cell to cell.
    pub edges: Vec<Edge>,
}

impl PipelineRun {
    /// The exit code: that of the first step, in the order of the file, whose failure is not
    /// tolerated.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let first = self.report.failures().next().map(|(_, error)| match error {
            StepError::Run(failure) => failure.exit_code(),
            StepError::Panicked(_) => ExitCode::Bug,
            _ => ExitCode::Usage,
        });
        match (first, &self.report.output) {
            (Some(code), _) => code,
            (None, Some(Err(_))) => ExitCode::Usage,
            (None, _) => ExitCode::Done,
        }
    }
}

impl Host {
    /// Runs a pipeline, whose plugins are [offered](Host::offer) to each other meanwhile. Plugins that cannot be loaded fail their step; a plugin that is refused
    /// keeps the whole pipeline from beginning.
    ///
    /// # Errors
    /// [`PipelineError`]; no plugin has run then.
    pub fn run_pipeline(
        &self,
        plan: &Plan,
        options: Options<'_>,
        on_event: &mut dyn FnMut(StepEvent<'_, StepFailure>),
    ) -> Result<PipelineRun, PipelineError> {
        plan.check_inputs()?;
        let missing = missing_places(plan);
        if !missing.is_empty() {
            return Err(PipelineError::Places(missing));
        }
        let plugins = self.load_all(plan);
        let mut wanted = Vec::new();
        for step in plan.steps() {
            if let Some(Ok(plugin)) = plugins.get(&plan.plugin_folder(step)) {
                wanted.push((plugin, start_options(plan, step)));
            }
        }
        let named = |step: &Step| match plugins.get(&plan.plugin_folder(step)) {
            Some(Ok(plugin)) => Some(plugin.clone()),
            _ => None,
        };
        let offers = Offers { host: self, names: self.offer_steps(plan, named) };
        let refused = self.ask_for(wanted.iter().map(|(plugin, options)| (*plugin, options)))?;
        if !refused.is_empty() {
            for (plugin, options) in &wanted {
                self.note_refused(plugin, options);
            }
            return Err(PipelineError::Refused(refused));
        }
        let runner = Runner { host: self, plan, plugins: Mutex::new(plugins) };
        let options = Options { cancel: options.cancel.or(Some(&self.0.interrupted)), ..options };
        let report = aether_pipeline::run(plan, &runner, options, on_event)?;
        drop(offers);
        self.note_all_unstarted(plan, &report);
        let edges = self.passed(plan, &report);
        Ok(PipelineRun { report, edges })
    }

    fn load_all(&self, plan: &Plan) -> BTreeMap<PathBuf, Result<Plugin, LoadError>> {
        let mut plugins = BTreeMap::new();
        for step in plan.steps() {
            let folder = plan.plugin_folder(step);
            plugins.entry(folder).or_insert_with_key(|folder| self.load(folder));
        }
        plugins
    }

    fn note_all_unstarted(&self, plan: &Plan, report: &RunReport<StepFailure>) {
        let started = self.starts();
        for (step, ended) in plan.steps().iter().zip(&report.steps) {
            if started.iter().any(|started| started.step.as_deref() == Some(&step.id)) {
                continue;
            }
            let text = match &ended.outcome {
                Outcome::Skipped(reason) => format!("skipped: {reason}"),
                Outcome::Failed(error) => error.to_string(),
                Outcome::Ok(_) => String::new(),
            };
            self.note_unstarted(&step.id, &step.plugin.value, text);
        }
    }

    /// Results that went from one step's cell into another's input.
    fn passed(&self, plan: &Plan, report: &RunReport<StepFailure>) -> Vec<Edge> {
        let starts = self.starts();
        let cell =
            |step: &Step| starts.iter().find(|started| started.step.as_deref() == Some(&step.id));
        let mut edges = Vec::new();
        for step in plan.steps() {
            for source in step.takes_from() {
                let Some(from) = plan.steps().get(source) else { continue };
                let outcome = report.steps.get(source).map(|step| &step.outcome);
                let (Some(from), Some(to), Some(Outcome::Ok(result))) =
                    (cell(from), cell(step), outcome)
                else {
                    continue;
                };
                let bytes = result.to_string().len() as u64;
                let via = "pipeline".to_owned();
                edges.push(Edge {
                    from: from.number,
                    to: to.number,
                    via,
                    calls: 1,
                    bytes,
                    ..Edge::default()
                });
            }
        }
        edges
    }
}

/// What is offered while a pipeline runs.
struct Offers<'a> {
    host: &'a Host,
    names: BTreeSet<String>,
}

impl Drop for Offers<'_> {
    fn drop(&mut self) {
        self.host.withdraw_steps(&self.names);
    }
}

struct Runner<'a> {
    host: &'a Host,
    plan: &'a Plan,
    /// What was loaded before the start; a failure is handed to the step that it belongs to.
    plugins: Mutex<BTreeMap<PathBuf, Result<Plugin, LoadError>>>,
}

impl StepRunner for Runner<'_> {
    type Error = StepFailure;

    fn run(&self, request: StepRequest<'_>) -> Result<Value, StepFailure> {
        let loaded = {
            let mut plugins = lock(&self.plugins);
            match plugins.get(&request.plugin) {
                Some(Ok(plugin)) => Some(Ok(plugin.clone())),
                _ => plugins.remove(&request.plugin),
            }
        };
        let plugin = match loaded {
            Some(plugin) => plugin,
            // A second step with the same unusable plugin: say the same again.
            None => self.host.load(&request.plugin),
        };
        let plugin = plugin.map_err(StepFailure::Load)?;
        let options = options_with(self.plan, request.step, request.mounts);
        self.host
            .call_once(&plugin, &options, request.method, request.input, request.timeout)
            .map_err(StepFailure::Run)
    }
}

/// How a step's plugin is started. Known before anything has run, since mounts use inputs only.
#[must_use]
pub fn start_options(plan: &Plan, step: &Step) -> StartOptions {
    // A mount without a value fails its step when it begins.
    options_with(plan, step, aether_pipeline::mounts(plan, step).unwrap_or_default())
}

fn options_with(plan: &Plan, step: &Step, mounts: Vec<ResolvedMount>) -> StartOptions {
    let mount = |mount: ResolvedMount| Mount {
        typed_by_person: is_typed(plan, &mount.host),
        at: mount.at,
        host: mount.host,
    };
    StartOptions {
        step: Some(step.id.clone()),
        mounts: mounts.into_iter().map(mount).collect(),
        narrowing: step.permissions.clone(),
        in_transaction: plan.is_transaction(),
        debug: None,
    }
}

/// Whether a host path is, or lies in, a folder or file that a person gave as an input of this
/// run. Compared without links and `..`, so that a pipeline cannot lead out of it again.
fn is_typed(plan: &Plan, host: &Path) -> bool {
    let host = real_path(host);
    if host.components().any(|component| component == Component::ParentDir) {
        return false;
    }
    plan.inputs().iter().any(|input| {
        let path = matches!(input.kind, InputType::Folder | InputType::File) && input.is_set;
        let value = input.value.as_ref().and_then(Value::as_str).filter(|_| path);
        value.is_some_and(|value| host.starts_with(real_path(Path::new(value))))
    })
}
