//! The container of Windows from launch to end, with the system itself: this program launches itself as
//! the cell.
//!
//! Wine takes nearly everything and holds little: there a launch that may lack everything is looked at,
//! and what does hold is held to. What only Windows holds says so, and is not run.
#![cfg_attr(not(windows), allow(unused_crate_dependencies, reason = "there is nothing to test"))]
#![cfg_attr(
    windows,
    expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "a cell prints, and people are told"
    )
)]

#[cfg(windows)]
mod wine;

#[cfg(not(windows))]
fn main() {}

#[cfg(windows)]
fn main() {
    if aether_container::is_cell() {
        std::process::exit(cell::main());
    }
    let words: Vec<String> = std::env::args().collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "--handle", number] => {
            let is = raw::is_signalled(number.parse().expect("a number"));
            std::process::exit(i32::from(is));
        }
        [_, "--in-a-job"] => {
            let done = host::in_a_job();
            std::process::exit(i32::from(done.is_err()));
        }
        _ => host::main(),
    }
}

#[cfg(windows)]
#[path = "windows_raw/mod.rs"]
mod raw;

#[cfg(windows)]
mod cell {
    use std::fs::File;
    use std::io::{Read as _, Write as _};

    use aether_container::{Gateway, Role, Shown, enter};

    /// A line that is heard, with what came before it.
    fn hear(incoming: &mut File) -> Option<(String, Vec<Vec<u8>>, u64)> {
        let (mut line, mut with, mut first) = (String::new(), Vec::new(), 0);
        while !line.ends_with('\n') {
            let mut head = [0; 5];
            incoming.read_exact(&mut head).ok()?;
            let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; length as usize];
            incoming.read_exact(&mut body).ok()?;
            match head[0] {
                0 => line.push_str(std::str::from_utf8(&body).expect("text")),
                _ => {
                    let number =
                        |at: usize| u64::from_le_bytes(body[at..at + 8].try_into().expect("eight"));
                    if line.is_empty() && first == 0 {
                        first = crate::raw::another(number(0));
                    }
                    let shown = Shown::adopt(number(0), number(8)).expect("a section");
                    let mut bytes = vec![0; usize::try_from(shown.size()).expect("a size")];
                    shown.read_into(&mut bytes).expect("its bytes");
                    with.push(bytes);
                }
            }
        }
        Some((line.trim_end().to_owned(), with, first))
    }

    fn say(outgoing: &mut File, text: &str, with: &[Vec<u8>]) {
        let chunk = |kind: u8, body: &[u8]| {
            let mut chunk = vec![kind];
            chunk.extend(u32::try_from(body.len()).expect("a length").to_le_bytes());
            chunk.extend(body);
            chunk
        };
        let mut all: Vec<u8> = with.iter().flat_map(|bytes| chunk(1, bytes)).collect();
        let line = format!("{text}\n");
        all.extend(line.as_bytes().chunks(1 << 16).flat_map(|piece| chunk(0, piece)));
        outgoing.write_all(&all).expect("a host");
    }

    pub(super) fn main() -> i32 {
        let Ok(Role::Engine(Gateway { mut incoming, mut outgoing })) = enter() else { return 90 };
        while let Some((line, with, first_section)) = hear(&mut incoming) {
            let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match word {
                "echo" => say(&mut outgoing, rest, &with),
                "variables" => {
                    let all: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
                    say(&mut outgoing, &all.join(" "), &[]);
                }
                "folder" => {
                    let folder = std::env::current_dir().expect("a folder");
                    say(&mut outgoing, &folder.display().to_string(), &[]);
                }
                "input" => {
                    let mut all = String::new();
                    let read = std::io::stdin().read_to_string(&mut all);
                    say(&mut outgoing, &format!("{read:?}"), &[]);
                }
                "print" => {
                    println!("out {rest}");
                    eprintln!("err {rest}");
                    say(&mut outgoing, "printed", &[]);
                }
                "handle" => {
                    let is = crate::raw::is_signalled(rest.parse().expect("a number"));
                    say(&mut outgoing, &format!("handle: {is}"), &[]);
                }
                "remap" => {
                    let [reads, writes, widens] = crate::raw::maps(first_section);
                    let text = format!("reads {reads}, writes {writes}, widens {widens}");
                    say(&mut outgoing, &text, &[]);
                }
                "leave" => {
                    use std::os::windows::process::CommandExt as _;
                    const BREAKAWAY: u32 = 0x100_0000;
                    let own = std::env::current_exe().expect("a name");
                    let mut command = std::process::Command::new(own);
                    let left = command.args(["--handle", "0"]).creation_flags(BREAKAWAY).spawn();
                    let said = if left.is_ok() { "it left" } else { "refused" };
                    say(&mut outgoing, said, &[]);
                }
                "exit" => return rest.parse().expect("a number"),
                "abort" => std::process::abort(),
                "spin" => loop {
                    std::hint::spin_loop();
                },
                "fill" => {
                    let mut all = Vec::new();
                    loop {
                        all.push(vec![1u8; 1 << 20]);
                    }
                }
                "wrong" => outgoing.write_all(&[9, 1, 0, 0, 0, 0]).expect("a host"),
                other => say(&mut outgoing, &format!("what is {other}?"), &[]),
            }
        }
        0
    }
}

