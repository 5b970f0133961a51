//! What can be typed.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::commands::learn::Lesson;

/// Runs other people's plugins without trusting them.
///
/// Each plugin runs in an OS process of its own that can do nothing but talk through one gateway,
/// under the permissions that its manifest asks for and its host allows.
#[derive(Debug, Parser)]
#[command(name = "aether", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  a plugin returned an error
   2  unusable arguments, manifest, policy or pipeline
   3  refused before start: request beyond policy, no consent, outside its window
   4  ended for a violation
   5  ended for a limit
   6  a digest, signature, lock file or audit log does not verify
   7  a required protection cannot be had on this machine
  70  a bug in Aether";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline, or one method of a plugin
    Run(RunArgs),
    /// Call one method of a plugin and print its result
    Call(CallArgs),
    /// Call one method of a plugin and debug it, in Chrome, VS Code or any other client
    Debug(DebugArgs),
    /// Run any command, unmodified, with nothing but what is granted here
    Exec(Box<ExecArgs>),
    /// Offer a plugin's methods as tools, to a client of the Model Context Protocol
    Mcp(McpArgs),
    /// Stay, and let programs and a browser on this machine load, call and watch plugins
    Serve(ServeArgs),
    /// Watch the cells of `aether serve` in this terminal
    Top(TopArgs),
    /// Look at a plugin or a pipeline without running it
    Check(CheckArgs),
    /// Show what a run would change on disk
    Diff(RunRef),
    /// Make a run's changes on disk
    Apply(ApplyArgs),
    /// Drop a run's changes
    Discard(DiscardArgs),
    /// Verify or show an audit log
    Audit(AuditArgs),
    /// Say what this machine can enforce
    Doctor(FormatArgs),
    /// Print a JSON Schema, for editors and for those who write to the protocol or read reports
    Schema(SchemaArgs),
    /// List or revoke remembered consents, and give back what the monitor took
    Plugins(PluginsArgs),
    /// Run something again and again, each time with what it was denied before, and say what it needs
    Learn(LearnArgs),
    /// Say what a plugin's manifest should ask for, by what its last run did
    Suggest(SuggestArgs),
    /// Write the report of a run again, from its record alone
    Report(ReportArgs),
    /// Make the beginnings of a plugin
    New(NewArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

/// What `run`, `call` and `check` share.
#[derive(Debug, clap::Args)]
pub(crate) struct HostArgs {
    /// What the owner of this machine allows; otherwise `aether-policy.yaml` of the configuration
    /// folder, or the one that the pipeline names or lies beside
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Take what the policy allows as agreed to; never ask
    #[arg(long)]
    pub(crate) yes_from_policy: bool,
    /// The folder that plugins see as /workspace, and that relative paths begin at
    #[arg(long, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,
}

/// What `run` and `call` share beside that.
#[derive(Debug, clap::Args)]
pub(crate) struct LaunchArgs {
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// Write report.html, report.json, violations.sarif and audit.jsonl into DIR, or into
    /// aether-report where no DIR is given
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "aether-report")]
    pub(crate) inspect_security: Option<PathBuf>,
    /// Run without the container: plugins can do whatever you can
    #[arg(long = "unsafe")]
    pub(crate) unsafe_mode: bool,
    /// Start even without this protection if it cannot be had (see `aether doctor`)
    #[arg(long, value_name = "PROTECTION", action = ArgAction::Append)]
    pub(crate) allow_degraded: Vec<String>,
    /// Record each file that a native program opens or changes; opening files is slower then
    #[arg(long)]
    pub(crate) trace_files: bool,
    /// Say each call of a plugin and each request that it makes, when it was made, and how long it took
    #[arg(long)]
    pub(crate) trace_calls: bool,
    /// Keep what a plugin of WebAssembly was when it traps, in the run's folder: all that it had in memory
    #[arg(long)]
    pub(crate) coredump: bool,
    /// How results and summaries are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// What is learned from the run, if it is.
    #[arg(skip)]
    pub(crate) lesson: Option<Arc<Lesson>>,
}

