//! The host's side.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aether_container::{
    Cell, Door, Exit, Interest, LaunchError, LaunchOptions, Limit, Limits, Native, Program,
    Protection, Recipe, Stage, State, Stream, Workload, launch, launch_with, system_folder,
};
use libtest_mimic::{Arguments, Failed, Trial, run};

use crate::program::MARK;
use crate::wine::is_wine;

const PATIENCE: Duration = Duration::from_secs(60);

type Tested = Result<(), Failed>;

pub(super) fn main() {
    let trial = |name: &str, test: fn() -> Tested| Trial::test(name, test);
    let all = vec![
        trial("a_program_talks_over_the_handle_that_it_was_given", talks_over_a_handle),
        trial("a_file_is_lent_to_be_read_and_nothing_else", lends_a_file),
        trial("a_program_without_a_gateway_has_streams", has_streams),
        trial("what_was_put_in_before_the_end_arrives", all_of_its_input_arrives),
        trial("a_program_may_talk_on_its_streams", talks_on_its_streams),
        trial("it_has_the_variables_that_it_was_given", has_its_variables),
        trial("it_has_its_words_and_its_folder", has_its_words_and_its_folder),
        trial("its_end_is_told_as_it_was", its_end_is_told),
        trial("what_it_started_ends_with_it", its_family_ends),
        trial("too_many_bytes_end_it", too_many_bytes),
        trial("too_many_files_end_it", too_many_files),
        trial("what_cannot_be_had_here_is_refused", what_cannot_be_had),
        trial("without_what_is_required_nothing_starts", strict),
        trial("a_system_program_runs", system_program),
    ];
    run(&Arguments::from_args(), all).exit();
}

/// A stage in a folder that is gone with it.
struct Scene {
    made: tempfile::TempDir,
    stage: Stage,
}

impl Scene {
    fn new() -> Result<Self, Failed> {
        let made = tempfile::tempdir()?;
        let stage = Stage::new(&made.path().join("root"), Some("native-test"), true)?;
        let own = std::env::current_exe()?;
        std::fs::copy(own, stage.root().join("program.exe"))?;
        stage.folder(&stage.root().join("work"), true)?;
        Ok(Self { made, stage })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.stage.root().join(name)
    }

    fn native(&self, words: &[&str]) -> Native {
        let program = self.at("program.exe");
        let words = [MARK].iter().chain(words).map(Into::into);
        Native {
            command: std::iter::once(program.clone().into_os_string()).chain(words).collect(),
            program,
            environment: vec![("AETHER_TEST".into(), "ä \"quoted\"".into())],
            folder: self.at("work"),
            mounts: Vec::new(),
            links: Vec::new(),
            executable: Vec::new(),
            door: Door::Closed,
            proxy: None,
            networked: false,
            inbound: Vec::new(),
            scratch: 4 << 20,
            processes: 8,
            trace_files: false,
            broker: false,
            stage: Some(self.stage.root().to_owned()),
        }
    }

    fn launch(&self, native: Native) -> Result<Cell, Failed> {
        let container = Some("native-test".to_owned());
        let options = LaunchOptions { container, ..LaunchOptions::default() };
        Ok(launch_with(&recipe(native), options)?)
    }

    fn start(&self, words: &[&str]) -> Result<Cell, Failed> {
        self.launch(self.native(words))
    }
}

fn recipe(native: Native) -> Recipe {
    Recipe {
        program: Program::Itself,
        workload: Workload::Native(Box::new(native)),
        limits: Limits {
            memory: 256 << 20,
            cpu_millis: 1000,
            open_files: 64,
            addresses: false,
            raisable: false,
        },
        optional: if is_wine() {
            Protection::ALL.iter().copied().collect()
        } else {
            BTreeSet::new()
        },
        code: aether_container::Code::None,
        aside: false,
        confine: true,
    }
}

/// Waits until `done`, which is asked after each thing that happens.
fn until(cell: &mut Cell, mut done: impl FnMut(&mut Cell) -> Result<bool, Failed>) -> Tested {
    let late = Instant::now() + PATIENCE;
    while !done(cell)? {
        if Instant::now() > late {
            return Err("it never happened".into());
        }
        cell.wait(Duration::from_millis(20), Interest { input: true, ..Interest::default() })?;
        cell.govern();
    }
    Ok(())
}

