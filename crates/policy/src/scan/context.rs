//! Where in the grammar the lexer stands: enough of it to tell a regular expression from a
//! division, an object literal from a block, and a member name from a reference. No recursion:
//! brackets live on a stack of frames.
//!
//! Only token kinds and keywords are looked at, so some programs that no one writes are misjudged.
//! The scan is advice; what a misjudged program could hide is still refused by the gateway.

use super::token::{Kind, Token};

/// An open bracket.
#[derive(Clone, Copy, Debug)]
struct Frame {
    open: Open,
    /// `?` seen in this frame whose `:` has not come.
    ternaries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// A bracket `(`, and what its `)` leaves behind.
    Paren { then: Then, is_for: bool },
    /// `[`
    Bracket,
    /// `{` of statements; `then` is what its `}` leaves behind.
    Block { then: Then },
    /// `{` of a class body.
    Class { then: Then },
    /// `{` of an object literal or pattern.
    Object,
    /// `${` inside a template.
    Template,
}

/// What may follow a closing bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// An operator: the bracket ended an operand.
    Operator,
    /// A statement.
    Statement,
    /// The body of a function; the value tells whether the function is an expression.
    Body { expression: bool },
}

/// The state after the tokens seen so far.
#[derive(Debug)]
pub(crate) struct Context {
    frames: Vec<Frame>,
    /// The module's own statements, below every bracket.
    root: Frame,
    /// The previous token ended an operand: `/` divides.
    operand: bool,
    /// A statement could begin here: `{` opens a block, `function` declares.
    statement: bool,
    after_dot: bool,
    previous: Previous,
    /// A function heading is open: its parameters or body have not come.
    function: Option<bool>,
    /// A function's parameters are closed: its body comes next.
    body: Option<bool>,
    /// A class heading is open at this depth of frames; the flag tells whether the class is an
    /// expression.
    class: Option<(bool, usize)>,
}

/// The previous token, as far as the next one's meaning depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    Start,
    Open,
    Comma,
    Star,
    /// `static`, `async`, `get`, `set`, `accessor`.
    Modifier,
    /// `if`, `while`, `with`, `switch`, `catch`: the next `(` belongs to a statement.
    Heading,
    /// `for`
    For,
    /// `export`, `default`, `async`: a declaration may still follow.
    Declaration,
    Statement,
    Other,
}

impl Context {
    pub(crate) fn new() -> Self {
        let root = Frame { open: Open::Block { then: Then::Statement }, ternaries: 0 };
        Context {
            frames: Vec::new(),
            root,
            operand: false,
            statement: true,
            after_dot: false,
            previous: Previous::Start,
            function: None,
            body: None,
            class: None,
        }
    }

    /// A `/` here begins a regular expression.
    pub(crate) fn regex_allowed(&self) -> bool {
        !self.operand
    }

