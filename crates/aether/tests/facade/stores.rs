//! What plugins store, kept from run to run.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};

use aether::{CallError, Ending, ExitCode, Host, StartOptions};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    what_is_stored_is_there_for_the_next_host,
    cells_of_one_host_share_their_plugins_store,
    another_version_finds_the_store_and_that_is_told,
    a_store_that_another_host_has_is_told_to_be_in_use,
    a_folder_that_others_may_use_is_not_used,
    nothing_is_made_for_plugins_that_store_nothing,
}

const COUNTS: &str = "import * as kv from 'aether:kv';
    export default async (input) => {
      const n = ((await kv.get('n')) ?? 0) + 1;
      await kv.set('n', n);
      if (input === 'fail') throw new Error('after it was stored');
      return n;
    };
    export const look = () => kv.get('n');
    export const only = () => 1;";

fn host(lab: &Lab, log: &str) -> Host {
    let builder = lab.builder().audit(lab.aside(log)).keep_values(lab.aside("values"));
    builder.build().expect("a host")
}

fn what_is_stored_is_there_for_the_next_host() {
    let lab = Lab::new();
    for (run, input, expect) in
        [("1", json!(null), Some(1)), ("2", json!("fail"), None), ("3", json!(null), Some(3))]
    {
        let host = host(&lab, run);
        let cell = start(&host, &lab.load(&host, "p", COUNTS));
        // It is not only seen to at the end of the cell.
        let result = cell.call("run", input).ok();
        assert_eq!(result, expect.map(Value::from));
        let file = lab.aside("values").join("p.store").metadata().expect("a file");
        assert!(file.len() > 0);
        cell.stop();
        let record = host.record("run", ExitCode::Done, "", Vec::new());
        assert!(record.notes.is_empty() && record.cells[0].violations.is_empty());
    }
    let folder = lab.aside("values").metadata().expect("a folder");
    assert_eq!(folder.mode() & 0o777, 0o700);
    // Another name is another store.
    let host = host(&lab, "4");
    let cell = start(&host, &lab.load(&host, "q", COUNTS));
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
}

fn cells_of_one_host_share_their_plugins_store() {
    let lab = Lab::new();
    let host = host(&lab, "log");
    let plugin = lab.load(&host, "p", COUNTS);
    let (one, other) = (start(&host, &plugin), start(&host, &plugin));
    for n in 1..4 {
        assert_eq!(one.call("run", Value::Null).expect("a result"), n * 2 - 1);
        assert_eq!(other.call("run", Value::Null).expect("a result"), n * 2);
    }
    one.stop();
    assert_eq!(other.call("run", Value::Null).expect("a result"), 7);
    other.stop();
    // Whether the last cell has let go of it or not, the next one finds it.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let options = StartOptions::default();
                    host.call_once(&plugin, &options, "run", Value::Null, None).expect("a result");
                }
            });
        }
    });
    assert!(start(&host, &plugin).call("look", Value::Null).expect("a result").as_u64() > Some(7));
}

fn another_version_finds_the_store_and_that_is_told() {
    let lab = Lab::new();
    let run = |log: &str, code: &str| {
        let host = host(&lab, log);
        let plugin = lab.load(&host, "p", code);
        let cell = start(&host, &plugin);
        let result = cell.call("run", Value::Null).expect("a result");
        cell.stop();
        host.log().flush().expect("a log");
        let records = aether::audit::read(&lab.aside(log)).expect("a log");
        let told = records.filter(|record| record.as_ref().expect("one").action == "kv.open");
        let notes = host.record("run", ExitCode::Done, "", Vec::new()).notes;
        (result, plugin.identity().digest.clone(), told.count(), notes)
    };
    let (first, digest, told, notes) = run("1", COUNTS);
    assert_eq!((first, told, notes.len()), (json!(1), 0, 0));
    let (second, _, told, notes) = run("2", &format!("{COUNTS} // changed"));
    assert_eq!((second, told), (json!(2), 1));
    let expect = format!("the store of `p` was last written by another version of it, {digest}");
    assert_eq!(notes, [expect]);
    let (third, _, told, _) = run("3", &format!("{COUNTS} // changed"));
    assert_eq!((third, told), (json!(3), 0), "it is the new version's from its first flush on");
}

fn a_store_that_another_host_has_is_told_to_be_in_use() {
    let lab = Lab::new();
    let (one, two) = (host(&lab, "1"), host(&lab, "2"));
    let holder = start(&one, &lab.load(&one, "p", COUNTS));
    assert_eq!(holder.call("run", Value::Null).expect("a result"), 1);
    let late = start(&two, &lab.load(&two, "p", COUNTS));
    let Err(CallError::Plugin(error)) = late.call("run", Value::Null) else { panic!("an error") };
    assert_eq!(error.code.as_deref(), Some("EBUSY"));
    assert!(error.message.contains("in use by another run"), "{error:?}");
    assert!(!error.message.contains("values"), "no place of the host: {error:?}");
    holder.stop();
    assert_eq!(late.call("run", Value::Null).expect("a result"), 2);
    assert_eq!(late.stop(), Ending::Normal);
    let record = two.record("run", ExitCode::Done, "", Vec::new());
    let violation = &record.cells[0].violations[0];
    assert_eq!((violation.rule.as_str(), violation.count), ("store-unusable", 1));
    assert!(violation.message.contains("p.store"), "{violation:?}");
}

fn a_folder_that_others_may_use_is_not_used() {
    let lab = Lab::new();
    let mut open = std::fs::DirBuilder::new();
    open.mode(0o777).create(lab.aside("values")).expect("a folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(lab.aside("values"), mode).expect("its mode");
    let host = host(&lab, "log");
    let cell = start(&host, &lab.load(&host, "p", COUNTS));
    let Err(CallError::Plugin(error)) = cell.call("run", Value::Null) else { panic!("an error") };
    assert_eq!(error.code.as_deref(), Some("EIO"));
    assert_eq!(cell.call("only", Value::Null).expect("a result"), 1);
    assert!(!lab.aside("values").join("p.store").exists());
}

fn nothing_is_made_for_plugins_that_store_nothing() {
    let lab = Lab::new();
    let host = host(&lab, "log");
    let cell = start(&host, &lab.load(&host, "p", COUNTS));
    assert_eq!(cell.call("only", Value::Null).expect("a result"), 1);
    cell.stop();
    assert!(!lab.aside("values").exists());
}
