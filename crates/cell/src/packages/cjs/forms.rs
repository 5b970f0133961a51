//! The forms in which programs and compilers write exports, each from behind its first word.

use super::cursor::Cursor;

/// `.` NAME `=` or `[` STRING `]` `=`: the name. As for Node, a comparison is taken for an assignment.
pub(super) fn member(mut at: Cursor<'_>) -> Option<&str> {
    let name = if at.token(".") {
        at.identifier()?
    } else {
        at.all("[")?;
        let name = at.string()?;
        at.all("]")?;
        name
    };
    at.all("=")?;
    Some(name)
}

/// `require` `(` STRING `)`: the specifier.
pub(super) fn require<'s>(at: &mut Cursor<'s>) -> Option<&'s str> {
    let mut ahead = *at;
    ahead.all("require (")?;
    let specifier = ahead.string()?;
    ahead.all(")")?;
    *at = ahead;
    Some(specifier)
}

/// The properties of an object, from behind its `{`: each name, and each specifier that is spread, up
/// to the first value that is more than a name.
pub(super) fn literal<'s>(mut at: Cursor<'s>, mut found: impl FnMut(bool, &'s str)) {
    while let Some(property) = property(&mut at) {
        if let Some((spread, name)) = property {
            found(spread, name);
        }
        if !at.token(",") {
            return;
        }
    }
}

/// What one property adds; `None` at the end or for what is not understood.
fn property<'s>(at: &mut Cursor<'s>) -> Option<Option<(bool, &'s str)>> {
    if at.token("...") {
        let specifier = require(at);
        if specifier.is_none() {
            at.identifier()?;
        }
        return Some(specifier.map(|specifier| (true, specifier)));
    }
    if let Some(name) = at.identifier() {
        if at.token(":") {
            at.identifier()?;
        }
        return Some(Some((false, name)));
    }
    let name = at.string()?;
    at.all(":")?;
    at.identifier()?;
    Some(Some((false, name)))
}

/// `(` EXPORTS `,` STRING, from behind `defineProperty`: the name, and whether a value or a getter
/// that only hands on a variable follows.
pub(super) fn define(mut at: Cursor<'_>) -> Option<(&str, bool)> {
    at.all("(")?;
    exports(&mut at)?;
    at.all(",")?;
    let name = at.string()?;
    Some((name, is_harmless(at).is_some()))
}

fn is_harmless(mut at: Cursor<'_>) -> Option<()> {
    at.all(", {")?;
    if at.token("enumerable") {
        at.all(": true ,")?;
    }
    if at.token("value") {
        return at.all(":");
    }
    getter(&mut at)?;
    at.identifier()?;
    if at.token(".") {
        at.identifier()?;
    } else if at.token("[") {
        at.string()?;
        at.all("]")?;
    }
    at.token(";");
    at.all("}")?;
    at.token(",");
    at.all("} )")
}

/// A getter up to what it returns.
fn getter(at: &mut Cursor<'_>) -> Option<()> {
    at.all("get")?;
    if at.token(":") {
        at.all("function")?;
        let _name = at.identifier();
    }
    at.all("( ) { return")
}

/// `exports` or `module` `.` `exports`.
fn exports(at: &mut Cursor<'_>) -> Option<()> {
    if at.token("module") {
        at.all(".")?;
    }
    at.all("exports")
}

/// The loop of `export *`, from behind `Object` `.` `keys`: the variable whose properties are copied.
pub(super) fn keys(mut at: Cursor<'_>) -> Option<&str> {
    at.all("(")?;
    let from = at.identifier()?;
    at.all(") . forEach ( function (")?;
    let key = at.identifier()?;
    at.all(") { if (")?;
    at.all(key)?;
    let copy = Copy { from, key };
    if at.token("!==") {
        quoted(&mut at, "default")?;
        if at.token("&&") {
            at.all("!")?;
            copy.one_of(&mut at, &[OWN_OF_OBJECT, OWN_OF_PROTOTYPE, OWN])?;
        }
        at.all(")")?;
    } else {
        copy.all(&mut at, SKIPPED)?;
        let mut ahead = at;
        if ahead.all("if (").is_some() && copy.one_of(&mut ahead, LISTED).is_some() {
            at = ahead;
        }
        let mut ahead = at;
        if ahead.all("if (").is_some() && copy.all(&mut ahead, SAME).is_some() {
            at = ahead;
        }
    }
    let mut ahead = at;
    if copy.all(&mut ahead, ASSIGNED).is_some() {
        at = ahead;
    } else {
        copy.all(&mut at, DEFINED)?;
        getter(&mut at)?;
        copy.all(&mut at, RETURNED)?;
    }
    at.all("} )")?;
    Some(from)
}

const SKIPPED: &str = "=== 'default' || KEY === '__esModule' ) return ;?";
const OWN_OF_OBJECT: &str = "Object . hasOwnProperty . call ( NAME , KEY )";
const OWN_OF_PROTOTYPE: &str = "Object . prototype . hasOwnProperty . call ( NAME , KEY )";
const OWN: &str = "NAME . hasOwnProperty ( KEY )";
const LISTED: &[&str] = &[
    "Object . hasOwnProperty . call ( NAME , KEY ) ) return ;?",
    "Object . prototype . hasOwnProperty . call ( NAME , KEY ) ) return ;?",
];
const SAME: &str = "KEY in EXPORTS && EXPORTS [ KEY ] === FROM [ KEY ] ) return ;?";
const ASSIGNED: &str = "EXPORTS [ KEY ] = FROM [ KEY ] ;?";
const DEFINED: &str = "Object . defineProperty ( EXPORTS , KEY , { enumerable : true ,";
const RETURNED: &str = "FROM [ KEY ] ;? } ,? } ) ;?";

/// A loop's two variables.
struct Copy<'s> {
    from: &'s str,
    key: &'s str,
}

impl Copy<'_> {
    /// Passes by tokens, among which there are `FROM` and `KEY` for the variables, `NAME` for any,
    /// `EXPORTS`, strings in quotes of either kind, and optional ones with `?`.
    fn all(&self, at: &mut Cursor<'_>, tokens: &str) -> Option<()> {
        for token in tokens.split(' ') {
            match token {
                "FROM" => at.all(self.from)?,
                "KEY" => at.all(self.key)?,
                "NAME" => drop(at.identifier()?),
                "EXPORTS" => exports(at)?,
                token => match (token.strip_suffix('?'), token.strip_prefix('\'')) {
                    (Some(optional), _) => drop(at.token(optional)),
                    (_, Some(text)) => quoted(at, text.trim_end_matches('\''))?,
                    _ => at.all(token)?,
                },
            }
        }
        Some(())
    }

    fn one_of(&self, at: &mut Cursor<'_>, several: &[&str]) -> Option<()> {
        several.iter().find_map(|tokens| {
            let mut ahead = *at;
            self.all(&mut ahead, tokens)?;
            *at = ahead;
            Some(())
        })
    }
}

/// A string with this text, without escapes.
fn quoted(at: &mut Cursor<'_>, text: &str) -> Option<()> {
    let string = at.string()?;
    (string.get(1..string.len() - 1) == Some(text)).then_some(())
}

/// Whether `import` or `export` at the top is that of an ES module, and no call of `import()`.
pub(super) fn is_module(word: &str, mut at: Cursor<'_>) -> bool {
    at.blank();
    match at.byte() {
        b'"' | b'\'' | b'.' => word == "import",
        b'{' | b'*' => true,
        _ => at.identifier().is_some(),
    }
}
