//! Where a type ends.

use super::reader::Reader;
use crate::scan::token::Kind;

/// Words that come before a type and are part of it.
const PREFIXES: &[&str] =
    &["keyof", "unique", "readonly", "infer", "typeof", "asserts", "abstract"];

/// What a type has begun and not ended.
#[derive(Clone, Copy, Default)]
struct Pending {
    /// `extends` whose `?` has not come.
    conditions: usize,
    /// `?` whose `:` has not come.
    choices: usize,
}

impl Reader<'_> {
    /// The index behind the type that begins at `at`; nothing when there is no type.
    pub(super) fn type_end(&self, at: usize) -> Option<usize> {
        self.types(at, Vec::new())
    }

    /// The index behind the `>` of type arguments, whose `<` is at `at`.
    pub(super) fn arguments_end(&self, at: usize) -> Option<usize> {
        self.types(at + 1, vec![Pending::default()])
    }

    /// The same for type parameters, or whatever else stands in such brackets.
    pub(super) fn parameters_end(&self, mut at: usize) -> Option<usize> {
        let mut open = 0_usize;
        loop {
            self.pay()?;
            match self.kind(at) {
                Kind::Less => open += 1,
                Kind::Greater => open = open.checked_sub(1)?,
                Kind::OpenParen | Kind::OpenBracket | Kind::OpenBrace | Kind::TemplatePart => {
                    at = self.pair(at)?;
                }
                Kind::CloseParen
                | Kind::CloseBracket
                | Kind::CloseBrace
                | Kind::Semicolon
                | Kind::End => return None,
                _ => {}
            }
            at += 1;
            if open == 0 {
                return Some(at);
            }
        }
    }

    /// A type, or the rest of the lists of types that are `open`.
    fn types(&self, mut at: usize, mut open: Vec<Pending>) -> Option<usize> {
        let list = !open.is_empty();
        let mut now = Pending::default();
        loop {
            at = self.operand_end(at)?;
            // What may follow, up to whatever another operand follows.
            loop {
                self.pay()?;
                let same_line = !self.newline(at);
                let kind = self.kind(at);
                match kind {
                    Kind::OpenBracket if same_line => at = self.pair(at)? + 1,
                    Kind::Dot if matches!(self.kind(at + 1), Kind::Name | Kind::Private) => at += 2,
                    Kind::Greater if !open.is_empty() => {
                        now = open.pop()?;
                        at += 1;
                        if list && open.is_empty() {
                            return Some(at);
                        }
                    }
                    Kind::Less if same_line => {
                        open.push(now);
                        now = Pending::default();
                        break;
                    }
                    Kind::Comma if !open.is_empty() => {
                        now = Pending::default();
                        break;
                    }
                    Kind::Bar | Kind::Ampersand => break,
                    Kind::Name if same_line && self.word(at) == "is" => break,
                    Kind::Name if same_line && self.word(at) == "extends" => {
                        now.conditions += 1;
                        break;
                    }
                    Kind::Question if now.conditions > 0 => {
                        now.conditions -= 1;
                        now.choices += 1;
                        break;
                    }
                    Kind::Colon if now.choices > 0 => {
                        now.choices -= 1;
                        break;
                    }
                    _ => return open.is_empty().then_some(at),
                }
            }
            at += 1;
        }
    }

    /// The index behind the part of a type that needs nothing before it.
    fn operand_end(&self, mut at: usize) -> Option<usize> {
        loop {
            self.pay()?;
            match self.kind(at) {
                Kind::Bar | Kind::Ampersand => at += 1,
                Kind::Name => match &*self.word(at) {
                    "import" if self.kind(at + 1) == Kind::OpenParen => {
                        return Some(self.pair(at + 1)? + 1);
                    }
                    "new" if matches!(self.kind(at + 1), Kind::OpenParen | Kind::Less) => at += 1,
                    word if PREFIXES.contains(&word) && self.begins_operand(at + 1) => at += 1,
                    _ => return Some(at + 1),
                },
                Kind::Number | Kind::String | Kind::Template => return Some(at + 1),
                Kind::OpenBracket | Kind::OpenBrace | Kind::TemplatePart => {
                    return Some(self.pair(at)? + 1);
                }
                Kind::OpenParen => {
                    let end = self.pair(at)? + 1;
                    if self.kind(end) != Kind::Arrow {
                        return Some(end);
                    }
                    at = end + 1;
                }
                // A function's type parameters.
                Kind::Less => {
                    let open = self.parameters_end(at)?;
                    let parameters = self.kind(open) == Kind::OpenParen;
                    let end = self.pair(open).filter(|_| parameters)? + 1;
                    at = (self.kind(end) == Kind::Arrow).then_some(end + 1)?;
                }
                Kind::Other if self.view.raw(at) == "-" && self.kind(at + 1) == Kind::Number => {
                    return Some(at + 2);
                }
                _ => return None,
            }
        }
    }

    /// Whether the word before is the beginning of a type, and no type by itself.
    fn begins_operand(&self, at: usize) -> bool {
        let begins = match self.kind(at) {
            Kind::Name => !matches!(&*self.word(at), "is" | "extends"),
            Kind::TemplatePart => self.opens_template(at),
            kind => matches!(
                kind,
                Kind::String
                    | Kind::Number
                    | Kind::Template
                    | Kind::OpenParen
                    | Kind::OpenBracket
                    | Kind::OpenBrace
            ),
        };
        begins && !self.newline(at)
    }
}