/// What `run`, `call` and `mcp` share.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct WithArgs {
    /// Let plugins call another one, in this folder, as far as their grants and the policy's
    /// `callers` say
    #[arg(long, value_name = "PLUGIN-DIR", action = ArgAction::Append)]
    pub(crate) with: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// A pipeline file, or a plugin's folder
    pub(crate) target: PathBuf,
    /// Give an input of the pipeline a value
    #[arg(long = "set", value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub(crate) inputs: Vec<String>,
    /// Steps that may run at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Make the changes on disk when everything went well
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) with: WithArgs,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// The plugin's folder
    pub(crate) plugin: PathBuf,
    /// The method; `run` is the default export
    pub(crate) method: String,
    /// The method's input as JSON, `@FILE`, or `-` for standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) input: String,
    /// Print what a generator yields as it comes, each piece as JSON in a line of its own
    #[arg(long)]
    pub(crate) stream: bool,
    /// Make the changes on disk when it went well
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) with: WithArgs,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
}

#[derive(Debug, clap::Args)]
#[command(after_help = DEBUG_HELP)]
pub(crate) struct DebugArgs {
    /// The plugin's folder
    pub(crate) plugin: PathBuf,
    /// The method; `run` is the default export
    #[arg(default_value = "run")]
    pub(crate) method: String,
    /// The method's input as JSON, `@FILE`, or `-` for standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) input: String,
    /// Where debuggers find it on this machine; 0 is any free port
    #[arg(long, value_name = "PORT", default_value_t = 9229)]
    pub(crate) port: u16,
    /// Begin at once, and stop at breakpoints only. Otherwise the plugin waits for a debugger, and
    /// stops before its first statement
    #[arg(long)]
    pub(crate) no_stop: bool,
    /// Make the changes on disk when it went well
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) with: WithArgs,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
}

const DEBUG_HELP: &str = "\
The policy has to let the plugin be debugged, and run it in V8:

  javascript: { engine: v8, debug: allow }

Whoever may connect to this machine's loopback can attach, and do whatever the plugin may.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXEC_HELP)]
pub(crate) struct ExecArgs {
    /// Let it read a file, or a folder with everything in it
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) read: Vec<PathBuf>,
    /// Let it read and write; what it writes is kept aside until it is applied. A path that is not
    /// there is a new file, or with a `/` at its end a new folder
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) write: Vec<PathBuf>,
    /// Let it read a file or folder and execute what is in it. Otherwise only the command itself and
    /// the system's programs are executed
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    pub(crate) run: Vec<PathBuf>,
    /// Let it reach a host, such as `api.example.com` or `GET api.example.com/v1/**`
    #[arg(long, value_name = "DOMAIN", action = ArgAction::Append)]
    pub(crate) net: Vec<String>,
    /// Let what `--net` names lead inside: to this machine or a private network. A name, a network
    /// such as `10.0.0.0/8`, or an address, which may also be requested as such; with a port or
    /// without
    #[arg(long, value_name = "TARGET", action = ArgAction::Append)]
    pub(crate) net_private: Vec<String>,
    /// Let it listen on a port: connections to it from this machine are carried to the command
    #[arg(long, value_name = "PORT", action = ArgAction::Append, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) listen: Vec<u16>,
    /// Let it see a variable
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub(crate) env: Vec<String>,
    /// Grant what a manifest asks for; paths are then those of a plugin, with this folder as
    /// /workspace
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// Memory, everything counted
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<String>,
    /// Wall time
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<String>,
    /// Processor cores
    #[arg(long, value_name = "CORES")]
    pub(crate) cpu: Option<f64>,
    /// Processor time in all
    #[arg(long, value_name = "TIME")]
    pub(crate) cpu_time: Option<String>,
    /// What it may print; without it, as much as is taken
    #[arg(long, value_name = "SIZE")]
    pub(crate) output: Option<String>,
    /// What it may write, temporary files included
    #[arg(long, value_name = "SIZE")]
    pub(crate) disk: Option<String>,
    /// Processes and threads at a time
    #[arg(long, value_name = "N")]
    pub(crate) processes: Option<u32>,
    /// Make the changes on disk when it ended well
    #[arg(long)]
    pub(crate) apply: bool,
    /// End with the command's own exit code where it ended by itself
    #[arg(long)]
    pub(crate) pass_code: bool,
    /// Say nothing beside what the command prints, unless it was refused or ended
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Let the command's output reach this terminal as it is, control sequences included
    #[arg(long)]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

const EXEC_HELP: &str = "\
Without a grant it sees the system's programs and libraries, a /tmp of its own, and nothing else.
Limits that are not given: memory 1GB, disk 1GB, 256 processes, every core, one day.

  aether exec --read . -- grep -rn TODO .
  aether exec --read . --write ./out/ -- make
  aether exec --net example.com -- curl https://example.com/
  aether exec --read . --listen 8080 -- python3 -m http.server 8080";

