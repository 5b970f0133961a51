//! What is erased, construct by construct.

use aether_typescript::{Goal, erase};

fn check(typescript: &str, javascript: &str) {
    assert_eq!(erase(typescript, Goal::Module).as_deref(), Ok(javascript), "{typescript}");
}

/// Statements that are all type.
fn gone(typescript: &str) {
    check(typescript, &" ".repeat(typescript.len()));
}

fn stays(javascript: &str) {
    check(javascript, javascript);
}

#[test]
fn variables() {
    check("let x: string = 'a';", "let x         = 'a';");
    check("let x: A, y: B = 1, z!: C;", "let x   , y    = 1, z    ;");
    check("const { a, b }: { a: A; b?: B } = c;", "const { a, b }                  = c;");
    check("const [a, b = 1]: [A, B] = c;", "const [a, b = 1]         = c;");
    check("for (let a: A = 0; ; ) {}", "for (let a    = 0; ; ) {}");
    check("try {} catch (e: unknown) {}", "try {} catch (e         ) {}");
    check("using a: A = b;", "using a    = b;");
    check("var a: () => B = c, d;", "var a          = c, d;");
    check("let a: typeof b.c<D>[] | null;", "let a                        ;");
    check("let a /* b */ : /* c */ D /* e */ = f", "let a /* b */             /* e */ = f");
}

#[test]
fn functions() {
    check("function f(a: A, b?: B, c: C = d): D {}", "function f(a   , b    , c    = d)    {}");
    check("function f(...a: A[]) {}", "function f(...a     ) {}");
    check("function f({ a }: A, [b]: B = []) {}", "function f({ a }   , [b]    = []) {}");
    check("function f(this: A, b: B) {}", "function f(         b   ) {}");
    check("function f(this: A) {}", "function f(       ) {}");
    check("function f(this: A /* , */ , b) {}", "function f(                  b) {}");
    check(
        "function f<T extends { a: 1 }, const U = T>(a: T): a is U {}",
        "function f                                 (a   )         {}",
    );
    check("function f(a): asserts a is A {}", "function f(a)                 {}");
    check("async function* f<T>(): A<T> {}", "async function* f   ()       {}");
    check("x = function <T>(a: T): T {};", "x = function    (a   )    {};");
    check("function f(a: any): B;\nfunction f(a) {}", "                      \nfunction f(a) {}");
}

#[test]
fn arrow_functions() {
    check("x = (a: A): B => c;", "x = (a   )    => c;");
    check("x = <T,>(a?: T) => a;", "x =     (a    ) => a;");
    check("x = async <T>(a: T): A<T> => a;", "x = async    (a   )       => a;");
    check("x = ({ a }: A = {}, [b]: B = []) => c;", "x = ({ a }    = {}, [b]    = []) => c;");
    check("a => (b: B) => c;", "a => (b   ) => c;");
    check("a ? (b): c => d : e;", "a ? (b)    => d : e;");
    check("a ? (b: B): C => d : e;", "a ? (b   )    => d : e;");
    stays("a ? (b) : c => d;");
}

#[test]
fn expressions() {
    check("x = a as B;", "x = a     ;");
    check("x = a as const;", "x = a         ;");
    check("x = a satisfies B as C;", "x = a                 ;");
    check("x = a as B + c;", "x = a      + c;");
    check("x = (a as any).b!.c![0]!;", "x = (a       ).b .c [0] ;");
    check("a! = b; a! += 1; a!++;", "a  = b; a  += 1; a ++;");
    check("(a as B) = c;", "(a     ) = c;");
    check("[a as B, { c: d! }] = e;", "[a     , { c: d  }] = e;");
    check("for (a as B of c) {}", "for (a      of c) {}");
    check("a?.b!.c; (a?.b)!.c;", "a?.b .c; (a?.b) .c;");
    check("x = `${a as B}${c!}`;", "x = `${a     }${c }`;");
    // A call, as far as TypeScript goes, though JavaScript compares.
    check("x = a < b > (c);", "x = a       (c);");
    check("x = [a < b, c > (d)];", "x = [a          (d)];");
    stays("x = a < b > c;");
    stays("x = a<b, c>d;");
    stays("x = a < b || c > (d);");
}

#[test]
fn type_arguments() {
    check("x = new Map<A, B<C>>();", "x = new Map         ();");
    check("x = new Map<A>;", "x = new Map   ;");
    check("f<A>(b); f?.<A>(b); a.b<C>`d`;", "f   (b); f?.   (b); a.b   `d`;");
    check("x = f<A>; y = f<A> ?? g;", "x = f   ; y = f    ?? g;");
    check("f<<T>(a: T) => T>(b);", "f                (b);");
    check("class A extends B<C> {}", "class A extends B    {}");
    check("class A extends b<C>(D)<E> {}", "class A extends b   (D)    {}");
}

