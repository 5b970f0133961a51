//! The part of JSON that `exports` and `imports` have a use for. Unlike `serde_json::Value` it keeps
//! the order of keys whatever features other crates turn on, for that order has meaning there, and
//! has no key that is treated in a special way.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// A value. `serde_json` refuses to nest it deeper than 128 levels, so it can be walked by recursion.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Text(String),
    List(Vec<Json>),
    /// Each key once, at the place where it came first and with the value that came last, as
    /// JavaScript has it.
    Object(Vec<(String, Json)>),
    /// What no target is, by what it is called.
    Other(&'static str),
}

impl Json {
    /// The value as a message shows it.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Null => "`null`".into(),
            Self::Text(text) => format!("`{}`", super::problem::shown(text)),
            Self::List(_) => "a list".into(),
            Self::Object(_) => "an object".into(),
            Self::Other(what) => (*what).to_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other("a number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut places = HashMap::new();
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            match places.get(&key) {
                Some(&place) => object[place] = (key, value),
                None => {
                    places.insert(key.clone(), object.len());
                    object.push((key, value));
                }
            }
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Json> {
        serde_json::from_str(text).ok()
    }

    fn text(text: &str) -> Json {
        Json::Text(text.into())
    }

    #[test]
    fn keys_keep_their_order_and_their_last_value() {
        let entries = vec![("z".into(), text("3")), ("a".into(), text("2"))];
        assert_eq!(parse(r#"{"z":"1","a":"2","z":"3"}"#), Some(Json::Object(entries)));
    }

    #[test]
    fn every_kind_of_value_is_told_apart() {
        let list = vec![Json::Null, text("a"), Json::Other("a number"), Json::Other("a boolean")];
        assert_eq!(parse(r#"[null, "a", -1.5, true]"#), Some(Json::List(list)));
        assert_eq!(Json::Other("a number").told(), "a number");
        assert_eq!(text("a\nb").told(), "`a\\nb`");
    }

    #[test]
    fn keys_of_serde_jsons_own_are_keys_like_others() {
        let key = "$serde_json::private::RawValue";
        let entries = vec![(key.to_owned(), text("[1]"))];
        assert_eq!(parse(&format!(r#"{{"{key}":"[1]"}}"#)), Some(Json::Object(entries)));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse(&deep(127)).is_some());
        assert!(parse(&deep(128)).is_none() && parse(&deep(500_000)).is_none());
    }
}
