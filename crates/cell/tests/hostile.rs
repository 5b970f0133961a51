//! Plugins that bend the language: patched built-ins, traps, lies. The APIs still work, and what
//! the host is told stays plain and bounded.

mod harness;

use aether_protocol::v1::Level;
use harness::{Cell, Files, PLENTY, Setup, by_engine, check, outcome, told};
use serde_json::{Value, json};

/// Everything that a plugin can use, so that each patch is tried against all of it.
const USE_ALL: &str = r#"
// What this code itself needs of the language is taken before the patches.
const shown = [{ a: [1, { b: 2 }] }, new Map([[1, 2]]), new Error('shown')];
const toClone = { a: new Map([[1, [2]]]) };
const bytes = new Uint8Array(1);
const { Promise } = globalThis;
async function useAll(ctx) {
  const out = {};
  console.log('hello %s', 'log', shown[0], shown[1], shown[2]);
  console.table([{ a: 1 }, { a: 2 }]);
  ctx.log.info('with fields', { n: 1 });
  ctx.progress(0.5, 'half');
  out.read = await fs.readText('a.txt');
  out.lines = [];
  const lines = fs.lines('a.txt');
  for (let step = await lines.next(); !step.done; step = await lines.next()) out.lines[out.lines.length] = step.value;
  await fs.writeText('b.txt', 'written', { append: true });
  out.bytes = (await fs.readBytes('b.txt', { offset: 1, length: 3 })).length;
  const listed = await fs.list('.');
  out.listed = listed.length;
  out.first = listed[0].name;
  out.exists = await fs.exists('nope');
  const walk = fs.walk('.');
  out.walked = (await walk.next()).value.path;
  out.env = env.get('LANG');
  out.names = env.names().length;
  await kv.set('k', { v: 1 });
  out.kv = (await kv.get('k')).v;
  await time.sleep(1);
  const url = new URL('../x?a=1&b=2', 'https://h/p/q/');
  url.searchParams.append('c', '3');
  url.searchParams.sort();
  out.href = url.href;
  out.params = url.searchParams.getAll('c').length;
  out.text = new TextDecoder().decode(new TextEncoder().encode('é'));
  out.clone = structuredClone(toClone).a !== undefined;
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => { out.aborted = true; });
  controller.abort();
  out.digest = (await crypto.subtle.digest('SHA-256', bytes)).byteLength;
  out.uuid = crypto.randomUUID().length;
  out.timer = await new Promise((resolve) => setTimeout(resolve, 1, 'fired'));
  out.join = path.join('a', '../b');
  out.buffer = Buffer.from('hi').toString('base64');
  out.format = util.format('%s-%d', 'x', 1);
  out.qs = qs.stringify({ a: 'b c' });
  const emitter = new EventEmitter();
  emitter.on('e', (v) => { out.event = v; });
  emitter.emit('e', 4);
  out.equal = util.isDeepStrictEqual({ a: [1] }, { a: [1] });
  out.node = nodefs.readFileSync('a.txt', 'utf8').length + (await nodefs.promises.readdir('.')).length;
  try { await fs.readText('/secret/x'); } catch (error) { out.denied = error.code + error.permission + (error instanceof fs.PermissionDenied); }
  return out;
}
"#;

const IMPORTS: &str = r#"
import * as fs from 'aether:fs'; import env from 'aether:env'; import kv from 'aether:kv'; import time from 'aether:time';
import path from 'node:path'; import util from 'node:util'; import qs from 'node:querystring'; import nodefs from 'node:fs';
import { Buffer } from 'node:buffer'; import { EventEmitter } from 'node:events';
"#;

fn run_patched(patch: &str, early: bool) -> (Value, Cell) {
    // Lazy parts are evaluated after the patch in one variant and before it in the other.
    let warm = if early { "" } else { "await useAll(ctx);" };
    let main = format!(
        "{IMPORTS}\n{USE_ALL}\nexport default async function (input, ctx) {{ {warm} {patch}; return await useAll(ctx); }}"
    );
    let files = Files::default().file("/workspace/a.txt", "one\ntwo\n");
    let mut cell = Setup::new(&main).compat_fs().with_files(files).load();
    let outcome = told(cell.run(Value::Null));
    (outcome, cell)
}

