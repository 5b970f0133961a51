//! `aether serve`

use std::fs::{self, File};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use aether::manifest::MANIFEST_FILE;
use aether::{ExitCode, Host};
use aether_serve::{Feed, Note, ServeError, Server, Settings, Token, TokenError};

use crate::args::ServeArgs;
use crate::commands::finish::{Finished, finish};
use crate::commands::reports;
use crate::commands::run::warn_unsafe;
use crate::failure::Failure;
use crate::interrupt;
use crate::options::{builder, find_policy, launched};
use crate::prune::make_room;
use crate::show::terminal::Terminal;
use crate::state::State;

/// How often the folder of the run is marked as in use: other commands take one that is a day old for
/// abandoned.
const MARKED: Duration = Duration::from_secs(60 * 60);

pub(crate) fn serve(args: &ServeArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let settings = settings(args)?;
    // Whoever asks for a start is not in front of this terminal.
    let quiet = &Terminal { attended: false, ..terminal.clone() };
    let policy = find_policy(&args.launch.host, None)?;
    if let Some(into) = &args.launch.inspect_security {
        reports::prepare(into)?;
    }
    let state = State::open()?;
    let feed = Feed::default();
    let told = feed.clone();
    let mut builder = builder(&args.launch.host, policy, &state, quiet)?;
    builder = builder.spares().on_event(move |event| told.tell(event));
    if args.launch.unsafe_mode {
        builder = builder.unsafe_without_container();
    }
    make_room(&state)?;
    let folder = state.new_run()?;
    let host = launched(builder, &args.launch, &folder)?.build()?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let served = served(args, &settings, &host, feed, &state, &folder.path, terminal);
    host.withdraw();
    let code = if served.is_ok() { ExitCode::Done } else { ExitCode::Usage };
    let finished = Finished::of("serve".to_owned(), code, String::new(), Vec::new());
    let ended = finish(&host, &folder, &state, &args.launch, false, finished, terminal);
    warn_unsafe(args.launch.unsafe_mode, terminal);
    ended.show_problems(terminal);
    served.map(|()| ended.code)
}

fn settings(args: &ServeArgs) -> Result<Settings, Failure> {
    let token = args.token_file.as_deref().map(|file| {
        Token::read(file).map_err(|error| {
            let help = match error {
                TokenError::Open(_) => format!(
                    "chmod 600 {}, with another token in it: this one may be known",
                    file.display()
                ),
                TokenError::Foreign(_) => "name a file of your own".to_owned(),
                _ => "it holds the token alone, and only you may read it".to_owned(),
            };
            Failure::usage_with(format!("{}: {error}", file.display()), help)
        })
    });
    Ok(Settings {
        listen: args.listen,
        anywhere: args.listen_anywhere,
        token: token.transpose()?,
        ..Settings::default()
    })
}

fn served(
    args: &ServeArgs,
    settings: &Settings,
    host: &Host,
    feed: Feed,
    state: &State,
    run: &Path,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let server = Server::bind(host.clone(), feed, settings).map_err(failure)?;
    for folder in &args.plugins {
        load_all(&server, folder, terminal)?;
    }
    end_when_interrupted(&server, host).map_err(failure)?;
    let note = Note::leave(&state.serving_file(), &server)
        .map_err(|error| Failure::usage(error.to_string()))?;
    match terminal.live {
        true => terminal.say(format_args!("{}\nCtrl-C ends it.", server.url())),
        false => terminal.say(format_args!("listening on http://{}/", server.address())),
    }
    let marker = mark(run);
    let done = server.serve().map_err(failure);
    drop((note, marker));
    done
}

/// At the first interruption the server stops, at the second its cells are ended at once.
fn end_when_interrupted(server: &Server, host: &Host) -> Result<(), ServeError> {
    let (stopper, host) = (server.stopper(), host.clone());
    let mut is_stopping = false;
    let hear = move || match std::mem::replace(&mut is_stopping, true) {
        false => stopper.stop(),
        true => host.interrupt(),
    };
    interrupt::listen(hear).map_err(ServeError::Runtime)
}

/// Loads each plugin of a folder, or the one that it is.
fn load_all(server: &Server, folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    if folder.join(MANIFEST_FILE).is_file() {
        return server.load(folder).map(drop).map_err(Failure::from);
    }
    let help = "--plugins takes a folder with plugins in it, or a plugin's own";
    let entries = fs::read_dir(folder).map_err(Failure::io_with(folder, help))?;
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.join(MANIFEST_FILE).is_file());
    folders.sort_unstable();
    for folder in folders {
        // One that is broken keeps no other away.
        if let Err(error) = server.load(&folder) {
            terminal.warn(format_args!("{} is left out", folder.display()));
            terminal.failure(&Failure::from(error));
        }
    }
    Ok(())
}

/// Marks the run's folder as in use, until what this gives is dropped.
fn mark(run: &Path) -> Sender<()> {
    let (held, end) = channel();
    let run = run.to_owned();
    let marking = move || {
        while end.recv_timeout(MARKED) == Err(RecvTimeoutError::Timeout) {
            // A folder that cannot be marked may be taken for abandoned, which is told nowhere.
            drop(File::open(&run).and_then(|folder| folder.set_modified(SystemTime::now())));
        }
    };
    // Without a thread it is as if it could not be marked.
    drop(std::thread::Builder::new().name("aether-mark".to_owned()).spawn(marking));
    held
}

fn failure(error: ServeError) -> Failure {
    let help = match &error {
        ServeError::Beyond(_) => "add --listen-anywhere if that is what you want",
        ServeError::Listen { .. } => "name another address: --listen 127.0.0.1:PORT",
        _ => return Failure::usage(error.to_string()),
    };
    Failure::usage_with(error.to_string(), help)
}