#[derive(Debug, clap::Args)]
#[command(after_help = MCP_HELP)]
pub(crate) struct McpArgs {
    /// The plugin's folder
    pub(crate) plugin: PathBuf,
    /// Most wall time that one call may take; the plugin's own limit where that is shorter
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<String>,
    /// Make the changes on disk when the client has left and everything went well
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) with: WithArgs,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
}

const MCP_HELP: &str = "\
The client talks on standard input and output, so nobody can be asked: name a policy, or agree to the
plugin before, with `aether call`. It ends when the client closes standard input.";

#[derive(Debug, clap::Args)]
#[command(after_help = SERVE_HELP)]
pub(crate) struct ServeArgs {
    /// Where to listen: an address of this machine alone, and a port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7171")]
    pub(crate) listen: std::net::SocketAddr,
    /// Let that be an address which other machines reach. What is said there is not encrypted: the
    /// token and all answers can be read on the way
    #[arg(long)]
    pub(crate) listen_anywhere: bool,
    /// Load a plugin, or every plugin in a folder, at the start
    #[arg(long, value_name = "DIR", action = ArgAction::Append)]
    pub(crate) plugins: Vec<PathBuf>,
    /// Take the token from this file instead of a random one; nobody else may be able to read it
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) launch: LaunchArgs,
}

const SERVE_HELP: &str = "\
Whoever has the token can do with these plugins what you can. It stands in serve.json of the state
folder, which only you can read, as long as the host runs; docs/serve.md tells what can be asked for.
Nobody can be asked in the terminal: name a policy, or agree to a plugin before, with `aether call`.";

#[derive(Debug, clap::Args)]
#[command(after_help = TOP_HELP)]
pub(crate) struct TopArgs {
    /// Where the host serves: an address of this machine, such as http://127.0.0.1:7171; otherwise as
    /// serve.json of the state folder says
    #[arg(long, value_name = "URL", requires = "token_file")]
    pub(crate) url: Option<String>,
    /// The file with the token
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Print one table and end; so does an output that is no terminal
    #[arg(long)]
    pub(crate) once: bool,
}

const TOP_HELP: &str = "\
It reaches hosts on this machine alone, since the token is sent as it is; one on another machine through
ssh -L 7171:127.0.0.1:7171 MACHINE.

Keys: arrows or j and k choose a cell, g shows what it was granted, s sorts, t throttles, f freezes,
r restores, K kills, q ends, ? tells this.";

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// A pipeline file, or a plugin's folder
    pub(crate) target: PathBuf,
    /// Give an input of the pipeline a value
    #[arg(long = "set", value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunRef {
    /// The run's name or its beginning; when left out, the last run that was begun in this folder
    /// and has changes that wait
    pub(crate) run: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DiscardArgs {
    #[command(flatten)]
    pub(crate) run: RunRef,
    /// Also where applying them was cut off: what it has made or left until then stays as it is
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) run: RunRef,
    /// Only paths that match this pattern, such as `./out/*.md`
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Option<String>,
    /// Show each change and ask whether to make it
    #[arg(long, short)]
    pub(crate) interactive: bool,
    /// All of them, or none
    #[arg(long)]
    pub(crate) together: bool,
    /// Finish what was cut off, by a crash for example
    #[arg(long, conflicts_with_all = ["only", "interactive", "together"])]
    pub(crate) resume: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that a log is as it was written
    Verify {
        /// The log
        file: PathBuf,
        /// Checkpoints that it must agree with, as they are kept while a log is written; those that
        /// this machine has of its runs are taken without being named
        #[arg(long, value_name = "FILE", action = ArgAction::Append)]
        checkpoint: Vec<PathBuf>,
        /// The key that signed them, as `aether audit key` prints it; otherwise this machine's own
        #[arg(long, value_name = "KEY", action = ArgAction::Append)]
        key: Vec<String>,
    },
    /// Print a log's records
    Show {
        /// The log
        file: PathBuf,
        #[command(flatten)]
        filter: FilterArgs,
        /// Go on printing what is written from now on
        #[arg(long, short)]
        follow: bool,
    },
    /// Print a log's records for another system, one in each line
    Export {
        /// The log
        file: PathBuf,
        #[command(flatten)]
        filter: FilterArgs,
        /// In which form
        #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = ExportForm::Ocsf)]
        form: ExportForm,
    },
    /// Prove that one record stands in a log, to somebody who has not the rest of it
    Prove {
        /// The log
        file: PathBuf,
        /// The number of the record in its run
        #[arg(long, value_name = "N")]
        record: u64,
        /// The run, where the log has several
        #[arg(long, value_name = "RUN")]
        run: Option<String>,
    },
    /// Print the key that this machine's checkpoints are signed with
    Key,
}