fn take(cell: &mut Cell, all: &mut Vec<u8>) -> Tested {
    let mut buffer = [0; 4096];
    loop {
        match cell.read_output(Stream::Stdout, &mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => all.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// All that it prints until its end, and that.
fn ended(cell: &mut Cell) -> Result<(String, Exit), Failed> {
    let (mut all, mut exit) = (Vec::new(), None);
    until(cell, |cell| {
        take(cell, &mut all)?;
        exit = cell.try_exit();
        Ok(exit.is_some() && !cell.has_output(Stream::Stdout))
    })?;
    Ok((String::from_utf8(all)?, exit.ok_or("no end")?))
}

/// A line that it says, where it talks.
fn heard(cell: &mut Cell) -> Result<String, Failed> {
    let mut all = Vec::new();
    until(cell, |cell| {
        let mut buffer = [0; 1024];
        match cell.receive(&mut buffer) {
            Ok(received) => all.extend_from_slice(&buffer[..received.bytes]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(all.ends_with(b"\n"))
    })?;
    Ok(String::from_utf8(all)?)
}

fn check(what: bool, why: impl std::fmt::Debug) -> Tested {
    if what { Ok(()) } else { Err(format!("{why:?}").into()) }
}

fn talks_over_a_handle() -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.launch(Native { door: Door::Open, ..scene.native(&["gateway"]) })?;
    for line in ["one", "zwölf"] {
        cell.send(format!("{line}\n").as_bytes(), &[])?;
        let said = heard(&mut cell)?;
        check(said == format!("heard {line}\n"), &said)?;
    }
    let payload = aether_container::memory_file(b"x")?;
    let refused = cell.send(b"x\n", &[&payload]).map_err(|error| error.kind());
    check(refused == Err(io::ErrorKind::Unsupported), refused)
}

fn lends_a_file() -> Tested {
    let scene = Scene::new()?;
    let path = scene.made.path().join("large");
    std::fs::write(&path, "a line\n")?;
    let mut cell = scene.launch(Native { door: Door::Open, ..scene.native(&["gateway"]) })?;
    // What the host may do with it is not what the program may. Wine has it cut off all the same, where the
    // host could: what a gateway lends was opened to be read.
    let mut open = std::fs::OpenOptions::new();
    let both = open.read(true).write(true).open(&path)?;
    let file = std::fs::File::open(&path)?;
    for (lent, can_be_cut) in [(&file, false), (&both, is_wine())] {
        let number = cell.lender().lend(lent)?;
        cell.send(format!("{number}\n").as_bytes(), &[])?;
        let said = heard(&mut cell)?;
        check(said == format!("true false {can_be_cut} a line\n"), said)?;
    }
    let lender = cell.lender();
    drop(cell);
    check(lender.lend(&file).is_err(), "to one that has ended")
}

fn has_streams() -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.start(&["echo"])?;
    let gone = cell.send(b"x\n", &[]).map_err(|error| error.kind());
    check(gone == Err(io::ErrorKind::BrokenPipe), gone)?;
    cell.send_input(b"hello")?;
    cell.close_input();
    let (said, exit) = ended(&mut cell)?;
    check(said == "hello" && exit == Exit::Code(0), (said, exit))
}

fn all_of_its_input_arrives() -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.start(&["echo"])?;
    let all: Vec<u8> = (0..1_000_000u32).map(|number| b'a' + (number % 26) as u8).collect();
    let (mut rest, mut said, mut exit) = (&all[..], Vec::new(), None);
    until(&mut cell, |cell| {
        match cell.send_input(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && rest.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
        if rest.is_empty() {
            cell.close_input();
        }
        take(cell, &mut said)?;
        exit = cell.try_exit();
        Ok(exit.is_some() && !cell.has_output(Stream::Stdout))
    })?;
    check(said == all, said.len())
}

fn talks_on_its_streams() -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.launch(Native { door: Door::Open, ..scene.native(&["answer"]) })?;
    cell.send_input(b"first\n")?;
    let mut all = Vec::new();
    until(&mut cell, |cell| {
        take(cell, &mut all)?;
        Ok(all.ends_with(b"\n"))
    })?;
    check(String::from_utf8_lossy(&all).trim_end() == "you said first", &all)?;
    cell.use_stdio();
    cell.send(b"second\n", &[])?;
    let said = heard(&mut cell)?;
    check(said.trim_end() == "you said second", said)
}

fn has_its_variables() -> Tested {
    let scene = Scene::new()?;
    let (said, _) = ended(&mut scene.start(&["variables"])?)?;
    let mut names: Vec<&str> = said.lines().filter_map(|line| line.split('=').next()).collect();
    check(said.contains("AETHER_TEST=ä \"quoted\""), &said)?;
    if is_wine() {
        // Wine adds its own to every process.
        names.retain(|name| !name.starts_with("WINE") && *name != "SystemDrive");
    } else {
        // So does a container, of its own folder.
        names.retain(|name| !["TEMP", "TMP"].contains(name));
    }
    names.sort_unstable();
    check(names == ["AETHER_TEST", "LOCALAPPDATA", "SystemRoot"], names)
}

fn has_its_words_and_its_folder() -> Tested {
    let scene = Scene::new()?;
    let words = ["words", "", "a b", "\"", r"c:\x y\", "%PATH%", "ä&|<>^"];
    let (said, _) = ended(&mut scene.start(&words)?)?;
    check(said.trim_end() == format!("{words:?}"), said)?;
    let (said, _) = ended(&mut scene.start(&["folder"])?)?;
    check(said.trim_end() == scene.at("work").display().to_string(), said)
}

fn its_end_is_told() -> Tested {
    let scene = Scene::new()?;
    for code in [0, 1, 42] {
        let (_, exit) = ended(&mut scene.start(&["exit", &code.to_string()])?)?;
        check(exit == Exit::Code(code), exit)?;
    }
    Ok(())
}

fn its_family_ends() -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.start(&["family"])?;
    let mut all = Vec::new();
    until(&mut cell, |cell| {
        take(cell, &mut all)?;
        Ok(all.ends_with(b"\n"))
    })?;
    let usage = cell.usage();
    check(usage.processes >= 3 && usage.memory > 0, usage)?;
    // Each counts in a file of its own.
    let counts = || -> Result<[u64; 2], Failed> {
        let of = |name: &str| std::fs::metadata(scene.at("work").join(name)).map(|file| file.len());
        Ok([of("0")?, of("1")?])
    };
    cell.freeze(true)?;
    check(cell.is_frozen(), "it is not said to stand still")?;
    // Wine takes a moment to halt a thread.
    std::thread::sleep(Duration::from_millis(100));
    let before = counts()?;
    std::thread::sleep(Duration::from_millis(300));
    check(counts()? == before, ("it goes on", before, counts()?))?;
    cell.freeze(false)?;
    until(&mut cell, |_| Ok(counts()?.iter().zip(before).all(|(now, before)| *now > before)))?;
    cell.kill();
    // All that have the program open are gone when it can be removed.
    let (program, late) = (scene.at("program.exe"), Instant::now() + PATIENCE);
    until(&mut cell, |cell| Ok(cell.try_exit().is_some()))?;
    while let Err(error) = std::fs::remove_file(&program) {
        check(Instant::now() < late, error)?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn overstepped(words: &[&str]) -> Tested {
    let scene = Scene::new()?;
    let mut cell = scene.start(words)?;
    until(&mut cell, |cell| Ok(cell.try_exit().is_some()))?;
    check(cell.overstepped() == Some(Limit::Scratch), cell.overstepped())?;
    // Nothing is left that could still write.
    drop(cell);
    scene.made.close()?;
    Ok(())
}

fn too_many_bytes() -> Tested {
    overstepped(&["fill", "large"])
}

fn too_many_files() -> Tested {
    if is_wine() {
        eprintln!("SKIPPED: needs real Windows, since Wine takes minutes for so many files");
        return Ok(());
    }
    overstepped(&["many", "."])
}

fn what_cannot_be_had() -> Tested {
    let scene = Scene::new()?;
    let plain = || scene.native(&["exit", "0"]);
    for native in [
        Native { broker: true, ..plain() },
        Native { trace_files: true, ..plain() },
        Native { inbound: vec![80], ..plain() },
        Native { networked: true, ..plain() },
        Native { stage: None, ..plain() },
    ] {
        let refused = launch(&recipe(native));
        check(matches!(refused, Err(LaunchError::Unsupported(_))), refused)?;
    }
    let batch = scene.at("program.bat");
    std::fs::write(&batch, "exit 0")?;
    let refused = launch(&recipe(Native { program: batch, ..plain() }));
    check(matches!(refused, Err(LaunchError::Program { .. })), refused)
}

fn strict() -> Tested {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which holds little");
        return Ok(());
    }
    let scene = Scene::new()?;
    let recipe = Recipe { optional: BTreeSet::new(), ..recipe(scene.native(&["exit", "0"])) };
    let Err(LaunchError::Protection { posture, .. }) = launch(&recipe) else {
        return Err("it started".into());
    };
    let refused = |one| posture.get(one).is_some_and(|line| line.state == State::Refused);
    check(refused(Protection::AppContainer) && refused(Protection::Network), &posture)?;
    check(posture.get(Protection::Lpac).is_none(), "it is for engines")
}

fn system_program() -> Tested {
    let scene = Scene::new()?;
    let program = system_folder()?.join("cmd.exe");
    let words = ["cmd.exe", "/d", "/c", "echo hello"].map(Into::into);
    let native = Native { program, command: words.into(), ..scene.native(&[]) };
    let (said, exit) = ended(&mut scene.launch(native)?)?;
    check(said.trim_end() == "hello" && exit == Exit::Code(0), (said, exit))
}
