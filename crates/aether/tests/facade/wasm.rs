//! WebAssembly in cells: what comes of it is what comes of any other plugin.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::Duration;

use aether::{CallError, Ending, ExitCode, Host, Limit, StartError, StartOptions};
use serde_json::{Value, json};

use crate::lab::{Lab, policy, start, tests};

/// Where a plugin runs, by the policy.
const EVERYWHERE: [&str; 2] = ["process", "in-process"];

tests! {
    numbers_go_in_and_out,
    an_instance_lasts_unless_the_plugin_is_stateless,
    code_is_compiled_once_and_kept,
    code_that_was_changed_is_compiled_again,
    whoever_starts_together_compiles_once,
    what_does_not_compile_is_told_with_its_place,
    a_bomb_ends_in_the_cell_that_compiles,
    imports_are_asked_for_or_refused,
    endless_code_is_ended_by_its_deadline,
    a_beginning_without_end_refuses_the_start,
    a_trap_is_the_plugins_and_names_its_functions,
    memory_has_the_limit_of_the_manifest,
    a_cancelled_call_ends_and_the_cell_goes_on,
    what_a_program_prints_is_its_result,
    large_values_pass_both_ways,
    a_plugin_is_refused_alike_wherever_it_runs,
    a_plugin_in_the_hosts_process_ends_when_it_is_told_to,
    plugins_in_the_hosts_process_leave_each_other_alone,
    more_may_run_at_once_than_there_are_slots_for_one,
    a_share_of_the_processor_holds_in_the_hosts_process,
    only_webassembly_runs_in_the_hosts_process,
    a_coredump_is_written_where_it_is_wanted,
}

const COUNTER: &str = r#"(module
    (global $count (mut i32) (i32.const 0))
    (memory (export "memory") 1)
    (func (export "add") (param i32 i32) (result i32)
        (i32.add (local.get 0) (local.get 1)))
    (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const 7) (i32.add (i32.load8_u (i32.const 7)) (i32.const 1)))
        (i32.mul (global.get $count) (i32.load8_u (i32.const 7)))))"#;

/// A program that copies its input, and says so on standard error.
const CAT: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\40\00\00\00\00\40\00\00")
    (data (i32.const 32) "said\n")
    (data (i32.const 48) "\20\00\00\00\05\00\00\00")
    (func (export "_start")
        (drop (call $write (i32.const 2) (i32.const 48) (i32.const 1) (i32.const 16)))
        (loop $more
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
            (if (i32.load (i32.const 16))
                (then
                    (i32.store (i32.const 4) (i32.load (i32.const 16)))
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20)))
                    (i32.store (i32.const 4) (i32.const 16384))
                    (br $more))))))"#;

impl Lab {
    /// The folder of a plugin of this text.
    fn wasm(&self, name: &str, text: &str) -> PathBuf {
        self.wasm_with(name, text, "{}")
    }

    fn wasm_with(&self, name: &str, text: &str, manifest: &str) -> PathBuf {
        let mut plugin =
            self.plugin(name).with("runtime", r#""wasm""#).with("entry", r#""main.wasm""#);
        let Ok(Value::Object(more)) = serde_json::from_str(manifest) else { panic!("{manifest}") };
        for (key, value) in more {
            plugin = plugin.with(&key, &value.to_string());
        }
        let folder = plugin.main("");
        let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
        self.file(format!("{name}/main.wasm"), bytes);
        folder
    }

    /// A host whose policy has plugins run there, and allows them files and events.
    fn host_for(&self, isolation: &str) -> Host {
        let text = format!(
            "version: 1\nplugins: {{ \"*\": {{ isolation: {isolation}, allow: {{ filesystem: {{ read: [\"./in/**\"] }}, events: {{ on: [\"news.*\"] }} }} }} }}\n"
        );
        self.builder().policy(policy(&text)).build().expect("a host")
    }

    /// One with a time limit of two seconds.
    fn start_wasm(&self, isolation: &str, text: &str) -> (Host, aether::Cell) {
        let folder = self.wasm_with("p", text, r#"{"resources":{"timeout":"2s","memory":"32MB"}}"#);
        let host = self.host_for(isolation);
        let cell = start(&host, &host.load(folder).expect("a plugin"));
        (host, cell)
    }

    /// How many cells have compiled so far.
    fn compiled(&self, host: &Host) -> usize {
        let gave = |record: &&aether::audit::Record| record.action == "bundle.keep";
        let cells: std::collections::BTreeSet<_> =
            self.records(host).iter().filter(gave).map(|record| record.cell).collect();
        cells.len()
    }
}

fn numbers_go_in_and_out() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (_host, cell) = lab.start_wasm(isolation, COUNTER);
        assert_eq!(cell.call("add", json!({ "p0": 2, "p1": 40 })), Ok(json!(42)));
        assert_eq!(cell.call("add", json!([2, 40])), Ok(json!(42)));
        assert_eq!(cell.exports(), ["add", "count"]);
        assert!(cell.engine().starts_with("wasmtime 48"), "{}", cell.engine());
        assert_eq!(cell.posture().is_full(), isolation == "process", "{:?}", cell.posture());
        let Err(CallError::Plugin(error)) = cell.call("add", json!({ "p0": 2 })) else { panic!() };
        assert!(error.message.contains("`p1` is missing"), "{}", error.message);
        let Err(CallError::Plugin(error)) = cell.call("sub", json!({})) else { panic!() };
        assert_eq!(error.kind, "no-method");
        assert_eq!(cell.stop(), Ending::Normal);
    }
}

