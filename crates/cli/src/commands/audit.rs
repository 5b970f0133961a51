//! `aether audit`

pub(super) mod sarif;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aether::audit::{
    ChainVerdict, CheckpointSink, Evidence, Filter, Follow, Key, Kind, Record, RunId,
    SignedCheckpoint, Signer, Verdict, Which, export, instant, prove, read, runs, verify_log,
};
use aether::report::parse;
use aether::source::{did_you_mean, inert_json, printable, quoted};
use aether::{ExitCode, KEY_NAME};

use self::sarif::Document;
use crate::args::{AuditArgs, AuditCommand, ExportForm, FilterArgs};
use crate::failure::Failure;
use crate::own_log;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{State, read_record};

const HELP: &str =
    "a log is `audit.jsonl` in the folder of --inspect-security, or in the run's own folder";

/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Runs of one log that are told apart: more are in none that a host wrote.
pub(super) const RUNS: usize = 10_000;

pub(crate) fn audit(args: &AuditArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    match &args.command {
        AuditCommand::Verify { file, checkpoint, key } => {
            verify_file(file, checkpoint, key, terminal)
        }
        AuditCommand::Show { file, filter, follow } => show(file, filter, *follow, terminal),
        AuditCommand::Export { file, filter, form } => exported(file, filter, *form, terminal),
        AuditCommand::Prove { file, record, run } => {
            proved(file, *record, run.as_deref(), terminal)
        }
        AuditCommand::Key => {
            let key = State::open()?.key_file();
            let signer = Signer::open_or_create(KEY_NAME, &key)
                .map_err(|error| Failure::usage(error.to_string()))?;
            terminal.result(signer.key())?;
            Ok(ExitCode::Done)
        }
    }
}

fn verify_file(
    file: &Path,
    checkpoints: &[PathBuf],
    keys: &[String],
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let evidence = evidence(file, checkpoints, keys)?;
    // A log that is gone is a verdict, where anything says that it was there.
    let found = verify_log(file, &evidence).map_err(Failure::io_with(file, HELP))?;
    let (ink, code) = match found.verdict {
        ChainVerdict::Valid => (Ink::Green, ExitCode::Done),
        ChainVerdict::Unclean { .. } => (Ink::Yellow, ExitCode::Integrity),
        _ => (Ink::Red, ExitCode::Integrity),
    };
    let word = terminal.ink(ink, found.verdict.as_str());
    terminal.say(format_args!("{word}: {}", printable(&found.full_sentence())));
    let code = match found.refused.is_empty() || checkpoints.is_empty() {
        true => code,
        // Whoever names a checkpoint relies on it.
        false => ExitCode::Integrity,
    };
    Ok(code)
}

/// The checkpoints that were named, those that this machine keeps, and the keys that count.
pub(super) fn evidence(
    file: &Path,
    named: &[PathBuf],
    keys: &[String],
) -> Result<Evidence, Failure> {
    let mut evidence = Evidence::default();
    for text in keys {
        let key = Key::parse(text).map_err(|error| {
            let help = "a key is printed by `aether audit key`";
            Failure::usage_with(format!("--key: {error}"), help)
        })?;
        evidence.keys.push(key);
    }
    for path in named {
        let help = "a checkpoint is a signed note, as `aether` keeps them in its state folder";
        let read = SignedCheckpoint::read_all(path)
            .map_err(|error| Failure::usage_with(format!("{}: {error}", path.display()), help))?;
        evidence.checkpoints.extend(read);
    }
    // Without a state folder there is nothing of this machine's own.
    let Ok(state) = State::open() else { return Ok(evidence) };
    if evidence.keys.is_empty()
        && state.key_file().is_file()
        && let Ok(signer) = Signer::open_or_create(KEY_NAME, &state.key_file())
    {
        evidence.keys.push(signer.key().clone());
    }
    if named.is_empty() {
        let runs = runs(file, RUNS).into_iter().chain(run_beside(file));
        let own = runs.filter_map(|run| RunId::parse(&run).ok());
        let own: BTreeSet<RunId> = own.chain(own_log::runs_of(&state, file)?).collect();
        let own = own.into_iter();
        let notes = own.map(|run| CheckpointSink::file_of(&state.checkpoints_folder(), &run));
        for notes in notes.filter(|notes| notes.is_file()) {
            let help = "these are the checkpoints that this machine keeps of the log; to go without \
                        them, name others with --checkpoint";
            let read = SignedCheckpoint::read_all(&notes).map_err(|error| {
                Failure::usage_with(format!("{}: {error}", notes.display()), help)
            })?;
            evidence.checkpoints.extend(read);
        }
    }
    Ok(evidence)
}