#[cfg(windows)]
mod host {
    use std::collections::BTreeSet;
    use std::io;
    use std::time::{Duration, Instant};

    use aether_container::{
        Cell, Exit, Interest, LaunchError, Limit, Limits, Program, Protection, Recipe, State,
        Stream, Workload, launch, memory_file, read_memory_file,
    };
    use libtest_mimic::{Arguments, Failed, Trial, run};

    use crate::wine::is_wine;

    const PATIENCE: Duration = Duration::from_secs(60);

    type Tested = Result<(), Failed>;

    pub(super) fn main() {
        let trial = |name: &str, test: fn() -> Tested| Trial::test(name, test);
        let all = vec![
            trial("lines_and_payloads_go_both_ways", lines_and_payloads_go_both_ways),
            trial("a_megabyte_goes_both_ways_at_once", a_megabyte_goes_both_ways_at_once),
            trial("it_knows_nothing_of_its_host", it_knows_nothing_of_its_host),
            trial("what_it_prints_is_captured", what_it_prints_is_captured),
            trial("its_end_is_told_as_it_was", its_end_is_told_as_it_was),
            trial("it_ends_when_it_is_killed_and_when_it_is_dropped", ends),
            trial("one_that_stands_still_goes_on_when_it_is_let", freezes),
            trial("too_much_memory_ends_it", too_much_memory_ends_it),
            trial("a_busy_one_is_held_to_its_share", a_busy_one_is_held_to_its_share),
            trial("what_no_cell_says_is_refused", what_no_cell_says_is_refused),
            trial("a_waiter_is_woken", a_waiter_is_woken),
            trial("without_what_is_required_nothing_starts", strict),
            trial("a_handle_that_is_not_its_own_is_none_there", has_no_other_handles),
            trial("a_payload_is_for_reading_alone", payloads_are_for_reading),
            trial("nothing_leaves_its_job", nothing_leaves),
            trial("a_host_that_is_in_a_job_itself_has_cells", host_in_a_job),
        ];
        run(&Arguments::from_args(), all).exit();
    }

