//! Blobs between real cells.

use aether::{CallError, Cell, Ending, Host, Limit, StartOptions};
use serde_json::{Value, json};

use crate::lab::{Lab, start, tests};

tests! {
    what_a_plugin_makes_it_opens_again,
    what_is_sent_is_opened_by_whom_it_was_sent_to_and_by_nobody_else,
    sixteen_mebibytes_arrive_as_they_left,
    what_was_dropped_is_gone_for_everybody,
    what_was_opened_is_the_readers_own,
    what_was_sent_outlives_the_cell_that_made_it,
    so_many_bytes_and_no_more,
    so_many_blobs_and_no_more,
    opening_without_end_ends_at_the_heap_limit,
    a_program_that_takes_no_descriptors_is_sent_the_bytes,
    a_native_plugin_maps_what_it_opens_and_attaches_what_it_makes,
    what_became_of_a_blob_is_on_record,
}

const CODE: &str = "import blob from 'aether:blob';
    const tried = async (act) => { try { return await act(); } catch (error) { return error.code; } };
    export const make = (data) => tried(() => blob.create(data));
    export const text = (id) => tried(async () => new TextDecoder().decode(await blob.open(id)));
    export const send = ([id, to]) => tried(async () => { await blob.send(id, to); return 'sent'; });
    export const drop = (id) => tried(async () => { await blob.drop(id); return 'dropped'; });
    const hash = async (bytes) =>
      new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
    export const big = async ([size, to]) => {
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i += 61) bytes[i] = i % 251;
      const id = await blob.create(bytes);
      await blob.send(id, to);
      return [id, await hash(bytes)];
    };
    export const hashed = async (id) => {
      const bytes = await blob.open(id);
      return [bytes instanceof ArrayBuffer, bytes.byteLength, await hash(bytes)];
    };
    export const scribble = async (id) => {
      const bytes = new Uint8Array(await blob.open(id));
      bytes.fill(120);
      return bytes[0];
    };
    export const fill = ([size, count]) => tried(async () => {
      const bytes = new Uint8Array(size);
      for (let made = 0; made < count; made++) await blob.create(bytes);
      return 'all';
    });
    export const hoard = async (id) => { const all = []; for (;;) all.push(await blob.open(id)); };";

fn ask(cell: &Cell, method: &str, input: Value) -> Value {
    cell.call(method, input).unwrap_or_else(|error| panic!("{method}: {error}"))
}

fn cell(lab: &Lab, host: &Host, name: &str) -> Cell {
    start(host, &lab.load(host, name, CODE))
}

fn what_a_plugin_makes_it_opens_again() {
    let lab = Lab::new();
    let host = lab.host();
    let cell = cell(&lab, &host, "p");
    for text in ["", "a", &"long ".repeat(20_000)] {
        let id = ask(&cell, "make", json!(text));
        assert_eq!(id.as_str().expect("a name").len(), 32);
        assert_eq!(ask(&cell, "text", id.clone()), text);
        assert_eq!(ask(&cell, "text", id), text, "again");
    }
}

fn what_is_sent_is_opened_by_whom_it_was_sent_to_and_by_nobody_else() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to, other] = ["from", "to", "other"].map(|name| cell(&lab, &host, name));
    let id = ask(&from, "make", json!("a letter"));
    for stranger in [&to, &other] {
        assert_eq!(ask(stranger, "text", id.clone()), "ENOENT");
        assert_eq!(ask(stranger, "send", json!([id, "other"])), "ENOENT");
        assert_eq!(ask(stranger, "drop", id.clone()), "ENOENT");
    }
    assert_eq!(ask(&from, "send", json!([id, "to"])), "sent");
    assert_eq!(ask(&to, "text", id.clone()), "a letter");
    assert_eq!(ask(&to, "send", json!([id, "other"])), "EPERM");
    assert_eq!(ask(&other, "text", id.clone()), "ENOENT");
    // A name that is nearly right is no name.
    let id = id.as_str().expect("a name");
    for forged in [id.to_uppercase(), id[1..].to_owned(), format!("{id}0"), "0".repeat(32)] {
        if forged != id {
            assert_eq!(ask(&to, "text", json!(forged)), "ENOENT");
        }
    }
}

fn sixteen_mebibytes_arrive_as_they_left() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to] = ["from", "to"].map(|name| cell(&lab, &host, name));
    for size in [0, 1, 32 << 10, (32 << 10) + 1, 1 << 20, 16 << 20] {
        let made = ask(&from, "big", json!([size, "to"]));
        let found = ask(&to, "hashed", made[0].clone());
        assert_eq!(found, json!([true, size, made[1]]));
        assert_eq!(ask(&from, "drop", made[0].clone()), "dropped");
    }
}