#[test]
fn objects() {
    check(
        "x = { a(b: B): C {}, get d(): E { return 1 }, async *f<T>(g: T) {} };",
        "x = { a(b   )    {}, get d()    { return 1 }, async *f   (g   ) {} };",
    );
    check("x = { [a as B]: c!, d: e as F };", "x = { [a     ]: c , d: e      };");
}

#[test]
fn declarations() {
    gone("interface A<T> extends B<T>, C { (a: A): B; new (a): B; [c: string]: D; get e(): F }");
    gone("type A<in out T> = T extends [infer U extends string, ...infer V] ? `a${U}` : V;");
    gone("declare let a: A, b: B;");
    gone("declare const enum A { B }");
    gone("declare enum A { B }");
    gone("declare function f(a: A): B;");
    gone("declare async function f(): A;");
    gone("declare class A { b: C; d(): E }");
    gone("declare abstract class A {}");
    gone("declare namespace A.B { let c: D }");
    gone("declare module 'a' { export let b: C }");
    gone("declare module 'a';");
    gone("declare global { interface A {} }");
    gone("namespace A { export type B = C; interface D {} namespace E.F { type G = H } }");
    gone("namespace A { declare namespace B { let c } }");
    gone("namespace A {}");
    gone("export type A = B;");
    gone("export interface A {}");
    gone("export default interface A {}");
    gone("export declare const a: A;");
    gone("export default function f(a: A): void;");
    gone("export namespace A { type B = C }");
    gone("export as namespace A;");
    check(
        "label: for (;;) { type A = B; break label }",
        "label: for (;;) {             break label }",
    );
}

#[test]
fn names_that_are_keywords_elsewhere_stay() {
    stays("type = a; declare = b; namespace = c; abstract(d); interface_ = e;");
    stays("let type, as, satisfies, is, keyof, readonly, declare, of, async;");
    stays("x = { type: a, as: b, readonly: c, declare() {}, abstract: d, public: e };");
    stays("class A { type = a; declare; readonly; abstract() {} static public = b; override }");
    stays("as\n(a); satisfies(b); type\nA = B");
}

#[test]
fn imports() {
    gone("import type A from 'a';");
    gone("import type * as A from 'a';");
    gone("import type { A, B as C } from 'a' with { b: 'c' };");
    gone("import type A = require('a');");
    check(
        "import A, { type B, C, type D as E } from 'a';",
        "import A, {         C,             } from 'a';",
    );
    check("import { type A } from 'a';", "import {        } from 'a';");
    check("import { type as as as } from 'a';", "import {               } from 'a';");
    check("import { type as } from 'a';", "import {         } from 'a';");
    stays("import { type } from 'a';");
    stays("import { type as as } from 'a';");
    stays("import type from 'a';");
    stays("import type, { A } from 'a';");
    stays("import a, * as b from 'c' with { type: 'json' };");
}

#[test]
fn exports() {
    gone("export type { A, B } from 'a';");
    gone("export type { A };");
    gone("export type * from 'a';");
    gone("export type * as A from 'a';");
    check("export { type A, B, type C as D };", "export {         B,             };");
    check("export { type A } from 'a';", "export {        } from 'a';");
    check("export default a as B;", "export default a     ;");
    check("export default <T>(a: T) => a;", "export default    (a   ) => a;");
    check("export default abstract class A {}", "export default          class A {}");
    check("export abstract class A {}", "export          class A {}");
    check(
        "export function f(a: A): B;\nexport function f(a: any) {}",
        "                           \nexport function f(a     ) {}",
    );
    // The name of a type and of a value.
    check("export type A = B; export const A = 1;", "                   export const A = 1;");
    stays("export * as a from 'b'; export { c as default };");
}

#[test]
fn classes() {
    check(
        "abstract class A<T> extends B<T> implements C, D<T> {}",
        "         class A    extends B                       {}",
    );
    check("class A implements B {}", "class A              {}");
    check("class A<T> implements B {}", "class A                 {}");
    check("class A extends B implements C {}", "class A extends B              {}");
    check(
        "class A extends (B as C)<D> implements E {}",
        "class A extends (B     )                 {}",
    );
    check("x = class implements A {};", "x = class              {};");
    check("x = class<T> {};", "x = class    {};");
    check("export default class implements A {}", "export default class              {}");
    check(
        "export default abstract class implements A {}",
        "export default          class              {}",
    );
    check("class implements {}", "class implements {}");
    check(
        "class /* b */ A /* implements */ implements B {}",
        "class /* b */ A /* implements */              {}",
    );
}