fn an_instance_lasts_unless_the_plugin_is_stateless() {
    let check = |isolation: &str, manifest: &str, expect: [i32; 3]| {
        let lab = Lab::new();
        let host = lab.host_for(isolation);
        let folder = lab.wasm_with("p", COUNTER, manifest);
        let cell = start(&host, &host.load(folder).expect("a plugin"));
        let counts = [(); 3].map(|()| cell.call("count", json!({})).expect("a count"));
        assert_eq!(counts.to_vec(), expect.map(Value::from), "{isolation} {manifest}");
    };
    for isolation in EVERYWHERE {
        check(isolation, "{}", [1, 4, 9]);
        check(isolation, r#"{"stateless":false}"#, [1, 4, 9]);
        check(isolation, r#"{"stateless":true}"#, [1, 1, 1]);
    }
}

fn code_is_compiled_once_and_kept() {
    let lab = Lab::new();
    let folder = lab.wasm("p", COUNTER);
    let kept = lab.aside("code");
    for compiles in [1, 0] {
        let host = lab.builder().keep_code(&kept).build().expect("a host");
        let plugin = host.load(&folder).expect("a plugin");
        for _ in 0..2 {
            start(&host, &plugin).call("count", json!({})).expect("a count");
        }
        assert_eq!(lab.compiled(&host), compiles);
        drop(host);
        std::fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
    }
    // Nobody else reads or writes there.
    for entry in std::fs::read_dir(&kept).expect("a folder") {
        let mode = entry.expect("an entry").metadata().expect("its mode").mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(kept.metadata().expect("its mode").mode() & 0o777, 0o700);
    // Where somebody else could, nothing is taken from there, and nothing is kept.
    std::fs::set_permissions(&kept, Permissions::from_mode(0o722)).expect("its mode");
    let host = lab.builder().keep_code(&kept).build().expect("a host");
    start(&host, &host.load(&folder).expect("a plugin")).call("count", json!({})).expect("a count");
    assert_eq!(lab.compiled(&host), 1);
}

fn code_that_was_changed_is_compiled_again() {
    let lab = Lab::new();
    let folder = lab.wasm("p", COUNTER);
    let kept = lab.aside("code");
    let run = || {
        let host = lab.builder().keep_code(&kept).build().expect("a host");
        let cell = start(&host, &host.load(&folder).expect("a plugin"));
        assert_eq!(cell.call("count", json!({})), Ok(json!(1)));
        drop(cell);
        let compiled = lab.compiled(&host);
        drop(host);
        std::fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
        compiled
    };
    assert_eq!(run(), 1);
    let names = std::fs::read_dir(&kept).expect("a folder");
    let names: Vec<_> = names.map(|entry| entry.expect("an entry").path()).collect();
    let of = |end: &str| {
        names
            .iter()
            .find(|path| path.ends_with(end) || path.extension().is_some_and(|is| is == end))
            .expect("a file")
            .clone()
    };
    for (what, change) in [
        ("code", (|bytes| bytes[1000] ^= 1) as fn(&mut Vec<u8>)),
        ("code", |bytes| bytes.truncate(1000)),
        ("code", Vec::clear),
        ("key", |bytes| bytes[7] ^= 1),
        ("key", |bytes| bytes.truncate(7)),
        ("key", Vec::clear),
        ("facts", |bytes| bytes[20] ^= 1),
        ("facts", |bytes| *bytes.last_mut().expect("a byte") ^= 1),
        ("facts", Vec::clear),
    ] {
        let path = of(what);
        let mut bytes = std::fs::read(&path).expect("a file");
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("a file");
        assert_eq!((run(), run()), (1, 0), "{what}");
    }
    // Code of another host's, whole and in its place.
    let other = lab.aside("other");
    let host = lab.builder().keep_code(&other).build().expect("a host");
    drop(start(&host, &host.load(&folder).expect("a plugin")));
    drop(host);
    std::fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
    for end in ["code", "facts"] {
        let name = of(end);
        std::fs::copy(other.join(name.file_name().expect("a name")), name).expect("a file");
    }
    assert_eq!(run(), 1, "sealed by another");
}

fn whoever_starts_together_compiles_once() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = host.load(lab.wasm("p", COUNTER)).expect("a plugin");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| start(&host, &plugin).call("count", json!({})).expect("a count"));
        }
    });
    assert_eq!(lab.compiled(&host), 1);
}

