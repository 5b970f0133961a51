//! Runs a sample of Test262, the tests of ECMAScript, each in a confined cell of its own.
//!
//! ```console
//! $ cargo run --release -p aether --example test262 --features v8 -- FOLDER ENGINE [EVERY]
//! ```
//!
//! `FOLDER` is a checkout of the suite, `ENGINE` is `quickjs`, `v8` or `v8-jit`; every `EVERY`th test is run
//! (20 when left out). What failed is told on standard error, and the sums on standard output.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells a person")]

mod case;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::{Source, printable};
use aether::{Host, StartOptions};
use case::{Case, Goal, Skipped, proposals};
use serde_json::{Value, json};

/// The folders of tests, as they are counted.
const AREAS: [&str; 4] = ["language", "built-ins", "annexB", "intl402"];

const MANIFEST: &str = r#"{ "name": "test262", "version": "0.1.0", "permissions": {},
    "resources": { "memory": "512MB" } }"#;

/// Evaluates what it is given, or imports the test; and tells what was thrown.
const RUNNER: &str = "\
const String = globalThis.String;
const told = (error) => {
  let name, message;
  try { name = String(error?.constructor?.name ?? typeof error); } catch { name = 'unnamed'; }
  try { message = String(error?.message ?? error); } catch { message = ''; }
  return { threw: true, error: name, message, began: globalThis.$began === true };
};
export async function run({ harness, text, isModule, isAsync }) {
  let finish;
  const finished = new Promise((resolve) => { finish = resolve; });
  globalThis.print = (line) => finish(`${line}`);
  globalThis.$262 = { global: globalThis, evalScript: (text) => (0, eval)(text) };
  try {
    if (isModule) {
      (0, eval)(harness);
      await import('./test.js');
    } else {
      // What does not parse does not begin: a test that must not parse never gets here.
      (0, eval)(`${harness}\nglobalThis.$began = true;\n${text}`);
    }
    if (!isAsync) return {};
    const line = await finished;
    return line === 'Test262:AsyncTestComplete' ? {} : { threw: true, error: 'async', message: line };
  } catch (error) {
    return told(error);
  }
}
";

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    passed: usize,
    failed: usize,
    proposals: usize,
    not_offered: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Becomes a cell, and does not return, when a host has started this program as one.
    aether::init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [suite, engine, rest @ ..] = &words[..] else {
        return Err("usage: test262 FOLDER quickjs|v8|v8-jit [EVERY]".into());
    };
    let every = rest.first().map_or(Ok(20), |every| every.parse())?;
    let suite = PathBuf::from(suite);
    let proposals = proposals(&suite)?;
    let runner = Runner::new(&suite, engine)?;
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for area in AREAS {
        if area == "intl402" && engine == "quickjs" {
            // It has no `Intl`.
            continue;
        }
        let mut files = Vec::new();
        collect(&suite.join("test").join(area), &mut files)?;
        files.sort();
        let sum = sums.entry(area).or_default();
        for path in files.iter().step_by(every) {
            let case = Case::read(path)?;
            match case.skipped(&proposals) {
                Some(Skipped::Proposal) => sum.proposals += 1,
                Some(Skipped::NotOffered) => sum.not_offered += 1,
                None => match runner.run(&case) {
                    Ok(()) => sum.passed += 1,
                    Err(why) => {
                        sum.failed += 1;
                        let name = path.strip_prefix(&suite).unwrap_or(path);
                        eprintln!("{}: {}", name.display(), printable(&why));
                    }
                },
            }
        }
    }
    println!("{engine}, every {every}th test");
    for (area, sum) in sums {
        println!(
            "{area}: {} of {} pass; left out: {} of proposals, {} of what plugins have not",
            sum.passed,
            sum.passed + sum.failed,
            sum.proposals,
            sum.not_offered,
        );
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.ends_with(".js") && !name.contains("_FIXTURE") {
            files.push(path);
        }
    }
    Ok(())
}

struct Runner {
    suite: PathBuf,
    host: Host,
    /// The plugin that runs scripts.
    plain: aether::Plugin,
    folder: tempfile::TempDir,
}