    fn recipe() -> Recipe {
        Recipe {
            program: Program::Itself,
            workload: Workload::Engine,
            limits: Limits {
                memory: 128 << 20,
                cpu_millis: 1000,
                open_files: 16,
                addresses: false,
                raisable: true,
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

    fn started() -> Result<Cell, Failed> {
        Ok(launch(&recipe())?)
    }

    fn say(cell: &mut Cell, text: &str, with: &[&[u8]]) -> Tested {
        let line = format!("{text}\n");
        let files = with.iter().map(|bytes| memory_file(bytes));
        let files = files.collect::<io::Result<Vec<_>>>()?;
        let mut files: Vec<_> = files.iter().collect();
        let (mut rest, until) = (line.as_bytes(), Instant::now() + PATIENCE);
        while !rest.is_empty() {
            match cell.send(rest, &files) {
                Ok(sent) => {
                    rest = &rest[sent..];
                    files.clear();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if Instant::now() > until {
                        return Err("nobody reads".into());
                    }
                    let interest = Interest { send: true, receive: false, ..Interest::default() };
                    cell.wait(Duration::from_millis(100), interest)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn hear(cell: &mut Cell) -> Result<(String, Vec<Vec<u8>>), Failed> {
        let (mut text, mut with) = (Vec::new(), Vec::new());
        let until = Instant::now() + PATIENCE;
        let mut buffer = vec![0; 1 << 16];
        while !text.ends_with(b"\n") {
            if Instant::now() > until {
                return Err("it says nothing".into());
            }
            match cell.receive(&mut buffer) {
                Ok(received) if received.bytes == 0 => return Err("it has hung up".into()),
                Ok(received) => {
                    text.extend_from_slice(&buffer[..received.bytes]);
                    with.extend(received.descriptors);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    cell.govern();
                    cell.wait(Duration::from_millis(20), Interest::default())?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let bytes = with.iter().map(|file| read_memory_file(file, size_of(file).unwrap_or(0)));
        let bytes = bytes.collect::<io::Result<_>>()?;
        Ok((String::from_utf8(text)?.trim_end().to_owned(), bytes))
    }

    /// The size that a payload says of itself, where another is announced.
    fn size_of(file: &aether_container::Descriptor) -> Option<u64> {
        let refused = read_memory_file(file, u64::MAX).err()?.to_string();
        refused.split_whitespace().find_map(|word| word.parse().ok())
    }

    fn ended(cell: &mut Cell) -> Result<Exit, Failed> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(exit) = cell.try_exit() {
                return Ok(exit);
            }
            if Instant::now() > until {
                return Err("it goes on".into());
            }
            let most = cell.govern().unwrap_or(Duration::from_millis(20));
            let interest = Interest { receive: false, ..Interest::default() };
            let ready = cell.wait(most.min(Duration::from_millis(20)), interest)?;
            for (has, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
                if has {
                    drop(cell.read_output(stream, &mut [0; 4096]));
                }
            }
        }
    }

    fn check(is: bool, why: impl Into<Failed>) -> Tested {
        if is { Ok(()) } else { Err(why.into()) }
    }

    fn lines_and_payloads_go_both_ways() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "echo hello", &[])?;
        check(hear(&mut cell)? == ("hello".to_owned(), vec![]), "not what was said")?;
        let large = vec![7; 3 << 20];
        say(&mut cell, "echo with", &[b"small", &large, b""])?;
        let (text, with) = hear(&mut cell)?;
        check(text == "with" && with == [b"small".to_vec(), large, Vec::new()], text)
    }

    fn a_megabyte_goes_both_ways_at_once() -> Tested {
        let mut cell = started()?;
        let text = "x".repeat(900_000);
        // The second is sent while the first comes back.
        say(&mut cell, &format!("echo {text}"), &[])?;
        let (heard, _) = hear(&mut cell)?;
        check(heard == text, format!("{} bytes", heard.len()))?;
        say(&mut cell, &format!("echo {text}"), &[])?;
        check(hear(&mut cell)?.0 == text, "the second differs")
    }

    fn it_knows_nothing_of_its_host() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "variables", &[])?;
        let (mut names, _) = hear(&mut cell)?;
        if is_wine() {
            // Wine adds its own to every process.
            let own = |name: &&str| !name.starts_with("WINE") && *name != "SystemDrive";
            names = names.split(' ').filter(own).collect::<Vec<_>>().join(" ");
        }
        let mut names: Vec<&str> = names.split(' ').collect();
        names.sort_unstable();
        if is_wine() {
            check(names == ["LOCALAPPDATA", "SystemRoot"], format!("{names:?}"))?;
        } else {
            // A container has its own folder in all three.
            let known = ["LOCALAPPDATA", "SystemRoot", "TEMP", "TMP"];
            check(names.iter().all(|name| known.contains(name)), format!("{names:?}"))?;
        }
        say(&mut cell, "folder", &[])?;
        let (folder, _) = hear(&mut cell)?;
        check(folder.to_lowercase().ends_with("system32"), folder)?;
        say(&mut cell, "input", &[])?;
        let (read, _) = hear(&mut cell)?;
        check(read == "Ok(0)", read)
    }

    fn what_it_prints_is_captured() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "print hello", &[])?;
        hear(&mut cell)?;
        let mut all = [String::new(), String::new()];
        let until = Instant::now() + PATIENCE;
        while all.iter().any(|text| !text.contains('\n')) {
            check(Instant::now() < until, format!("{all:?}"))?;
            let interest = Interest { receive: false, ..Interest::default() };
            cell.wait(Duration::from_millis(50), interest)?;
            let streams = [Stream::Stdout, Stream::Stderr];
            for (stream, text) in streams.into_iter().zip(&mut all) {
                let mut buffer = [0; 64];
                if let Ok(count) = cell.read_output(stream, &mut buffer) {
                    text.push_str(std::str::from_utf8(&buffer[..count])?);
                }
            }
        }
        check(all.map(|text| text.trim().to_owned()) == ["out hello", "err hello"], "other text")
    }

    fn its_end_is_told_as_it_was() -> Tested {
        for (word, exit) in [
            ("exit 0", Exit::Code(0)),
            ("exit 7", Exit::Code(7)),
            ("exit 259", Exit::Code(259)),
            ("abort", Exit::Signal { number: 6, out_of_memory: false }),
        ] {
            let mut cell = started()?;
            say(&mut cell, word, &[])?;
            let found = ended(&mut cell)?;
            check(found == exit, format!("{word}: {found:?}"))?;
        }
        Ok(())
    }

    fn ends() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "spin", &[])?;
        cell.killer().kill();
        let found = ended(&mut cell)?;
        check(found == Exit::Signal { number: 9, out_of_memory: false }, format!("{found:?}"))?;
        let mut cell = started()?;
        say(&mut cell, "spin", &[])?;
        let began = Instant::now();
        drop(cell);
        check(began.elapsed() < Duration::from_secs(9), "it was waited for too long")
    }