#[test]
fn patched_built_ins_do_not_break_the_apis() {
    let (expect, cell) = run_patched("", true);
    assert!(expect.is_object(), "{expect}");
    assert_eq!(expect["denied"], "ERR_ACCESS_DENIEDFileSystemReadtrue");
    let logs = cell.logs.len();
    for patch in [
        "Array.prototype[Symbol.iterator] = () => { throw 'iterated' }",
        "Array.prototype.push = Array.prototype.join = Array.prototype.map = Array.prototype.slice = () => { throw 'array' }",
        "Promise.prototype.then = () => { throw 'then' }; Promise.resolve = () => { throw 'resolve' }",
        "Promise.prototype.constructor = class { constructor() { throw 'species' } }",
        "Map.prototype.get = Map.prototype.set = Map.prototype.delete = Map.prototype.forEach = () => { throw 'map' }",
        "Set.prototype.forEach = Set.prototype.has = WeakMap.prototype.get = WeakMap.prototype.set = () => { throw 'set' }",
        "JSON.stringify = JSON.parse = () => { throw 'json' }",
        "Object.prototype.toJSON = () => 'polluted'; delete Object.prototype.toJSON",
        "for (const name of ['method', 'path', 'recursive', 'append', 'exclusive', 'depth', 'get', 'set', 'value', 'run', 'self', 'code', 'name', 'id']) Object.defineProperty(Object.prototype, name, { __proto__: null, set() { throw 'setter ' + name }, get() { return undefined }, configurable: true })",
        "Object.defineProperty = Object.freeze = Object.keys = Object.getOwnPropertyDescriptor = () => { throw 'object' }",
        "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 'call' }",
        "Reflect.apply = Reflect.ownKeys = () => { throw 'reflect' }",
        "for (const name of ['slice', 'indexOf', 'startsWith', 'endsWith', 'split', 'replace', 'charCodeAt', 'toWellFormed', 'trim', 'toLowerCase']) String.prototype[name] = () => { throw 'string' }",
        "String = Number = Object = Array = Map = Set = globalThis.Promise = Error = TypeError = Symbol = undefined",
        "RegExp.prototype.exec = RegExp.prototype.test = RegExp.prototype[Symbol.replace] = () => { throw 'regexp' }",
        "for (const name of ['set', 'slice', 'subarray', 'fill', 'indexOf']) Object.getPrototypeOf(Uint8Array.prototype)[name] = () => { throw 'typed' }",
        "Uint8Array.prototype.toBase64 = Uint8Array.prototype.toHex = Uint8Array.fromBase64 = () => { throw 'base64' }",
        "globalThis.Uint8Array = globalThis.ArrayBuffer = globalThis.DataView = undefined",
        "const g = Object.getPrototypeOf(function* () {}).prototype; g.next = g.throw = () => { throw 'generator' }",
        "Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())).next = () => { throw 'iterator' }",
        "Error.prepareStackTrace = () => { throw 'trace' }; Error.stackTraceLimit = 0",
        "Object.defineProperty(Error.prototype, 'stack', { get() { throw 'stack' } })",
        "globalThis.setTimeout2 = setTimeout; globalThis.queueMicrotask = globalThis.structuredClone2 = undefined",
    ] {
        for early in [true, false] {
            let (got, cell) = run_patched(patch, early);
            assert_eq!(got, expect, "\n{patch} (early: {early})");
            assert_eq!(cell.logs.len(), if early { logs } else { 2 * logs }, "{patch}");
        }
    }
}

/// Setters on `Array.prototype` break `JSON.stringify` inside the engine, so there can be no
/// result; there is an answer all the same.
#[test]
fn a_broken_realm_still_gives_an_answer() {
    check(
        "export default () => {
           for (let i = 0; i < 5; i++) Object.defineProperty(Array.prototype, i, { set() { throw 'index'; } });
           return { a: [1] };
         }",
        // V8 defines the elements of a list that it reads, so that no setter sees them.
        by_engine(json!("exception: threw a string: 'index'"), json!({ "a": [1] })),
    );
}

