//! From what was typed to a host.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aether::egress::Private;
use aether::manifest::Runtime;
use aether::pipelines::Plan;
use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::{Diagnostic, Source, quoted};
use aether::{Answer, Event, Host, HostBuilder, Protection};

use crate::args::{HostArgs, LaunchArgs};
use crate::consent;
use crate::failure::Failure;
use crate::interrupt;
use crate::prune::make_room;
use crate::show::terminal::Terminal;
use crate::show::{elevation, review};
use crate::state::{RunFolder, State};

/// The policy's name where it is looked for.
const POLICY_FILE: &str = "aether-policy.yaml";

/// A pipeline file of at most this many bytes is read.
const MAX_FILE: u64 = 1 << 20;

/// Reads a text file that people wrote. A pipeline may name any path as its policy: only a regular
/// file is read, and never more than the cap.
pub(crate) fn read_source(path: &Path, help: &str) -> Result<Source, Failure> {
    let io = Failure::io_with(path, help);
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        if !fs::metadata(path)?.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= MAX_FILE).then_some(bytes))
    };
    match read().map_err(io)? {
        Some(bytes) => Source::from_bytes(path.display().to_string(), bytes)
            .map_err(|problem| Failure::Problems(vec![problem])),
        None => Err(Failure::usage(format!("{}: larger than 1 MiB", path.display()))),
    }
}

/// Reads a pipeline and sets its inputs. Whether they are all there, and lead somewhere, is
/// [`input_problems`].
pub(crate) fn read_plan(path: &Path, inputs: &[String]) -> Result<Plan, Failure> {
    let help = "name a pipeline's file, or a plugin's folder: one with an aether-plugin.json";
    let mut plan = aether::pipelines::parse(read_source(path, help)?).map_err(Failure::Problems)?;
    for input in inputs {
        let (name, value) = input.split_once('=').ok_or_else(|| {
            let message = format!("`--set {input}` has no value");
            Failure::usage_with(message, "write --set NAME=VALUE")
        })?;
        plan.set_input(name, value).map_err(|error| Failure::Usage {
            help: Some(error.help()),
            message: error.to_string(),
        })?;
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let absolute = |path: &Path| std::path::absolute(path).map_err(Failure::io(path));
    // What a person types is relative to where they are, wherever plugins are to work.
    plan.anchor(&absolute(folder)?, &absolute(Path::new("."))?);
    Ok(plan)
}

/// Inputs without a value, and those whose folder or file is not there.
pub(crate) fn input_problems(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for input in plan.inputs().iter().filter(|input| input.value.is_none()) {
        let message = format!("no value for the input `{}`", input.name);
        let problem = Diagnostic::error("input-missing", plan.source(), input.span, message);
        found.push(problem.with_help(format!("give --set {}=VALUE", input.name)));
    }
    for place in aether::missing_places(plan) {
        let problem =
            Diagnostic::error("input-not-there", plan.source(), place.span, place.to_string());
        found.push(problem.with_help(place.help()));
    }
    found
}

/// The policy: the one that was named, the user's own, or, for a pipeline, the one that it names
/// or lies beside. Never one from a plugin's folder or from where the command happens to be run.
pub(crate) fn find_policy(
    args: &HostArgs,
    pipeline: Option<(&Path, &Plan)>,
) -> Result<Option<Policy>, Failure> {
    let (path, origin) = match (&args.policy, user_policy()) {
        (Some(named), _) => (named.clone(), PolicyOrigin::Named),
        (None, Some(own)) => (own, PolicyOrigin::Named),
        (None, None) => {
            let Some((file, plan)) = pipeline else { return Ok(None) };
            let beside = file.with_file_name(POLICY_FILE);
            match plan.policy_file().zip(plan.policy()) {
                Some((named, written)) => {
                    if let Err(error) = fs::metadata(&named) {
                        let message = format!("the policy {}: {error}", quoted(&written.value));
                        let source = plan.source();
                        let problem =
                            Diagnostic::error("policy-missing", source, written.span, message);
                        let help = "its path is relative to the pipeline's file";
                        return Err(Failure::Problems(vec![problem.with_help(help)]));
                    }
                    (named, PolicyOrigin::Discovered)
                }
                None if beside.is_file() => (beside, PolicyOrigin::Discovered),
                None => return Ok(None),
            }
        }
    };
    let zones = jiff::tz::db();
    let help = "a policy is a text file that is there and can be read: --policy FILE names one";
    let policy =
        Policy::parse(read_source(&path, help)?, origin, zones).map_err(Failure::Problems)?;
    let problems = aether::private_problems(&policy);
    if problems.is_empty() { Ok(Some(policy)) } else { Err(Failure::Problems(problems)) }
}

/// `aether/aether-policy.yaml` in the user's configuration folder, if it is there.
fn user_policy() -> Option<PathBuf> {
    let from =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = match cfg!(windows) {
        true => from("APPDATA"),
        false => from("XDG_CONFIG_HOME").or_else(|| from("HOME").map(|home| home.join(".config"))),
    }?;
    let path = folder.join("aether").join(POLICY_FILE);
    path.is_file().then_some(path)
}

/// Who agrees to what is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// A person is asked, or the policy.
    Asked,
    /// Whoever typed the command typed what it may do.
    Typed {
        /// Places inside that it may be led to.
        opened: Vec<Private>,
    },
}

