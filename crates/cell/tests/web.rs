//! The web APIs.

mod harness;

use harness::{Setup, check_body, outcome};
use serde_json::{Value, json};

/// Each expression and its value. The values are what Node 20 gives for the same expressions.
#[track_caller]
fn check_all(imports: &str, cases: &[(&str, Value)]) {
    let list: Vec<String> =
        cases.iter().map(|(expression, _)| format!("() => ({expression})")).collect();
    let main = format!(
        "{imports}
         const show = (run) => {{ try {{ return run() ?? null; }} catch (error) {{ return `THROWS ${{error}}`; }} }};
         export default () => [{}].map(show);",
        list.join(",\n")
    );
    let got = outcome(&main);
    for (index, (expression, expect)) in cases.iter().enumerate() {
        assert_eq!(got.get(index).unwrap_or(&got), expect, "{expression}");
    }
}

#[test]
fn urls_are_parsed_and_changed_as_the_standard_says() {
    check_all(
        "",
        &[
            ("new URL('http://EX.com:80/a/../b?x#y').href", json!("http://ex.com/b?x#y")),
            ("new URL('//x/y','https://a/b').href", json!("https://x/y")),
            ("URL.canParse('nope')", json!(false)),
            ("new URL('data:text/plain,hi').pathname", json!("text/plain,hi")),
            ("new URL('http://a/?q=ä b').search", json!("?q=%C3%A4%20b")),
            ("new URL('http://[::1]:3000/').host", json!("[::1]:3000")),
            (
                "(()=>{const u=new URL('http://a/b');u.port='99999';u.port='81';u.protocol='https';u.hash='x y';u.pathname='é';u.username='@';u.host='q:5';return u.href})()",
                json!("https://%40@q:5/%C3%A9#x%20y"),
            ),
            (
                "(()=>{const u=new URL('http://a/?x=1&x=2&y=3');u.searchParams.delete('x');u.searchParams.set('z','ä');u.searchParams.sort();return [u.href,u.search,u.searchParams.size]})()",
                json!(["http://a/?y=3&z=%C3%A4", "?y=3&z=%C3%A4", 2]),
            ),
            (
                "[...new URLSearchParams('a=1&a=2&b=%20+x')]",
                json!([["a", "1"], ["a", "2"], ["b", "  x"]]),
            ),
            ("new URLSearchParams({a:'1',b:'2 3'}).toString()", json!("a=1&b=2+3")),
            ("new URLSearchParams([['a','b']]).toString()", json!("a=b")),
            ("new URLSearchParams('?a').toString()", json!("a=")),
            ("new URLSearchParams('a=b').has('a','c')", json!(false)),
            (
                "(()=>{const u=new URL('http://a/?x=1');const p=u.searchParams;u.search='?y=2';return p.toString()})()",
                json!("y=2"),
            ),
            (
                "(()=>{try{new URL('x')}catch(e){return [e.name,e.code,e.input]}})()",
                json!(["TypeError", "ERR_INVALID_URL", "x"]),
            ),
            ("JSON.stringify({u:new URL('http://x')})", json!("{\"u\":\"http://x/\"}")),
            (r"String(new URLSearchParams([['\ud800','x']]))", json!("%EF%BF%BD=x")),
        ],
    );
}

#[test]
fn text_is_encoded_and_decoded() {
    check_all(
        "",
        &[
            ("new TextDecoder().decode(new Uint8Array([0xef,0xbb,0xbf,0x41]))", json!("A")),
            (
                "new TextDecoder('utf-8',{ignoreBOM:true}).decode(new Uint8Array([0xef,0xbb,0xbf,0x41])).length",
                json!(2),
            ),
            ("new TextDecoder().decode(new Uint8Array([0xf0,0x9f,0x98,0x41]))", json!("�A")),
            (
                "new TextDecoder().decode(new Uint8Array([0xc0,0x80,0xed,0xa0,0x80]))",
                json!("�����"),
            ),
            ("new TextDecoder('utf-16le').decode(new Uint8Array([0x3d,0xd8,0,0xde]))", json!("😀")),
            ("new TextDecoder('latin1').encoding", json!("windows-1252")),
            (
                "(()=>{try{new TextDecoder('utf-8',{fatal:true}).decode(new Uint8Array([255]))}catch(e){return [e.name,e.code]}})()",
                json!(["TypeError", "ERR_ENCODING_INVALID_ENCODED_DATA"]),
            ),
            (
                "(()=>{const d=new TextDecoder();return d.decode(new Uint8Array([0xe2]),{stream:true})+d.decode(new Uint8Array([0x82,0xac]),{stream:true})+d.decode(new Uint8Array([0xe2]))})()",
                json!("€�"),
            ),
            (
                "new TextEncoder().encodeInto('a€😀',new Uint8Array(5))",
                json!({"read": 2, "written": 4}),
            ),
            (r"[...new TextEncoder().encode('\ud800')]", json!([239, 191, 189])),
        ],
    );
}