#[test]
fn what_the_runtime_hands_out_is_frozen() {
    check(
        "import kv, { get } from 'aether:kv'; import { PermissionDenied } from 'aether:errors';
         export default (_, ctx) => [Object.isFrozen(ctx), Object.isFrozen(ctx.plugin), Object.isFrozen(ctx.log),
           Object.isFrozen(kv), Object.isFrozen(PermissionDenied), Object.isFrozen(PermissionDenied.prototype), Object.isFrozen(crypto)]",
        json!([true, true, true, true, true, true, true]),
    );
}

#[test]
fn nothing_of_the_inside_is_reachable() {
    check(
        "export default () => [typeof native, typeof P, typeof std, typeof os, typeof process, typeof require,
           typeof SharedArrayBuffer, typeof Atomics, typeof WebAssembly, typeof Deno, typeof print, typeof gc,
           import.meta.internal === undefined, Object.keys(globalThis).length]",
        // WebAssembly runs as machine code, where that may be made.
        json!([
            "undefined", "undefined", "undefined", "undefined", "undefined", "undefined",
            "undefined", "undefined", if harness::makes_code() { "object" } else { "undefined" },
            "undefined", "undefined", "undefined", true, 0
        ]),
    );
    // The constructor of anything handed in makes functions of the same realm, and no others.
    check(
        "export default (input, ctx) => {
           const probes = [ctx, ctx.log, ctx.progress, console.log, setTimeout, URL, fetch, crypto];
           return probes.every((p) => p.constructor.constructor('return globalThis')() === globalThis);
         }",
        json!(true),
    );
}

#[test]
fn thrown_values_of_every_kind() {
    let cases = [
        ("throw 'text'", "exception: threw a string: 'text'"),
        ("throw 5", "exception: threw a number: 5"),
        ("throw undefined", "exception: threw undefined"),
        ("throw null", "exception: threw null"),
        ("throw Symbol('s')", "exception: threw a symbol: Symbol(s)"),
        ("throw { a: 1 }", "exception: threw an object: { a: 1 }"),
        ("throw () => {}", "exception: threw a function: [Function (anonymous)]"),
        ("throw new Proxy({}, {})", "exception: threw an object: [Proxy]"),
        (
            "throw new Proxy(new Error('x'), { get() { throw 1 } })",
            "exception: threw an object: [Proxy]",
        ),
        ("throw new TypeError('bad')", "exception: TypeError: bad"),
        ("throw new DOMException('gone', 'AbortError')", "exception: AbortError: gone"),
        ("throw Object.assign(new Error('m'), { name: Symbol('n') })", "exception: Error: m"),
        (
            "throw Object.defineProperty(new Error('m'), 'name', { get() { throw 1 } })",
            "exception: Error: m",
        ),
        (
            "throw Object.defineProperty(new Error('m'), 'message', { get() { return {} } })",
            "exception: Error",
        ),
        (
            "throw Object.defineProperty(new Error('m'), 'cause', { get() { throw 1 } })",
            "exception: Error: m",
        ),
        ("throw Object.setPrototypeOf(new Error('m'), null)", "exception: Error: m"),
        (
            "throw { toString() { throw 1 }, [Symbol.toPrimitive]() { throw 2 } }",
            "exception: threw an object: {\n  toString: [Function: toString],\n  [Symbol(Symbol.toPrimitive)]: [Function: [Symbol.toPrimitive]]\n}",
        ),
        ("return Promise.reject(7)", "exception: threw a number: 7"),
        (
            "return { then(_, reject) { reject('thenable') } }",
            "exception: threw a string: 'thenable'",
        ),
        ("return { get then() { throw 'getter' } }", "exception: threw a string: 'getter'"),
    ];
    for (body, expect) in cases {
        let got = outcome(&format!("export default () => {{ {body} }}"));
        assert_eq!(got, json!(expect), "{body}");
    }
}

