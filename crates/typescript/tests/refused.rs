//! What is refused, where, and what it says.

use aether_typescript::{Goal, Problem, ProblemKind, erase};

fn problem(typescript: &str) -> Problem {
    erase(typescript, Goal::Module).expect_err(typescript)
}

fn check(typescript: &str, kind: ProblemKind, line: u32, column: u32, message: &str) -> Problem {
    let problem = problem(typescript);
    assert_eq!(problem.message, message, "{typescript}");
    assert_eq!((problem.kind, problem.line, problem.column), (kind, line, column), "{typescript}");
    problem
}

fn unsupported(typescript: &str, line: u32, column: u32, message: &str) {
    let problem = check(typescript, ProblemKind::Unsupported, line, column, message);
    assert!(problem.help.is_some_and(|help| help.starts_with("write") || help.contains(' ')));
}

fn syntax(typescript: &str, line: u32, column: u32, message: &str) {
    check(typescript, ProblemKind::Syntax, line, column, message);
}

#[test]
fn enums() {
    let message = "an `enum` is more than a type, and cannot be erased";
    unsupported("enum A { B }", 1, 1, message);
    unsupported("const enum A { B }", 1, 1, message);
    unsupported("\n  export enum A { B }", 2, 10, message);
    unsupported("function f() { enum A {} }", 1, 16, message);
}

#[test]
fn namespaces() {
    let message = "a `namespace` with values is more than a type, and cannot be erased";
    unsupported("namespace A { export const b = 1 }", 1, 1, message);
    unsupported("namespace A { b() }", 1, 1, message);
    unsupported("namespace A.B { let c }", 1, 1, message);
    unsupported("namespace A { namespace B { class C {} } }", 1, 1, message);
    unsupported("namespace A { import b = c.d }", 1, 1, message);
    unsupported("export namespace A { function b() {} }", 1, 8, message);
    let message = "`module` with a name is an old way to write `namespace`";
    unsupported("module A {}", 1, 1, message);
    unsupported("declare module A {}", 1, 1, message);
}

#[test]
fn parameter_properties() {
    let message = "a parameter property assigns a field, and cannot be erased";
    unsupported("class A { constructor(private b: C) {} }", 1, 23, message);
    unsupported("class A { constructor(readonly b) {} }", 1, 23, message);
    unsupported("class A extends B { constructor(c, override d) {} }", 1, 36, message);
    unsupported("class A { constructor(\n  public b = 1) {} }", 2, 3, message);
}

#[test]
fn imports_and_exports_of_other_modules() {
    let message = "`import … = require()` loads a module, and cannot be erased";
    unsupported("import a = require('b')", 1, 1, message);
    unsupported("export import a = require('b')", 1, 8, message);
    unsupported("import a = b.c", 1, 1, "`import … =` defines a variable, and cannot be erased");
    unsupported("export = a", 1, 1, "`export =` is no export of a JavaScript module");
}

#[test]
fn assertions_in_angle_brackets() {
    let message = "`<T>value` cannot be erased safely";
    unsupported("x = <T>a", 1, 5, message);
    unsupported("(<any>a).b", 1, 2, message);
    unsupported("x = <const>['a']", 1, 5, message);
    unsupported("[<T>a] = b", 1, 2, message);
}

#[test]
fn decorators() {
    let message = "decorators are not part of JavaScript yet";
    unsupported("@a class B {}", 1, 1, message);
    unsupported("class A { @b c }", 1, 11, message);
    unsupported("class A { @b() c() {} }", 1, 11, message);
    unsupported("class A { b(@c d) {} }", 1, 13, message);
    unsupported("x = @a class {}", 1, 5, message);
    unsupported("export default @a class {}", 1, 16, message);
}

#[test]
fn operands_that_would_change() {
    let message = "without the type, `**` would take other operands";
    unsupported("x = -a as B ** c", 1, 5, message);
    unsupported("x = a ** b as C ** d", 1, 5, message);
    unsupported("x = await a as B ** c", 1, 5, message);
    assert!(erase("x = (-a as B) ** c", Goal::Module).is_ok());
    assert!(erase("x = a as B ** c", Goal::Module).is_ok());
    assert!(erase("x = a! ** b", Goal::Module).is_ok());
    // The parser does not go on after those.
    syntax(
        "x = a + b as C * d",
        1,
        15,
        "expected a semicolon or an implicit semicolon after a statement, but found none",
    );
}

#[test]
fn the_first_one_is_told() {
    unsupported("\nx = <T>a;\nenum A {}", 2, 5, "`<T>value` cannot be erased safely");
    unsupported(
        "class A { b() { enum C {} } }\nenum D {}",
        1,
        17,
        "an `enum` is more than a type, and cannot be erased",
    );
}

#[test]
fn what_is_no_typescript() {
    syntax("let a: = b", 1, 8, "unexpected token");
    syntax("let 𝒳𝒴 = ;", 1, 12, "unexpected token");
    syntax(
        "a\r\nb c",
        2,
        2,
        "expected a semicolon or an implicit semicolon after a statement, but found none",
    );
    syntax("class A { b: }", 1, 14, "unexpected token");
    syntax("'abc", 1, 1, "unterminated string");
    syntax("x = 08n", 1, 7, "invalid characters after number");
    syntax("type A", 1, 7, "expected `=` but found the end of the file");
    syntax("<!-- a", 1, 1, "HTML comments are not allowed in modules");
}

#[test]
fn brackets_that_do_not_match() {
    syntax("a (b", 1, 5, "expected `)` but found the end of the file");
    syntax("f({\n[}", 2, 2, "unexpected token");
    syntax("`a${b", 1, 6, "expected `}` but found the end of the file");
    syntax("`a", 1, 1, "unterminated string");
    syntax("a /* b", 1, 3, "unterminated multiline comment");
    syntax("a = /b", 1, 5, "unterminated regular expression");
}

#[test]
fn jsx() {
    for (text, column) in [("x = <div>a</div>", 12), ("x = <A b='c'/>", 8), ("x = <></>", 6)] {
        let problem = problem(text);
        assert_eq!((problem.kind, problem.column), (ProblemKind::Syntax, column), "{text}");
        assert_eq!(
            problem.help,
            Some("JSX is more than types; write the calls that it stands for")
        );
    }
    assert_eq!(problem("a = /b").help, None);
}

#[test]
fn messages_are_short_and_begin_in_lower_case() {
    let name = "a".repeat(100_000);
    for text in
        [format!("class A {{ private private {name} }}"), format!("let {name}; {name} {name}")]
    {
        let problem = problem(&text);
        assert!(problem.message.chars().count() <= 200, "{}", problem.message.len());
        assert!(
            !problem.message.starts_with(char::is_uppercase) && !problem.message.ends_with('.')
        );
    }
    assert_eq!(
        problem("enum A {}").to_string(),
        "an `enum` is more than a type, and cannot be erased (1:1)"
    );
}
