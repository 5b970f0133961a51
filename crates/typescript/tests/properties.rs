//! What holds for whatever is erased: generated programs whose types are known, and any text at all.

use aether_typescript::{Goal, Problem, erase};
use proptest::prelude::*;

/// A text in parts, each of them a type or not.
#[derive(Clone, Debug, Default)]
struct Text(Vec<(bool, String)>);

impl Text {
    fn code(text: &str) -> Self {
        Self(vec![(false, text.to_owned())])
    }

    fn types(text: &str) -> Self {
        Self(vec![(true, text.to_owned())])
    }

    fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn typescript(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// What has to come out.
    fn javascript(&self) -> String {
        let blank = |character: char| match character {
            '\n' => "\n".to_owned(),
            _ => " ".repeat(character.len_utf16()),
        };
        let part = |(types, text): &(bool, String)| match types {
            true => text.chars().map(blank).collect(),
            false => text.clone(),
        };
        self.0.iter().map(part).collect()
    }

    /// The same program without types.
    fn plain(&self) -> String {
        self.0.iter().filter(|(types, _)| !types).map(|(_, text)| text.as_str()).collect()
    }
}

/// Code with `□` for the texts in their order, and types between `‹` and `›`.
fn fill(pattern: &str, texts: &[Text]) -> Text {
    let mut texts = texts.iter();
    let mut result = Text::default();
    let mut types = false;
    for part in pattern.split_inclusive(['□', '‹', '›']) {
        let (text, end) = match part.char_indices().next_back() {
            Some((at, end @ ('□' | '‹' | '›'))) => (&part[..at], Some(end)),
            _ => (part, None),
        };
        result = result.and(if types { Text::types(text) } else { Text::code(text) });
        match end {
            Some('□') if types => {
                let text = texts.next().expect("a type").typescript();
                result = result.and(Text::types(&text));
            }
            Some('□') => result = result.and(texts.next().expect("a text").clone()),
            Some(mark) => types = mark == '‹',
            None => {}
        }
    }
    result
}

/// One of the patterns, filled with what the strategies make.
fn pick<S>(patterns: &'static [&'static str], texts: S) -> impl Strategy<Value = Text>
where
    S: Strategy<Value = Text> + Clone + 'static,
{
    let texts = prop::collection::vec(texts, 4);
    (prop::sample::select(patterns), texts).prop_map(|(pattern, texts)| fill(pattern, &texts))
}

const TYPES: &[&str] =
    &["A", "string", "null", "'a'", "-1", "this", "A.B", "typeof a", "unknown", "𝒳"];

const WITH_TYPES: &[&str] = &[
    "(□)[]",
    "(□) | □",
    "A<□, □>",
    "{ a: □; b?(c: □): □; readonly [d: string]: □ }",
    "[a: □, ...b: (□)[]]",
    "((a: □, b?: □) => □)",
    "(new (...a: (□)[]) => □)",
    "(A extends (□) ? □ : □)",
    "{ [A in keyof (□)]-?: □ }",
    "`a${□}b`",
    "(<T extends □>(a: T) => □)",
    "import('a').B<□>",
    "{\n  a: □,\n  (b: □): □\n}",
    "/* ( */ (□)",
];

const EXPRESSIONS: &[&str] =
    &["a", "1", "'b'", "this", "`c`", "/[/:]/g", "null", "[]", "ünï", "'𝒳'"];

const WITH_EXPRESSIONS: &[&str] = &[
    "(□)",
    "(□) + □",
    "a(□, ...[□])",
    "a.b[□]",
    "[□, , □]",
    "({ a: □, [□]: 1, ...□, b() { return □ } })",
    "(□ ? □ : □)",
    "(a => □)",
    "(async () => { await □ })",
    "(function* () { yield □ })",
    "new A(□)",
    "!□",
    "`a${□}b${□}`",
    "(a = □)",
    "(a ? (b) : c => □)",
    "(1 + a < (□) || b >= (□))",
    "a?.b?.(□)",
    "(class { a = □; static b() { return □ } })",
    "(□, /* : A */ □)",
    "a\n  .b(□)",
];

