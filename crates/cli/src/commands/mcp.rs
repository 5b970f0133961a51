//! `aether mcp`

use std::io::{IsTerminal, stdin};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aether::manifest::Runtime;
use aether::policy::grant::RefusalKind;
use aether::{ExitCode, RestartPolicy, StartError, StartOptions};
use serde_json::{Value, json};

use crate::args::{Format, McpArgs};
use crate::commands::finish::{Finished, finish};
use crate::commands::offers::{load, prepared};
use crate::commands::reports;
use crate::commands::run::warn_unsafe;
use crate::failure::Failure;
use crate::mcp::{self, Client};
use crate::options::{Starts, duration, find_policy, host};
use crate::show::failures::{Who, show_start};
use crate::show::progress::Progress;
use crate::show::terminal::Terminal;
use crate::state::State;

pub(crate) fn mcp(args: &McpArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    // Standard input is the client's, whoever sits in front of standard error.
    let terminal = &Terminal { attended: false, ..terminal.clone() };
    let limit = args.timeout.as_deref().map(|text| duration(text, "--timeout")).transpose()?;
    let policy = find_policy(&args.launch.host, None)?;
    if let Some(into) = &args.launch.inspect_security {
        reports::prepare(into)?;
    }
    let state = State::open()?;
    let client: Arc<OnceLock<Client>> = Arc::default();
    let (progress, told) = (Progress::new(terminal), Arc::clone(&client));
    let (host, folder) = host(
        &args.launch,
        policy,
        &state,
        terminal,
        Starts::One(Runtime::Javascript),
        move |event| {
            progress.event(event);
            if let Some(client) = told.get() {
                client.event(event);
            }
        },
    )?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let (host, folder, plugin) =
        prepared(host, folder, |host| load(host, &args.plugin, &args.with))?;
    let name = plugin.identity().name.clone();
    let client = client.get_or_init(|| Client::at_standard_output(&name));
    let kept = host.keep_started(&plugin, &StartOptions::default(), RestartPolicy::default());
    let served = kept.map(|kept| {
        if stdin().is_terminal() {
            terminal.say("Waiting for a client of the Model Context Protocol on standard input.");
        }
        mcp::serve(kept, client, limit.unwrap_or(Duration::MAX))
    });
    // What they would change is known when they have ended.
    host.withdraw();
    let (code, note) = match &served {
        Ok(Ok(None)) => (ExitCode::Done, String::new()),
        Ok(Ok(Some(what))) => {
            (ExitCode::Violation, format!("it was ended for a violation: {what}"))
        }
        Ok(Err(error)) => (ExitCode::Bug, error.to_string()),
        Err(error) => (error.exit_code(), error.to_string()),
    };
    let told = served.is_err().then(|| note.clone()).into_iter().collect();
    let finished = Finished::of(format!("{name} mcp"), code, note, told);
    let ended = finish(&host, &folder, &state, &args.launch, args.apply, finished, terminal);
    warn_unsafe(args.launch.unsafe_mode, terminal);
    match &served {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => terminal.error(format_args!("no client can be served: {error}"), None),
        Err(error) => show_refusal(args, error, terminal),
    }
    ended.show_problems(terminal);
    if args.launch.format == Format::Json {
        // Standard output is the client's.
        let record: Value =
            serde_json::from_str(&aether::report::json(&ended.record)).unwrap_or(Value::Null);
        terminal.say(json!({ "run": folder.name(), "record": record }).to_string());
    }
    Ok(ended.code)
}

/// Why it did not start; where nobody agreed to it, how somebody can.
fn show_refusal(args: &McpArgs, error: &StartError, terminal: &Terminal) {
    show_start(terminal, error, Some(Who { step: None, folder: &args.plugin }));
    if let StartError::Refused(refused) = error
        && refused
            .refusals
            .iter()
            .any(|one| matches!(one.kind, RefusalKind::NoPolicy | RefusalKind::ConsentNeeded))
    {
        let folder = aether::shown_path(&args.plugin);
        // What was agreed to is remembered for the places that it leads to.
        let place = args.launch.host.workdir.as_ref().map_or("", |_| ", with the same --workdir,");
        terminal.help(&format!(
            "a client cannot be asked: run `aether call {folder} METHOD` once in a terminal{place} and answer `a`, or name a policy with --policy"
        ));
    }
}
