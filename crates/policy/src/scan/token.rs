//! Tokens: what the lexer hands to the rules, twelve bytes each.

/// The kinds of token that the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword; the rules decide by its text.
    Name,
    /// `#name`.
    Private,
    /// A number of any notation.
    Number,
    /// A string in single or double quotes.
    String,
    /// A template without substitutions.
    Template,
    /// A piece of a template with substitutions: its start, a middle or its end.
    TemplatePart,
    /// A regular expression with its flags.
    Regex,
    /// `.`
    Dot,
    /// `?.`
    OptionalDot,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `?`
    Question,
    /// `=>`
    Arrow,
    /// `=` alone
    Assign,
    /// `*` alone
    Star,
    /// `++` or `--`
    Step,
    /// `<` alone
    Less,
    /// `>` alone
    Greater,
    /// `!` alone
    Bang,
    /// `|` alone
    Bar,
    /// `&` alone
    Ampersand,
    /// Any other operator, or a character that JavaScript does not know.
    Other,
    /// What a look past either end of the list answers.
    End,
}

/// One token; offsets are bytes of the scanned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    flags: u8,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Token {
    const ESCAPED: u8 = 1;
    const NEWLINE_BEFORE: u8 = 2;
    const KEY: u8 = 4;

    /// A token that stands nowhere yet.
    pub(crate) fn new(kind: Kind) -> Self {
        Token { kind, flags: 0, start: 0, end: 0 }
    }

    pub(crate) fn with_place(mut self, start: u32, end: u32) -> Self {
        (self.start, self.end) = (start, end);
        self
    }

    pub(crate) fn with_escape(mut self, yes: bool) -> Self {
        self.flags |= if yes { Self::ESCAPED } else { 0 };
        self
    }

    pub(crate) fn with_newline(mut self, yes: bool) -> Self {
        self.flags |= if yes { Self::NEWLINE_BEFORE } else { 0 };
        self
    }

    pub(crate) fn with_key(mut self, yes: bool) -> Self {
        self.flags |= if yes { Self::KEY } else { 0 };
        self
    }

    /// Holds a backslash, so its text is not its value.
    pub(crate) fn is_escaped(self) -> bool {
        self.flags & Self::ESCAPED != 0
    }

    /// A line ends between the previous token and this one.
    pub(crate) fn newline_before(self) -> bool {
        self.flags & Self::NEWLINE_BEFORE != 0
    }

    /// Stands where an object literal or class body has a member name.
    pub(crate) fn is_key(self) -> bool {
        self.flags & Self::KEY != 0
    }
}