fn what_does_not_compile_is_told_with_its_place() {
    let check = |bytes: &[u8], expect: &str| {
        let lab = Lab::new();
        let host = lab.host();
        let folder = lab.wasm("p", "(module)");
        lab.file("p/main.wasm", bytes);
        let plugin = host.load(folder).expect("a plugin");
        for error in [
            host.compile(&plugin).expect_err("no code"),
            host.start(&plugin, &StartOptions::default()).expect_err("no code"),
        ] {
            let StartError::Load(CallError::Plugin(error)) = error else { panic!("{error}") };
            assert!(error.message.contains(expect), "{}", error.message);
        }
    };
    check(b"", "not WebAssembly");
    check(b"export default () => 1;", "not WebAssembly");
    check(b"\x7fELF\x02\x01\x01", "machine code");
    check(b"\0asm\x02\0\0\0", "version");
    check(b"\0asm\x01\0\0\0\x01\xff", "cut off");
    check(b"\0asm\x01\0\0\0", "nothing that can be called");
    check(
        &wat::parse_str(r#"(module (import "env" "system" (func)))"#).expect("a module"),
        "env.system",
    );
}

fn a_bomb_ends_in_the_cell_that_compiles() {
    // A type that is twice the one before, sixty times: more than any memory if it were written out.
    let mut text = String::from("(component (type $t0 (tuple u8 u8))");
    for at in 1..60 {
        text.push_str(&format!("(type $t{at} (tuple $t{0} $t{0}))", at - 1));
    }
    text.push_str("(import \"f\" (func (param \"x\" $t59))))");
    let lab = Lab::new();
    let host = lab.host();
    let plugin = host.load(lab.wasm("p", &text)).expect("a plugin");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no code");
    assert!(
        matches!(
            error,
            StartError::Load(CallError::Plugin(_) | CallError::Ended(Ending::Limit(_)))
        ),
        "{error}"
    );
    let other = host.load(lab.wasm("other", COUNTER)).expect("a plugin");
    assert_eq!(start(&host, &other).call("count", json!({})), Ok(json!(1)));
}

fn imports_are_asked_for_or_refused() {
    let world = |import: &str, more: &str| {
        format!(
            r#"(component
                (import "{import}" (instance {more}))
                (core module $m (func (export "f") (result i32) (i32.const 1)))
                (core instance $i (instantiate $m))
                (func (export "f") (result u32) (canon lift (core func $i "f"))))"#
        )
    };
    let check = |text: &str, permissions: &str, expect: Option<&str>| {
        let lab = Lab::new();
        let host = lab.generous_host();
        let manifest = format!(r#"{{"permissions":{permissions}}}"#);
        let plugin = host.load(lab.wasm_with("p", text, &manifest)).expect("a plugin");
        match (host.start(&plugin, &StartOptions::default()), expect) {
            (Ok(cell), None) => assert_eq!(cell.call("f", json!({})), Ok(json!(1))),
            (Err(error), Some(expect)) => {
                assert_eq!(error.exit_code(), ExitCode::Usage, "{error}");
                let StartError::Unfit(problems) = error else { panic!("{error}") };
                assert!(problems[0].message.contains(expect), "{problems:?}");
                let found = host.compile(&plugin).expect("it compiles");
                assert_eq!(found, problems);
            }
            (done, _) => panic!("{permissions}: {done:?}"),
        }
    };
    let fs = world("aether:plugin/env@1.0.0", r#"(export "names" (func (result (list string))))"#);
    check(&fs, "{}", Some("`environment`"));
    let http = world("wasi:http/outgoing-handler@0.2.0", "");
    check(&http, "{}", Some("`network.domains`"));
    check(&world("aether:plugin/log@1.0.0", ""), "{}", None);
    check(&world("wasi:cli/environment@0.2.0", ""), "{}", None);
}

fn endless_code_is_ended_by_its_deadline() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (_host, cell) = lab.start_wasm(
 isolation,
            r#"(module (func (export "spin") (loop $l (br $l))) (func (export "one") (result i32) (i32.const 1)))"#,
        );
        assert_eq!(cell.call("one", json!({})), Ok(json!(1)));
        let ended = cell.call("spin", json!({}));
        let Err(CallError::Ended(Ending::Limit(Limit::Time(time)))) = ended else {
            panic!("{ended:?}")
        };
        assert_eq!(time, Duration::from_secs(2));
    }
}

