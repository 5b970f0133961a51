//! Native plugins on Windows, with the system itself: the plugin is `acts`, an example of the test kit.
#![cfg(windows)]

#[path = "../../container/tests/wine/mod.rs"]
mod wine;

use std::fs;
use std::path::PathBuf;

use aether::{
    CallError, Ending, Host, HostBuilder, Limit, Protection, StartError, StartOptions, State,
};
use serde_json::{Value, json};

use wine::{HELD, is_wine};

type Failed = Box<dyn std::error::Error>;

type Tested = Result<(), Failed>;

/// A plugin with these permissions, and a folder that it works in.
struct Lab {
    home: tempfile::TempDir,
}

impl Lab {
    fn new(permissions: &Value) -> Result<Self, Failed> {
        let lab = Self { home: tempfile::tempdir()? };
        fs::create_dir(lab.at("work"))?;
        fs::create_dir(lab.at("plugin"))?;
        fs::copy(aether_testkit::acts(), lab.at("plugin/tool.exe"))?;
        lab.manifest(&json!(["./tool.exe", "a word"]), permissions)?;
        Ok(lab)
    }

    fn manifest(&self, entry: &Value, permissions: &Value) -> Tested {
        let manifest = json!({
            "name": "tool",
            "version": "1.0.0",
            "api": 1,
            "runtime": "native",
            "entry": entry,
            "permissions": permissions,
            "resources": { "memory": "256MB", "timeout": "60s", "disk": "4MB" },
        });
        Ok(fs::write(self.at("plugin/aether-plugin.json"), manifest.to_string())?)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file that is there before.
    fn file(&self, name: &str, text: &str) -> Tested {
        let path = self.at("work").join(name);
        fs::create_dir_all(path.parent().ok_or("a folder")?)?;
        Ok(fs::write(path, text)?)
    }

    fn text(&self, name: &str) -> Result<String, Failed> {
        Ok(fs::read_to_string(self.at("work").join(name))?)
    }

    fn builder(&self) -> Result<HostBuilder, Failed> {
        Ok(Host::builder()
            // No cell of these is one of its own program.
            .cell_program(std::env::current_exe()?)
            .workdir(self.at("work"))
            .audit(self.at("audit.jsonl"))
            .ask(|_| aether::Answer::Once))
    }

    fn host(&self) -> Result<Host, Failed> {
        let may_lack =
            Protection::ALL.iter().filter(|one| is_wine() && !HELD.contains(&one.name()));
        Ok(may_lack.fold(self.builder()?, |builder, one| builder.allow_degraded(*one)).build()?)
    }

    /// Has it do these, and gives what came of each.
    fn act(&self, host: &Host, acts: &Value) -> Result<Value, StartError> {
        let plugin = host.load(self.at("plugin")).expect("a plugin");
        host.call_once(&plugin, &StartOptions::default(), "act", acts.clone(), None)
    }
}

fn check(what: bool, why: impl std::fmt::Debug) -> Tested {
    if what { Ok(()) } else { Err(format!("{why:?}").into()) }
}

/// The paths that a host would change.
fn changed(host: &Host) -> Vec<String> {
    let all = host.changes();
    let each = all.iter().flat_map(|(_, changes)| changes.changes());
    each.map(|change| change.path.as_str().to_owned()).collect()
}

fn apply(host: &Host) -> Vec<String> {
    let all = host.changes();
    let each =
        all.iter().flat_map(|(_, changes)| aether::overlay::apply(changes, |_| true).changes);
    each.map(|change| format!("{}: {:?}", change.path, change.outcome)).collect()
}

#[test]
fn it_finds_what_it_was_granted_and_nothing_else() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "read": ["./logs/*.log", "./data/"] } }))?;
    lab.file("logs/a.log", "a line\n")?;
    lab.file("logs/private.txt", "a secret\n")?;
    lab.file("data/deep/file", "deep\n")?;
    lab.file("other/file", "a secret\n")?;
    let host = lab.host()?;
    let done = lab.act(
        &host,
        &json!([
            ["read", "logs/a.log"],
            ["list", "logs"],
            ["list", "."],
            ["read", "data/deep/file"],
            ["read", "other/file"],
        ]),
    )?;
    let expect = json!(["a line\n", "a.log", "data logs", "deep\n", "failed: NotFound"]);
    check(done == expect, done)?;
    check(changed(&host).is_empty(), changed(&host))
}

