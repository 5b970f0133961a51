//! Aether's own modules and `ctx`: what they ask the host and what they make of its answers.

mod harness;

use aether_protocol::v1::Level;
use harness::{Cell, Files, PLENTY, Setup, told};
use serde_json::{Value, json};

/// A cell over a few files, after `load`.
fn cell(body: &str) -> Cell {
    let main = format!(
        "import fs, {{ readText, readBytes, writeText, writeBytes, list, stat, exists, remove, rename, mkdir, walk, lines, PermissionDenied }} from 'aether:fs';
         import log from 'aether:log'; import env from 'aether:env'; import kv from 'aether:kv'; import time from 'aether:time';
         const failed = async (run) => {{ try {{ await run(); return 'fine'; }} catch (error) {{ return [error.name, error.code]; }} }};
         export default async function run(input, ctx) {{ {body} }}"
    );
    let files = Files::default()
        .file("/workspace/a.txt", "one\r\ntwo\n\nlast")
        .file("/workspace/bad.txt", b"a\xffb\xe2\x82")
        .file("/workspace/d/e/f.txt", "deep")
        .file("/workspace/d/g.txt", "x")
        .file("/workspace/empty", "");
    Setup::new(&main).with_files(files).load()
}

#[track_caller]
fn check(body: &str, expect: Value) {
    let got = told(cell(body).run(Value::Null));
    assert_eq!(got, expect, "\n{body}");
}

#[test]
fn text_and_bytes_are_read() {
    check(
        "return [await readText('a.txt'), await readText('empty'), await fs.readText('/workspace/d/g.txt')]",
        json!(["one\r\ntwo\n\nlast", "", "x"]),
    );
    check("return readText('bad.txt')", json!("a\u{fffd}b\u{fffd}"));
    check(
        "return Array.from(await readBytes('a.txt', { offset: 5, length: 3 }))",
        json!([116, 119, 111]),
    );
    check(
        "return [(await readBytes('a.txt', { offset: 100 })).length, (await readBytes('a.txt', { length: 0 })).length, (await readBytes('empty')) instanceof Uint8Array]",
        json!([0, 0, true]),
    );
    check(
        "return [await failed(() => readText('nope')), await failed(() => readText('d')), await failed(() => readText(5)), await failed(() => readBytes('a.txt', { offset: -1 }))]",
        json!([
            ["Error", "ENOENT"],
            ["Error", "EISDIR"],
            ["TypeError", "ERR_INVALID_ARG_TYPE"],
            ["RangeError", "ERR_OUT_OF_RANGE"]
        ]),
    );
}

#[test]
fn text_and_bytes_are_written() {
    let mut cell = cell(
        "await writeText('new.txt', 'a'); await writeText('new.txt', 'b', { append: true }); await writeText('over.txt', 'long'); await writeText('over.txt', 's');
         await writeBytes('bytes', new Uint8Array([0, 255])); await writeBytes('view', new Uint16Array([0x4142]).subarray(0)); await writeText('none', '');
         return [await failed(() => writeText('new.txt', 'x', { exclusive: true })), await failed(() => writeText('no/folder', 'x')), await failed(() => writeBytes('x', 'text'))];",
    );
    let got = cell.run(Value::Null).unwrap();
    assert_eq!(got, json!([["Error", "EEXIST"], ["Error", "ENOENT"], ["TypeError", null]]));
    let files = &cell.setup.files;
    assert_eq!(files.text("/workspace/new.txt").as_deref(), Some("ab"));
    assert_eq!(files.text("/workspace/over.txt").as_deref(), Some("s"));
    assert_eq!(files.text("/workspace/none").as_deref(), Some(""));
    assert_eq!(files.0["/workspace/bytes"], Some(vec![0, 255]));
    assert_eq!(files.0["/workspace/view"], Some(vec![0x42, 0x41]));
}