fn a_beginning_without_end_refuses_the_start() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let text = r#"(module (func $begin (loop $l (br $l))) (start $begin)
            (func (export "one") (result i32) (i32.const 1)))"#;
        let folder = lab.wasm_with("p", text, r#"{"resources":{"timeout":"1s"}}"#);
        let host = lab.host_for(isolation);
        let plugin = host.load(folder).expect("a plugin");
        host.compile(&plugin).expect("compiling runs nothing");
        let error = host.start(&plugin, &StartOptions::default()).expect_err("it never begins");
        assert!(
            matches!(error, StartError::Load(CallError::Ended(Ending::Limit(Limit::Time(_))))),
            "{error}"
        );
    }
}

fn a_trap_is_the_plugins_and_names_its_functions() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (_host, cell) = lab.start_wasm(
            isolation,
            r#"(module (memory 1)
                (func $reaches_out (result i32) (i32.load (i32.const 0x7fff_0000)))
                (func $calls (result i32) (call $reaches_out))
                (func (export "trap") (result i32) (call $calls)))"#,
        );
        let Err(CallError::Plugin(error)) = cell.call("trap", json!({})) else { panic!("a trap") };
        let stack = error.stack.expect("a stack");
        let order: Vec<_> = ["reaches_out", "calls"].map(|name| stack.find(name)).into();
        assert!(order[0].is_some() && order[0] < order[1], "{stack}");
        assert!(error.message.contains("beyond its memory"), "{}", error.message);
    }
}

fn memory_has_the_limit_of_the_manifest() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (host, cell) = lab.start_wasm(
            isolation,
            r#"(module (memory (export "memory") 1)
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
        );
        let grow = |pages: i32| cell.call("grow", json!({ "p0": pages }));
        assert_eq!(grow(16), Ok(json!(1)));
        // 32 MB, of which the engine has 8.
        assert_eq!(grow(400), Ok(json!(-1)), "beyond the limit");
        assert_eq!(grow(0), Ok(json!(17)), "and it lives");
        let big = lab.wasm_with(
            "big",
            "(module (memory 10000) (func (export \"f\")))",
            r#"{"resources":{"memory":"32MB"}}"#,
        );
        drop(cell);
        let plugin = host.load(big).expect("a plugin");
        let error = host.start(&plugin, &StartOptions::default()).expect_err("too much");
        assert!(error.to_string().contains("memory"), "{error}");
    }
}

fn a_cancelled_call_ends_and_the_cell_goes_on() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (_host, cell) = lab.start_wasm(
 isolation,
            r#"(module (func (export "spin") (loop $l (br $l))) (func (export "one") (result i32) (i32.const 1)))"#,
        );
        let call = cell.begin("spin", json!({}), Duration::from_secs(2));
        let canceller = call.canceller();
        std::thread::sleep(Duration::from_millis(50));
        canceller.cancel();
        assert_eq!(call.wait(), Err(CallError::Cancelled));
        assert_eq!(cell.call("one", json!({})), Ok(json!(1)), "another instance");
    }
}

fn what_a_program_prints_is_its_result() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let (_host, cell) = lab.start_wasm(isolation, CAT);
        assert_eq!(cell.call("run", json!([1, 2])), Ok(json!([1, 2])));
        assert_eq!(cell.call("run", json!("no JSON")), Ok(json!("no JSON")));
        let long = "x".repeat(100_000);
        assert_eq!(cell.call("run", json!(long)), Ok(json!(long)));
        let said = lab.heard.of(|event| match event {
            aether::Event::Log { message, .. } => Some(message.clone()),
            _ => None,
        });
        assert_eq!(said, ["said"; 3]);
    }
}

