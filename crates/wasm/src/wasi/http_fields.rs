//! Headers and trailers.

use wasmtime::component::Resource;

use crate::bindings::wasi::http::types::{HeaderError, HostFields};
use crate::gate::Gate;
use crate::held::Held;
use crate::state::State;

/// Most bytes of all names and values of one set of fields.
const FIELD_BYTES: usize = 128 << 10;

/// What a program may not set: it is the connection's affair, or the host's.
const FORBIDDEN: &[&str] = &[
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Names and values.
#[derive(Debug)]
pub struct Fields {
    entries: Vec<(String, Vec<u8>)>,
    frozen: bool,
    held: Held,
}

impl Fields {
    fn new(held: Held) -> Self {
        Self { entries: Vec::new(), frozen: false, held }
    }

    /// Those of an answer.
    pub(super) fn of(pairs: Vec<(String, String)>, mut held: Held) -> wasmtime::Result<Self> {
        let entries = pairs.into_iter().map(|(name, value)| (name, value.into_bytes()));
        let entries: Vec<_> = entries.collect();
        held.set(size(&entries))?;
        Ok(Self { entries, frozen: true, held })
    }

    /// The same; frozen, it cannot be changed.
    pub(super) fn copied(&self, frozen: bool) -> wasmtime::Result<Self> {
        let held = self.held.another(size(&self.entries))?;
        Ok(Self { entries: self.entries.clone(), frozen, held })
    }

    pub(super) fn entries(&self) -> &[(String, Vec<u8>)] {
        &self.entries
    }

    fn find<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let fits = move |entry: &&(String, Vec<u8>)| entry.0.eq_ignore_ascii_case(name);
        self.entries.iter().filter(fits).map(|entry| entry.1.as_slice())
    }

    fn change(&mut self, name: &str) -> Result<(), HeaderError> {
        check_name(name)?;
        match self.frozen {
            true => Err(HeaderError::Immutable),
            false => Ok(()),
        }
    }

    fn remove(&mut self, name: &str) {
        self.entries.retain(|entry| !entry.0.eq_ignore_ascii_case(name));
    }

    fn add(&mut self, name: &str, values: Vec<Vec<u8>>) -> Result<(), HeaderError> {
        for value in values {
            let has = size(&self.entries) + entry_size(name, &value);
            let fits = has <= FIELD_BYTES && self.held.set(has).is_ok();
            if as_text(&value).is_none() || !fits {
                return Err(HeaderError::InvalidSyntax);
            }
            self.entries.push((name.to_owned(), value));
        }
        Ok(())
    }
}

/// Bytes that one entry takes, with what it takes to have it.
fn entry_size(name: &str, value: &[u8]) -> usize {
    name.len() + value.len() + size_of::<(String, Vec<u8>)>()
}

fn size(entries: &[(String, Vec<u8>)]) -> usize {
    entries.iter().map(|(name, value)| entry_size(name, value)).sum()
}

/// A value as text; none where a header cannot have it.
pub(super) fn as_text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let fits = text.chars().all(|letter| letter == '\t' || !letter.is_control());
    fits.then(|| text.to_owned())
}

fn check_name(name: &str) -> Result<(), HeaderError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(HeaderError::InvalidSyntax);
    }
    match FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
        true => Err(HeaderError::Forbidden),
        false => Ok(()),
    }
}

type Header<T> = wasmtime::Result<Result<T, HeaderError>>;

impl<G: Gate> HostFields for State<G> {
    fn new(&mut self) -> wasmtime::Result<Resource<Fields>> {
        let fields = Fields::new(self.budget.hold());
        Ok(self.table.push(fields)?)
    }

    fn from_list(&mut self, entries: Vec<(String, Vec<u8>)>) -> Header<Resource<Fields>> {
        let mut fields = Fields::new(self.budget.hold());
        for (name, value) in entries {
            let added = check_name(&name).and_then(|()| fields.add(&name, vec![value]));
            if let Err(error) = added {
                return Ok(Err(error));
            }
        }
        Ok(Ok(self.table.push(fields)?))
    }

    fn get(&mut self, this: Resource<Fields>, name: String) -> wasmtime::Result<Vec<Vec<u8>>> {
        Ok(self.table.get(&this)?.find(&name).map(<[u8]>::to_vec).collect())
    }

    fn has(&mut self, this: Resource<Fields>, name: String) -> wasmtime::Result<bool> {
        Ok(self.table.get(&this)?.find(&name).next().is_some())
    }

    fn set(&mut self, this: Resource<Fields>, name: String, values: Vec<Vec<u8>>) -> Header<()> {
        let fields = self.table.get_mut(&this)?;
        Ok(fields.change(&name).and_then(|()| {
            fields.remove(&name);
            fields.add(&name, values)
        }))
    }

    fn delete(&mut self, this: Resource<Fields>, name: String) -> Header<()> {
        let fields = self.table.get_mut(&this)?;
        Ok(fields.change(&name).map(|()| fields.remove(&name)))
    }

    fn append(&mut self, this: Resource<Fields>, name: String, value: Vec<u8>) -> Header<()> {
        let fields = self.table.get_mut(&this)?;
        Ok(fields.change(&name).and_then(|()| fields.add(&name, vec![value])))
    }

    fn entries(&mut self, this: Resource<Fields>) -> wasmtime::Result<Vec<(String, Vec<u8>)>> {
        Ok(self.table.get(&this)?.entries.clone())
    }

    fn clone(&mut self, this: Resource<Fields>) -> wasmtime::Result<Resource<Fields>> {
        let fields = self.table.get(&this)?.copied(false)?;
        Ok(self.table.push(fields)?)
    }

    fn drop(&mut self, this: Resource<Fields>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