#[test]
fn large_files_travel_in_pieces() {
    let mut cell = cell(
        "const text = 'añ€😀\\n'.repeat(2e6);
         await writeText('big.txt', text);
         const back = await readText('big.txt');
         const bytes = await readBytes('big.txt');
         let count = 0; for await (const line of lines('big.txt')) if (line === 'añ€😀') count++;
         return [back === text, bytes.length, count];",
    );
    cell.setup.heap = 256 << 20;
    let mut cell = {
        let setup = std::mem::replace(&mut cell.setup, Setup::new(""));
        setup.load()
    };
    assert_eq!(
        cell.call("run", Value::Null, 60_000).unwrap(),
        json!([true, 22_000_000, 2_000_000])
    );
    assert!(cell.wire.blobs >= 3);
}

#[test]
fn lines_lose_their_ends() {
    check(
        "const got = []; for await (const line of lines('a.txt')) got.push(line); return got;",
        json!(["one", "two", "", "last"]),
    );
    check(
        "const got = []; for await (const line of lines('bad.txt')) got.push(line); return got;",
        json!(["a\u{fffd}b\u{fffd}"]),
    );
    check(
        "const got = []; for await (const line of lines('empty')) got.push(line); return got;",
        json!([]),
    );
    check("for await (const line of lines('a.txt')) return line;", json!("one"));
    check(
        "const it = lines('a.txt'); await it.next(); await it.return(); return it.next();",
        json!({"done": true}),
    );
    check(
        "return failed(async () => { for await (const line of lines('nope')); })",
        json!(["Error", "ENOENT"]),
    );
}

#[test]
fn a_line_longer_than_a_piece() {
    check(
        "await writeText('long', 'x'.repeat(3 << 20) + '\\ny'); const got = []; for await (const line of lines('long')) got.push(line.length); return got;",
        json!([3 << 20, 1]),
    );
}

#[test]
fn folders_are_listed_and_walked() {
    check(
        "return list('d')",
        json!([{"name": "e", "kind": "directory", "size": 0}, {"name": "g.txt", "kind": "file", "size": 1}]),
    );
    check(
        "const got = []; for await (const entry of walk('d')) got.push(entry.path + ' ' + entry.kind); return got;",
        json!(["d/e directory", "d/g.txt file", "d/e/f.txt file"]),
    );
    check(
        "return stat('a.txt')",
        json!({"kind": "file", "size": 14, "modified": 1000, "mode": 0o644}),
    );
    check(
        "return [await exists('a.txt'), await exists('nope'), await failed(() => exists('/secret/x'))]",
        json!([true, false, ["PermissionDenied", "ERR_ACCESS_DENIED"]]),
    );
    check(
        "await mkdir('n/m', { recursive: true }); await rename('a.txt', 'n/a.txt'); await remove('d', { recursive: true });
         return [await exists('n/a.txt'), await exists('a.txt'), await exists('d/g.txt'), await failed(() => remove('n')), await failed(() => mkdir('n'))];",
        json!([true, false, false, ["Error", "ENOTEMPTY"], ["Error", "EEXIST"]]),
    );
}

#[test]
fn a_denial_tells_how_to_grant_it() {
    let mut cell = cell(
        "let inside;
         try { await readText('/secret/x'); } catch (error) { inside = [error instanceof PermissionDenied, error instanceof Error, error.permission, error.resource, error.plugin, error.fix]; }
         ctx.log.info('seen', { inside });
         await readText('/secret/y');",
    );
    let error = cell.run(Value::Null).unwrap_err();
    assert_eq!(
        cell.logs[0].fields["inside"],
        json!([true, true, "FileSystemRead", "/secret/x", "tested", "\"read\": [\"/secret/x\"]"])
    );
    assert_eq!(error.fact("name"), Some("PermissionDenied"));
    assert_eq!(error.fact("code"), Some("ERR_ACCESS_DENIED"));
    assert_eq!(error.fact("permission"), Some("FileSystemRead"));
    assert_eq!(error.fact("resource"), Some("/secret/y"));
    assert_eq!(error.fact("fix"), Some("\"read\": [\"/secret/y\"]"));
    assert!(
        error.fact("stack").unwrap().contains("at run (aether://plugin/main.js:7:"),
        "{:?}",
        error.fact("stack")
    );
}

