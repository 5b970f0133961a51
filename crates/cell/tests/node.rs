//! The modules of Node.

mod harness;

use harness::{Files, Setup, check_body, outcome};
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
fn buffers() {
    check_all(
        "import { Buffer } from 'node:buffer'; import util from 'node:util';",
        &[
            ("Buffer.from('zz','hex').length", json!(0)),
            ("Buffer.from('abc','hex').toString('hex')", json!("ab")),
            ("Buffer.from('YQ','base64').toString()", json!("a")),
            ("Buffer.from('Y Q = =','base64').toString()", json!("a")),
            ("Buffer.from('-_-_','base64').toString('hex')", json!("fbffbf")),
            ("Buffer.from('abcde','base64').toString('hex')", json!("69b71d")),
            ("Buffer.from([256,-1,1.9]).toString('hex')", json!("00ff01")),
            ("Buffer.from('é','latin1').toString('hex')", json!("e9")),
            ("Buffer.from('€','latin1').toString('hex')", json!("ac")),
            ("Buffer.from('€','ucs2').toString('hex')", json!("ac20")),
            ("Buffer.from('é','ascii').toString('hex')", json!("e9")),
            ("Buffer.from([0xe9,0x41]).toString('ascii')", json!("iA")),
            ("Buffer.from([0xff,0xfe,0x41]).toString()", json!("��A")),
            ("Buffer.from([0xe2,0x82,0x41]).toString()", json!("�A")),
            ("Buffer.from('abc').toString('base64url')", json!("YWJj")),
            ("Buffer.from([0xfb,0xff]).toString('base64url')", json!("-_8")),
            ("Buffer.from([0xfb,0xff]).toString('base64')", json!("+/8=")),
            ("Buffer.from('hello').subarray(-3,-1).toString()", json!("ll")),
            ("Buffer.from('hello').slice(1).toString()", json!("ello")),
            ("Buffer.from('hello').indexOf('l',-2)", json!(3)),
            ("Buffer.from('hello').lastIndexOf('l')", json!(3)),
            ("Buffer.from('hello').lastIndexOf('l',2)", json!(2)),
            ("Buffer.from('hello').indexOf('')", json!(0)),
            ("Buffer.from('hello').indexOf('xyz')", json!(-1)),
            ("Buffer.from('hello').indexOf(108)", json!(2)),
            ("Buffer.from('hello').includes(Buffer.from('ell'))", json!(true)),
            ("Buffer.from('hello').lastIndexOf('h')", json!(0)),
            ("Buffer.from('abcabc').indexOf('c',3)", json!(5)),
            ("Buffer.from('abc').indexOf('abcd')", json!(-1)),
            ("Buffer.from('abc').lastIndexOf('abcd')", json!(-1)),
            ("Buffer.alloc(5,'abc').toString()", json!("abcab")),
            ("Buffer.alloc(3,1).toString('hex')", json!("010101")),
            ("Buffer.alloc(4).fill('ab',1,3).toString('hex')", json!("00616200")),
            ("Buffer.alloc(3).fill(257).toString('hex')", json!("010101")),
            ("Buffer.concat([Buffer.from('ab'),Buffer.from('cd')],3).toString()", json!("abc")),
            ("Buffer.concat([]).length", json!(0)),
            ("Buffer.from('abc').equals(Buffer.from('abc'))", json!(true)),
            ("Buffer.from('abc').compare(Buffer.from('abd'))", json!(-1)),
            ("Buffer.from('abc').copy(Buffer.alloc(2))", json!(2)),
            ("Buffer.alloc(3).write('€€')", json!(3)),
            ("Buffer.alloc(6).write('abc',2)", json!(3)),
            ("Buffer.alloc(6).write('abcdef',1,2)", json!(2)),
            ("Buffer.isEncoding('UTF-8')", json!(true)),
            ("Buffer.isEncoding('nope')", json!(false)),
            ("Buffer.byteLength('aGk=','base64')", json!(2)),
            ("Buffer.from(Buffer.from('x')).toString()", json!("x")),
            ("Buffer.from({length:2,0:65,1:66}).toString()", json!("AB")),
            ("Buffer.from(new String('boxed')).toString()", json!("boxed")),
            (
                "(()=>{const b=Buffer.alloc(8);b.writeInt32LE(-5,0);b.writeUInt16BE(513,4);return b.toString('hex')})()",
                json!("fbffffff02010000"),
            ),
            (
                "(()=>{const b=Buffer.alloc(8);b.writeBigInt64BE(-2n);return b.toString('hex')})()",
                json!("fffffffffffffffe"),
            ),
            (
                "(()=>{const b=Buffer.alloc(6);b.writeIntBE(-300,0,6);return [b.toString('hex'),b.readIntBE(0,6)]})()",
                json!(["fffffffffed4", -300]),
            ),
            (
                "(()=>{const b=Buffer.alloc(3);b.writeUIntLE(70000,0,3);return [b.toString('hex'),b.readUIntLE(0,3)]})()",
                json!(["701101", 70000]),
            ),
            ("Buffer.from([1,2,3,4]).swap16().toString('hex')", json!("02010403")),
            ("Buffer.from([1,2,3,4]).swap32().toString('hex')", json!("04030201")),
            (
                "JSON.stringify(Buffer.from('hi'))",
                json!("{\"type\":\"Buffer\",\"data\":[104,105]}"),
            ),
            ("util.isDeepStrictEqual(Buffer.from('a'),Buffer.from('a'))", json!(true)),
        ],
    );
}