/// What a run will start, as far as that is known when its host is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starts {
    /// One plugin, of this kind.
    One(Runtime),
    /// The steps of a pipeline.
    Several,
}

/// A host for `run`, `call` and `mcp`, and the folder of its run.
pub(crate) fn host(
    args: &LaunchArgs,
    policy: Option<Policy>,
    state: &State,
    terminal: &Terminal,
    starts: Starts,
    on_event: impl Fn(&Event) + Send + Sync + 'static,
) -> Result<(Host, RunFolder), Failure> {
    host_with(args, policy, state, terminal, starts, Consent::Asked, on_event)
}

/// The same, with a say in who agrees.
pub(crate) fn host_with(
    args: &LaunchArgs,
    policy: Option<Policy>,
    state: &State,
    terminal: &Terminal,
    starts: Starts,
    consent: Consent,
    on_event: impl Fn(&Event) + Send + Sync + 'static,
) -> Result<(Host, RunFolder), Failure> {
    let mut builder = builder(&args.host, policy, state, terminal)?.on_event(on_event);
    if args.unsafe_mode {
        builder = builder.unsafe_without_container();
    }
    // The process is made while old runs are looked through.
    builder = match starts {
        Starts::One(runtime) => builder.make_ready(runtime),
        // Most pipelines begin with JavaScript; where one does not, the process is not needed.
        Starts::Several => builder.spares().make_ready(Runtime::Javascript),
    };
    make_room(state)?;
    let folder = state.new_run()?;
    builder = launched(builder, args, &folder)?;
    if let Consent::Typed { opened } = consent {
        builder = builder.ask(|_| Answer::Once).open_inside(opened);
    }
    if let Some(lesson) = &args.lesson {
        builder = lesson.prepare(builder);
    }
    let host = builder.build()?;
    interrupt::watch(&host, terminal);
    if let Some(lesson) = &args.lesson {
        lesson.attend(&host, &folder)?;
    }
    Ok((host, folder))
}

/// The same host with what was typed of a launch, and with its log in the run's folder.
pub(crate) fn launched(
    builder: HostBuilder,
    args: &LaunchArgs,
    folder: &RunFolder,
) -> Result<HostBuilder, Failure> {
    let mut builder = builder.audit(folder.audit());
    for name in &args.allow_degraded {
        builder = builder.allow_degraded(protection(name)?);
    }
    if args.trace_files {
        builder = builder.trace_files();
    }
    if args.trace_calls {
        builder = builder.trace_calls();
    }
    if args.coredump {
        builder = builder.coredumps(&folder.path);
    }
    Ok(builder)
}

/// What every host of this command has.
pub(crate) fn builder(
    args: &HostArgs,
    policy: Option<Policy>,
    state: &State,
    terminal: &Terminal,
) -> Result<HostBuilder, Failure> {
    let mut builder = Host::builder()
        .consents(consent::load(&state.consents_file())?)
        .keep_narrowed(state.narrowed_file())
        .checkpoints(state.checkpoints_folder(), state.key_file())
        .models(state.models_folder())
        .keep_values(state.values_folder())
        .keep_code(state.code_folder());
    for warning in policy.iter().flat_map(|policy| &policy.warnings) {
        terminal.say(crate::show::diagnostics::render(warning, terminal.colour, terminal.width));
    }
    let has_policy = policy.is_some();
    if let Some(policy) = policy {
        builder = builder.policy(policy);
    }
    if let Some(workdir) = &args.workdir {
        let help = "--workdir takes the folder that plugins are to see as /workspace";
        let meta = fs::metadata(workdir).map_err(Failure::io_with(workdir, help))?;
        if !meta.is_dir() {
            let message = format!("{}: not a folder", workdir.display());
            return Err(Failure::usage_with(message, help));
        }
        builder = builder.workdir(workdir);
    }
    if args.yes_from_policy {
        // Under a policy only what it allows is asked about; without one there is nothing to take.
        if has_policy {
            builder = builder.ask(|_| Answer::Once);
        }
    } else if terminal.attended {
        let asked = terminal.clone();
        // What a policy is silent about no policy says yes to, so `--yes-from-policy` does not.
        builder = builder.ask_elevation(move |question| elevation::ask(&asked, question));
        let terminal = terminal.clone();
        builder = builder.ask(move |reviews| {
            interrupt::while_asking(|| terminal.ask(|| review::ask(&terminal, reviews)))
        });
    }
    Ok(builder)
}

/// A time that was typed after an option.
pub(crate) fn duration(text: &str, flag: &str) -> Result<Duration, Failure> {
    aether::manifest::parse_duration(text)
        .map_err(|error| Failure::usage_with(format!("{flag}: {error}"), error.help()))
}

fn protection(name: &str) -> Result<Protection, Failure> {
    Protection::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Protection::ALL.iter().map(|protection| protection.name()).collect();
        let near = aether::source::did_you_mean(name, names.iter().copied());
        let help = near.map_or_else(
            || format!("there are {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        Failure::usage_with(format!("there is no protection {}", quoted(name)), help)
    })
}