#[test]
fn what_is_told_of_an_error_is_bounded_and_clean() {
    let main = "
        function inner() { throw Object.assign(new RangeError('x'.repeat(1e6)), { code: 'E_MINE', stackish: 1 }); }
        export default function outer() { [1].map(inner); }";
    let error = Setup::new(main).load().run(Value::Null).unwrap_err();
    assert!(error.message.len() <= 8192);
    assert_eq!(error.fact("name"), Some("RangeError"));
    assert_eq!(error.fact("code"), Some("E_MINE"));
    let stack = error.fact("stack").unwrap();
    let lines: Vec<&str> = stack.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 2, "{stack}");
    assert!(lines[0].starts_with("at inner (aether://plugin/main.js:2:"), "{stack}");
    assert!(lines[1].starts_with("at outer (aether://plugin/main.js:3:"), "{stack}");
}

#[test]
fn a_stack_cannot_be_made_of_objects() {
    check(
        "export default () => {
           Error.prepareStackTrace = (error, sites) => ({ toString() { throw 1 }, sites });
           const error = new Error('x');
           throw error;
         }",
        json!("exception: Error: x"),
    );
}

#[test]
fn errors_nobody_handles_are_logged_and_nothing_more() {
    let main = "
        export default async () => {
          Promise.reject(new Error('lost'));
          setTimeout(() => { throw new Error('thrown late'); });
          queueMicrotask(() => { throw 'in a microtask'; });
          await new Promise(r => setTimeout(r, 5));
          return 'fine';
        }";
    let mut cell = Setup::new(main).load();
    assert_eq!(cell.run(Value::Null).unwrap(), json!("fine"));
    let errors = cell.messages(Level::Error).join("\n");
    for expect in [
        "unhandled promise rejection: Error: lost",
        "uncaught error: Error: thrown late",
        "uncaught error: threw a string: 'in a microtask'",
        "aether://plugin/main.js:3",
    ] {
        assert!(errors.contains(expect), "{errors}");
    }
}

#[test]
fn dynamic_code_gains_nothing() {
    check(
        "export default async () => {
           const AsyncFunction = (async () => {}).constructor;
           const out = [eval('1 + 1'), new Function('return typeof native')(), await new AsyncFunction('return 3')()];
           for (const code of [\"import('node:child_process')\", \"import('/etc/passwd')\", \"import('data:text/javascript,1')\", \"import('./../x.js')\"]) {
             try { await eval(code); out.push('imported'); } catch (error) { out.push(error.code); }
           }
           return out;
         }",
        json!([2, "undefined", 3, "ERR_MODULE_BLOCKED", "ERR_MODULE_BLOCKED", "ERR_MODULE_BLOCKED", "ERR_MODULE_BLOCKED"]),
    );
}

#[test]
fn options_are_read_from_the_object_itself() {
    let main = "
        import { writeText, remove } from 'aether:fs';
        export default async () => {
          Object.prototype.append = true; Object.prototype.recursive = true;
          await writeText('a.txt', 'new', {});
          try { await remove('d', JSON.parse('{\"__proto__\": {\"recursive\": true}}')); } catch (error) { return error.code; }
        }";
    let files = Files::default().file("/workspace/a.txt", "old").file("/workspace/d/x", "");
    let mut cell = Setup::new(main).with_files(files).load();
    assert_eq!(cell.call("run", Value::Null, PLENTY).unwrap(), json!("ENOTEMPTY"));
    assert_eq!(cell.setup.files.text("/workspace/a.txt").as_deref(), Some("new"));
}

#[test]
fn a_flood_of_logs_is_cut_line_by_line() {
    let main = "export default () => { console.log('x'.repeat(1e6)); console.log('\\u0000\\u001b[31m', new Array(1e9)); console.log(Array.from({ length: 1e5 }, (_, i) => i)); }";
    let mut cell = Setup::new(main).load();
    cell.run(Value::Null).unwrap();
    assert_eq!(cell.logs.len(), 3);
    assert!(cell.logs.iter().all(|log| log.message.len() <= 8192));
}