    /// The next `}` continues a template.
    pub(crate) fn closes_template(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { open: Open::Template, .. }))
    }

    /// A name or string here would be a member name.
    pub(crate) fn at_key(&self, newline: bool) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let lead = matches!(self.previous, Previous::Open | Previous::Modifier | Previous::Star);
        match frame.open {
            Open::Object => lead || self.previous == Previous::Comma,
            Open::Class { .. } => {
                lead || self.previous == Previous::Statement || (newline && self.operand)
            }
            _ => false,
        }
    }

    /// An operand has ended: an operator comes next, or another statement.
    pub(crate) fn has_operand(&self) -> bool {
        self.operand
    }

    /// A statement could begin here, or the declaration that `export` announces.
    pub(crate) fn at_statement(&self) -> bool {
        self.statement || self.previous == Previous::Declaration
    }

    /// The next name is a member of what stands before the point.
    pub(crate) fn after_dot(&self) -> bool {
        self.after_dot
    }

    /// How many brackets are open.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The innermost bracket is one of statements, or none is open.
    pub(crate) fn in_block(&self) -> bool {
        matches!(self.innermost().open, Open::Block { .. })
    }

    /// The innermost bracket is that of a class body.
    pub(crate) fn in_class(&self) -> bool {
        matches!(self.innermost().open, Open::Class { .. })
    }

    /// The next `:` belongs to a `?` of the same bracket.
    pub(crate) fn in_ternary(&self) -> bool {
        self.innermost().ternaries > 0
    }

    /// A function's parameters come next.
    pub(crate) fn heads_function(&self) -> bool {
        self.function.is_some()
    }

    /// A class's body has not come.
    pub(crate) fn heads_class(&self) -> bool {
        matches!(self.class, Some((_, at)) if at == self.frames.len())
    }

    fn innermost(&self) -> Frame {
        self.frames.last().copied().unwrap_or(self.root)
    }

    /// Opens `${`.
    pub(crate) fn open_template(&mut self) {
        self.push(Open::Template);
        self.after_operator();
    }

    /// Closes the `}` of `${`; the text that follows is template again.
    pub(crate) fn close_template(&mut self) {
        self.frames.pop();
    }

    /// Takes note of a name; `word` is empty for one written with escapes, which cannot be a
    /// keyword.
    pub(crate) fn name(&mut self, word: &str, key: bool) {
        let was_statement = self.statement || self.previous == Previous::Declaration;
        let after_for = self.previous == Previous::For;
        let in_for_head = self.operand && self.in_for();
        let dotted = self.after_dot;
        self.literal();
        if dotted {
            return;
        }
        match word {
            "static" | "async" | "get" | "set" | "accessor" if key => {
                self.previous = Previous::Modifier
            }
            _ if key => {}
            "async" => {
                self.previous = if was_statement { Previous::Declaration } else { Previous::Other }
            }
            "export" | "default" => {
                self.operand = false;
                self.previous = Previous::Declaration;
            }
            "function" => self.function = Some(!was_statement),
            "class" => self.class = Some((!was_statement, self.frames.len())),
            "if" | "while" | "with" | "switch" | "catch" => self.previous = Previous::Heading,
            "for" => self.previous = Previous::For,
            "await" if after_for => self.previous = Previous::For,
            "else" | "do" | "try" | "finally" => self.after_statement(),
            "of" if !in_for_head => {}
            "return" | "typeof" | "instanceof" | "in" | "of" | "new" | "delete" | "void"
            | "throw" | "case" | "yield" | "await" | "extends" => self.operand = false,
            _ => {}
        }
    }

    /// Takes note of a literal or private name.
    pub(crate) fn literal(&mut self) {
        self.operand = true;
        self.statement = false;
        self.after_dot = false;
        self.body = None;
        self.previous = Previous::Other;
    }

    /// Takes note of punctuation.
    pub(crate) fn punctuation(&mut self, token: Token) {
        let keep = matches!(token.kind, Kind::Dot | Kind::OptionalDot);
        match token.kind {
            Kind::OpenParen => self.open_paren(),
            Kind::CloseParen => self.close_paren(),
            Kind::OpenBracket => self.open(Open::Bracket),
            Kind::CloseBracket => self.close_bracket(),
            Kind::OpenBrace => self.open_brace(),
            Kind::CloseBrace => self.close_brace(),
            Kind::Semicolon => self.after_statement(),
            Kind::Colon => self.colon(),
            Kind::Step => self.step(token.newline_before()),
            // Behind an operand there is none in JavaScript; in TypeScript it says that there is a value.
            Kind::Bang if self.operand && !token.newline_before() => self.after_operand(),
            Kind::Question => self.question(),
            Kind::Comma => self.after(Previous::Comma),
            Kind::Star => self.after(Previous::Star),
            Kind::Arrow => {
                self.after_operator();
                self.body = Some(false);
                return;
            }
            _ => self.after_operator(),
        }
        self.after_dot = keep;
        if !matches!(token.kind, Kind::CloseParen) {
            self.body = None;
        }
    }

    /// Takes note of a statement's end that no token marks.
    pub(crate) fn end_statement(&mut self) {
        self.after_statement();
    }

    fn push(&mut self, open: Open) {
        self.frames.push(Frame { open, ternaries: 0 });
    }

    fn open(&mut self, open: Open) {
        self.push(open);
        self.after(Previous::Open);
    }

    fn after(&mut self, previous: Previous) {
        self.operand = false;
        self.statement = false;
        self.previous = previous;
    }

    fn after_operator(&mut self) {
        self.after(Previous::Other);
    }

    fn after_statement(&mut self) {
        self.after(Previous::Statement);
        self.statement = true;
    }

    fn after_operand(&mut self) {
        self.after(Previous::Other);
        self.operand = true;
    }

    fn in_for(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { open: Open::Paren { is_for: true, .. }, .. }))
    }

    fn open_paren(&mut self) {
        let then = match (self.function.take(), self.previous) {
            (Some(expression), _) => Then::Body { expression },
            (None, Previous::Heading | Previous::For) => Then::Statement,
            _ => Then::Operator,
        };
        let is_for = self.previous == Previous::For;
        self.open(Open::Paren { then, is_for });
    }

    fn close_paren(&mut self) {
        let Some(Frame { open: Open::Paren { then, .. }, .. }) = self.frames.last().copied() else {
            return self.after_operand();
        };
        self.frames.pop();
        match then {
            Then::Operator => self.after_operand(),
            Then::Statement => self.after_statement(),
            Then::Body { expression } => {
                self.after_operand();
                self.body = Some(expression);
            }
        }
    }

    fn close_bracket(&mut self) {
        if matches!(self.frames.last(), Some(Frame { open: Open::Bracket, .. })) {
            self.frames.pop();
        }
        self.after_operand();
    }

    fn open_brace(&mut self) {
        let depth = self.frames.len();
        let heritage = self.previous != Previous::Other || self.operand;
        let open = match (self.body.take(), self.class) {
            (Some(expression), _) => Open::Block { then: then(expression) },
            (None, Some((expression, at))) if at == depth && heritage => {
                self.class = None;
                Open::Class { then: then(expression) }
            }
            _ if self.statement || self.operand => Open::Block { then: Then::Statement },
            _ => Open::Object,
        };
        let block = matches!(open, Open::Block { .. });
        self.open(open);
        self.statement = block;
    }

    /// Pops to the brace: brackets left open inside it are a syntax error already. Each frame is
    /// popped once, so the work stays linear.
    fn close_brace(&mut self) {
        while let Some(frame) = self.frames.pop() {
            match frame.open {
                Open::Paren { .. } | Open::Bracket => {}
                Open::Block { then } | Open::Class { then } => {
                    return match then {
                        Then::Operator => self.after_operand(),
                        _ => self.after_statement(),
                    };
                }
                Open::Object | Open::Template => return self.after_operand(),
            }
        }
        self.after_statement();
    }

    fn question(&mut self) {
        let frame = self.frames.last_mut().unwrap_or(&mut self.root);
        frame.ternaries = frame.ternaries.saturating_add(1);
        self.after_operator();
    }

    fn colon(&mut self) {
        let frame = self.frames.last_mut().unwrap_or(&mut self.root);
        let ternary = frame.ternaries > 0;
        frame.ternaries = frame.ternaries.saturating_sub(1);
        let expression = ternary || !matches!(frame.open, Open::Block { .. });
        if expression { self.after_operator() } else { self.after_statement() }
    }

    fn step(&mut self, newline: bool) {
        if self.operand && !newline { self.after_operand() } else { self.after_operator() }
    }
}

fn then(expression: bool) -> Then {
    if expression { Then::Operator } else { Then::Statement }
}