const STATEMENTS: &[&str] = &[
    "a;\n",
    "import a, { ‹type b› } from 'c';\n",
    "import { a, ‹type b,› } from 'c';\n",
    "‹import type { a } from 'b';›\n",
    "‹declare module 'a' { let b }›\n",
    "export {};\n",
    "‹export type { a };›\n",
    "debugger;\n",
    "// let a: B\n",
    "/* ‹ */\n",
];

fn types() -> BoxedStrategy<Text> {
    let leaf = prop::sample::select(TYPES).prop_map(Text::types);
    leaf.prop_recursive(3, 24, 4, |inner| pick(WITH_TYPES, inner)).boxed()
}

/// Expressions, and such with types in them.
fn expressions() -> BoxedStrategy<Text> {
    let leaf = prop::sample::select(EXPRESSIONS).prop_map(Text::code);
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            3 => pick(WITH_EXPRESSIONS, inner.clone()),
            2 => typed(&[
                "(□₁ ‹as □›)",
                "(□₁ ‹satisfies □›)",
                "(□₁)‹!›.a",
                "a‹<□, □>›(□₁)",
                "new A‹<□>›(□₁)",
                "((a‹: □›, b‹?: □›) => □₁)",
                // Lines of types in other places of these move a bracket: `lines.rs` has them.
                "((a‹: □› = □₁)‹: A› => □₁)",
                "(async ‹<T>›({ a }‹: □› = {}) => □₁)",
                "(function (‹this: □,› a‹: □›)‹: □› { return □₁ })",
                "(class A‹<T>› extends B‹<□>› ‹implements C<□>› { a‹?: □› = □₁; ‹declare b: □;› })",
                "a‹<□>›`b${□₁}`",
                "({ a(b‹: □›)‹: □› { return □₁ } })",
            ], inner),
        ]
    })
    .boxed()
}

/// One of the patterns with types for `□` and other texts for `□₁`.
fn typed(
    patterns: &'static [&'static str],
    texts: impl Strategy<Value = Text> + 'static,
) -> impl Strategy<Value = Text> {
    let types = prop::collection::vec(types(), 6);
    let texts = prop::collection::vec(texts, 4);
    (prop::sample::select(patterns), types, texts).prop_map(|(pattern, types, texts)| {
        let (mut types, mut texts) = (types.into_iter(), texts.into_iter());
        let mut mixed = Vec::new();
        for (at, _) in pattern.match_indices('□') {
            let of_text = pattern[at + '□'.len_utf8()..].starts_with('₁');
            mixed.extend(if of_text { texts.next() } else { types.next() });
        }
        fill(&pattern.replace('₁', ""), &mixed)
    })
}

fn statements() -> BoxedStrategy<Text> {
    let leaf = prop::sample::select(STATEMENTS).prop_map(|pattern| {
        if pattern.starts_with('/') { Text::code(pattern) } else { fill(pattern, &[]) }
    });
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            pick(&["{ □ }\n", "if (a) { □ } else { □ }\n", "for (;;) { □ }\n", "try { □ } catch { □ }\n", "function f() { □ }\n", "x = () => { □ };\n", "class A { static { □ } }\n"], without_imports(inner)),
            pick(&["x = □;\n", "let a = □, b;\n", "if (□) a; else b;\n", "throw □;\n"], expressions()),
            typed(&[
                "let a‹: □› = □₁, b‹!: □›;\n",
                "const { a, b = □₁ }‹: □› = c;\n",
                "‹type A = □;›\n",
                "‹interface A<T> extends B<□> { a: □ }›\n",
                "‹declare const a: □;›\n",
                "‹function f(a: □): □;›\nfunction f(a = □₁)‹: □› {}\n",
                "‹abstract› class A {\n  ‹private readonly› a‹: □› = □₁;\n  ‹abstract b: □;›\n  ‹[a: string]: □;›\n  ‹public› static async c‹<T>›(d‹?: □›)‹: □› {}\n}\n",
                "for (const a of □₁ ‹as □›) {}\n",
                "try {} catch (a‹: □›) { □₁; }\n",
                "‹namespace A { export type B = □ }›\n",
            ], expressions()),
        ]
    })
    .boxed()
}