#[test]
fn what_it_changes_waits_and_is_then_applied() -> Tested {
    let lab = Lab::new(
        &json!({ "filesystem": { "read": ["./data/"], "write": ["./data/", "./out/"] } }),
    )?;
    for name in ["keep", "edit", "remove", "rename"] {
        lab.file(&format!("data/{name}"), "before\n")?;
    }
    let host = lab.host()?;
    let done = lab.act(
        &host,
        &json!([
            ["read", "data/keep"],
            ["write", "data/edit", "after\n"],
            ["remove", "data/remove"],
            ["rename", "data/rename", "data/renamed"],
            ["folder", "data/new/folder"],
            ["write", "data/new/folder/file", "new\n"],
            ["write", "out/report", "done\n"],
        ]),
    )?;
    check(done.as_array().is_some_and(|all| all[1..].iter().all(|one| one == "done")), &done)?;
    check(lab.text("data/edit")? == "before\n" && !lab.at("work/out").exists(), "it changed")?;
    let applied = apply(&host);
    check(applied.iter().all(|one| one.ends_with("Applied")), &applied)?;
    check(lab.text("data/keep")? == "before\n", "keep")?;
    check(lab.text("data/edit")? == "after\n", "edit")?;
    check(lab.text("data/renamed")? == "before\n", "renamed")?;
    check(lab.text("data/new/folder/file")? == "new\n", "new")?;
    check(lab.text("out/report")? == "done\n", "report")?;
    let gone = ["data/remove", "data/rename"];
    check(gone.iter().all(|name| !lab.at("work").join(name).exists()), &applied)
}

#[test]
fn what_it_may_only_read_stays_as_it_is() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "read": ["./data/"] } }))?;
    lab.file("data/file", "before\n")?;
    let host = lab.host()?;
    // Where the system holds its access list it is refused; where not, it is a copy.
    lab.act(&host, &json!([["write", "data/file", "after\n"], ["write", "data/more", "x"]]))?;
    check(changed(&host).is_empty(), changed(&host))?;
    check(lab.text("data/file")? == "before\n", "it changed")
}

#[test]
fn a_single_file_may_be_written() -> Tested {
    let files = json!(["./notes.txt", "./new.txt", "./untouched.txt"]);
    let lab = Lab::new(&json!({ "filesystem": { "read": ["./notes.txt"], "write": files } }))?;
    lab.file("notes.txt", "one\n")?;
    let host = lab.host()?;
    let acts =
        json!([["read", "notes.txt"], ["write", "notes.txt", "two\n"], ["write", "new.txt", "x"]]);
    let done = lab.act(&host, &acts)?;
    check(done == json!(["one\n", "done", "done"]), &done)?;
    let paths = changed(&host);
    check(paths == ["/workspace/new.txt", "/workspace/notes.txt"], &paths)?;
    apply(&host);
    check(lab.text("notes.txt")? == "two\n" && lab.text("new.txt")? == "x", "not applied")?;
    check(!lab.at("work/untouched.txt").exists(), "it came to be")
}

#[test]
fn what_the_host_changed_meanwhile_is_kept() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "read": ["./data/"], "write": ["./data/"] } }))?;
    lab.file("data/touched", "before\n")?;
    lab.file("data/left", "before\n")?;
    let host = lab.host()?;
    lab.act(&host, &json!([["write", "data/touched", "of the plugin\n"]]))?;
    lab.file("data/touched", "of a person, and longer\n")?;
    lab.file("data/left", "of a person, and longer\n")?;
    let applied = apply(&host);
    check(applied.len() == 1 && applied[0].contains("Conflict"), &applied)?;
    check(lab.text("data/touched")?.starts_with("of a person"), "it was lost")?;
    check(lab.text("data/left")?.starts_with("of a person"), "it was lost")
}

#[test]
fn a_file_that_it_may_read_is_lent_and_no_other() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "read": ["./data/"], "write": ["./data/"] } }))?;
    lab.file("data/file", "a line\n")?;
    lab.file("other", "a secret\n")?;
    let host = lab.host()?;
    let lent = lab.act(&host, &json!([["lend", "./data/file"]]))?;
    check(lent[0]["size"] == 7 && lent[0]["file"] == 0, &lent)?;
    check(lent[0]["handle"].as_u64().is_some_and(|handle| handle != 0), &lent)?;
    for path in ["./other", "./data/missing", "./data", "../x"] {
        let refused = lab.act(&host, &json!([["lend", path]]))?;
        check(refused[0]["code"].is_i64() && refused[0]["handle"].is_null(), (path, &refused))?;
    }
    Ok(())
}

