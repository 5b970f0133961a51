//! Honey: paths and tokens that nobody has a reason to touch.

use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::{Act, Settings, text};

/// Nobody touches honey by mistake.
const HONEY: f64 = 90.0;

pub(super) fn act(at: Duration, act: &Act, settings: &Settings) -> Option<Finding> {
    if let Act::Token { name } = act {
        return Some(touched(at, "honey-token", name));
    }
    let object = act.object();
    let path = settings.honey_paths.iter().find(|path| within(object, path))?;
    Some(touched(at, "honey-path", path))
}

fn touched(at: Duration, rule: &'static str, what: &str) -> Finding {
    let what = text::word(what);
    let kind = if rule == "honey-path" { "path" } else { "token" };
    Finding::new(rule, Layer::Rule, &what, at)
        .seen(format!("the {kind} {what} was touched"), "never: it exists to be left alone")
        .says(format!("It touched the honey {kind} {what}, which no honest plugin has a use for."))
        .risks(HONEY)
}

/// Whether `object` is the path or something in it.
fn within(object: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let Some(rest) = object.strip_prefix(path) else { return false };
    !path.is_empty() && (rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(act_: &Act) -> Option<&'static str> {
        let settings =
            Settings { honey_paths: vec!["/home/.aws".to_owned()], ..Settings::default() };
        act(Duration::ZERO, act_, &settings).map(|finding| finding.rule)
    }

    fn read(place: &str) -> Act {
        Act::Read { place: place.to_owned(), sensitive: false }
    }

    #[test]
    fn a_path_is_touched_by_itself_and_from_below() {
        assert_eq!(rule(&read("/home/.aws")), Some("honey-path"));
        assert_eq!(rule(&read("/home/.aws/credentials")), Some("honey-path"));
        assert_eq!(rule(&read("/home/.aws2")), None);
        let (permission, object) = ("read".to_owned(), "/home/.aws/x".to_owned());
        let denied = Act::Denied { permission, object, sensitive: true };
        assert_eq!(rule(&denied), Some("honey-path"));
    }

    #[test]
    fn a_token_is_told_by_who_found_it() {
        assert_eq!(rule(&Act::Token { name: "mail".to_owned() }), Some("honey-token"));
    }
}