/// What can be inside of other statements.
fn without_imports(
    statements: impl Strategy<Value = Text> + Clone + 'static,
) -> BoxedStrategy<Text> {
    let allowed = |text: &Text| {
        !["import ", "export ", "declare module", "namespace"]
            .iter()
            .any(|word| text.typescript().contains(word))
    };
    statements.prop_map(move |text| if allowed(&text) { text } else { Text::code("b;") }).boxed()
}

fn programs() -> impl Strategy<Value = Text> {
    prop::collection::vec(statements(), 0..6)
        .prop_map(|statements| statements.into_iter().fold(Text::default(), Text::and))
}

/// What is of interest to the lexer, the parser or the eraser.
const PIECES: &[&str] = &[
    "a",
    "b",
    "1",
    " ",
    "\n",
    "\r\n",
    "\u{2028}",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ";",
    ":",
    "?",
    "!",
    ".",
    "?.",
    "=",
    "=>",
    "+",
    "/",
    "*",
    "**",
    "&",
    "|",
    "@",
    "`",
    "${",
    "'",
    "\"",
    "\\",
    "\\u{61}",
    "//",
    "/*",
    "*/",
    "#",
    "as ",
    "satisfies ",
    "is ",
    "type ",
    "interface ",
    "declare ",
    "abstract ",
    "enum ",
    "namespace ",
    "module ",
    "class ",
    "extends ",
    "implements ",
    "public ",
    "readonly ",
    "static ",
    "get ",
    "async ",
    "function ",
    "return ",
    "import ",
    "export ",
    "from ",
    "default ",
    "let ",
    "const ",
    "this",
    "new ",
    "typeof ",
    "keyof ",
    "infer ",
    "𝒳",
    "é",
    "\u{feff}",
    "\u{0}",
    "A<B>",
    ": C",
    "<!--",
];

fn lengths(text: &str) -> Vec<usize> {
    let ends = ['\n', '\r', '\u{2028}', '\u{2029}'];
    text.split(ends).map(|line| line.encode_utf16().count()).collect()
}

fn is_in_order(text: &str, result: &Result<String, Problem>) -> Result<(), TestCaseError> {
    match result {
        Ok(javascript) => {
            prop_assert_eq!(lengths(javascript), lengths(text));
            // The parser may forget that an escape is wrong, and a comment of the kind that modules do
            // not have may begin a line now.
            if !text.contains('\\') && !text.contains("<!--") {
                prop_assert_eq!(
                    erase(javascript, Goal::Module),
                    Ok(javascript.clone()),
                    "once more"
                );
            }
        }
        Err(problem) => {
            let lines = lengths(&text.replace("\r\n", "\n"));
            let line = problem.line as usize;
            prop_assert!((1..=lines.len()).contains(&line), "{} in {:?}", problem, text);
            prop_assert!(
                problem.column as usize <= lines[line - 1] + 2,
                "{} in {:?}",
                problem,
                text
            );
            prop_assert!(!problem.message.is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn exactly_the_types_of_a_program_are_erased(program in programs()) {
        let typescript = program.typescript();
        prop_assert_eq!(erase(&typescript, Goal::Module), Ok(program.javascript()), "{}", typescript);
    }

    #[test]
    fn a_program_without_types_stays(program in programs()) {
        let javascript = program.plain();
        prop_assert_eq!(erase(&javascript, Goal::Module), Ok(javascript));
    }

    #[test]
    fn any_text_is_erased_or_refused(text in any::<String>()) {
        is_in_order(&text, &erase(&text, Goal::Module))?;
    }

    #[test]
    fn any_tokens_are_erased_or_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        is_in_order(&text, &erase(&text, Goal::Module))?;
    }

    #[test]
    fn a_program_with_a_mistake_is_erased_or_refused(
        program in programs(),
        piece in prop::sample::select(PIECES),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text = program.typescript();
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        text.insert_str(at, piece);
        is_in_order(&text, &erase(&text, Goal::Module))?;
    }
}
