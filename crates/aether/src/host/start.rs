//! From a plugin to a running cell.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aether_container::{LaunchError, Posture};
use aether_manifest::Permissions;
use aether_policy::grant::Refused;
use aether_protocol::v1::failure;
use aether_source::Diagnostic;
use serde_json::Value;

use super::launch::{Manner, Terms};
use super::starts::{Failure, Started};
use super::{Host, lock};
use crate::call::CallError;
use crate::cell::{Cell, Setup};
use crate::mounts::Mount;
use crate::native::NativeError;
use crate::network::NetworkError;
use crate::record::Final;
use crate::{Debugging, Event, ExitCode, Plugin};

/// Why a plugin does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Policy, consent or window are against it.
    #[error("refused before start")]
    Refused(Box<Refused>),
    /// The person who was asked said no.
    #[error("refused by the person who was asked")]
    Declined,
    /// The container cannot be had.
    #[error(transparent)]
    Container(#[from] LaunchError),
    /// What it was granted cannot be mounted.
    #[error(transparent)]
    Files(#[from] aether_overlay::SetupError),
    /// A native program, or what it was granted, cannot be had.
    #[error("{error}")]
    Native {
        /// Why not.
        error: NativeError,
        /// The same with the line of the manifest that is the matter, where there is one.
        place: Option<Box<aether_source::Diagnostic>>,
    },
    /// The network that it was granted cannot be had.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A native program without a container would be none of ours.
    #[error("native programs do not run without a container: start them yourself")]
    NativeUnconfined,
    /// What a native program writes is a layer, which is looked at when it has ended.
    #[error(
        "the policy has changes of `{0}` made at once (`direct`), which those of a native program cannot be: write `commit`"
    )]
    NativeDirect(String),
    /// What is changed at once cannot be taken back when a later step fails.
    #[error(
        "the policy has changes of `{0}` made at once (`direct`), and the pipeline is a transaction: write `commit`"
    )]
    TransactionDirect(String),
    /// The policy has it run in the host's process, where only WebAssembly can run.
    #[error(
        "the policy has `{0}` run in the host's own process (`isolation: in-process`), which only WebAssembly can"
    )]
    InProcess(String),
    /// The program that becomes its cell has no such engine.
    #[error(
        "`{plugin}` runs in the engine `{engine}`, which is not built into this program: build it with \
         `--features {engine}`, or write `engine: quickjs`"
    )]
    NoEngine {
        /// The plugin.
        plugin: String,
        /// The engine.
        engine: &'static str,
    },
    /// The policy does not let a person debug it.
    #[error(
        "the policy does not let `{0}` be debugged: write `javascript: {{debug: allow}}` for it in the policy"
    )]
    NotDebugged(String),
    /// Its engine has no debugger.
    #[error(
        "`{plugin}` runs in {engine}, which has no debugger: write `\"engine\": \"v8\"` in its manifest, or \
         `javascript: {{engine: v8}}` in the policy"
    )]
    NoDebugger {
        /// The plugin.
        plugin: String,
        /// What runs it.
        engine: &'static str,
    },
    /// The machine is short of something, and the plugin does not matter enough.
    #[error(
        "`{plugin}` is not started: the machine is short of {of}. Try again later, or write `priority: high` for it in the policy"
    )]
    Pressure {
        /// The plugin.
        plugin: String,
        /// Of what.
        of: &'static str,
    },
    /// The code that was compiled of it is none.
    #[error("the compiled code cannot be used: {0}")]
    Code(String),
    /// Its compiled code and its manifest do not fit: what is wrong, each with its place.
    #[error("{}", messages(.0))]
    Unfit(Vec<Diagnostic>),
    /// The host was interrupted.
    #[error("not started: the run was interrupted")]
    Interrupted,
    /// It did not load.
    #[error(transparent)]
    Load(#[from] CallError),
    /// The audit log cannot be written: nothing runs unrecorded.
    #[error("the audit log cannot be written: {0}")]
    Audit(#[from] aether_audit::LogError),
}

impl StartError {
    pub(super) fn native(plugin: &Plugin) -> impl FnOnce(NativeError) -> Self + '_ {
        |error| {
            let place = error.in_manifest(plugin.manifest()).map(Box::new);
            Self::Native { error, place }
        }
    }

    /// The exit code that this error means for a program.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Declined | Self::NotDebugged(_) => ExitCode::Refused,
            // A protection that is not there, or of which the kernel says otherwise than the cell.
            Self::Container(
                LaunchError::Protection { .. }
                | LaunchError::Rootless { .. }
                | LaunchError::Mismatch(_)
                | LaunchError::Unsupported(_),
            ) => ExitCode::Protection,
            Self::Pressure { .. } => ExitCode::Limit,
            Self::Interrupted => ExitCode::PluginError,
            Self::Container(_) | Self::Code(_) => ExitCode::Bug,
            Self::Files(_)
            | Self::Audit(_)
            | Self::Native { .. }
            | Self::NativeUnconfined
            | Self::NativeDirect(_)
            | Self::TransactionDirect(_)
            | Self::InProcess(_)
            | Self::NoEngine { .. }
            | Self::NoDebugger { .. }
            | Self::Unfit(_) => ExitCode::Usage,
            Self::Network(error) => error.exit_code(),
            Self::Load(error) => error.exit_code(),
        }
    }
}