fn what_was_dropped_is_gone_for_everybody() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to] = ["from", "to"].map(|name| cell(&lab, &host, name));
    let id = ask(&from, "make", json!("a letter"));
    ask(&from, "send", json!([id, "to"]));
    assert_eq!(ask(&to, "drop", id.clone()), "dropped");
    assert_eq!(ask(&to, "text", id.clone()), "ENOENT");
    assert_eq!(ask(&from, "text", id.clone()), "a letter", "a reader gives up its own hold alone");
    ask(&from, "send", json!([id, "to"]));
    assert_eq!(ask(&from, "drop", id.clone()), "dropped");
    for cell in [&from, &to] {
        assert_eq!(ask(cell, "text", id.clone()), "ENOENT");
        assert_eq!(ask(cell, "drop", id.clone()), "ENOENT");
    }
}

fn what_was_opened_is_the_readers_own() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to] = ["from", "to"].map(|name| cell(&lab, &host, name));
    for size in [1000, 100_000] {
        let text = "a".repeat(size);
        let id = ask(&from, "make", json!(text));
        ask(&from, "send", json!([id, "to"]));
        assert_eq!(ask(&to, "scribble", id.clone()), 120);
        assert_eq!(ask(&to, "text", id.clone()), text.as_str());
        assert_eq!(ask(&from, "text", id), text.as_str());
    }
}

fn what_was_sent_outlives_the_cell_that_made_it() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to] = ["from", "to"].map(|name| cell(&lab, &host, name));
    let large = "a".repeat(100_000);
    let sent = ask(&from, "make", json!(large));
    let kept = ask(&from, "make", json!("for nobody"));
    ask(&from, "send", json!([sent, "to"]));
    ask(&from, "send", json!([sent, "from"]));
    from.stop();
    assert_eq!(ask(&to, "text", sent.clone()), large.as_str());
    assert_eq!(ask(&to, "text", kept.clone()), "ENOENT");
    // The next cell of the plugin has what was sent to the plugin, and no more.
    let next = cell(&lab, &host, "from");
    assert_eq!(ask(&next, "text", sent.clone()), large.as_str());
    assert_eq!(ask(&next, "text", kept), "ENOENT");
    assert_eq!(ask(&next, "send", json!([sent, "other"])), "EPERM");
    // The last who holds it ends it.
    assert_eq!(ask(&next, "drop", sent.clone()), "dropped");
    assert_eq!(ask(&to, "drop", sent.clone()), "dropped");
    assert_eq!(ask(&to, "text", sent), "ENOENT");
}

fn so_many_bytes_and_no_more() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.plugin("p").resources(r#"{ "memory": "256MB" }"#).main(CODE);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    assert_eq!(ask(&cell, "fill", json!([16 << 20, 4])), "all");
    assert_eq!(ask(&cell, "make", json!("one more")), "ERR_QUOTA_EXCEEDED");
}

fn so_many_blobs_and_no_more() {
    let lab = Lab::new();
    let host = lab.host();
    let [p, q] = ["p", "q"].map(|name| cell(&lab, &host, name));
    assert_eq!(ask(&p, "fill", json!([0, 1024])), "all");
    assert_eq!(ask(&p, "make", json!("")), "ERR_QUOTA_EXCEEDED");
    ask(&q, "make", json!("others have their own"));
    p.stop();
    let next = cell(&lab, &host, "p");
    assert_eq!(ask(&next, "fill", json!([0, 1024])), "all", "what nobody was sent is gone");
}

fn opening_without_end_ends_at_the_heap_limit() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.plugin("p").resources(r#"{ "memory": "64MB" }"#).main(CODE);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    let made = ask(&cell, "big", json!([4 << 20, "p"]));
    let error = cell.call("hoard", made[0].clone()).expect_err("no result");
    assert!(matches!(error, CallError::Ended(Ending::Limit(Limit::Memory(_)))), "{error:?}");
    // The host goes on.
    let other = self::cell(&lab, &host, "q");
    ask(&other, "make", json!("x"));
}

fn a_program_that_takes_no_descriptors_is_sent_the_bytes() {
    let lab = Lab::new();
    let host = lab.host();
    let from = cell(&lab, &host, "from");
    let text = "a".repeat(100_000);
    let id = ask(&from, "make", json!(text));
    ask(&from, "send", json!([id, "shell"]));
    // It asks for the blob that its call is about, and answers how long the line is that it gets.
    let called = r#"blob=${line#*\"json\":\"}; blob=${blob%%\"*}
        echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"blob.open\",\"params\":{\"blob\":\"$blob\"}}"
        read -r opened
        answer "$id" "{\"output\":{\"json\":${#opened}}}""#;
    let folder = lab.native("shell", called);
    let shell = host.load(folder).expect("a plugin");
    let options = StartOptions::default();
    let length = host.call_once(&shell, &options, "run", id, None).expect("a result");
    let expected = 100_000_u64.div_ceil(3) * 4;
    let length = length.as_u64().expect("a number");
    assert!((expected..expected + 100).contains(&length), "{length}");
}