#[test]
fn structured_clones() {
    check_all(
        "",
        &[
            ("structuredClone({a:1,b:[1,{c:2}]})", json!({"a": 1, "b": [1, {"c": 2}]})),
            ("structuredClone(new Date(5)).getTime()", json!(5)),
            ("structuredClone([1,,3]).length", json!(3)),
            ("(()=>{const o={};o.o=o;return structuredClone(o).o!==o})()", json!(true)),
            (
                "(()=>{try{structuredClone(()=>{})}catch(e){return [e.name,e.code]}})()",
                json!(["DataCloneError", 25]),
            ),
            ("structuredClone(/a/gi).flags", json!("gi")),
            ("structuredClone(new Map([[1,new Set([2])]])).get(1).has(2)", json!(true)),
            ("structuredClone(new TypeError('x')).message", json!("x")),
            ("structuredClone(new TypeError('x')) instanceof TypeError", json!(true)),
            ("[...structuredClone(new Uint8Array([1,2]))]", json!([1, 2])),
            (
                "(()=>{const b=new ArrayBuffer(4);const c=structuredClone(b,{transfer:[b]});return [b.byteLength,c.byteLength]})()",
                json!([0, 4]),
            ),
            ("structuredClone(Object(1n))+1n==2n", json!(true)),
            (
                "structuredClone(new (class X{constructor(){this.y=1}})).constructor.name",
                json!("Object"),
            ),
            ("structuredClone(null)", json!(null)),
            ("structuredClone(new Error('e',{cause:5})).cause", json!(5)),
            (
                "(()=>{try{structuredClone({a:Symbol()})}catch(e){return e.name}})()",
                json!("DataCloneError"),
            ),
            ("structuredClone(new DataView(new ArrayBuffer(3),1)).byteOffset", json!(1)),
        ],
    );
}

#[test]
fn base64_of_the_web() {
    check_all(
        "",
        &[
            ("atob('aGk=')", json!("hi")),
            ("btoa('hi')", json!("aGk=")),
            ("(()=>{try{atob('*')}catch(e){return e.name}})()", json!("InvalidCharacterError")),
            ("(()=>{try{btoa('€')}catch(e){return e.name}})()", json!("InvalidCharacterError")),
            ("atob(' a G k = ')", json!("hi")),
        ],
    );
}

#[test]
fn events_and_abort_signals() {
    check_all(
        "",
        &[
            (
                "(()=>{const t=new EventTarget();const o=[];t.addEventListener('x',e=>o.push(e.type,e.target===t),{once:true});t.dispatchEvent(new Event('x'));t.dispatchEvent(new Event('x'));return o})()",
                json!(["x", true]),
            ),
            (
                "(()=>{const e=new Event('x',{cancelable:true});e.preventDefault();return [e.defaultPrevented,e.type,e.bubbles]})()",
                json!([true, "x", false]),
            ),
            ("new CustomEvent('x',{detail:5}).detail", json!(5)),
            (
                "(()=>{const a=new AbortController();a.abort();return [a.signal.aborted,a.signal.reason.name,a.signal.reason.code]})()",
                json!([true, "AbortError", 20]),
            ),
            (
                "(()=>{const a=new AbortController();const s=AbortSignal.any([a.signal,AbortSignal.abort(1)]);return [s.aborted,s.reason]})()",
                json!([true, 1]),
            ),
            (
                "(()=>{try{AbortSignal.abort('r').throwIfAborted()}catch(e){return e}})()",
                json!("r"),
            ),
            (
                "(()=>{const t=new EventTarget();let n=0;const f=()=>n++;t.addEventListener('x',f);t.addEventListener('x',f);t.dispatchEvent(new Event('x'));t.removeEventListener('x',f);t.dispatchEvent(new Event('x'));return n})()",
                json!(1),
            ),
            (
                "(()=>{const t=new EventTarget();let n=0;const c=new AbortController();t.addEventListener('x',()=>n++,{signal:c.signal});c.abort();t.dispatchEvent(new Event('x'));return n})()",
                json!(0),
            ),
            (
                "(()=>{const t=new EventTarget();const o=[];t.addEventListener('x',e=>{o.push(1);e.stopImmediatePropagation()});t.addEventListener('x',()=>o.push(2));t.dispatchEvent(new Event('x'));return o})()",
                json!([1]),
            ),
        ],
    );
}

