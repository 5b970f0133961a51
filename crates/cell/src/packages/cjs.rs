//! Which names a CommonJS file exports, found without running it, so that an ES module can import them.
//!
//! The forms that are found are those of Node's `cjs-module-lexer`, which are frozen there: what has a
//! name in Node has it here. Nothing is parsed; tokens are told apart just well enough to pass by
//! comments, strings, templates and regular expressions. No recursion, and each form looks ahead by a
//! bounded number of tokens, so that the time is linear in the text. A name that is found may not be
//! there when the file has run, and the other way round.

mod cursor;
mod forms;
mod names;
mod tokens;

use std::collections::{HashMap, HashSet};

use cursor::Cursor;
use names::Names;
use tokens::Tokens;

/// Longest file that is looked at, in bytes; a larger one has no names.
const SOURCE_BYTES: usize = 16 << 20;

/// What is known of a file without running it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexed {
    /// Names that it exports, each once, in order.
    pub(crate) exports: Vec<String>,
    /// Specifiers of the files whose exports are its own, each once, in order.
    pub(crate) reexports: Vec<String>,
    /// Whether it is an ES module by what it contains; then it has no names here.
    pub(crate) module: bool,
}

/// Looks at a file's text. A file that breaks off in the middle of a token has the names up to there.
pub(crate) fn lex(source: &str) -> Lexed {
    if source.len() > SOURCE_BYTES {
        return Lexed::default();
    }
    let mut file = File::default();
    let mut tokens = Tokens::new(source);
    while let Some(word) = tokens.next_word() {
        let after = tokens.cursor();
        // Whether a form was there matters to nothing else: the next token follows the word.
        let _found = match (word.text, word.property) {
            ("exports", false) => file.member(after),
            ("module", false) => file.of_module(after),
            ("Object", false) => file.of_object(after, word.top),
            ("__export" | "__exportStar", _) if word.top => file.star(after),
            ("var" | "let" | "const", false) if word.top => file.binding(after),
            ("import" | "export", false) if word.top && forms::is_module(word.text, after) => {
                return Lexed { module: true, ..Lexed::default() };
            }
            _ => None,
        };
    }
    file.done()
}

/// What was found so far.
#[derive(Default)]
struct File<'s> {
    exports: Names,
    /// Names with a getter that may do anything, which are no exports wherever else they come up.
    getters: HashSet<String>,
    reexports: Names,
    /// Variables at the top that have what a `require` gave.
    required: HashMap<&'s str, &'s str>,
}

impl<'s> File<'s> {
    /// `exports` `.` NAME `=`, and the same with a string.
    fn member(&mut self, after: Cursor<'s>) -> Option<()> {
        self.exports.add(names::decoded(forms::member(after)?));
        Some(())
    }

    /// The same for `module` `.` `exports`, and what is assigned to that itself.
    fn of_module(&mut self, mut after: Cursor<'s>) -> Option<()> {
        after.all(". exports")?;
        if self.member(after).is_some() {
            return Some(());
        }
        after.all("=")?;
        self.reexports = Names::default();
        match forms::require(&mut after) {
            Some(specifier) => self.reexports.add(names::decoded(specifier)),
            None => {
                after.all("{")?;
                forms::literal(after, |spread, name| {
                    let list = if spread { &mut self.reexports } else { &mut self.exports };
                    list.add(names::decoded(name));
                });
            }
        }
        Some(())
    }

    /// `Object` `.` `defineProperty`, and at the top the loop over `Object` `.` `keys` with which
    /// compilers write `export *`.
    fn of_object(&mut self, mut after: Cursor<'s>, top: bool) -> Option<()> {
        after.all(".")?;
        if after.all("defineProperty").is_some() {
            let (name, harmless) = forms::define(after)?;
            let name = names::decoded(name)?;
            if harmless {
                self.exports.add(Some(name));
            } else {
                self.getters.insert(name);
            }
        } else if top {
            after.all("keys")?;
            let specifier = self.required.get(forms::keys(after)?)?;
            self.reexports.add(names::decoded(specifier));
        }
        Some(())
    }

    /// `__exportStar` `(` `require` …
    fn star(&mut self, mut after: Cursor<'s>) -> Option<()> {
        after.all("(")?;
        self.reexports.add(names::decoded(forms::require(&mut after)?));
        Some(())
    }

    /// `var` NAME `=` `require` …
    fn binding(&mut self, mut after: Cursor<'s>) -> Option<()> {
        let name = after.identifier()?;
        after.all("=")?;
        let mut inside = after;
        if inside.all("_interopRequireWildcard (").is_some() {
            after = inside;
        }
        self.required.insert(name, forms::require(&mut after)?);
        Some(())
    }

    fn done(self) -> Lexed {
        let exports = self.exports.list.into_iter().filter(|name| !self.getters.contains(name));
        Lexed { exports: exports.collect(), reexports: self.reexports.list, module: false }
    }
}

#[cfg(test)]
mod tests;