/// The run of which the report or the record beside a log tells: that log is to have it, whatever it
/// says itself.
fn run_beside(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|_| file.ends_with("audit.jsonl"))?;
    ["record.json", "report.json"].iter().find_map(|name| {
        let text = read_record(&folder.join(name)).ok()?;
        parse(&text).ok().map(|record| record.run)
    })
}

fn show(
    file: &Path,
    filter: &FilterArgs,
    follow: bool,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let filter = filter_of(filter)?;
    if follow {
        return followed(file, &filter, terminal);
    }
    each(file, &filter, terminal, |record| terminal.result(line(record)))
}

/// Prints what is there and what comes, until somebody ends it.
fn followed(file: &Path, filter: &Filter, terminal: &Terminal) -> Result<ExitCode, Failure> {
    fs::metadata(file).map_err(Failure::io_with(file, HELP))?;
    let mut log = Follow::new(file);
    loop {
        for record in log.poll().map_err(Failure::io(file))? {
            match record {
                Ok(record) if filter.matches(&record) => terminal.result(line(&record))?,
                Ok(_) => {}
                Err(error) => {
                    terminal.error(printable(&error.to_string()), None);
                    return Ok(ExitCode::Integrity);
                }
            }
        }
        std::thread::sleep(LOOK);
    }
}

fn exported(
    file: &Path,
    filter: &FilterArgs,
    form: ExportForm,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let filter = filter_of(filter)?;
    let write = match form {
        ExportForm::Ocsf => export::ocsf,
        ExportForm::Cef => export::cef,
        ExportForm::Plain => export::plain,
        ExportForm::Sarif => return as_sarif(file, &filter, terminal),
    };
    each(file, &filter, terminal, |record| terminal.result(write(record)))
}

/// Every record that is picked.
fn each(
    file: &Path,
    filter: &Filter,
    terminal: &Terminal,
    mut act: impl FnMut(&Record) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let records = read(file).map_err(|error| Failure::usage_with(error.to_string(), HELP))?;
    for record in records {
        match record {
            Ok(record) if filter.matches(&record) => act(&record)?,
            Ok(_) => {}
            Err(error) => {
                terminal.error(printable(&error.to_string()), None);
                return Ok(ExitCode::Integrity);
            }
        }
    }
    Ok(ExitCode::Done)
}

/// What was refused, noticed and an offence, as results of an analysis.
fn as_sarif(file: &Path, filter: &Filter, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let mut document = Document::default();
    let code = each(file, &Filter::default(), terminal, |record| {
        document.add(record, filter.matches(record));
        Ok(())
    })?;
    if let Some(left_out) = document.left_out() {
        terminal.warn(left_out);
    }
    // Whoever reads it is another program, and a terminal is to show what it says and no more.
    terminal.result(inert_json(&format!("{:#}", document.into_json())))?;
    Ok(code)
}

/// The run of a log that has just one.
fn only_run(file: &Path) -> Result<String, Failure> {
    let mut all = runs(file, RUNS);
    match (all.pop(), all.as_slice()) {
        (Some(one), []) => Ok(one),
        (None, _) => Err(Failure::usage_with("the log has no run", HELP)),
        (Some(last), others) => {
            let message = "the log has several runs: --run names one";
            Err(Failure::choose(message, others.iter().cloned().chain([last])))
        }
    }
}

fn proved(
    file: &Path,
    record: u64,
    run: Option<&str>,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let run = match run {
        Some(run) => run.to_owned(),
        None => only_run(file)?,
    };
    let proof = prove(file, Which::Record { run: &run, seq: record })
        .map_err(|error| Failure::usage_with(error.to_string(), HELP))?;
    let proof = serde_json::to_value(&proof).map_err(|error| Failure::usage(error.to_string()))?;
    terminal.json(&proof)?;
    Ok(ExitCode::Done)
}