#[test]
fn timers_fire_in_order() {
    check_body(
        "",
        "const order = [];
         const at = (name, ms) => new Promise((resolve) => setTimeout((n) => { order.push(n); resolve(); }, ms, name));
         const cancelled = setTimeout(() => order.push('never'), 1);
         clearTimeout(cancelled); clearTimeout(undefined); clearTimeout('x');
         let ticks = 0;
         const ticking = setInterval(() => { if (++ticks === 3) clearInterval(ticking); }, 1);
         setImmediate(() => order.push('immediate'));
         queueMicrotask(() => order.push('microtask'));
         order.push('now');
         await Promise.all([at('late', 20), at('soon', 5)]);
         while (ticks < 3) await at('tick', 2);
         return [order.slice(0, 5), ticks];",
        json!([["now", "microtask", "immediate", "soon", "late"], 3]),
    );
    check_body(
        "",
        "const fails = [];
         for (const wrong of [() => setTimeout('code'), () => queueMicrotask(1), () => setTimeout(() => {}, 1n)]) {
           try { wrong(); } catch (error) { fails.push(error.name); }
         }
         return fails;",
        json!(["TypeError", "TypeError", "TypeError"]),
    );
}

#[test]
fn abort_signals_time_out() {
    check_body(
        "",
        "const signal = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]);
         await new Promise((resolve) => { signal.onabort = resolve; });
         return [signal.aborted, signal.reason.name, signal.reason instanceof DOMException];",
        json!([true, "TimeoutError", true]),
    );
}

#[test]
fn one_signal_after_another_hears_of_an_abort() {
    check_body(
        "",
        "const order = [];
         const controller = new AbortController();
         const inner = AbortSignal.any([controller.signal]);
         const outer = AbortSignal.any([inner, AbortSignal.any([])]);
         const listen = (name, signal) => signal.addEventListener('abort', (event) => order.push(name, event.isTrusted, outer.aborted));
         listen('outer', outer); listen('inner', inner); listen('first', controller.signal);
         controller.abort('why');
         let refused; try { AbortSignal.any([{}]); } catch (error) { refused = error.name; }
         return [order, outer.reason, refused];",
        json!([["first", true, true, "inner", true, true, "outer", true, true], "why", "TypeError"]),
    );
}

#[test]
fn passive_listeners_cannot_prevent() {
    check_body(
        "",
        "const target = new EventTarget();
         target.addEventListener('x', (event) => event.preventDefault(), { passive: true });
         const first = target.dispatchEvent(new Event('x', { cancelable: true }));
         target.addEventListener('x', (event) => { event.returnValue = false; });
         return [first, target.dispatchEvent(new Event('x', { cancelable: true })), target.dispatchEvent(new Event('x'))];",
        json!([true, false, true]),
    );
}

#[test]
fn odd_text_stays_well_formed() {
    check_body(
        "",
        r"return { '\ud800': ['\udc00a', '\\ud800', '\ud83d\ude00'], params: [...new URLSearchParams([['\ud835x', 'y']])], be: new TextDecoder('utf-16be').decode(new Uint8Array([0, 65, 0xd8])) };",
        json!({"\u{fffd}": ["\u{fffd}a", "\\ud800", "😀"], "params": [["\u{fffd}x", "y"]], "be": "A\u{fffd}"}),
    );
}

#[test]
fn objects_of_the_platform_are_not_cloned() {
    check_body(
        "",
        "const failed = (value) => { try { structuredClone(value); return 'cloned'; } catch (error) { return error.name; } };
         return [new URL('a:b'), new URLSearchParams(), new Event('x'), new EventTarget(), new AbortController().signal, Promise.resolve(), new WeakMap(), new Proxy({}, {})].map(failed);",
        json!(["DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError", "DataCloneError"]),
    );
}

#[test]
fn clocks_are_coarse() {
    check_body(
        "",
        "const seen = new Set();
         for (let i = 0; i < 2000; i++) seen.add(performance.now());
         const steps = [...seen].every((t) => Math.abs(t * 10 - Math.round(t * 10)) < 1e-6);
         return [steps, Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000];",
        json!([true, true]),
    );
}