fn large_values_pass_both_ways() {
    for isolation in EVERYWHERE {
        let lab = Lab::new();
        let host = lab.host_for(isolation);
        let cell = start(&host, &host.load(lab.wasm("p", CAT)).expect("a plugin"));
        for bytes in [1_000, 30_000, 1 << 20, 8 << 20] {
            let value = json!("é".repeat(bytes / 2));
            assert_eq!(cell.call("run", value.clone()), Ok(value), "{isolation}: {bytes}");
        }
    }
}

/// A program that opens files by its descriptor for `.`, and gives what each attempt came to.
const OPENS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 100) "in/a.txt")
    (data (i32.const 200) "secret.txt")
    (data (i32.const 300) "../../etc/shadow")
    (func $try (param $path i32) (param $length i32)
        (i32.store8 (i32.const 64) (i32.add (i32.const 33)
            (call $open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length)
                (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))))
        (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1))
        (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
    (func (export "_start")
        (call $try (i32.const 100) (i32.const 8))
        (call $try (i32.const 200) (i32.const 10))
        (call $try (i32.const 300) (i32.const 16))))"#;

fn a_plugin_is_refused_alike_wherever_it_runs() {
    let run = |isolation: &str| {
        let lab = Lab::new();
        lab.file("in/a.txt", "a");
        lab.file("secret.txt", "s");
        let manifest = r#"{"permissions":{"filesystem":{"read":["./in/**"]}}}"#;
        let folder = lab.wasm_with("p", OPENS, manifest);
        let host = lab.host_for(isolation);
        let cell = start(&host, &host.load(folder).expect("a plugin"));
        let said = cell.call("run", Value::Null).expect("it ends");
        assert_eq!(cell.stop(), Ending::Normal);
        let of_the_call = |record: &aether::audit::Record| {
            let told = !matches!(record.kind.as_str(), "posture" | "start");
            // Code for the host's own process is another.
            told && record.cell.is_some() && !record.action.starts_with("bundle.")
        };
        let told: Vec<_> = lab
            .records(&host)
            .into_iter()
            .filter(of_the_call)
            .map(|record| (record.kind, record.action, record.verdict, record.object, record.rule))
            .collect();
        let record = host.record("r", ExitCode::Done, "", Vec::new());
        let cell = record.cells.iter().find(|cell| cell.step.is_none()).expect("a cell");
        let refused: Vec<_> = cell
            .violations
            .iter()
            .map(|one| (one.rule.clone(), one.object.clone(), one.message.clone(), one.fix.clone()))
            .collect();
        (said, told, refused)
    };
    let (process, beside) = (run("process"), run("in-process"));
    // Behind `!`, which is success, each is an error number of WASI: EACCES is 2, EPERM 63.
    assert_eq!(process.0, json!("!#`"));
    assert_eq!(process, beside);
}

const SPINS: &str = r#"(module
    (func (export "spin") (loop $l (br $l)))
    (func (export "one") (result i32) (i32.const 1)))"#;

fn a_plugin_in_the_hosts_process_ends_when_it_is_told_to() {
    let lab = Lab::new();
    let (_host, cell) = lab.start_wasm("in-process", SPINS);
    let call = cell.begin("spin", json!({}), Duration::from_secs(2));
    std::thread::sleep(Duration::from_millis(20));
    let asked = std::time::Instant::now();
    assert_eq!(cell.stop(), Ending::Killed);
    assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
    assert!(asked.elapsed() < Duration::from_secs(1), "it did not wait for the deadline");
    // Dropped in the midst of a call.
    let lab = Lab::new();
    let (_host, cell) = lab.start_wasm("in-process", SPINS);
    let call = cell.begin("spin", json!({}), Duration::from_secs(2));
    drop(cell);
    assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
    // By an interrupted host.
    let lab = Lab::new();
    let (host, cell) = lab.start_wasm("in-process", SPINS);
    let call = cell.begin("spin", json!({}), Duration::from_secs(2));
    std::thread::sleep(Duration::from_millis(20));
    host.interrupt();
    assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
}

