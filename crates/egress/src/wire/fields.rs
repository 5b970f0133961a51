//! Header fields.

use super::HeadError;
use super::head::MAX_FIELDS;

/// Fields that are about one connection and end at it, by RFC 9110 and by custom.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-authentication-info",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The fields of a head, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<Field>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    /// As it was spelled.
    name: String,
    /// Without the blanks around it.
    value: Vec<u8>,
}

impl Fields {
    /// Reads lines, without the last line's end.
    pub(crate) fn parse(lines: &[u8]) -> Result<Self, HeadError> {
        let mut fields = Vec::new();
        let mut rest = Some(lines);
        while let Some(text) = rest {
            let end = text.windows(2).position(|pair| pair == b"\r\n");
            let line = end.map_or(text, |at| &text[..at]);
            rest = end.map(|at| &text[at + 2..]);
            if fields.len() == MAX_FIELDS {
                return Err(HeadError::TooManyFields);
            }
            fields.push(field(line)?);
        }
        Ok(Fields(fields))
    }

    /// Fields that the host program gives; nothing when one of them is none.
    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, HeadError> {
        if pairs.len() > MAX_FIELDS {
            return Err(HeadError::TooManyFields);
        }
        let named = |(name, value): &(String, String)| named(name, value.as_bytes());
        pairs.iter().map(named).collect::<Result<_, _>>().map(Fields)
    }

    /// The fields of a request that the host program makes: without those that are about the
    /// connection or the length, which are the gateway's own.
    pub(crate) fn of_request(pairs: &[(String, String)]) -> Result<Self, HeadError> {
        let mut fields = Self::from_pairs(pairs)?;
        fields.strip_own();
        Ok(fields)
    }

    /// The values of a field, by its name in lower case.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f [u8]> {
        let same = move |field: &&Field| field.name.eq_ignore_ascii_case(name);
        self.0.iter().filter(same).map(|field| field.value.as_slice())
    }

    /// The value of a field that is there once, by its name in lower case.
    pub(crate) fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.0.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        let value = values.next()?;
        values.next().is_none().then_some(value.value.as_slice())
    }

    /// The words of a field that is a list, in lower case.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let listed = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        let words = listed.map(|word| String::from_utf8_lossy(word.trim_ascii()).to_lowercase());
        words.filter(|word| !word.is_empty()).collect()
    }

    /// Adds a field of the gateway's own.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push(Field { name: name.to_owned(), value: value.as_bytes().to_vec() });
    }

    /// Puts other values in the places of those for which there are others.
    pub(crate) fn change_values(&mut self, other: impl Fn(&[u8]) -> Option<Vec<u8>>) {
        for field in &mut self.0 {
            if let Some(value) = other(&field.value) {
                field.value = value;
            }
        }
    }

    /// Drops a field, by its name in lower case.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|field| !field.name.eq_ignore_ascii_case(name));
    }

    /// Keeps the fields whose name, in lower case, is one to keep.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|field| is_kept(&field.name.to_ascii_lowercase()));
    }

    /// Whether a text can be the name of a field, or another word of the standard's.
    pub(crate) fn is_name(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(is_token)
    }

    /// Drops what the gateway writes into a request itself: what is about the connection, and about
    /// host and length.
    pub(crate) fn strip_own(&mut self) {
        self.strip_hop_by_hop();
        for name in ["host", "content-length", "expect"] {
            self.remove(name);
        }
    }

    /// Drops what is about one connection alone, and what `Connection` says is.
    pub(crate) fn strip_hop_by_hop(&mut self) {
        let named = self.words("connection");
        self.0.retain(|field| {
            let name = field.name.to_ascii_lowercase();
            !HOP_BY_HOP.contains(&name.as_str()) && !named.contains(&name)
        });
    }

    /// Each field in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|field| (field.name.as_str(), field.value.as_slice()))
    }

    /// Writes the fields, one a line.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for field in &self.0 {
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(&field.value);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn field(line: &[u8]) -> Result<Field, HeadError> {
    if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
        return Err(HeadError::Folded);
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or(HeadError::FieldName)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    named(std::str::from_utf8(name).map_err(|_| HeadError::FieldName)?, value)
}

/// The field of this name, which is all of it.
fn named(name: &str, value: &[u8]) -> Result<Field, HeadError> {
    if !Fields::is_name(name) {
        return Err(HeadError::FieldName);
    }
    let name = name.to_owned();
    // Servers that hand fields on as variables make no difference between `-` and `_`.
    let dashed = name.to_ascii_lowercase().replace('_', "-");
    let passes = matches!(dashed.as_str(), "content-length" | "transfer-encoding" | "host");
    if passes && name.contains('_') {
        return Err(HeadError::Lookalike(name));
    }
    // Within a head no other control characters are left; fields that the host program gives have
    // not been through that.
    if value.iter().any(|byte| matches!(byte, 0..=8 | 10..=31 | 127)) {
        return Err(HeadError::Control);
    }
    Ok(Field { name, value: value.trim_ascii().to_vec() })
}

/// Characters of names, by RFC 9110.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_given_is_the_name_that_is_sent() {
        let check = |name: &str, value: &str, expect: Result<(), HeadError>| {
            let pairs = [(name.to_owned(), value.to_owned())];
            assert_eq!(Fields::of_request(&pairs).map(drop), expect, "{name:?}");
        };
        check("x", "y", Ok(()));
        check("x", "y: z", Ok(()));
        for name in ["x: y", "x:", ":x", "", " x", "x ", "x\r\ny", "é"] {
            check(name, "z", Err(HeadError::FieldName));
        }
        check("x", "y\r\nhost: other", Err(HeadError::Control));
    }
}