#[test]
fn fields() {
    check("class A { b: C; d?: E; f!: G }", "class A { b   ; d    ; f     }");
    check(
        "class A { readonly b = 1; static c: D = 2 }",
        "class A {          b = 1; static c    = 2 }",
    );
    check("class A { private static readonly b?: C }", "class A {         static          b     }");
    check("class A extends B { override c: D }", "class A extends B {          c    }");
    check("class A { #b: C; readonly #d = e }", "class A { #b   ;          #d = e }");
    check("class A { declare b: C; d }", "class A {               d }");
    check(
        "class A { accessor b: C = 1; accessor d!: E }",
        "class A { accessor b    = 1; accessor d     }",
    );
    check(
        "class A { [a]: B; ['c']?: D; 'e'!: F; 1: G }",
        "class A { [a]   ; ['c']    ; 'e'    ; 1    }",
    );
    check("class A { [(a as B)]: C }", "class A { [(a     )]    }");
    check("class A { public /* b */ c: D }", "class A {        /* b */ c    }");
    check(
        "class A { [a: string]: B; static readonly [c: number]: D }",
        "class A {                                                }",
    );
}

#[test]
fn methods() {
    check(
        "class A { constructor(); constructor(a?: any) {} }",
        "class A {                constructor(a      ) {} }",
    );
    check("class A { private constructor(a: A) {} }", "class A {         constructor(a   ) {} }");
    check(
        "class A { b(): C; b(d: E): F; b(d?: any): any {} }",
        "class A {                     b(d      )      {} }",
    );
    check("class A { public b?(): C {} }", "class A {        b ()    {} }");
    check("class A { protected async *b<T>(): C {} }", "class A {           async *b   ()    {} }");
    check(
        "class A { private get b(): C {} static set d(e: F) {} }",
        "class A {         get b()    {} static set d(e   ) {} }",
    );
    check("class A { static { let a: B; } }", "class A { static { let a   ; } }");
    check(
        "abstract class A { abstract b: C; abstract d(): E; abstract get f(): G; h() {} }",
        "         class A {                                                      h() {} }",
    );
    check(
        "abstract class A { protected abstract accessor b: C }",
        "         class A {                                  }",
    );
}

#[test]
fn columns_count_utf16_units() {
    check("let é: 𝒳 = '𝒴'; // 𝒵", "let é     = '𝒴'; // 𝒵");
    check("let a: 'ﬀ\u{301}𝒳' = b", "let a         = b");
    check("x = (a): typeof 𝒳\n.𝒴 => c", "x = (a            \n )  => c");
}

#[test]
fn ends_of_lines_stay() {
    check("\u{feff}let a: B = c\r\nlet d", "\u{feff}let a    = c\r\nlet d");
    check(
        "let a: {\r\n\tb: C\r} = d\u{2028}let e: F\u{2029}g",
        "let a   \r\n     \r  = d\u{2028}let e   \u{2029}g",
    );
    check("type A =\n  | B // c\n  | D\ne", "        \n          \n     \ne");
}

#[test]
fn what_is_not_code_stays() {
    stays("#!/usr/bin/env node\n");
    stays("// let a: B\n/* let a: B */ 'let a: B'; `let a: B`; /let a: B/;");
    stays("/* @__PURE__ */ a.b();");
    stays("");
    stays("\u{feff}");
    check("#!/usr/bin/env node\nlet a: B", "#!/usr/bin/env node\nlet a   ");
    check("/* @__PURE__ */ a.b<C>() as D", "/* @__PURE__ */ a.b   ()     ");
}

#[test]
fn what_javascript_has_and_looks_like_types_stays() {
    stays("a ? b : c; { d: e } switch (f) { case g: h } x = { i: j };");
    stays("x = a < b && c > d; y = (a < b, c > d); z = a >> b >= c;");
    stays("x = /[/]:/.test(a) ? b / c / d : e++ / f; if (g) /h: i/.test(j);");
    stays("class A { static async *[b]() {} get c() {} set d(e) {} static f = 1; #g; static {} }");
    stays("async () => { for await (const a of b) await c; await using d = e; };");
    stays("x = a?.b?.[c]?.(d) ?? e; f ||= g; h **= i; j = 1_000n; k = `${`${l}`}`;");
    stays(
        "import.meta.url; import('a'); function f() { new.target } label: while (1) break label;",
    );
    stays("x = \u{61}\\u0062; var ünï; y = 'a\\\nb'; 0x1.a; 1..b; .5 + 5.");
}

#[test]
fn commonjs_is_sloppy_and_may_return() {
    let text = "with (a) b\nvar await: c = 010\nif (await) return 1 as d";
    assert_eq!(
        erase(text, Goal::CommonJs).as_deref(),
        Ok("with (a) b\nvar await    = 010\nif (await) return 1     ")
    );
    assert!(erase(text, Goal::Module).is_err());
}