fn plugins_in_the_hosts_process_leave_each_other_alone() {
    let lab = Lab::new();
    let host = lab.host_for("in-process");
    let plugin = host.load(lab.wasm("p", SPINS)).expect("a plugin");
    let (one, other) = (start(&host, &plugin), start(&host, &plugin));
    let spins = one.begin("spin", json!({}), Duration::from_secs(20));
    let canceller = spins.canceller();
    let others = other.begin("spin", json!({}), Duration::from_millis(300));
    std::thread::sleep(Duration::from_millis(20));
    canceller.cancel();
    assert_eq!(spins.wait(), Err(CallError::Cancelled));
    // Only its own deadline ends the other one.
    let ended = others.wait();
    assert!(matches!(ended, Err(CallError::Ended(Ending::Limit(Limit::Time(_))))), "{ended:?}");
}

fn more_may_run_at_once_than_there_are_slots_for_one() {
    let lab = Lab::new();
    let host = lab.host_for("in-process");
    let folder = lab.wasm_with("p", COUNTER, r#"{"stateless":true}"#);
    let plugin = host.load(folder).expect("a plugin");
    let cells: Vec<_> = (0..40).map(|_| start(&host, &plugin)).collect();
    let calls: Vec<_> = cells
        .iter()
        .flat_map(|cell| (0..3).map(|_| cell.begin("count", json!({}), Duration::from_secs(20))))
        .collect();
    for call in calls {
        assert_eq!(call.wait(), Ok(json!(1)));
    }
}

fn a_share_of_the_processor_holds_in_the_hosts_process() {
    let lab = Lab::new();
    let manifest = r#"{"resources":{"cpu":0.2,"timeout":"2s"}}"#;
    let folder = lab.wasm_with("p", SPINS, manifest);
    let host = lab.host_for("in-process");
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    let ended = cell.call("spin", json!({}));
    assert!(matches!(ended, Err(CallError::Ended(Ending::Limit(Limit::Time(_))))), "{ended:?}");
    drop(cell);
    let record = host.record("r", ExitCode::Done, "", Vec::new());
    let used =
        record.cells.iter().find(|cell| cell.step.is_none()).expect("a cell").resources.cpu_ms;
    // A fifth of two seconds; on a busy machine it gets less.
    assert!((1..700).contains(&used), "{used} ms");
}

fn only_webassembly_runs_in_the_hosts_process() {
    let lab = Lab::new();
    let host = lab.host_for("in-process");
    let plugin = lab.load(&host, "p", "export default () => 1;");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("it is JavaScript");
    assert!(matches!(error, StartError::InProcess(_)), "{error}");
    assert_eq!(error.exit_code(), ExitCode::Usage);
}

fn a_coredump_is_written_where_it_is_wanted() {
    const REMEMBERS: &str = r#"(module (memory 2) (data (i32.const 100) "remember")
        (func (export "trap") (result i32) (i32.load (i32.const 0x7fff_0000))))"#;
    for isolation in EVERYWHERE {
        for wanted in [false, true] {
            let lab = Lab::new();
            let text = format!("version: 1\nplugins: {{ \"*\": {{ isolation: {isolation} }} }}\n");
            let mut builder = lab.builder().policy(policy(&text));
            if wanted {
                builder = builder.coredumps(lab.aside("dumps"));
            }
            std::fs::create_dir(lab.aside("dumps")).expect("a folder");
            let host = builder.build().expect("a host");
            let folder = lab.wasm_with("p", REMEMBERS, r#"{"stateless":true}"#);
            let cell = start(&host, &host.load(folder).expect("a plugin"));
            for _ in 0..2 {
                cell.call("trap", json!({})).expect_err("a trap");
            }
            let path = lab.aside("dumps").join(format!("coredump-{}.wasm", cell.number()));
            let told = lab.heard.of(|event| match event {
                aether::Event::Dumped { path, error, .. } => Some((path.clone(), error.clone())),
                _ => None,
            });
            if !wanted {
                assert!(!path.exists() && told.is_empty(), "{isolation}");
                continue;
            }
            assert_eq!(told, [(path.clone(), None)], "the first time alone");
            assert_eq!(path.metadata().expect("a file").mode() & 0o777, 0o600);
            let dump = std::fs::read(&path).expect("a coredump");
            assert!(dump.starts_with(b"\0asm"), "a module");
            let has = |text: &[u8]| dump.windows(text.len()).any(|window| window == text);
            assert!(has(b"remember") && has(b"corestack"), "{isolation}");
        }
    }
}
