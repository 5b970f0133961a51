//! Where erasing would join lines, or divide what must be on one.

use aether_typescript::{Goal, erase};

fn check(typescript: &str, javascript: &str) {
    assert_eq!(erase(typescript, Goal::Module).as_deref(), Ok(javascript), "{typescript}");
}

#[test]
fn a_statement_that_would_go_on_is_ended() {
    check("a\ntype B = C\n(d)", "a\n;         \n(d)");
    check("a\ninterface B {}\n`d`", "a\n;             \n`d`");
    check("a\nimport type B from 'c'\n[d]", "a\n;                     \n[d]");
    check("a\ndeclare let b: C\n+d", "a\n;               \n+d");
    check("a\nnamespace B {}\n-d", "a\n;             \n-d");
    check("a\ntype B = C\n/d/", "a\n;         \n/d/");
    check("a\ntype B = C\n<T>(d: T) => e", "a\n;         \n   (d   ) => e");
    check("a\ntype B = C\ntype D = E\n(f)", "a\n;         \n          \n(f)");
    check("a\nexport type { B }\n(c)", "a\n;                \n(c)");
    check("export default a\ntype B = C\n(d)", "export default a\n;         \n(d)");
    check(
        "a = function () {}\ndeclare module 'b'\n(c)",
        "a = function () {}\n;                 \n(c)",
    );
    check("if (a) { b\ntype C = D\n(e) }", "if (a) { b\n;         \n(e) }");
    check("switch (a) { case b: c\ntype D = E\n[f] }", "switch (a) { case b: c\n;         \n[f] }");
    check("function f() { 'a'\ntype B = C\n(d) }", "function f() { 'a'\n;         \n(d) }");
    check("() => { a\ntype B = C\n(d) }", "() => { a\n;         \n(d) }");
    check("class A { static { a\ntype B = C\n(d) } }", "class A { static { a\n;         \n(d) } }");
}

#[test]
fn a_statement_that_ends_is_not() {
    check("a\ntype B = C\nd", "a\n          \nd");
    check("a;\ntype B = C\n(d)", "a;\n          \n(d)");
    check("type A = B\n(c)", "          \n(c)");
    check("if (a) { type B = C\n(d) }", "if (a) {           \n(d) }");
    check("a\ntype B = C", "a\n          ");
    check("a\nabstract class B {}", "a\n         class B {}");
    check("let x: T\n(y)", "let x   \n(y)");
    // Calls and accesses in TypeScript too.
    check("a!\n(b)", "a \n(b)");
    check("a<B>\n(c)", "a   \n(c)");
}

#[test]
fn an_expression_that_would_go_on_is_ended() {
    check("a as B\n(c)", "a;    \n(c)");
    check("a as B\n[c]", "a;    \n[c]");
    check("a satisfies B\n`c`", "a;           \n`c`");
    check("a as B as C\n(d)", "a     ;    \n(d)");
    check("a = b as C // d\n(e)", "a = b;     // d\n(e)");
    check("a = b as C /*\n*/ (e)", "a = b;     /*\n*/ (e)");
    check("a = b as {\n c: D\n}\n(e)", "a = b;    \n     \n \n(e)");
    check("a = () => b as C\n(d)", "a = () => b;    \n(d)");
    check("class A { b = c as D\n['e'] = f }", "class A { b = c;    \n['e'] = f }");
    check("a as B\nc", "a     \nc");
    check("(a as B)\n(c)", "(a     )\n(c)");
    check("a as B\n+ c", "a     \n+ c");
    check("a as B;\n(c)", "a     ;\n(c)");
}

#[test]
fn a_string_does_not_become_a_directive() {
    check("type A = B; 'use strict'; c", ";           'use strict'; c");
    check("function f() { type A = B; 'a'; b }", "function f() { ;           'a'; b }");
    check("() => { interface A {} 'a' }", "() => { ;              'a' }");
    check("'a'; type A = B; 'c'", "'a'; ;           'c'");
    check("a; type A = B; 'c'", "a;             'c'");
    check("{ type A = B; 'c' }", "{             'c' }");
    check("type A = B; 'c'.d", "            'c'.d");
}