#[test]
fn paths() {
    check_all(
        "import path from 'node:path';",
        &[
            ("path.join('')", json!(".")),
            ("path.join('/a','..','..','b')", json!("/b")),
            ("path.join('a','/b/','../c')", json!("a/c")),
            ("path.join('./a','../../..')", json!("../..")),
            ("path.normalize('')", json!(".")),
            ("path.normalize('./')", json!("./")),
            ("path.normalize('a//b/../c/.')", json!("a/c")),
            ("path.normalize('/a/b/')", json!("/a/b/")),
            ("path.normalize('../../a')", json!("../../a")),
            ("path.normalize('a/..')", json!(".")),
            ("path.normalize('./a/../')", json!("./")),
            ("path.dirname('')", json!(".")),
            ("path.dirname('/')", json!("/")),
            ("path.dirname('/a')", json!("/")),
            ("path.dirname('a/b//')", json!("a")),
            ("path.basename('/')", json!("")),
            ("path.basename('a/')", json!("a")),
            ("path.basename('a.b','.b')", json!("a")),
            ("path.basename('.b','.b')", json!("")),
            ("path.basename('aaa','a')", json!("aa")),
            ("path.extname('a.')", json!(".")),
            ("path.extname('.a')", json!("")),
            ("path.extname('a.b/')", json!(".b")),
            ("path.extname('..')", json!("")),
            ("path.extname('a/..')", json!("")),
            ("path.extname('...')", json!(".")),
            (
                "path.parse('/')",
                json!({"root": "/", "dir": "/", "base": "", "ext": "", "name": ""}),
            ),
            (
                "path.parse('a')",
                json!({"root": "", "dir": "", "base": "a", "ext": "", "name": "a"}),
            ),
            (
                "path.parse('./a/b.c')",
                json!({"root": "", "dir": "./a", "base": "b.c", "ext": ".c", "name": "b"}),
            ),
            (
                "path.parse('/a')",
                json!({"root": "/", "dir": "/", "base": "a", "ext": "", "name": "a"}),
            ),
            (
                "path.parse('/a/b/')",
                json!({"root": "/", "dir": "/a", "base": "b", "ext": "", "name": "b"}),
            ),
            (
                "path.parse('../x')",
                json!({"root": "", "dir": "..", "base": "x", "ext": "", "name": "x"}),
            ),
            ("path.parse('')", json!({"root": "", "dir": "", "base": "", "ext": "", "name": ""})),
            ("path.format({root:'/',base:'x'})", json!("/x")),
            ("path.format({dir:'/',name:'a',ext:'.b'})", json!("//a.b")),
            ("path.format({name:'a',ext:'b'})", json!("a.b")),
            ("path.isAbsolute('')", json!(false)),
            ("path.isAbsolute('/a')", json!(true)),
            ("path.relative('/a','/a')", json!("")),
            ("path.relative('/a/b','/a/b/c')", json!("c")),
            ("path.relative('/','/x')", json!("x")),
            ("path.relative('/x/y','/x/yz')", json!("../yz")),
        ],
    );
}

