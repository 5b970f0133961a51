//! `aether exec`

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use aether::egress::Private;
use aether::manifest::{Asking, Manifest, Runtime};
use aether::path::PathPattern;
use aether::source::{Source, printable, quoted};
use aether::{Ending, ExitCode, Plugin, ProgramLimits, StartError, StartOptions, Streams};
use serde_json::{Value, json};

use crate::args::{ExecArgs, Format};
use crate::commands::finish::{Finished, finish};
use crate::commands::reports;
use crate::failure::Failure;
use crate::options::{Consent, Starts, duration, find_policy, host_with, read_source};
use crate::show::controls::Controls;
use crate::show::failures::show_start;
use crate::show::terminal::Terminal;
use crate::state::State;

/// What a command gets that names no limits: enough for a compiler, bounded all the same.
const MEMORY: &str = "1GB";
const DISK: &str = "1GB";
const PROCESSES: u32 = 256;
const TIMEOUT: &str = "24h";

/// What stands for the command in its manifest, which has no room for long ones.
const PROGRAM: &str = "command";

/// Runs a command; gives the code to end with.
pub(crate) fn exec(args: &ExecArgs, terminal: &Terminal) -> Result<u8, Failure> {
    if args.launch.unsafe_mode {
        let help = "run the command itself to run it without protection";
        return Err(Failure::usage_with("`--unsafe` is for plugins".to_owned(), help));
    }
    if args.launch.host.workdir.is_some() && args.manifest.is_none() {
        let help = "change into the folder before, or give what to run its path";
        return Err(Failure::usage_with("`--workdir` goes with `--manifest`", help));
    }
    let here = std::env::current_dir().map_err(Failure::io(Path::new(".")))?;
    let manifest = manifest(args, &here)?;
    let folder = match &args.manifest {
        Some(_) => PathBuf::from("/workspace"),
        None => here.clone(),
    };
    let mut words = args.command.clone();
    if let Some(program) = words.first_mut() {
        *program = program_of(program, &here);
    }
    let title = title(&words);
    let command = Plugin::of_command(manifest, words, &here);
    // A policy counts when it is named: what is typed here is its owner's word otherwise.
    // A manifest is somebody else's word, as a plugin's is.
    let named = args.launch.host.policy.is_some() || args.manifest.is_some();
    let policy = if named { find_policy(&args.launch.host, None)? } else { None };
    let opened = opened(args, named)?;
    if let Some(into) = &args.launch.inspect_security {
        reports::prepare(into)?;
    }
    let limits = ProgramLimits {
        processor: args.cpu_time.as_deref().map(|text| duration(text, "--cpu-time")).transpose()?,
        output: args.output.as_deref().map(|text| size(text, "--output")).transpose()?,
    };
    let state = State::open()?;
    let consent = match named {
        true => Consent::Asked,
        false => Consent::Typed { opened },
    };
    let (host, run) = host_with(
        &args.launch,
        policy,
        &state,
        terminal,
        Starts::One(Runtime::Native),
        consent,
        |_| {},
    )?;
    let streams = Streams {
        input: Some(Box::new(io::stdin())),
        output: taker(io::stdout(), args.raw),
        errors: taker(io::stderr(), args.raw),
    };
    let result = host.execute(&command, &StartOptions::default(), &folder, limits, streams);
    let code = result.as_ref().map_or_else(StartError::exit_code, ExitCode::of);
    let note = match &result {
        Ok(Ending::Normal) => String::new(),
        Ok(ending) => ending.to_string(),
        Err(error) => error.to_string(),
    };
    let told = result.is_err().then(|| note.clone()).into_iter().collect();
    // Of a command that did what it was to, only its own output is wanted.
    let quiet = args.quiet || matches!(result, Ok(Ending::Normal));
    let finished = Finished { quiet, ..Finished::of(title, code, note, told) };
    let launch = &args.launch;
    let ended = finish(&host, &run, &state, launch, args.apply, finished, terminal);
    if let Err(error) = &result {
        match error {
            // What was typed, not the manifest that was made of it.
            StartError::Native { error, .. } if args.manifest.is_none() => {
                let flag = error.pattern().and_then(|pattern| flag_of(args, &here, pattern));
                let flag = flag.map_or_else(String::new, |flag| format!("`{flag}`: "));
                let help = error.help(Asking::Options);
                terminal.error(format_args!("{flag}{error}"), help.as_deref());
            }
            error => show_start(terminal, error, None),
        }
    }
    ended.show_problems(terminal);
    if launch.format == Format::Json {
        // Standard output is the command's.
        let record: Value =
            serde_json::from_str(&aether::report::json(&ended.record)).unwrap_or(Value::Null);
        terminal.say(json!({ "run": run.name(), "record": record }).to_string());
    }
    match result {
        // Codes are bytes; one that is none cannot come from a process.
        Ok(Ending::Exited(own)) if args.pass_code => Ok(u8::try_from(own).unwrap_or(1)),
        // As a shell has it; the filter of system calls ends a process by SIGSYS, signal(7).
        Ok(Ending::Violation(aether::Violation::KilledByFilter)) if args.pass_code => Ok(128 + 31),
        Ok(Ending::Signalled(number)) if args.pass_code => {
            Ok(u8::try_from(number).unwrap_or(127).saturating_add(128))
        }
        _ => Ok(ended.code.number()),
    }
}