fn filter_of(args: &FilterArgs) -> Result<Filter, Failure> {
    let now = jiff::Timestamp::now().as_microsecond();
    let time = |text: &Option<String>, flag: &str| {
        let read = |text: &String| {
            instant(text, now).map_err(|error| Failure::usage(format!("{flag}: {error}")))
        };
        text.as_ref().map(read).transpose()
    };
    let kinds = args.kind.iter().map(|kind| {
        let names = Kind::ALL.iter().map(|known| known.as_str());
        Kind::parse(kind).ok_or_else(|| no_such("no record is of the kind", kind, names))
    });
    let verdicts = args.verdict.iter().map(|verdict| {
        let names = Verdict::ALL.iter().map(|known| known.as_str());
        Verdict::parse(verdict).ok_or_else(|| no_such("there is no verdict", verdict, names))
    });
    Ok(Filter {
        plugin: args.plugin.clone(),
        kinds: kinds.collect::<Result<_, _>>()?,
        verdicts: verdicts.collect::<Result<_, _>>()?,
        action: args.action.clone(),
        cell: args.cell,
        run: None,
        since: time(&args.since, "--since")?,
        until: time(&args.until, "--until")?,
    })
}

fn no_such<'a>(what: &str, typed: &str, names: impl Iterator<Item = &'a str> + Clone) -> Failure {
    let near = did_you_mean(typed, names.clone());
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let help = format!("{near}there are {}", names.collect::<Vec<_>>().join(", "));
    Failure::usage_with(format!("{what} {}", quoted(typed)), help)
}

/// One record in one line. No text can pose as more than its own column: one that could is in quotes.
fn line(record: &Record) -> String {
    let who = match (&record.plugin, record.cell) {
        (Some(plugin), Some(cell)) => format!("{}#{cell}", word(plugin)),
        (Some(plugin), None) => word(plugin).into_owned(),
        _ => "-".to_owned(),
    };
    let object =
        record.object.as_deref().map_or_else(String::new, |object| format!("  {}", column(object)));
    let rule =
        record.rule.as_deref().map_or_else(String::new, |rule| format!("  [{}]", printable(rule)));
    format!(
        "{} {:>6} {:<10} {:<9} {:<20} {}{object}{rule}",
        word(&record.time),
        record.seq,
        record.kind.as_str(),
        record.verdict.as_str(),
        who,
        column(&record.action),
    )
}

/// A text without blanks, or quotes with the text in them.
fn word(text: &str) -> Cow<'_, str> {
    in_quotes_if(text, text.contains(is_blank) || text.contains(['#', '"']) || text.is_empty())
}

/// A text that can hold single blanks: two of them, or a bracket, are where another column begins.
fn column(text: &str) -> Cow<'_, str> {
    let blanks = text.trim_matches(is_blank).len() < text.len()
        || text.split(is_blank).skip(1).any(|part| part.is_empty() || part.starts_with('['))
        || text.contains(|each| is_blank(each) && each != ' ');
    in_quotes_if(text, blanks || text.starts_with(['"', '[']))
}

fn in_quotes_if(text: &str, is_odd: bool) -> Cow<'_, str> {
    match is_odd {
        true => {
            let inner = text.replace('\\', r"\\").replace('"', "\\\"");
            format!("\"{}\"", printable(&inner)).into()
        }
        false => printable(text),
    }
}

/// Whatever a terminal shows as nothing, braille's blank among it.
fn is_blank(each: char) -> bool {
    each.is_whitespace() || each == '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_poses_as_another_column() {
        let check = |text: &str, expect: &str| assert_eq!(column(text), expect);
        check("GET a.de:443/x", "GET a.de:443/x");
        check("/a  [aether-plugin.json:1:1]", r#""/a  [aether-plugin.json:1:1]""#);
        check("/a [b]", r#""/a [b]""#);
        check("[b]", r#""[b]""#);
        check(" a", r#"" a""#);
        check("a ", r#""a ""#);
        check(r#""a" b"#, r#""\"a\" b""#);
        check("a\u{2003}b", "\"a\u{2003}b\"");
        check("a\u{2800}b", "\"a\u{2800}b\"");
        check(r"\a  b", r#""\\a  b""#);
        assert!(column("a\t[b]").starts_with('"') && !column("a\t[b]").contains('\t'));
        assert_eq!(word("p"), "p");
        assert_eq!(word("p#1 fs.read"), r#""p#1 fs.read""#);
        assert_eq!(word(""), r#""""#);
    }
}
