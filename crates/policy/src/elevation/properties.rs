//! What holds for every wish and all lines.

use aether_path::VirtualPath;
use proptest::prelude::*;

use super::tests::{grant, policy, read};
use super::{Decided, Scope, Wish};
use crate::policy::PolicyOrigin;

/// A wish, owned; the name is of a command or secret.
fn scope() -> impl Strategy<Value = Scope> {
    let name =
        prop::sample::select(vec!["a", "b", ".ssh", "x.pem", "ab", "etc", "home", "workspace"]);
    let path = prop::collection::vec(name, 0..4)
        .prop_map(|names| VirtualPath::parse(&format!("/{}", names.join("/"))).unwrap());
    let host = prop::sample::select(vec!["a.com", "b.com", "A.com", "10.0.0.1"]);
    let command = prop::sample::select(vec!["format", "build", "deploy-key", "none"]);
    let secret = prop::sample::select(vec!["deploy-key", "other", "format", "*"]);
    prop_oneof![
        path.prop_map(|path| Scope::HostWrite { path }),
        (host, 442_u16..445).prop_map(|(host, port)| Scope::Network { host: host.into(), port }),
        command.prop_map(|name| Scope::Command { name: name.into() }),
        secret.prop_map(|name| Scope::Secret { name: name.into() }),
        (0_u64..300).prop_map(|ms| Scope::Time { ms }),
        (4_u64 << 20..5 << 20).prop_map(|bytes| Scope::Memory { bytes }),
    ]
}

fn wish(scope: &Scope) -> Wish<'_> {
    match scope {
        Scope::HostWrite { path } => Wish::HostWrite { path },
        Scope::Network { host, port } => Wish::Network { host, port: *port },
        Scope::Command { name } => Wish::Command { name },
        Scope::Secret { name } => Wish::Secret { name },
        Scope::Time { ms } => Wish::Time { ms: *ms },
        Scope::Memory { bytes } => Wish::Memory { bytes: *bytes },
    }
}

/// A line as written: what it names, and its answer.
#[derive(Clone, Debug)]
struct Written {
    scope: Option<Scope>,
    right: &'static str,
    answer: &'static str,
}

fn written() -> impl Strategy<Value = Written> {
    let answer = prop::sample::select(vec!["allow", "allow", "ask", "refuse"]);
    (scope(), answer, prop::bool::weighted(0.2)).prop_filter_map(
        "a line",
        |(scope, answer, all)| {
            let right = wish(&scope).right_name();
            let amount = matches!(scope, Scope::Time { .. } | Scope::Memory { .. });
            let all = (all || amount && answer == "refuse") && answer != "allow";
            Some(Written { scope: (!all).then_some(scope), right, answer })
        },
    )
}

impl Written {
    fn yaml(&self) -> String {
        let keys = match &self.scope {
            None => String::new(),
            Some(Scope::HostWrite { path }) => format!("below: '{}', ", path.as_str()),
            Some(Scope::Network { host, port }) => format!("host: '{host}', port: {port}, "),
            Some(Scope::Command { name } | Scope::Secret { name }) => format!("name: '{name}', "),
            Some(Scope::Time { ms }) => format!("most: {ms}ms, "),
            Some(Scope::Memory { bytes }) => format!("most: {bytes}B, "),
        };
        format!("right: {}, {keys}answer: {}", self.right, self.answer)
    }

    /// Whether the line, by what it says, is for all of this; told apart from the code under test.
    fn includes(&self, given: &Scope) -> bool {
        match (&self.scope, given) {
            (Some(Scope::HostWrite { path: below }), Scope::HostWrite { path }) => {
                format!("{}/", path.as_str())
                    .starts_with(&format!("{}/", below.as_str().trim_end_matches('/')))
            }
            (Some(Scope::Time { ms: most }), Scope::Time { ms }) => ms <= most,
            (Some(Scope::Memory { bytes: most }), Scope::Memory { bytes }) => bytes <= most,
            (Some(Scope::Secret { name }), Scope::Secret { .. }) if name == "*" => true,
            (Some(written), given) => written == given,
            (None, given) => self.right == wish(given).right_name(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What is allowed is no more than what was asked for, and no more than its line says; and no
    /// line before that one is for it.
    #[test]
    fn nothing_is_widened(lines in prop::collection::vec(written(), 0..6), asked in prop::collection::vec(scope(), 12)) {
        // Lines that the reader refuses are left out, so that the others are tried.
        let lines: Vec<Written> =
            lines.into_iter().filter(|line| policy(&[&line.yaml()]).is_ok()).collect();
        let yaml: Vec<String> = lines.iter().map(Written::yaml).collect();
        let yaml: Vec<&str> = yaml.iter().map(String::as_str).collect();
        prop_assume!(!yaml.is_empty());
        let policy = policy(&yaml).unwrap();
        let grant = grant(&policy, &[]);
        for asked in &asked {
            let first = lines.iter().position(|line| line.includes(asked));
            let name = first.map(|index| format!("plugins.publisher.elevation[{index}]"));
            let answer = first.and_then(|index| lines.get(index)).map(|line| line.answer);
            match grant.elevation().decide(&wish(asked)) {
                Decided::Allow { rule, scope, .. } => {
                    prop_assert_eq!(&scope, asked);
                    prop_assert_eq!(Some(rule), name);
                    prop_assert_eq!(answer, Some("allow"));
                }
                Decided::Refuse { rule } => {
                    prop_assert_eq!(Some(rule), name);
                    prop_assert_eq!(answer, Some("refuse"));
                }
                Decided::Ask => prop_assert_ne!(answer, Some("refuse")),
            }
        }
    }

    /// The line that is suggested allows the wish, and nothing that is not within it.
    #[test]
    fn the_suggested_line_is_exact(names in prop::collection::vec("[ -.0-~é☃]{1,6}", 1..4), ms in 10_u64..86_400_000, bytes in 4_u64 << 20..64 << 30, others in prop::collection::vec(scope(), 12)) {
        let path = VirtualPath::resolve(&VirtualPath::workspace(), &names.join("/"));
        let mut asked = vec![
            Scope::Network { host: "a.com".into(), port: 444 },
            Scope::Command { name: "format".into() },
            Scope::Secret { name: "other".into() },
            Scope::Time { ms },
            Scope::Memory { bytes },
        ];
        asked.extend(path.into_iter().map(|path| Scope::HostWrite { path }));
        for asked in &asked {
            let line = super::Elevation::default().policy_line("publisher", &wish(asked));
            let text = format!("version: 1\nsecrets: {{ other: {{ from: 'env:A' }} }}\ncommands: {{ format: {{ run: [x] }} }}\n{line}\n");
            let policy = read(&text, PolicyOrigin::Named);
            let policy = match policy {
                Ok(policy) => policy,
                Err(all) => return Err(TestCaseError::fail(format!("{text}: {all:?}"))),
            };
            let grant = grant(&policy, &[]);
            let decided = grant.elevation().decide(&wish(asked));
            prop_assert!(matches!(decided, Decided::Allow { .. }), "{}: {:?}", text, decided);
            for other in others.iter().filter(|other| wish(other).right() != wish(asked).right()) {
                prop_assert_eq!(grant.elevation().decide(&wish(other)), Decided::Ask);
            }
        }
    }
}
