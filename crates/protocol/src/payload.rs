//! Values that may be large: inside the line when small, as an attached descriptor when not.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{limits, strict};

/// What the bytes of a payload are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Attachment {
    /// UTF-8 JSON text.
    Json,
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Bytes,
}

/// A value on the wire.
///
/// `{"json": …}`, `{"text": "…"}`, `{"base64": "…"}` or `{"blob": SIZE, "as": "bytes"}`. A blob's
/// bytes are in a sealed memory file sent with the line; blobs claim the line's descriptors in
/// the order in which they stand in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, try_from = "Fields")]
pub enum Payload {
    /// A JSON value.
    Json {
        /// The value, unparsed: the reader decides how strictly to look at it.
        json: Box<RawValue>,
    },
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// Bytes.
    Base64 {
        /// The bytes in standard base64 with padding (RFC 4648 section 4).
        base64: String,
    },
    /// An attached descriptor.
    Blob {
        /// Number of bytes; must be the memory file's size.
        blob: u64,
        /// What they are.
        r#as: Attachment,
    },
}

/// The members of a payload as they arrive; exactly one form must be present.
///
/// Not an untagged enum on the reading side: serde buffers those, which a raw value does not
/// survive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default, deserialize_with = "present")]
    json: Option<Box<RawValue>>,
    text: Option<String>,
    base64: Option<String>,
    blob: Option<u64>,
    r#as: Option<Attachment>,
}

/// Keeps `"json": null` apart from no `json` at all.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