/// What the run is called: the program alone. Its arguments may be secrets, and reports are handed on.
fn title(words: &[OsString]) -> String {
    let program = words.first().map(Path::new).unwrap_or(Path::new(PROGRAM));
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

fn size(text: &str, flag: &str) -> Result<u64, Failure> {
    aether::manifest::parse_size(text)
        .map_err(|error| Failure::usage_with(format!("{flag}: {error}"), error.help()))
}

/// Where output goes: control sequences of a stranger's program reach no terminal.
fn taker(to: impl Write + IsTerminal + Send + 'static, raw: bool) -> Box<dyn Write + Send> {
    match to.is_terminal() && !raw {
        true => Box::new(Controls::new(to)),
        false => Box::new(to),
    }
}

/// A program that is typed as a path is meant from here.
fn program_of(word: &OsString, here: &Path) -> OsString {
    let path = Path::new(word);
    if path.is_absolute() || path.components().count() < 2 && !word.to_string_lossy().contains('/')
    {
        return word.clone();
    }
    aether::real_path(&here.join(path)).into_os_string()
}

/// What was typed, as a manifest.
fn manifest(args: &ExecArgs, here: &Path) -> Result<Manifest, Failure> {
    if let Some(path) = &args.manifest {
        let files = args.read.len() + args.write.len() + args.run.len();
        if files + args.net.len() + args.listen.len() + args.env.len() > 0 {
            let help = "put everything into the manifest, or everything on the command line";
            return Err(Failure::usage_with(
                "`--manifest` does not go together with other grants".to_owned(),
                help,
            ));
        }
        return aether::manifest::parse(read_source(path, "name a manifest")?)
            .map_err(Failure::Problems);
    }
    let mut read = Vec::new();
    for path in args.read.iter().chain(&args.write).chain(&args.run) {
        read.push(pattern(path, here, args.write.contains(path))?);
    }
    read.dedup();
    let process = args.run.iter().map(|path| pattern(path, here, args.write.contains(path)));
    let process = process.collect::<Result<Vec<_>, _>>()?;
    let write = args.write.iter().map(|path| pattern(path, here, true));
    let write = write.collect::<Result<Vec<_>, _>>()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = json!({
        "name": PROGRAM,
        "runtime": "native",
        "entry": [PROGRAM],
        "permissions": {
            "filesystem": { "read": read, "write": write },
            "network": { "domains": args.net, "inbound": args.listen },
            "environment": args.env,
            "process": process,
        },
        "resources": {
            "memory": args.memory.as_deref().unwrap_or(MEMORY),
            "timeout": args.timeout.as_deref().unwrap_or(TIMEOUT),
            "cpu": args.cpu.unwrap_or(cores as f64),
            "disk": args.disk.as_deref().unwrap_or(DISK),
            "processes": args.processes.unwrap_or(PROCESSES),
        },
    });
    let text = serde_json::to_string_pretty(&text).unwrap_or_default();
    let source = Source::from_bytes("command line".to_owned(), text.into_bytes());
    let manifest = source.map_err(|problem| vec![problem]).and_then(aether::manifest::parse);
    let mut manifest = manifest.map_err(Failure::Problems)?;
    manifest.asking = Asking::Options;
    Ok(manifest)
}

/// Places inside that whoever typed the command opens to it.
fn opened(args: &ExecArgs, has_policy: bool) -> Result<Vec<Private>, Failure> {
    if has_policy && !args.net_private.is_empty() {
        let help = "write it into the policy, as `private` of the entry's `network`";
        return Err(Failure::usage_with(
            "`--net-private` does not go together with `--policy`".to_owned(),
            help,
        ));
    }
    let read = |text: &String| {
        text.parse().map_err(|error: aether::egress::PrivateError| {
            Failure::usage(format!("--net-private: {error}"))
        })
    };
    args.net_private.iter().map(read).collect()
}

/// The flag by which a pattern was granted, as it was typed.
fn flag_of(args: &ExecArgs, here: &Path, granted: &str) -> Option<String> {
    let all = [("--write", &args.write), ("--run", &args.run), ("--read", &args.read)];
    let typed = all.into_iter().flat_map(|(flag, paths)| paths.iter().map(move |at| (flag, at)));
    let mut same = typed.filter(|(flag, path)| {
        pattern(path, here, *flag != "--read").is_ok_and(|pattern| pattern == granted)
    });
    same.next().map(|(flag, path)| format!("{flag} {}", printable(&path.to_string_lossy())))
}

/// A typed path as a pattern: absolute, and with a `/` at its end for a folder.
fn pattern(typed: &Path, here: &Path, may_be_new: bool) -> Result<String, Failure> {
    let text = typed.to_str().ok_or_else(|| {
        Failure::usage(format!("{} is not UTF-8", quoted(&typed.to_string_lossy())))
    })?;
    let absolute = std::path::absolute(here.join(typed)).map_err(Failure::io(typed))?;
    // Where it leads is resolved when it is granted.
    let absolute = aether::plain_path(&absolute);
    let mut pattern = aether::host_name(&absolute, here);
    let there = std::fs::symlink_metadata(&absolute).is_ok();
    if pattern.contains(['*', '?']) && (there || may_be_new) {
        // As a pattern it would name more than what was typed.
        let message = format!("{}: a name with `*` or `?` in it cannot be granted", quoted(text));
        return Err(Failure::usage_with(message, "grant the folder that it is in, or rename it"));
    }
    match std::fs::metadata(&absolute) {
        Ok(meta) if meta.is_dir() => pattern = format!("{}/", pattern.trim_end_matches('/')),
        Ok(_) => {}
        Err(_) if may_be_new && text.ends_with('/') => pattern.push('/'),
        Err(_) if may_be_new => {}
        // Perhaps a pattern: the shell leaves those that match nothing, and those in quotes.
        Err(_) if text.contains(['*', '?']) => {}
        Err(error) => {
            let help = "name a file or folder that is there";
            return Err(Failure::io_with(typed, help)(error));
        }
    }
    if let Err(error) = PathPattern::parse(&pattern) {
        return Err(Failure::usage(format!("{}: {error}", quoted(text))));
    }
    Ok(pattern)
}