#[test]
fn the_environment_and_the_store() {
    check(
        "return [env.get('LANG'), env.names(), await failed(() => env.get('HOME'))]",
        json!(["C.UTF-8", ["LANG"], ["PermissionDenied", "ERR_ACCESS_DENIED"]]),
    );
    check(
        "await kv.set('a/1', { deep: [1, null] }); await kv.set('a/2', 'text'); await kv.set('b', 0);
         return [await kv.get('a/1'), await kv.get('b'), await kv.get('none') === undefined, await kv.keys('a/'), await kv.delete('b'), await kv.delete('b'), (await kv.keys()).length, await failed(() => kv.set('x', () => {}))];",
        json!([{"deep": [1, null]}, 0, true, ["a/1", "a/2"], true, false, 2, ["TypeError", "ERR_INVALID_ARG_VALUE"]]),
    );
    check(
        "await kv.set('big', 'x'.repeat(100000)); return (await kv.get('big')).length;",
        json!(100_000),
    );
    check(
        "let a = []; for (let i = 0; i < 80; i++) a = [a]; return failed(() => kv.set('deep', a));",
        json!(["TypeError", null]),
    );
}

#[test]
fn clocks_and_waiting() {
    check(
        "const before = time.monotonic(); await time.sleep(20); const slept = time.monotonic() - before;
         const controller = new AbortController(); setTimeout(() => controller.abort('enough'), 1);
         let why; try { await time.sleep(60000, { signal: controller.signal }); } catch (reason) { why = reason; }
         return [slept >= 19, Math.abs(time.now() - Date.now()) < 1000, why];",
        json!([true, true, "enough"]),
    );
}

#[test]
fn the_log_carries_fields() {
    let mut cell = cell(
        "log.debug('d'); log.info('i', { a: 1, b: [true] }); log.warn({ not: 'text' }); log.error('e', { big: 'x'.repeat(1e5) }); ctx.log.info('same', 'no fields'); const o = {}; o.o = o; log.info('loop', o);",
    );
    cell.run(Value::Null).unwrap();
    let got: Vec<_> = cell
        .logs
        .iter()
        .map(|log| (log.level, log.message.as_str(), Value::Object(log.fields.clone())))
        .collect();
    assert_eq!(
        got,
        [
            (Level::Debug, "d", json!({})),
            (Level::Info, "i", json!({"a": 1, "b": [true]})),
            (Level::Warn, "{ not: 'text' }", json!({})),
            (Level::Error, "e", json!({"fields": "too large or too deep"})),
            (Level::Info, "same", json!({})),
            (Level::Info, "loop", json!({"fields": "not JSON"})),
        ]
    );
}

#[test]
fn the_context_of_a_call() {
    let mut cell = cell(
        "ctx.progress(0.25, 'a quarter'); ctx.progress(7); ctx.progress(NaN, 5);
         return [ctx.plugin, ctx.method, ctx.deadline - Date.now() > 10000, ctx.signal.aborted, ctx.signal === ctx.signal, Object.keys(ctx)];",
    );
    let got = cell.call("run", Value::Null, PLENTY).unwrap();
    let keys = ["log", "signal", "progress", "plugin", "deadline", "method", "caller"];
    assert_eq!(
        got,
        json!([{"name": "tested", "version": "1.2.3"}, "run", true, false, true, keys])
    );
    let told: Vec<_> = cell.progress.iter().map(|p| (p.fraction, p.message.as_str())).collect();
    assert_eq!(told, [(0.25, "a quarter"), (1.0, ""), (0.0, "5")]);
}