impl TryFrom<Fields> for Payload {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        match fields {
            Fields { json: Some(json), text: None, base64: None, blob: None, r#as: None } => {
                Ok(Self::Json { json })
            }
            Fields { json: None, text: Some(text), base64: None, blob: None, r#as: None } => {
                Ok(Self::Text { text })
            }
            Fields { json: None, text: None, base64: Some(base64), blob: None, r#as: None } => {
                Ok(Self::Base64 { base64 })
            }
            Fields { json: None, text: None, base64: None, blob: Some(blob), r#as: Some(r#as) } => {
                Ok(Self::Blob { blob, r#as })
            }
            _ => Err("a payload is one of `json`, `text`, `base64`, or `blob` with `as`"),
        }
    }
}

impl JsonSchema for Payload {
    fn schema_name() -> Cow<'static, str> {
        "Payload".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let form = |name: &str, value: Schema| {
            json_schema!({
                "type": "object",
                "properties": { name: value },
                "required": [name],
                "additionalProperties": false,
            })
        };
        let text = json_schema!({ "type": "string" });
        let base64 = json_schema!({ "type": "string", "contentEncoding": "base64" });
        let size =
            json_schema!({ "type": "integer", "minimum": 0, "maximum": limits::PAYLOAD_BYTES });
        let kind = generator.subschema_for::<Attachment>();
        json_schema!({
            "description": "A value. A blob's bytes are in a sealed memory file, whose descriptor comes with the line; `blob` is their number.",
            "oneOf": [
                form("json", json_schema!(true)),
                form("text", text),
                form("base64", base64),
                {
                    "type": "object",
                    "properties": { "blob": size, "as": kind },
                    "required": ["blob", "as"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// Why a payload cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// JSON that the strict reader refuses.
    #[error("the value is not acceptable JSON: {0}")]
    Json(#[from] strict::Refused),
    /// Text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// Not base64.
    #[error("the bytes are not base64")]
    NotBase64,
    /// Beyond [`limits::PAYLOAD_BYTES`].
    #[error("{size} bytes are more than a payload may have ({})", limits::PAYLOAD_BYTES)]
    TooLarge {
        /// Bytes asked for.
        size: u64,
    },
    /// A blob without its descriptor.
    #[error("a blob without an attached descriptor")]
    NoDescriptor,
    /// The kind of payload does not fit here.
    #[error("expected {0}")]
    Unexpected(&'static str),
}

/// A payload to send: the part in the line, and the bytes to attach if it is too large for that.
#[derive(Debug)]
pub struct Outgoing {
    /// What goes into the line.
    pub payload: Payload,
    /// What must be attached as a sealed memory file.
    pub attach: Option<Vec<u8>>,
}

impl Outgoing {
    /// The same with nothing attached, for a cell that takes no descriptors: such a line may be as
    /// long as a payload, and more by what its encoding adds.
    ///
    /// # Errors
    /// [`PayloadError::Json`] when a payload of that kind is not valid JSON, which would be a bug.
    pub fn in_line(self) -> Result<Self, PayloadError> {
        let Some(bytes) = self.attach else { return Ok(self) };
        let text = |bytes| String::from_utf8(bytes).map_err(|_| PayloadError::NotUtf8);
        let payload = match self.payload {
            Payload::Blob { r#as: Attachment::Json, .. } => {
                let json = RawValue::from_string(text(bytes)?);
                Payload::Json { json: json.map_err(|e| strict::Refused::Json(e.to_string()))? }
            }
            Payload::Blob { r#as: Attachment::Text, .. } => Payload::Text { text: text(bytes)? },
            _ => Payload::Base64 { base64: STANDARD.encode(bytes) },
        };
        Ok(Self { payload, attach: None })
    }
}

impl Payload {
    /// JSON text, inline when short. The text must be valid JSON.
    ///
    /// # Errors
    /// [`PayloadError::Json`] when it is not, [`PayloadError::TooLarge`].
    pub fn json(text: String) -> Result<Outgoing, PayloadError> {
        if text.len() > limits::INLINE_BYTES {
            return attach(text.into_bytes(), Attachment::Json);
        }
        let json = RawValue::from_string(text).map_err(|e| strict::Refused::Json(e.to_string()))?;
        Ok(Outgoing { payload: Self::Json { json }, attach: None })
    }

    /// Text, inline when short.
    ///
    /// # Errors
    /// [`PayloadError::TooLarge`].
    pub fn text(text: String) -> Result<Outgoing, PayloadError> {
        if text.len() > limits::INLINE_BYTES {
            return attach(text.into_bytes(), Attachment::Text);
        }
        Ok(Outgoing { payload: Self::Text { text }, attach: None })
    }

    /// Bytes, inline when short.
    ///
    /// # Errors
    /// [`PayloadError::TooLarge`].
    pub fn bytes(bytes: Vec<u8>) -> Result<Outgoing, PayloadError> {
        if bytes.len() > limits::INLINE_BYTES {
            return attach(bytes, Attachment::Bytes);
        }
        Ok(Outgoing { payload: Self::Base64 { base64: STANDARD.encode(bytes) }, attach: None })
    }

    /// The size of the blob to claim, if this is one.
    #[must_use]
    pub const fn blob_size(&self) -> Option<u64> {
        match self {
            Self::Blob { blob, .. } => Some(*blob),
            _ => None,
        }
    }

    /// The bytes, whatever the form. `blob` is what the caller read from the attached descriptor.
    ///
    /// # Errors
    /// [`PayloadError::NotBase64`], [`PayloadError::NoDescriptor`].
    pub fn into_bytes(self, blob: Option<Vec<u8>>) -> Result<Vec<u8>, PayloadError> {
        match self {
            Self::Json { json } => Ok(String::from(Box::<str>::from(json)).into_bytes()),
            Self::Text { text } => Ok(text.into_bytes()),
            Self::Base64 { base64 } => STANDARD.decode(base64).map_err(|_| PayloadError::NotBase64),
            Self::Blob { .. } => blob.ok_or(PayloadError::NoDescriptor),
        }
    }

    /// The JSON text of a JSON payload, not yet checked.
    ///
    /// # Errors
    /// [`PayloadError::Unexpected`] for text and bytes, [`PayloadError::NotUtf8`],
    /// [`PayloadError::NoDescriptor`].
    pub fn into_json_text(self, blob: Option<Vec<u8>>) -> Result<String, PayloadError> {
        match self {
            Self::Json { json } => Ok(Box::<str>::from(json).into()),
            Self::Blob { r#as: Attachment::Json, .. } => {
                let bytes = blob.ok_or(PayloadError::NoDescriptor)?;
                String::from_utf8(bytes).map_err(|_| PayloadError::NotUtf8)
            }
            _ => Err(PayloadError::Unexpected("a JSON value")),
        }
    }
}

fn attach(bytes: Vec<u8>, r#as: Attachment) -> Result<Outgoing, PayloadError> {
    let size = bytes.len() as u64;
    if size > limits::PAYLOAD_BYTES {
        return Err(PayloadError::TooLarge { size });
    }
    Ok(Outgoing { payload: Payload::Blob { blob: size, r#as }, attach: Some(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_stay_in_the_line_and_large_ones_are_attached() {
        let small = Payload::bytes(vec![0xff; limits::INLINE_BYTES]).unwrap();
        assert!(small.attach.is_none());
        let large = Payload::bytes(vec![0xff; limits::INLINE_BYTES + 1]).unwrap();
        assert_eq!(large.payload.blob_size(), Some(limits::INLINE_BYTES as u64 + 1));
        assert_eq!(large.attach.unwrap().len(), limits::INLINE_BYTES + 1);
    }

    #[test]
    fn each_form_reads_back() {
        for text in [
            r#"{"json":{"a":[1]}}"#,
            r#"{"json":null}"#,
            r#"{"text":"x"}"#,
            r#"{"base64":"eA=="}"#,
            r#"{"blob":5,"as":"bytes"}"#,
        ] {
            let payload: Payload = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&payload).unwrap(), text);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            r#"{"text":1}"#,
            r#"{}"#,
            r#"{"text":"a","base64":"eA=="}"#,
            r#"{"blob":-1,"as":"bytes"}"#,
            r#"{"blob":1}"#,
        ] {
            assert!(serde_json::from_str::<Payload>(text).is_err(), "{text}");
        }
        assert!(Payload::bytes(vec![0; limits::PAYLOAD_BYTES as usize + 1]).is_err());
    }
}