/// Which records.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct FilterArgs {
    /// Only records about this plugin
    #[arg(long)]
    pub(crate) plugin: Option<String>,
    /// Only records of this kind, such as `denied`
    #[arg(long, action = ArgAction::Append)]
    pub(crate) kind: Vec<String>,
    /// Only records of this verdict, such as `limited`
    #[arg(long, action = ArgAction::Append)]
    pub(crate) verdict: Vec<String>,
    /// Only records whose action begins so, such as `fs.`
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Only records about this cell
    #[arg(long, value_name = "N")]
    pub(crate) cell: Option<u32>,
    /// Only records from then on: `2026-03-01T12:00:00Z`, or `10m` before now
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only records before then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
}

/// What records are exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// Open Cybersecurity Schema Framework, as JSON
    Ocsf,
    /// Common Event Format
    Cef,
    /// Words
    Plain,
    /// Refusals and violations as one SARIF document
    Sarif,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FormatArgs {
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// aether-plugin.json
    Manifest,
    /// aether-policy.yaml
    Policy,
    /// A pipeline
    Pipeline,
    /// Every message between a host and a plugin
    Protocol,
    /// report.json
    Report,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub(crate) name: SchemaName,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PluginsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<PluginsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginsCommand {
    /// List remembered consents
    List,
    /// Give a plugin back what the monitor took from it, from its next start on
    Restore {
        /// Its name; without one, those are listed that something was taken from
        plugin: Option<String>,
    },
    /// Forget what was agreed to for a plugin
    Revoke {
        /// Its name, its digest, or the beginning of its digest
        plugin: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = LEARN_HELP)]
pub(crate) struct LearnArgs {
    /// Most rounds until nothing more is denied
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) rounds: u16,
    /// Rounds after that, from which is learned what the plugins usually do
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) runs: u16,
    /// `run` or `call` and its arguments, as after `aether`
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

const LEARN_HELP: &str = "\
Whatever a plugin writes stays aside in every round; requests to other machines are really sent. Keys,
passwords and other sensitive places stay closed, and so does what the policy refuses.

  aether learn -- run pipeline.yaml
  aether suggest plugins/reader            # what its manifest should ask for
  aether suggest plugins/reader --write";

#[derive(Debug, clap::Args)]
pub(crate) struct SuggestArgs {
    /// The plugin's folder
    pub(crate) plugin: PathBuf,
    /// The run that it is judged by: its name or beginning; otherwise the last one that the plugin was in
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Say what it asks for and has not used
    #[arg(long)]
    pub(crate) tighten: bool,
    /// Write what is suggested into the manifest
    #[arg(long, conflicts_with = "tighten")]
    pub(crate) write: bool,
    /// The limits too, and not only the permissions
    #[arg(long, conflicts_with = "tighten")]
    pub(crate) limits: bool,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The run's name or its beginning, a folder of --inspect-security, or a report.json
    pub(crate) run: PathBuf,
    /// What is written
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t = ReportForm::All)]
    pub(crate) form: ReportForm,
    /// Where: a folder for all of them, a file for one; without it, one goes to standard output
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// report.html, report.json and violations.sarif
    All,
    /// A page that needs nothing else
    Html,
    /// For programs
    Json,
    /// Violations and findings, for tools that read SARIF
    Sarif,
    /// A summary
    Text,
    /// Who passed what to whom, as a Mermaid chart
    Mermaid,
    /// What happened when, for chrome://tracing and Perfetto
    Trace,
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// The folder to make; its name becomes the plugin's
    pub(crate) folder: PathBuf,
    /// What it is written in
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value_t = Template::Javascript)]
    pub(crate) template: Template,
}

/// What a plugin begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// For Aether's own engine
    Javascript,
    /// A shell script, run by this machine's sh
    Sh,
    /// For this machine's Python
    Python,
    /// JavaScript for this machine's Node
    Node,
    /// To be built with this machine's compiler
    C,
    /// To be built with this machine's compiler
    Rust,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_tells_the_exit_codes_of_the_facade() {
        for code in aether::ExitCode::ALL {
            assert!(EXIT_CODES.contains(&format!("{:>4}  ", code.number())), "{code:?}");
        }
    }
}
