//! Suggestions for programs.

use serde_json::{Value as Json, json};

use crate::{Excess, NotSuggested, SuggestedLimit, SuggestedLine, Suggestion, Tightening, Use};

impl Suggestion {
    /// All of it as JSON. The texts in it are a plugin's choice, and only escaped as JSON is.
    pub fn json(&self) -> Json {
        let incomplete = self.incomplete.iter().map(|(of, count)| {
            let of = match of {
                Use::Of(permission) => permission.as_str(),
                Use::Look => "look",
            };
            json!({ "use": of, "count": count })
        });
        json!({
            "plugin": self.plugin,
            "lines": self.lines.iter().map(line).collect::<Vec<_>>(),
            "limits": self.limits.iter().map(limit).collect::<Vec<_>>(),
            "not_suggested": self.not_suggested.iter().map(left).collect::<Vec<_>>(),
            "not_suggested_more": self.not_suggested_more,
            "unknown": self.unknown.iter().map(|(of, why)| json!({
                "permission": of.as_str(), "why": why,
            })).collect::<Vec<_>>(),
            "incomplete": incomplete.collect::<Vec<_>>(),
        })
    }
}

fn line(line: &SuggestedLine) -> Json {
    json!({
        "permission": line.permission.as_str(),
        "entry": line.entry,
        "risk": line.risk.as_str(),
        "count": line.count,
        "evidence": line.evidence,
        "first": line.first,
        "samples": line.samples,
        "why": line.why,
        "widened": line.is_widened,
        "look": line.is_look,
    })
}

fn limit(limit: &SuggestedLimit) -> Json {
    json!({
        "limit": limit.limit.as_str(),
        "value": limit.value,
        "peak": limit.peak,
        "present": limit.present,
    })
}

fn left(left: &NotSuggested) -> Json {
    json!({
        "permission": left.permission.map(|permission| permission.as_str()),
        "what": left.what,
        "count": left.count,
        "first": left.first,
        "why": left.why,
        "grave": left.is_grave,
    })
}

impl Tightening {
    /// For programs: what is asked for and was not used.
    pub fn json(&self) -> Json {
        let unused = self.unused.iter().map(|one| {
            let narrower = match &one.excess {
                Excess::Whole => Json::Null,
                Excess::Beyond(entries) => json!(entries),
            };
            json!({
                "permission": one.permission.as_str(),
                "entry": one.entry,
                "line": one.place.line,
                "column": one.place.column,
                "narrower": narrower,
                "advice": one.advice,
            })
        });
        let unknown = self
            .unknown
            .iter()
            .map(|(permission, why)| json!({ "permission": permission.as_str(), "why": why }));
        json!({
            "unused": unused.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
        })
    }
}
