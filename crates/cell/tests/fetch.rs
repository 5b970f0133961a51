//! Headers, Request, Response and ReadableStream. The values are what Node 20 gives for the same
//! expressions.

mod harness;

use harness::outcome;
use serde_json::{Value, json};

const HELPERS: &str = "const H = (headers) => JSON.stringify([...headers]);";

/// What each expression comes to, or the name of the error that it throws.
#[track_caller]
fn check(cases: &[(&str, Value)]) {
    let list: Vec<String> =
        cases.iter().map(|(expression, _)| format!("async () => ({expression})")).collect();
    let main = format!(
        "{HELPERS}
         export default async () => {{
           const got = [];
           for (const run of [{}]) {{
             try {{ got.push((await run()) ?? null); }} catch (error) {{ got.push(`THROWS ${{error.name}}`); }}
           }}
           return got;
         }};",
        list.join(",\n")
    );
    let got = outcome(&main);
    for (index, (expression, expect)) in cases.iter().enumerate() {
        assert_eq!(got.get(index).unwrap_or(&got), expect, "{expression}");
    }
}

#[test]
fn headers_requests_and_responses_are_as_the_standard_says() {
    check(&[
        (r#"H(new Headers({ b: '2', A: ' 1\t' }))"#, json!("[[\"a\",\"1\"],[\"b\",\"2\"]]")),
        (
            r#"(()=>{const h=new Headers([['x','1'],['X','2'],['set-cookie','a'],['Set-Cookie','b'],['a','0']]);return [H(h),h.get('x'),h.getSetCookie(),h.has('X'),[...h.keys()]]})()"#,
            json!([
                "[[\"a\",\"0\"],[\"set-cookie\",\"a\"],[\"set-cookie\",\"b\"],[\"x\",\"1, 2\"]]",
                "1, 2",
                ["a", "b"],
                true,
                ["a", "set-cookie", "set-cookie", "x"]
            ]),
        ),
        (r#"new Headers({'a b':'1'})"#, json!("THROWS TypeError")),
        (r#"new Headers({a:'x\ny'})"#, json!("THROWS TypeError")),
        (r#"new Headers({a:'\u0100'})"#, json!("THROWS TypeError")),
        (r#"new Headers({a:'\u00e9'}).get('a')"#, json!("é")),
        (r#"new Headers(null)"#, json!("THROWS TypeError")),
        (r#"new Headers([['a']])"#, json!("THROWS TypeError")),
        (
            r#"(()=>{const r=new Request('http://EX.com/a',{method:'post',body:'x'});return [r.url,r.method,r.headers.get('content-type'),r.redirect,r.bodyUsed,r.signal.aborted]})()"#,
            json!(["http://ex.com/a", "POST", "text/plain;charset=UTF-8", "follow", false, false]),
        ),
        (r#"new Request('http://a/',{body:'x'})"#, json!("THROWS TypeError")),
        (r#"new Request('http://a/',{method:'TRACE'})"#, json!("THROWS TypeError")),
        (r#"new Request('http://a/',{method:'a b'})"#, json!("THROWS TypeError")),
        (r#"new Request('http://a/',{method:'patch'}).method"#, json!("patch")),
        (r#"new Request('/a')"#, json!("THROWS TypeError")),
        (
            r#"(()=>{const r=new Response('x',{status:201,statusText:'Made',headers:{a:'1'}});return [r.status,r.ok,r.statusText,r.type,r.url,r.headers.get('content-type'),r.redirected]})()"#,
            json!([201, true, "Made", "default", "", "text/plain;charset=UTF-8", false]),
        ),
        (r#"new Response('x',{status:199})"#, json!("THROWS RangeError")),
        (r#"new Response('x',{status:204})"#, json!("THROWS TypeError")),
        (r#"new Response(null,{status:204}).body"#, json!(null)),
        (r#"new Response('x',{statusText:'a\nb'})"#, json!("THROWS TypeError")),
        (
            r#"(()=>{const r=Response.json({a:1});return [r.headers.get('content-type'),r.status]})()"#,
            json!(["application/json", 200]),
        ),
        (r#"Response.json(()=>{})"#, json!("THROWS TypeError")),
        (
            r#"(()=>{const r=Response.error();return [r.status,r.type,r.ok]})()"#,
            json!([0, "error", false]),
        ),
        (
            r#"(()=>{const r=Response.redirect('http://a/b',301);return [r.status,r.headers.get('location')]})()"#,
            json!([301, "http://a/b"]),
        ),
        (r#"Response.redirect('http://a/b',200)"#, json!("THROWS RangeError")),
        (r#"Object.prototype.toString.call(new Response())"#, json!("[object Response]")),
        (
            r#"[Headers,Request,ReadableStream,URL,URLSearchParams,TextDecoder,Event,AbortSignal].map((K)=>K.prototype[Symbol.toStringTag]===K.name)"#,
            json!([true, true, true, true, true, true, true, true]),
        ),
        (r#"new ReadableStream().locked"#, json!(false)),
        (r#"new ReadableStream(1)"#, json!("THROWS TypeError")),
        (r#"new ReadableStreamDefaultController()"#, json!("THROWS TypeError")),
    ]);
}

#[test]
fn bodies_and_streams_are_as_the_standard_says() {
    check(&[
        (
            r#"(async()=>{const r=new Response('héllo');const t=await r.text();try{await r.text()}catch(e){return [t,r.bodyUsed,e.name]}})()"#,
            json!(["héllo", true, "TypeError"]),
        ),
        (
            r#"(async()=>{const r=new Response('[1,2]');const c=r.clone();return [await r.json(),await c.text(),new Uint8Array(await new Response('ab').arrayBuffer()).length]})()"#,
            json!([[1, 2], "[1,2]", 2]),
        ),
        (
            r#"(async()=>{const s=new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close()}});const got=[];for await(const x of s)got.push(x);return [got,s.locked]})()"#,
            json!([["a", "b"], false]),
        ),
        (
            r#"(async()=>{let n=0;const s=new ReadableStream({pull(c){c.enqueue(n++);if(n===3)c.close()}});const r=s.getReader();const got=[];for(;;){const x=await r.read();if(x.done)break;got.push(x.value)}await r.closed;return [got,s.locked]})()"#,
            json!([[0, 1, 2], true]),
        ),
        (
            r#"(async()=>{let why;const s=new ReadableStream({cancel(r){why=r}});const r=s.getReader();await r.cancel('x');return [why,(await r.read()).done]})()"#,
            json!(["x", true]),
        ),
        (
            r#"(async()=>{const s=new ReadableStream({start(c){c.error(new RangeError('x'))}});try{await s.getReader().read()}catch(e){return e.name}})()"#,
            json!("RangeError"),
        ),
        (
            r#"(async()=>{const s=new ReadableStream({start(c){c.enqueue(1);c.enqueue(2);c.close()}});const [a,b]=s.tee();const all=async(s)=>{const g=[];for await(const x of s)g.push(x);return g};return await Promise.all([all(a),all(b)])})()"#,
            json!([[1, 2], [1, 2]]),
        ),
        (
            r#"(async()=>{const s=new ReadableStream();s.getReader();try{s.getReader()}catch(e){return [e.name,s.locked]}})()"#,
            json!(["TypeError", true]),
        ),
        (
            r#"(async()=>{const s=new ReadableStream({start(c){c.enqueue(1)}});const r=s.getReader();r.releaseLock();try{await r.read()}catch(e){return [e.name,s.locked]}})()"#,
            json!(["TypeError", false]),
        ),
        (
            r#"(async()=>{const e=new TextEncoder();const s=new ReadableStream({start(c){c.enqueue(e.encode('a'));c.enqueue(e.encode('b'));c.close()}});const r=new Response(s);return [await r.text(),r.bodyUsed]})()"#,
            json!(["ab", true]),
        ),
        (
            r#"(async()=>{const r=new Response('abc');const b=r.body;const x=await b.getReader().read();try{await r.text()}catch(e){return [x.value.length,r.bodyUsed,e.name]}})()"#,
            json!([3, true, "TypeError"]),
        ),
        (
            r#"(async()=>{const r=new Request('http://a/',{method:'POST',body:new URLSearchParams({a:'1 2'})});return [r.headers.get('content-type'),await r.text()]})()"#,
            json!(["application/x-www-form-urlencoded;charset=UTF-8", "a=1+2"]),
        ),
        (
            r#"(async()=>{const r=new Request('http://a/',{method:'POST',body:'x'});const q=new Request(r);return [r.bodyUsed,await q.text(),q.url]})()"#,
            json!([true, "x", "http://a/"]),
        ),
        (
            r#"(async()=>{const c=new AbortController();c.abort();try{await fetch('http://127.0.0.1:1/',{signal:c.signal})}catch(e){return e.name}})()"#,
            json!("AbortError"),
        ),
        (
            r#"(async()=>{const out=[];const s=new ReadableStream({start(c){out.push(c.desiredSize);c.enqueue('abc');out.push(c.desiredSize)}},{highWaterMark:5,size:(x)=>x.length});return out})()"#,
            json!([5, 2]),
        ),
        (
            r#"(async()=>{let c;const s=new ReadableStream({start(x){c=x}});c.close();try{c.enqueue(1)}catch(e){return [e.name,(await s.getReader().read()).done]}})()"#,
            json!(["TypeError", true]),
        ),
        (
            r#"(async()=>{const s=ReadableStream.from(['a','b']);const got=[];for await(const x of s)got.push(x);return got})()"#,
            json!(["a", "b"]),
        ),
    ]);
}