#[test]
fn random_values_and_digests() {
    check_body(
        "",
        r"const hex = async (name, text) => Array.from(new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text))), (b) => b.toString(16).padStart(2, '0')).join('');
         const ids = Array.from({ length: 20 }, () => crypto.randomUUID());
         const words = crypto.getRandomValues(new Uint32Array(8));
         const fails = [];
         for (const wrong of [() => crypto.getRandomValues([]), () => crypto.getRandomValues(new Float32Array(1)), () => crypto.getRandomValues(new Uint8Array(65537))]) {
           try { wrong(); } catch (error) { fails.push(error.name); }
         }
         try { await crypto.subtle.digest('MD5', new Uint8Array()); } catch (error) { fails.push(error.name); }
         return [await hex('SHA-1', 'abc'), await hex({ name: 'sha-256' }, ''), (await hex('SHA-384', '')).slice(0, 8), (await hex('SHA-512', '')).slice(0, 8),
           new Set(ids).size, ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)), words.some((w) => w !== 0), fails];",
        json!([
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "38b060a7",
            "cf83e135",
            20,
            true,
            true,
            ["TypeMismatchError", "TypeMismatchError", "QuotaExceededError", "NotSupportedError"]
        ]),
    );
}

/// Log lines of a plugin, as `level message`.
fn logged(body: &str) -> Vec<String> {
    let main = format!("export default async function (input, ctx) {{ {body} }}");
    let mut cell = Setup::new(&main).load();
    cell.run(Value::Null).unwrap();
    cell.logs.iter().map(|log| format!("{:?} {}", log.level, log.message)).collect()
}

#[test]
fn the_console_writes_the_log() {
    let lines = logged(
        "console.log('plain', 'text'); console.info('%s is %d%% %o', 'x', 5, { a: 1 }); console.debug([1, 2]);
         console.warn('careful'); console.error(new RangeError('bad').message); console.assert(1, 'no'); console.assert(0, 'yes %s', 1);
         console.count(); console.count('c'); console.count(); console.countReset(); console.count();
         console.group('outer'); console.log('a\\nb'); console.groupEnd(); console.groupEnd(); console.log('back');
         console.timeEnd('none'); console.dir({ a: { b: { c: 1 } } }, { depth: 0 }); console.log(); console.log('%'); console.log('100%', 1);
         console.table([{ a: 1, b: 'x' }, { a: 2 }]); console.table(5);",
    );
    let expect = [
        "Info plain text",
        "Info x is 5% { a: 1 }",
        "Debug [ 1, 2 ]",
        "Warn careful",
        "Error bad",
        "Error Assertion failed: yes 1",
        "Info default: 1",
        "Info c: 1",
        "Info default: 2",
        "Info default: 1",
        "Info outer",
        "Info   a\n  b",
        "Info back",
        "Info { a: [Object] }",
        "Info ",
        "Info %",
        "Info 100% 1",
        "Info | (index) | a | b   |\n|---------|---|-----|\n| 0       | 1 | 'x' |\n| 1       | 2 |     |",
        "Info 5",
    ];
    assert_eq!(lines, expect);
}

#[test]
fn values_are_shown_without_running_code() {
    let lines = logged(
        "let ran = 0;
         const trap = new Proxy({}, new Proxy({}, { get() { ran++; } }));
         class Odd { get x() { ran++; return 1; } [Symbol.for('nodejs.util.inspect.custom')]() { ran++; } toString() { ran++; return ''; } toJSON() { ran++; } }
         const odd = new Odd(); Object.defineProperty(odd, 'y', { get() { ran++; }, enumerable: true });
         const loop = { name: 'loop' }; loop.self = loop;
         console.log(trap, odd, loop, [,, 1], { a: { b: { c: { d: { e: { f: 1 } } } } } }, Object.create({ constructor: { name: 'Fake' } }), new (class extends Map {})(), function () {}, -0, [undefined], 'it\\'s', [\"it's\"], new Error('shown').stack.length > 0);
         console.log(ran);",
    );
    assert_eq!(
        lines[0],
        "Info [Proxy] Odd { y: [Getter] } { name: 'loop', self: [Circular] } [ <2 empty items>, 1 ] { a: { b: { c: { d: { e: [Object] } } } } } {} Map(0) {} [Function (anonymous)] -0 [ undefined ] it's [ \"it's\" ] true"
    );
    assert_eq!(lines[1], "Info 0");
}
