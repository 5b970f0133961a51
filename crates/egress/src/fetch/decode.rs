//! Bodies that come compressed.

use std::io::Write;

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::error::FetchError;
use crate::counted::counted;
use crate::wire::Fields;

/// How many times longer a decoded body may be: against a small body that becomes a large one.
/// Honest texts stay below 20.
pub const MAX_RATIO: u64 = 100;

/// A body below this length may grow as it likes: a short text of blanks is no attack.
const FREE: u64 = 1024 * 1024;

/// How much is decoded at once. The format grows at most 1,032 times, which bounds what is in memory
/// before it is looked at.
const STEP: usize = 1024;

/// What encodings are asked for.
pub(super) const ACCEPTED: &str = "gzip, deflate";

/// Decodes a body a piece at a time.
pub(super) struct Decoder {
    kind: Kind,
    taken: u64,
    given: u64,
}

enum Kind {
    Plain,
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// Deflate with or without the frame that the standard asks for: known by its first byte.
    Unknown,
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Decoder {
    /// A decoder for what the head of an answer names. What it names beside is left as it is, for
    /// whoever asked for it.
    pub(super) fn of(fields: &Fields) -> Self {
        let kind = match fields.words("content-encoding").as_slice() {
            [one] if one == "gzip" || one == "x-gzip" => {
                Kind::Gzip(MultiGzDecoder::new(Vec::new()))
            }
            [one] if one == "deflate" => Kind::Unknown,
            _ => Kind::Plain,
        };
        Decoder { kind, taken: 0, given: 0 }
    }

    /// Decodes a piece, and gives what comes of it in pieces.
    pub(super) fn take<'d>(
        &'d mut self,
        data: &'d [u8],
    ) -> impl Iterator<Item = Result<Vec<u8>, FetchError>> + 'd {
        let step = if matches!(self.kind, Kind::Plain) { data.len().max(1) } else { STEP };
        data.chunks(step).map(move |piece| self.step(piece))
    }

    /// The last piece, once nothing more comes.
    pub(super) fn end(&mut self) -> Result<Vec<u8>, FetchError> {
        let taken = self.taken;
        let ended = match &mut self.kind {
            // No body at all is none of any encoding.
            _ if taken == 0 => return Ok(Vec::new()),
            Kind::Plain | Kind::Unknown => return Ok(Vec::new()),
            Kind::Gzip(decoder) => decoder.try_finish().map(|()| std::mem::take(decoder.get_mut())),
            Kind::Zlib(decoder) => decoder.try_finish().map(|()| std::mem::take(decoder.get_mut())),
            Kind::Deflate(decoder) => {
                decoder.try_finish().map(|()| std::mem::take(decoder.get_mut()))
            }
        };
        self.measured(ended.map_err(|_| FetchError::Encoding)?)
    }

    fn step(&mut self, piece: &[u8]) -> Result<Vec<u8>, FetchError> {
        self.taken += counted(piece.len());
        if let (Kind::Unknown, Some(first)) = (&self.kind, piece.first()) {
            self.kind = if first & 0x0f == 8 {
                Kind::Zlib(ZlibDecoder::new(Vec::new()))
            } else {
                Kind::Deflate(DeflateDecoder::new(Vec::new()))
            };
        }
        let decoded = match &mut self.kind {
            Kind::Plain | Kind::Unknown => return Ok(piece.to_vec()),
            Kind::Gzip(decoder) => {
                decoder.write_all(piece).map(|()| std::mem::take(decoder.get_mut()))
            }
            Kind::Zlib(decoder) => {
                decoder.write_all(piece).map(|()| std::mem::take(decoder.get_mut()))
            }
            Kind::Deflate(decoder) => {
                decoder.write_all(piece).map(|()| std::mem::take(decoder.get_mut()))
            }
        };
        self.measured(decoded.map_err(|_| FetchError::Encoding)?)
    }

    fn measured(&mut self, decoded: Vec<u8>) -> Result<Vec<u8>, FetchError> {
        self.given += counted(decoded.len());
        let is_bomb = self.given > FREE && self.given / MAX_RATIO > self.taken;
        if is_bomb { Err(FetchError::Ratio) } else { Ok(decoded) }
    }
}