impl Runner {
    fn new(suite: &Path, engine: &str) -> Result<Self, Box<dyn Error>> {
        let rules = match engine {
            "quickjs" => "engine: quickjs",
            "v8" => "engine: v8",
            "v8-jit" => "engine: v8, jit: allow",
            other => return Err(format!("no engine {other}").into()),
        };
        let text = format!(
            "version: 1\njavascript: {{ {rules} }}\n\
             plugins: {{ test262: {{ limits: {{ timeout: 20s, memory: 512MB }} }} }}\n"
        );
        let policy =
            Policy::parse(Source::new("policy.yaml", text), PolicyOrigin::Named, jiff::tz::db())
                .map_err(|_| "the policy is none")?;
        let folder = tempfile::tempdir()?;
        let host = Host::builder().workdir(folder.path()).policy(policy).build()?;
        let plain = folder.path().join("plain");
        bundle(&plain)?;
        let plain = host.load(&plain)?;
        Ok(Self { suite: suite.to_owned(), host, plain, folder })
    }

    /// Runs a test; why it failed.
    fn run(&self, case: &Case) -> Result<(), String> {
        let fail = |error: &dyn Error| error.to_string();
        let plugin = if case.has_fixtures() {
            let folder = self.folder.path().join("fixtures");
            self.lay(case, &folder).map_err(|error| fail(&error))?;
            &self.host.load(&folder).map_err(|error| fail(&error))?
        } else {
            &self.plain
        };
        let cell =
            self.host.start(plugin, &StartOptions::default()).map_err(|error| fail(&error))?;
        let input = json!({
            "harness": self.harness(case).map_err(|error| fail(&error))?,
            "text": case.text,
            "isModule": case.goal() == Goal::Module,
            "isAsync": case.is_async(),
        });
        let outcome = cell.call("run", input);
        cell.stop();
        judge(case, &outcome.map_err(|error| error.to_string())?)
    }

    /// A bundle with the test and the files beside it.
    fn lay(&self, case: &Case, folder: &Path) -> std::io::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        bundle(folder)?;
        fs::write(folder.join("test.js"), &case.text)?;
        let beside = case.path.parent().unwrap_or(&self.suite);
        for entry in fs::read_dir(beside)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().contains("_FIXTURE") && entry.file_type()?.is_file() {
                fs::copy(entry.path(), folder.join(name))?;
            }
        }
        // Some import themselves.
        let own = case.path.file_name().unwrap_or_default();
        fs::write(folder.join(own), &case.text)
    }

    /// What is evaluated before a test.
    fn harness(&self, case: &Case) -> std::io::Result<String> {
        let mut text = String::new();
        if case.goal() == Goal::Strict {
            text.push_str("\"use strict\";\n");
        }
        let always: &[&str] = if case.is_raw() { &[] } else { &["assert.js", "sta.js"] };
        let done = case.is_async().then_some("doneprintHandle.js");
        let names =
            always.iter().copied().chain(done).chain(case.includes.iter().map(String::as_str));
        for name in names {
            text.push_str(&fs::read_to_string(self.suite.join("harness").join(name))?);
            text.push('\n');
        }
        Ok(text)
    }
}

fn bundle(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("aether-plugin.json"), MANIFEST)?;
    fs::write(folder.join("main.js"), RUNNER)
}

fn judge(case: &Case, outcome: &Value) -> Result<(), String> {
    let thrown = outcome["error"].as_str().filter(|_| outcome["threw"] == true);
    if case.must_not_parse && outcome["began"] == true {
        return Err("it parsed".to_owned());
    }
    match (&case.negative, thrown) {
        (None, None) => Ok(()),
        (Some(expected), Some(thrown)) if expected == thrown => Ok(()),
        (Some(expected), other) => {
            Err(format!("{} instead of {expected}", other.unwrap_or("nothing")))
        }
        (None, Some(thrown)) => {
            Err(format!("{thrown}: {}", outcome["message"].as_str().unwrap_or_default()))
        }
    }
}