#[test]
fn it_knows_where_its_own_files_are() -> Tested {
    let lab = Lab::new(&json!({ "environment": ["AETHER_TEST_SECRET"] }))?;
    let host = lab.host()?;
    let names = ["AETHER_PLUGIN", "AETHER_ROOT", "TEMP", "USERNAME"];
    let acts: Vec<Value> = names.iter().map(|name| json!(["variable", name])).collect();
    let done = lab.act(&host, &json!(acts))?;
    let text = |at: usize| done[at].as_str().unwrap_or_default().to_owned();
    check(text(0).starts_with(&text(1)) && text(0).ends_with(r"\plugin"), &done)?;
    check(text(3) == "none", &done)?;
    if is_wine() {
        check(text(2) == format!(r"{}\tmp", text(1)), &done)?;
    }
    let user = std::env::var("USERPROFILE").unwrap_or_else(|_| "none".to_owned());
    check(!text(1).starts_with(&user) || text(1).contains("Temp"), &done)
}

#[test]
fn nothing_of_its_stage_is_left() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "write": ["./out/"] } }))?;
    let host = lab.host()?;
    let done = lab.act(&host, &json!([["variable", "AETHER_ROOT"], ["write", "out/a", "x"]]))?;
    let root = PathBuf::from(done[0].as_str().ok_or("a root")?);
    check(!root.exists(), &root)?;
    check(root.parent().is_some_and(|made| !made.exists()), &root)
}

#[test]
fn what_is_too_much_for_its_disk_ends_it() -> Tested {
    let lab = Lab::new(&json!({ "filesystem": { "write": ["./out/"] } }))?;
    let host = lab.host()?;
    match lab.act(&host, &json!([["fill", "out/large"]])) {
        Err(StartError::Load(CallError::Ended(Ending::Limit(Limit::Disk(most))))) => {
            check(most == 4 << 20, most)
        }
        other => Err(format!("{other:?}").into()),
    }
}

#[test]
fn two_names_that_would_be_one_place_are_refused() -> Tested {
    for names in [json!(["./data/", "./Data/"]), json!(["/Plugin/"])] {
        let lab = Lab::new(&json!({ "filesystem": { "write": names } }))?;
        let host = lab.host()?;
        let refused = lab.act(&host, &json!([])).err().map(|error| error.to_string());
        let told = refused.as_deref().is_some_and(|said| said.contains("for itself"));
        check(told, (names, refused))?;
    }
    Ok(())
}

#[test]
fn what_is_no_program_is_refused() -> Tested {
    let lab = Lab::new(&json!({}))?;
    fs::write(lab.at("plugin/script.bat"), "exit 0")?;
    let host = lab.host()?;
    for (entry, told) in [
        (json!(["./script.bat"]), "it is no program of Windows"),
        (json!(["no-such-program"]), "is not there"),
        (json!([r"..\tool.exe"]), "is not there"),
        (json!(["C:/windows/system32/cmd.exe"]), "is not there"),
    ] {
        lab.manifest(&entry, &json!({}))?;
        let said = match host.load(lab.at("plugin")) {
            Ok(plugin) => {
                let refused = host.start(&plugin, &StartOptions::default());
                refused.err().map(|error| error.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        check(said.as_deref().is_some_and(|said| said.contains(told)), (entry, said))?;
    }
    Ok(())
}

#[test]
fn without_what_is_required_it_does_not_start() -> Tested {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which holds little");
        return Ok(());
    }
    let lab = Lab::new(&json!({}))?;
    let host = lab.builder()?.build()?;
    match lab.act(&host, &json!([])) {
        Err(StartError::Container(aether::LaunchError::Protection { posture, .. })) => {
            let state = |one| posture.get(one).map(|line| line.state);
            check(state(Protection::AppContainer) == Some(State::Refused), &posture)?;
            check(state(Protection::Win32k).is_none(), "that is for engines")
        }
        other => Err(format!("{other:?}").into()),
    }
}
