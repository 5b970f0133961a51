//! Classes and their members.

use oxc_ast::ast::*;
use oxc_ast_visit::walk;
use oxc_span::{GetSpan, Span};

use super::{Eraser, fate};
use crate::text::{gap, word};

/// The modifiers of a member that are about types.
const MODIFIERS: &[&str] = &["public", "protected", "private", "readonly", "override"];

/// Names of fields that would be modifiers of what is on the next line.
const MODIFIER_NAMES: &[&str] = &["get", "set", "static"];

/// Names of members that would be operators after what is on the line before.
const OPERATOR_NAMES: &[&str] = &["in", "instanceof"];

impl<'a> Eraser<'_, 'a> {
    pub(super) fn class(&mut self, it: &Class<'a>) {
        if it.r#abstract {
            self.blank_words(it.span.start, it.body.span.start, &["abstract"]);
        }
        if let Some(last) = it.implements.last() {
            let before = self.before_implements(it) as usize;
            self.blank_from(gap(self.source, before).end as u32, last.span.end);
        }
        walk::walk_class(self, it);
    }

    /// Where what is before `implements` ends.
    fn before_implements(&mut self, it: &Class<'a>) -> u32 {
        if let Some(heritage) = &it.heritage {
            let types = heritage.type_arguments.as_ref().map(|types| types.span.end);
            return types.unwrap_or(heritage.expression.span().end);
        }
        if let Some(types) = &it.type_parameters {
            return types.span.end;
        }
        if let Some(name) = &it.id {
            return name.span.end;
        }
        self.blank_words(it.span.start, it.body.span.start, &[]).1
    }

    pub(super) fn members(&mut self, body: &ClassBody<'a>) {
        let mut before: Option<Span> = None;
        // Erased since then: where the first one begins.
        let mut erased = None;
        for member in &body.body {
            if fate::is_member_erased(member) {
                self.erase_member(member);
                erased.get_or_insert(member.span().start);
                continue;
            }
            let next = self.modifiers(member);
            let blank =
                erased.take().or((next != member.span().start).then_some(member.span().start));
            if let (Some(blank), Some(before)) = (blank, before)
                && !self.is_terminated(before)
                && goes_on(self.rest(next))
            {
                self.mark(blank, ';');
            }
            walk::walk_class_element(self, member);
            before = Some(member.span());
        }
    }

    /// Erases the modifiers of a member, and tells where it begins then.
    fn modifiers(&mut self, member: &ClassElement<'a>) -> u32 {
        let start = member.span().start;
        let Some(key) = member.property_key() else { return start };
        self.blank_words(start, key.span().start, MODIFIERS).0
    }

    pub(super) fn method(&mut self, it: &MethodDefinition<'a>) {
        if it.optional {
            self.blank_next(self.key_end(&it.key, it.computed), '?');
        }
        walk::walk_method_definition(self, it);
    }

    pub(super) fn field(&mut self, it: &PropertyDefinition<'a>) {
        let mut erased = None;
        let end = self.key_end(&it.key, it.computed);
        if it.optional {
            erased = self.blank_next(end, '?');
        }
        if it.definite {
            erased = self.blank_next(end, '!');
        }
        let types = it.type_annotation.as_ref().map(|types| types.span.start);
        if it.value.is_none() {
            self.keep_from_next(&it.key, it.span, erased.or(types));
        }
        walk::walk_property_definition(self, it);
    }

    pub(super) fn accessor(&mut self, it: &AccessorProperty<'a>) {
        if it.definite {
            self.blank_next(self.key_end(&it.key, it.computed), '!');
        }
        walk::walk_accessor_property(self, it);
    }

    /// Ends a field that would be a modifier of the next member without what is erased from there on.
    fn keep_from_next(&mut self, key: &PropertyKey<'a>, field: Span, erased: Option<u32>) {
        if let (PropertyKey::StaticIdentifier(name), Some(erased)) = (key, erased)
            && MODIFIER_NAMES.contains(&name.name.as_str())
            && !self.is_terminated(field)
        {
            self.mark(erased, ';');
        }
    }

    /// Where a key ends, with the brackets that it may have.
    fn key_end(&self, key: &PropertyKey<'a>, computed: bool) -> u32 {
        let end = key.span().end;
        if !computed {
            return end;
        }
        gap(self.source, end as usize).end as u32 + 1
    }

    /// Erases those of the words from here on that are to be, and tells where the first other token
    /// begins, and where the last word ends. `class` is the last one in any case.
    fn blank_words(&mut self, start: u32, end: u32, erased: &[&str]) -> (u32, u32) {
        let mut first = None;
        let mut last = start;
        loop {
            let at = gap(self.source, last as usize).end as u32;
            let word = word(self.rest(at));
            if at >= end || word.is_empty() {
                return (first.unwrap_or(at), last);
            }
            last = at + word.len() as u32;
            if erased.contains(&word) {
                self.blank_from(at, last);
            } else {
                first.get_or_insert(at);
            }
            if word == "class" {
                return (first.unwrap_or(at), last);
            }
        }
    }
}

/// Whether a line that ends with an operand can go on with it.
fn goes_on(text: &str) -> bool {
    text.starts_with(['[', '*']) || OPERATOR_NAMES.contains(&word(text))
}
