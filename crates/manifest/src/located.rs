//! A value with the place it was read from.

use aether_source::{Item, Span};

/// A value, and where in the manifest it stands, so that a denial can point at the line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its range in the source.
    pub span: Span,
    /// Its JSON pointer (RFC 6901), for example `/permissions/filesystem/read/0`.
    pub pointer: String,
}

impl<T> Located<T> {
    /// The value at an item's place.
    pub fn at(item: &Item<'_>, value: T) -> Self {
        Located { value, span: item.span(), pointer: item.pointer().to_owned() }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: change(self.value), span: self.span, pointer: self.pointer }
    }
}