    fn freezes() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "echo before", &[])?;
        hear(&mut cell)?;
        cell.freeze(true)?;
        check(cell.is_frozen(), "it is not said to stand still")?;
        say(&mut cell, "echo after", &[])?;
        let quiet = cell.wait(Duration::from_millis(300), Interest::default())?;
        check(!quiet.receive, "it answers")?;
        cell.freeze(false)?;
        check(hear(&mut cell)?.0 == "after", "it does not answer")
    }

    fn too_much_memory_ends_it() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "fill", &[])?;
        let found = ended(&mut cell)?;
        let told = cell.overstepped() == Some(Limit::Memory);
        let is = matches!(found, Exit::Signal { out_of_memory: true, .. });
        check(is && (told || !is_wine()), format!("{found:?}"))?;
        check(cell.usage().memory_peak > 100 << 20, "it never had it")
    }

    fn a_busy_one_is_held_to_its_share() -> Tested {
        if is_wine() {
            eprintln!(
                "SKIPPED: Wine neither holds a share nor tells what another process has used"
            );
            return Ok(());
        }
        let mut recipe = recipe();
        recipe.limits.cpu_millis = 250;
        let mut cell = launch(&recipe)?;
        say(&mut cell, "spin", &[])?;
        let (began, interest) =
            (Instant::now(), Interest { receive: false, ..Interest::default() });
        while began.elapsed() < Duration::from_secs(3) {
            let most = cell.govern().unwrap_or(Duration::from_millis(20));
            cell.wait(most, interest)?;
        }
        let share = cell.usage().cpu.as_secs_f64() / began.elapsed().as_secs_f64();
        check((0.05..0.45).contains(&share), format!("it had {share:.2} of a core"))
    }

    fn what_no_cell_says_is_refused() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "wrong", &[])?;
        let until = Instant::now() + PATIENCE;
        loop {
            match cell.receive(&mut [0; 64]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    check(Instant::now() < until, "it says nothing")?;
                    cell.wait(Duration::from_millis(20), Interest::default())?;
                }
                Err(error) => {
                    return check(error.kind() == io::ErrorKind::InvalidData, error.to_string());
                }
                Ok(received) => return Err(format!("{received:?}").into()),
            }
        }
    }

    fn a_waiter_is_woken() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "echo up", &[])?;
        hear(&mut cell)?;
        let waker = cell.waker();
        let other = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            waker.wake();
        });
        let began = Instant::now();
        let ready = cell.wait(PATIENCE, Interest::default())?;
        check(ready.woken && began.elapsed() < PATIENCE / 2, format!("{ready:?}"))?;
        let ready = cell.wait(Duration::ZERO, Interest::default())?;
        check(!ready.woken, "once is enough")?;
        other.join().map_err(|_| "the other thread")?;
        Ok(())
    }

    /// One that can be inherited, and that no cell was given.
    fn has_no_other_handles() -> Tested {
        let event = crate::raw::inheritable_event()?;
        let number = crate::raw::number(&event);
        check(crate::raw::is_signalled(number), "it is none here")?;
        let mut cell = started()?;
        say(&mut cell, &format!("handle {number}"), &[])?;
        let (said, _) = hear(&mut cell)?;
        check(said == "handle: false", said)?;
        // A child that is made without a list has it.
        let child = std::process::Command::new(std::env::current_exe()?)
            .args(["--handle", &number.to_string()])
            .status()?;
        check(child.code() == Some(1), format!("{child:?}"))
    }

    fn payloads_are_for_reading() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "remap", &[b"hello"])?;
        let (said, _) = hear(&mut cell)?;
        check(said == "reads true, writes false, widens false", said)
    }

    fn nothing_leaves() -> Tested {
        let mut cell = started()?;
        say(&mut cell, "leave", &[])?;
        let (said, _) = hear(&mut cell)?;
        check(said == "refused", said)
    }

    fn host_in_a_job() -> Tested {
        let run =
            std::process::Command::new(std::env::current_exe()?).arg("--in-a-job").output()?;
        let said = String::from_utf8_lossy(&run.stdout);
        check(run.status.success() && said.trim_end() == "hello", format!("{run:?}"))
    }

    pub(super) fn in_a_job() -> Tested {
        let _job = crate::raw::join_a_job()?;
        let mut cell = started()?;
        say(&mut cell, "echo hello", &[])?;
        println!("{}", hear(&mut cell)?.0);
        Ok(())
    }

    fn strict() -> Tested {
        let strict = Recipe { optional: BTreeSet::new(), ..recipe() };
        match launch(&strict) {
            Err(LaunchError::Protection { posture, .. }) if is_wine() => {
                let refused = posture.lines.iter().filter(|line| line.state == State::Refused);
                check(refused.count() >= 1, "nothing is said to be missing")
            }
            Ok(cell) if !is_wine() => check(cell.posture().is_full(), "not everything stands"),
            other => Err(format!("{other:?}").into()),
        }
    }
}