/// Opens the blob of its input, tries to change it, makes one of its own of the bytes in reverse, and
/// gives what it saw and the new name.
const PYTHON: &str = r#"
import fcntl, json, mmap, os, socket
host = socket.socket(fileno=int(os.environ["AETHER_FD"]))
said, files = b"", []
def tell(message, attached=()):
    line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
    socket.send_fds(host, [line], attached) if attached else host.sendall(line)
def hear():
    global said
    while b"\n" not in said:
        more, came, _, _ = socket.recv_fds(host, 1 << 16, 4)
        if not more: os._exit(0)
        said += more
        files.extend(came)
    line, _, said = said.partition(b"\n")
    return json.loads(line)
def ask(method, params, attached=()):
    tell({"id": "mine", "method": method, "params": params}, attached)
    return hear()["result"]
def refused(act):
    try: act()
    except (OSError, ValueError): return True
    return False
def run(blob):
    size = ask("blob.open", {"blob": blob})["data"]["blob"]
    file = files.pop(0)
    with mmap.mmap(file, size, prot=mmap.PROT_READ) as view: data = view[:]
    held = [refused(lambda: os.pwrite(file, b"x", 0)), refused(lambda: os.ftruncate(file, 0)),
        refused(lambda: mmap.mmap(file, size, prot=mmap.PROT_READ | mmap.PROT_WRITE)),
        refused(lambda: os.open(f"/proc/self/fd/{file}", os.O_RDWR | os.O_TRUNC)),
        refused(lambda: fcntl.fcntl(file, 1033, 16))]
    made = os.memfd_create("blob", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC | 8)
    os.write(made, data[::-1])
    fcntl.fcntl(made, 1033, 1 | 2 | 4 | 8)
    reverse = ask("blob.create", {"data": {"blob": size, "as": "bytes"}}, [made])["blob"]
    ask("blob.send", {"blob": reverse, "to": "from"})
    return [held, len(data), reverse]
while True:
    asked = hear()
    if asked["method"] == "shutdown": break
    tell({"id": asked["id"], "result": {"protocol": 1, "attachments": True} if asked["method"] == "hello"
        else {"exports": ["run"]} if asked["method"] == "load"
        else {"output": {"json": run(asked["params"]["input"]["json"])}}})
"#;

fn a_native_plugin_maps_what_it_opens_and_attaches_what_it_makes() {
    const NAME: &str = "a_native_plugin_maps_what_it_opens_and_attaches_what_it_makes";
    if !std::path::Path::new("/usr/bin/python3").exists() {
        return aether_testkit::skip(NAME, "there is no python3");
    }
    let lab = Lab::new();
    let host = lab.host();
    let from = cell(&lab, &host, "from");
    let text = format!("{}!", "a".repeat(100_000));
    let id = ask(&from, "make", json!(text));
    ask(&from, "send", json!([id, "snake"]));
    let plugin = lab.plugin("snake").with("runtime", r#""native""#);
    let folder = plugin.with("entry", r#"["python3", "main.py"]"#).main("");
    lab.file("snake/main.py", PYTHON);
    let snake = start(&host, &host.load(folder).expect("a plugin"));
    let answer = ask(&snake, "run", id.clone());
    assert_eq!((&answer[0], &answer[1]), (&json!([true, true, true, true, true]), &json!(100_001)));
    assert_eq!(ask(&from, "text", id), text.as_str(), "nothing has changed it");
    let reverse: String = text.chars().rev().collect();
    assert_eq!(ask(&from, "text", answer[2].clone()), reverse.as_str());
}

fn what_became_of_a_blob_is_on_record() {
    let lab = Lab::new();
    let host = lab.host();
    let [from, to] = ["from", "to"].map(|name| cell(&lab, &host, name));
    let id = ask(&from, "make", json!("a-letter".repeat(10_000)));
    ask(&from, "send", json!([id, "to"]));
    ask(&to, "text", id.clone());
    ask(&to, "text", json!("0".repeat(32)));
    ask(&from, "drop", id.clone());
    let records = lab.records(&host);
    let of_blobs = records.iter().filter(|one| one.action.starts_with("blob"));
    let seen: Vec<_> = of_blobs
        .map(|one| (one.action.as_str(), one.plugin.as_deref().unwrap_or_default()))
        .collect();
    let expect = [
        ("blob.create", "from"),
        ("blob.send", "from"),
        ("blob.open", "to"),
        ("blob", "to"),
        ("blob.drop", "from"),
    ];
    assert_eq!(seen, expect);
    let text = std::fs::read_to_string(lab.aside("audit.jsonl")).expect("a log");
    assert!(text.contains("80000") && !text.contains("a-letter"));
    assert!(!text.contains(id.as_str().expect("a name")), "no name that could be used");
    to.stop();
    let record = host.record("run", aether::ExitCode::Done, "", Vec::new());
    assert_eq!(record.cells[1].violations[0].rule, "blob-unknown");
}