#[test]
fn query_strings() {
    check_all(
        "import qs from 'node:querystring';",
        &[
            ("qs.parse('')", json!({})),
            ("qs.parse('a')", json!({"a": ""})),
            ("qs.parse('a=')", json!({"a": ""})),
            ("qs.parse('=b')", json!({"": "b"})),
            ("qs.parse('a=b=c&&d')", json!({"a": "b=c", "d": ""})),
            ("qs.parse('a%20b=%zz%41')", json!({"a b": "%zzA"})),
            ("qs.parse('a;b',';')", json!({"a": "", "b": ""})),
            ("qs.parse('a:1,b:2',',',':')", json!({"a": "1", "b": "2"})),
            ("qs.parse('x=%E2%82')", json!({"x": "�"})),
            ("qs.stringify({})", json!("")),
            (
                "qs.stringify({a:'',b:null,c:undefined,d:true,e:1n,f:[]})",
                json!("a=&b=&c=&d=true&e=1"),
            ),
            ("qs.stringify({'a b':'ä€😀&='})", json!("a%20b=%C3%A4%E2%82%AC%F0%9F%98%80%26%3D")),
            ("qs.stringify({a:[1,'x']},';',':')", json!("a:1;a:x")),
            (r#"qs.escape("!'()*-._~ +/")"#, json!("!'()*-._~%20%2B%2F")),
            ("qs.unescape('%7e%zz%E2%82%AC')", json!("~%zz€")),
        ],
    );
}

#[test]
fn assertions() {
    check_all(
        "import assert from 'node:assert';",
        &[
            (
                "(()=>{try{assert.equal(1,2)}catch(e){return [e.code,e.operator]}})()",
                json!(["ERR_ASSERTION", "=="]),
            ),
            ("(()=>{try{assert(0)}catch(e){return e.code}})()", json!("ERR_ASSERTION")),
            ("(()=>{try{assert.fail('m')}catch(e){return e.message}})()", json!("m")),
            ("(()=>{assert.deepEqual([1,'2'],['1',2]);return 1})()", json!(1)),
            (
                "(()=>{assert.match('abc',/b/);assert.notStrictEqual(1,2);assert.throws(()=>{throw Object.assign(new Error('z'),{code:'C'})},{code:'C',message:/z/});return 1})()",
                json!(1),
            ),
        ],
    );
}

#[test]
fn file_urls_and_the_legacy_url_functions() {
    check_all(
        "import url from 'node:url';",
        &[
            (
                "url.parse('http://user:pass@host.com:8080/p/a/t/h?query=string#hash')",
                json!({"protocol": "http:", "slashes": true, "auth": "user:pass", "host": "host.com:8080", "port": "8080", "hostname": "host.com", "hash": "#hash", "search": "?query=string", "query": "query=string", "pathname": "/p/a/t/h", "path": "/p/a/t/h?query=string", "href": "http://user:pass@host.com:8080/p/a/t/h?query=string#hash"}),
            ),
            ("url.parse('/a?b=c',true).query", json!({"b": "c"})),
            ("url.parse('mailto:a@b.c').href", json!("mailto:a@b.c")),
            ("url.parse('a/b').pathname", json!("a/b")),
            (
                "url.format(new URL('http://a:b@c/d?e#f'),{auth:false,fragment:false})",
                json!("http://c/d?e"),
            ),
            ("url.format({pathname:'/x',search:'y=1'})", json!("/x?y=1")),
            (
                "url.format({protocol:'http:',hostname:'h',port:8,pathname:'z'})",
                json!("http://h:8/z"),
            ),
            ("url.resolve('http://a.com/b/c/d','../e')", json!("http://a.com/b/e")),
            ("url.resolve('/one/two/three','four')", json!("/one/two/four")),
            ("url.resolve('http://example.com/','/one')", json!("http://example.com/one")),
            ("url.resolve('http://example.com/one','/two')", json!("http://example.com/two")),
            ("url.fileURLToPath('file:///a/%E2%82%AC')", json!("/a/€")),
            ("url.pathToFileURL('/a/%?#b').href", json!("file:///a/%25%3F%23b")),
            ("url.domainToASCII('español.com')", json!("xn--espaol-zwa.com")),
            ("url.domainToUnicode('xn--espaol-zwa.com')", json!("español.com")),
        ],
    );
}

#[test]
fn event_emitters() {
    check_all(
        "import { EventEmitter } from 'node:events'; import util from 'node:util';",
        &[
            (
                "(()=>{const e=new EventEmitter();const o=[];e.on('newListener',(n)=>o.push(n));e.once('a',()=>o.push(1));e.prependListener('a',()=>o.push(0));e.emit('a');e.emit('a');return [o,e.listenerCount('a'),e.emit('zz')]})()",
                json!([["a", "a", 0, 1, 0], 1, false]),
            ),
            (
                "(()=>{const e=new EventEmitter();try{e.emit('error',5)}catch(x){return [x.code,x.message]}})()",
                json!(["ERR_UNHANDLED_ERROR", "Unhandled error. (5)"]),
            ),
            (
                "(()=>{function F(){EventEmitter.call(this)};util.inherits(F,EventEmitter);const f=new F();let n=0;f.on('x',()=>n++);f.emit('x');return n})()",
                json!(1),
            ),
            (
                "(()=>{const e=new EventEmitter();const f=()=>{};e.on('a',f).on('a',f);e.off('a',f);return e.listenerCount('a')})()",
                json!(1),
            ),
        ],
    );
}

#[test]
fn formatting_and_types() {
    check_all(
        "import util from 'node:util'; import { Buffer } from 'node:buffer';",
        &[
            ("util.format('%s',null)", json!("null")),
            ("util.format('%s',undefined,1)", json!("undefined 1")),
            ("util.format('%d','42')", json!("42")),
            ("util.format('%i',4.7)", json!("4")),
            ("util.format('%f','1.5x')", json!("1.5")),
            ("util.format('a','b',3)", json!("a b 3")),
            ("util.format(1,2)", json!("1 2")),
            ("util.format('%%s%s','x')", json!("%sx")),
            ("util.format('%s')", json!("%s")),
            ("util.format('%x','a')", json!("%x a")),
            ("util.format('%c styled','css')", json!(" styled")),
            ("util.format('%j',{a:1})", json!("{\"a\":1}")),
            ("util.format('100%')", json!("100%")),
            ("util.format('%s','a','b')", json!("a b")),
            ("util.format('%d',5n)", json!("5n")),
            ("util.format('%s',-0)", json!("-0")),
            ("util.format('%s',Symbol('a'))", json!("Symbol(a)")),
            ("util.inspect('a')", json!("'a'")),
            (r#"util.inspect("it's")"#, json!("\"it's\"")),
            ("util.inspect([1,,3])", json!("[ 1, <1 empty item>, 3 ]")),
            (
                "util.inspect({a:1,'b-c':2,[Symbol('s')]:3})",
                json!("{ a: 1, 'b-c': 2, [Symbol(s)]: 3 }"),
            ),
            ("util.inspect(new Map([['a',1]]))", json!("Map(1) { 'a' => 1 }")),
            ("util.inspect(new Set(['a']))", json!("Set(1) { 'a' }")),
            ("util.inspect([])", json!("[]")),
            ("util.inspect({})", json!("{}")),
            ("util.inspect(null)", json!("null")),
            ("util.inspect(-0)", json!("-0")),
            ("util.inspect(()=>{})", json!("[Function (anonymous)]")),
            ("util.inspect(function f(){})", json!("[Function: f]")),
            ("util.inspect(class A{})", json!("[class A]")),
            ("util.inspect(new (class B{constructor(){this.x=1}}))", json!("B { x: 1 }")),
            ("util.inspect(Object.create(null))", json!("[Object: null prototype] {}")),
            ("util.inspect({get a(){return 1}})", json!("{ a: [Getter] }")),
            ("util.inspect({set a(v){}})", json!("{ a: [Setter] }")),
            ("util.inspect(new Date(0))", json!("1970-01-01T00:00:00.000Z")),
            ("util.inspect(/a/g)", json!("/a/g")),
            ("util.inspect(Symbol('x'))", json!("Symbol(x)")),
            ("util.inspect(10n)", json!("10n")),
            ("util.inspect(new Number(3))", json!("[Number: 3]")),
            ("util.inspect([undefined,null])", json!("[ undefined, null ]")),
            ("util.inspect({a:{b:{c:{d:1}}}})", json!("{ a: { b: { c: [Object] } } }")),
            ("util.inspect({a:{b:{c:{d:1}}}},{depth:0})", json!("{ a: [Object] }")),
            (r"util.inspect('a\nb')", json!("'a\\nb'")),
            ("util.inspect(new Uint8Array(2))", json!("Uint8Array(2) [ 0, 0 ]")),
            ("util.inspect([['a',['b',['c',['d']]]]])", json!("[ [ 'a', [ 'b', [Array] ] ] ]")),
            ("util.inspect({f(){}})", json!("{ f: [Function: f] }")),
            ("util.isDeepStrictEqual([1,2],[1,2])", json!(true)),
            ("util.isDeepStrictEqual(new Set([{a:1}]),new Set([{a:1}]))", json!(true)),
            ("util.isDeepStrictEqual([NaN],[NaN])", json!(true)),
            ("util.isDeepStrictEqual(0,-0)", json!(false)),
            ("util.isDeepStrictEqual({},Object.create(null))", json!(false)),
            ("util.isDeepStrictEqual(new Date(1),new Date(1))", json!(true)),
            ("util.isDeepStrictEqual([,1],[undefined,1])", json!(false)),
            ("util.isDeepStrictEqual(new Error('a'),new Error('b'))", json!(false)),
            ("util.isDeepStrictEqual(Object(1),Object(2))", json!(false)),
            ("util.types.isBoxedPrimitive(Object(1))", json!(true)),
            ("util.types.isRegExp(/a/)", json!(true)),
            ("util.types.isGeneratorFunction(function*(){})", json!(true)),
            (r"util.stripVTControlCharacters('\u001b[31mx\u001b[0m')", json!("x")),
        ],
    );
}

#[test]
fn string_decoders() {
    check_all(
        "import { StringDecoder } from 'node:string_decoder'; import { Buffer } from 'node:buffer';",
        &[
            (
                "(()=>{const d=new StringDecoder('base64');return d.write(Buffer.from('a'))+'|'+d.write(Buffer.from('bcd'))+'|'+d.end()})()",
                json!("|YWJj|ZA=="),
            ),
            (
                "(()=>{const d=new StringDecoder('utf16le');return d.write(Buffer.from([0x3d]))+d.write(Buffer.from([0xd8,0x00]))+d.end(Buffer.from([0xde]))})()",
                json!("😀"),
            ),
            (
                "(()=>{const d=new StringDecoder();return d.end(Buffer.from([0xe2,0x82]))})()",
                json!("�"),
            ),
            (
                "(()=>{const d=new StringDecoder('hex');return d.write(Buffer.from('ab'))+d.end()})()",
                json!("6162"),
            ),
        ],
    );
}

#[test]
fn promises_of_the_timers_and_of_callbacks() {
    check_body(
        "import util from 'node:util'; import { setTimeout as wait, setInterval as tick } from 'node:timers/promises'; import { once, EventEmitter } from 'node:events';",
        "const out = [await wait(1, 'waited'), await util.promisify(setTimeout)(1, 'promised')];
         out.push(await util.promisify((a, callback) => callback(null, a + 1))(1));
         try { await util.promisify((callback) => callback(new Error('failed')))(); } catch (error) { out.push(error.message); }
         out.push(await new Promise((resolve) => util.callbackify(async (a) => a * 2)(4, (error, value) => resolve([error, value]))));
         for await (const value of tick(1, 'tick')) { out.push(value); break; }
         const emitter = new EventEmitter();
         setTimeout(() => emitter.emit('go', 1, 2), 1);
         out.push(await once(emitter, 'go'));
         const controller = new AbortController();
         setTimeout(() => controller.abort(), 1);
         try { await wait(60000, 0, { signal: controller.signal }); } catch (error) { out.push(error.name); }
         return out;",
        json!(["waited", "promised", 2, "failed", [null, 8], "tick", [1, 2], "AbortError"]),
    );
}

#[test]
fn node_fs_works_over_the_virtual_files() {
    let main = r"
        import fs, { readFileSync } from 'node:fs';
        import * as fsp from 'node:fs/promises';
        const code = (run) => { try { run(); } catch (error) { return error.code + ' ' + error.path; } };
        export default async () => {
          const out = {};
          fs.mkdirSync('d/e', { recursive: true });
          fs.writeFileSync('d/f.txt', 'one');
          fs.appendFileSync('d/f.txt', Buffer.from(' two'));
          out.text = readFileSync('d/f.txt', 'utf8');
          out.hex = readFileSync('d/f.txt').toString('hex', 0, 2);
          out.url = readFileSync(new URL('file:///workspace/d/f.txt'), { encoding: 'latin1' });
          out.names = fs.readdirSync('d');
          out.kinds = fs.readdirSync('d', { withFileTypes: true }).map((entry) => [entry.name, entry.isFile(), entry.isDirectory()]);
          const stat = fs.statSync('d/f.txt');
          out.stat = [stat.size, stat.isFile(), stat.mtime.getTime(), fs.lstatSync('d').isDirectory()];
          out.exists = [fs.existsSync('d'), fs.existsSync('nope')];
          out.missing = code(() => fs.readFileSync('nope'));
          out.noEntry = fs.statSync('nope', { throwIfNoEntry: false }) === undefined;
          out.exclusive = code(() => fs.writeFileSync('d/f.txt', 'x', { flag: 'wx' }));
          out.denied = code(() => fs.readFileSync('/secret/x'));
          await fsp.copyFile('d/f.txt', 'd/g.txt');
          await fsp.rename('d/g.txt', 'd/h.txt');
          out.copied = (await fsp.readFile('d/h.txt', 'utf8'));
          await fsp.unlink('d/h.txt');
          out.callback = await new Promise((resolve) => fs.readFile('nope', (error) => resolve(error.code)));
          out.called = await new Promise((resolve) => fs.readdir('d', (error, names) => resolve([error, names])));
          fs.rmdirSync('d/e');
          out.notEmpty = code(() => fs.rmdirSync('d'));
          fs.rmSync('nope', { force: true });
          fs.rmSync('d', { recursive: true });
          try { await fs.promises.access('d'); } catch (error) { out.access = error.code; }
          fs.writeFileSync('big', Buffer.alloc(20 << 20, 'ab'));
          out.big = [fs.statSync('big').size, fs.readFileSync('big').subarray(-2).toString()];
          return out;
        }
        import { Buffer } from 'node:buffer';";
    let mut cell = Setup::new(main).compat_fs().with_files(Files::default()).load();
    let got = cell.run(Value::Null).unwrap();
    let expect = json!({
        "text": "one two", "hex": "6f6e", "url": "one two", "names": ["e", "f.txt"],
        "kinds": [["e", false, true], ["f.txt", true, false]],
        "stat": [7, true, 1000, true], "exists": [true, false],
        "missing": "ENOENT nope", "noEntry": true, "exclusive": "EEXIST d/f.txt",
        "denied": "ERR_ACCESS_DENIED /secret/x", "copied": "one two", "callback": "ENOENT",
        "called": [null, ["e", "f.txt"]], "notEmpty": "ENOTEMPTY d", "access": "ENOENT",
        "big": [20 << 20, "ab"]
    });
    assert_eq!(got, expect);
    assert!(cell.wire.blobs >= 3);
}