/// Every error in one line.
fn messages(problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error());
    errors.map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// How long WebAssembly may be compiled.
pub(crate) const COMPILE_TIME: Duration = Duration::from_secs(120);

/// How to start a plugin.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// The pipeline step that it runs, for reports.
    pub step: Option<String>,
    /// Whether what it changes is made as one with what others do, or not at all.
    pub in_transaction: bool,
    /// Host folders at places of its virtual tree.
    pub mounts: Vec<Mount>,
    /// What is left of its request, if less than all; never adds.
    pub narrowing: Option<Permissions>,
    /// A person's debugger, for one start.
    pub debug: Option<Debugging>,
}

impl Host {
    /// Grants, confines, loads.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub fn start(&self, plugin: &Plugin, options: &StartOptions) -> Result<Cell, StartError> {
        self.start_on(plugin, options, &OnceLock::new(), false).1
    }

    /// The same on the terms of an earlier start, which the first one leaves there; for the host, or
    /// for the plugins that it is offered to. Gives the number of the cell, be there one or not.
    pub(crate) fn start_on(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        terms: &OnceLock<Terms>,
        offered: bool,
    ) -> (u32, Result<Cell, StartError>) {
        let finished = Arc::new(Mutex::new(None));
        let number = self.begin(plugin, options, &finished);
        let manner = Manner { offered, ..Manner::plugin() };
        let result = self.start_numbered(number, plugin, options, (terms, manner), finished);
        if let Err(error) = &result {
            self.note_failure(number, start_failure(error));
        }
        (number, result)
    }

    /// Notes that a plugin is about to start; gives the number of its cell.
    pub(super) fn begin(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        finished: &Arc<Mutex<Option<Final>>>,
    ) -> u32 {
        let number = self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1;
        let started = Started {
            number,
            step: options.step.clone(),
            plugin: plugin.clone(),
            at: self.0.started.elapsed(),
            grant: None,
            places: None,
            posture: Posture::default(),
            finished: Arc::clone(finished),
            failure: None,
            model_unused: None,
            compiles: false,
        };
        lock(&self.0.starts).push(started);
        self.0.listener.tell(&Event::Starting {
            cell: number,
            plugin: plugin.identity().name.clone(),
            step: options.step.clone(),
        });
        number
    }

    /// Notes how a program that was run for itself ended, unless it was well.
    pub(super) fn note_ending(&self, number: u32, ending: &crate::Ending) {
        if !matches!(ending, crate::Ending::Normal) {
            self.note_failure(number, call_failure(&CallError::Ended(ending.clone())));
        }
    }

    /// Compiles a plugin in a cell that is granted nothing, and runs none of it. Gives what compiling
    /// finds against its manifest: of WebAssembly, what it imports and does not ask for.
    ///
    /// # Errors
    /// [`StartError::Load`] with what does not compile, or why it could not be tried.
    pub fn compile(&self, plugin: &Plugin) -> Result<Vec<Diagnostic>, StartError> {
        if plugin.is_native() {
            return self.look_for_program(plugin).map(|()| Vec::new());
        }
        match plugin.wasm() {
            Some(wasm) => self.look_at_imports(plugin, wasm),
            None => self.compiled(plugin, false).map(|_| Vec::new()),
        }
    }

    /// Starts a plugin for one call, and stops it.
    ///
    /// # Errors
    /// [`StartError`], with [`StartError::Load`] for errors of the call.
    pub fn call_once(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        method: &str,
        input: Value,
        limit: Option<Duration>,
    ) -> Result<Value, StartError> {
        let limit = limit.unwrap_or(Duration::MAX);
        self.with_cell(plugin, options, |cell| cell.begin(method, input, limit).wait())
    }

    /// The same with the result in pieces, each handed on as it comes.
    ///
    /// # Errors
    /// As [`Host::call_once`].
    pub fn stream_once(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        method: &str,
        input: Value,
        mut take: impl FnMut(Value),
    ) -> Result<Value, StartError> {
        self.with_cell(plugin, options, |cell| {
            let mut pieces = cell.stream(method, input, Duration::MAX);
            pieces.by_ref().for_each(&mut take);
            pieces.finish()
        })
    }

    fn with_cell(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        call: impl FnOnce(&Cell) -> Result<Value, CallError>,
    ) -> Result<Value, StartError> {
        let cell = self.start(plugin, options)?;
        let number = cell.number();
        let result = call(&cell);
        let ending = cell.stop();
        if let Err(error) = &result {
            self.note_failure(number, call_failure(error));
        } else if !matches!(ending, crate::Ending::Normal) {
            self.note_failure(number, call_failure(&CallError::Ended(ending)));
        }
        Ok(result?)
    }

    /// Starts the cell of this number; once again with new code where its engine takes another than the
    /// code that was kept is for.
    pub(super) fn start_numbered(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        on: (&OnceLock<Terms>, Manner<'_>),
        finished: Arc<Mutex<Option<Final>>>,
    ) -> Result<Cell, StartError> {
        let first = self.start_once(number, plugin, options, on, Arc::clone(&finished));
        match &first {
            Err(StartError::Load(CallError::Plugin(error)))
                if error.kind == failure::STALE_CODE && self.forget_code(plugin) =>
            {
                self.start_once(number, plugin, options, on, finished)
            }
            _ => first,
        }
    }

    fn start_once(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        (terms, manner): (&OnceLock<Terms>, Manner<'_>),
        finished: Arc<Mutex<Option<Final>>>,
    ) -> Result<Cell, StartError> {
        let launched = self.launched(number, plugin, options, terms, manner)?;
        let compile_only = manner.compiles.is_some();
        let compiles = plugin.wasm().is_some() || manner.makes.is_some();
        let timeout = match compile_only && compiles {
            true => COMPILE_TIME,
            false => launched.grant.limits().timeout,
        };
        let hello = launched.hello(&self.0.versions, plugin);
        let setup = Setup { hello, timeout };
        let loading = (timeout, compile_only);
        let driver = |commands| launched.driver(self, commands, loading, finished);
        let host = self.clone();
        Ok(Cell::drive(setup, driver, move || {
            lock(&host.0.running).remove(&number);
            host.let_go(number);
        })?)
    }
}

pub(super) fn start_failure(error: &StartError) -> Failure {
    let refused = match error {
        StartError::Refused(refused) => Some((**refused).clone()),
        _ => None,
    };
    Failure { code: error.exit_code(), text: error.to_string(), refused }
}

pub(super) fn call_failure(error: &CallError) -> Failure {
    Failure { code: error.exit_code(), text: error.to_string(), refused: None }
}