#[test]
fn the_only_statement_of_another_one_stays_one() {
    check("while (a) function f(): B;\nc", "while (a) ;               \nc");
    check("if (a) function f(): B; else c", "if (a) ;                else c");
}

#[test]
fn a_member_that_would_go_on_is_ended() {
    check("class A { b = c\npublic ['d'] = e }", "class A { b = c\n;      ['d'] = e }");
    check(
        "class A { b = c\nprivate readonly ['d'] = e }",
        "class A { b = c\n;                ['d'] = e }",
    );
    check("class A { b = c\npublic *d() {} }", "class A { b = c\n;      *d() {} }");
    check("class A { b = c\npublic in = d }", "class A { b = c\n;      in = d }");
    check(
        "class A { b = c\noverride instanceof() {} }",
        "class A { b = c\n;        instanceof() {} }",
    );
    check(
        "class A { b = c\ndeclare d: E\n['f'] = g }",
        "class A { b = c\n;           \n['f'] = g }",
    );
    check("class A { b = c\nd(): E;\n*f() {} }", "class A { b = c\n;      \n*f() {} }");
    check(
        "class A { b = c\ndeclare d\npublic ['f'] = g }",
        "class A { b = c\n;        \n       ['f'] = g }",
    );
}

#[test]
fn a_member_that_ends_is_not() {
    check("class A { public ['b'] = c }", "class A {        ['b'] = c }");
    check("class A { b = c;\npublic ['d'] = e }", "class A { b = c;\n       ['d'] = e }");
    check(
        "class A { b = c\npublic static ['d'] = e }",
        "class A { b = c\n       static ['d'] = e }",
    );
    check("class A { b = c\npublic async *d() {} }", "class A { b = c\n       async *d() {} }");
    check("class A { b = c\npublic d = e }", "class A { b = c\n       d = e }");
    check("class A { b = c\ndeclare d: E\nf = g }", "class A { b = c\n            \nf = g }");
}

#[test]
fn a_field_does_not_become_a_modifier() {
    check("class A { get: B\nc() {} }", "class A { get;  \nc() {} }");
    check("class A { set?: B\nc(d) {} }", "class A { set;   \nc(d) {} }");
    check("class A { get?\nc() {} }", "class A { get;\nc() {} }");
    check("class A { static!: B\nc() {} }", "class A { static;   \nc() {} }");
    check("class A { static static: B\nc() {} }", "class A { static static;  \nc() {} }");
    check("class A { get: B = c\nd() {} }", "class A { get    = c\nd() {} }");
    check("class A { get: B; c() {} }", "class A { get   ; c() {} }");
    check("class A { get\nc() {} }", "class A { get\nc() {} }");
    check("class A { async: B\nc() {} }", "class A { async   \nc() {} }");
    check("class A { 'get': B\nc() {} }", "class A { 'get'   \nc() {} }");
}

#[test]
fn brackets_move_where_no_line_may_end() {
    check("f = (\n  a: A\n): Array<\n  B\n> => a;", "f = (\n  a   \n         \n   \n) => a;");
    check("f = (a): [\n] => a;", "f = (a    \n) => a;");
    check("f = (a: A): a is\nB => c", "f = (a          \n) => c");
    check("f = (a) // b\n: C => d", "f = (a      \n  ) => d");
    check("f = (): (\n) => void => a", "f = (    \n        ) => a");
    check("f = async <\n  T\n>(a: T) => a;", "f = async (\n   \n  a   ) => a;");
    check("f = async <T>\n(a: T) => a;", "f = async (  \n a   ) => a;");
    check("() => { return <\n  T\n>(a: T) => a; }", "() => { return (\n   \n  a   ) => a; }");
    check(
        "f = async <\n  T\n>(a: T): A<\n  T\n> => a;",
        "f = async (\n   \n  a        \n   \n) => a;",
    );
    // They may end in all of these.
    check("function f<\n  T\n>(a: T): A<\n  T\n> {}", "function f \n   \n (a   )    \n   \n  {}");
    check("x = { f<\n  T\n>(): A<\n  T\n> {} }", "x = { f \n   \n ()    \n   \n  {} }");
    check("f = (\n  a: A,\n): B => c", "f = (\n  a   ,\n)    => c");
}
