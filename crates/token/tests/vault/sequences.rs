//! Any sequence of what can happen to tokens, against a model that is nothing but lists.

use std::time::Duration;

use aether_token::{ConnectionId, Moment, Name, Refusal, Terms, Token, TokenId, Vault};
use proptest::prelude::*;

use crate::bench::{Bench, git, name};

#[derive(Clone, Copy, Debug)]
enum Step {
    Connect {
        plugin: usize,
    },
    Close {
        connection: usize,
    },
    Issue {
        connection: usize,
        uses: Option<u32>,
        seconds: u64,
        parent: Option<usize>,
    },
    Use {
        token: usize,
        connection: Option<usize>,
    },
    Revoke {
        token: usize,
    },
    RevokePlugin {
        plugin: usize,
    },
    /// To a moment, before or after the last one.
    Clock {
        now: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let any = 0..8_usize;
    prop_oneof![
        1 => (0..2_usize).prop_map(|plugin| Step::Connect { plugin }),
        1 => any.clone().prop_map(|connection| Step::Close { connection }),
        4 => (any.clone(), prop::option::of(1..4_u32), 1..9_u64, prop::option::of(any.clone()))
            .prop_map(|(connection, uses, seconds, parent)| Step::Issue { connection, uses, seconds, parent }),
        8 => (any.clone(), prop::option::weighted(0.1, any.clone()))
            .prop_map(|(token, connection)| Step::Use { token, connection }),
        1 => any.prop_map(|token| Step::Revoke { token }),
        1 => (0..2_usize).prop_map(|plugin| Step::RevokePlugin { plugin }),
        2 => (0..20_000_u64).prop_map(|now| Step::Clock { now }),
    ]
}

struct Modelled {
    token: Token,
    connection: usize,
    expires: u64,
    uses: Option<i64>,
    parent: Option<usize>,
    dead: bool,
}

#[derive(Default)]
struct Model {
    plugins: Vec<Name>,
    connections: Vec<(ConnectionId, usize, bool)>,
    tokens: Vec<Modelled>,
    now: u64,
    /// Whatever was once refused for good.
    ended: Vec<TokenId>,
}

impl Model {
    fn good(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let open = self.connections[token.connection].2;
        let here = open && !token.dead && self.now < token.expires && token.uses != Some(0);
        here && token.parent.is_none_or(|parent| self.good(parent))
    }

    fn take(&mut self, at: usize) {
        let token = &mut self.tokens[at];
        token.uses = token.uses.map(|uses| uses - 1);
        assert!(token.uses.is_none_or(|uses| uses >= 0), "below zero");
        if let Some(parent) = token.parent {
            self.take(parent);
        }
    }

    fn step(&mut self, bench: &Bench, step: Step) {
        let vault = &bench.vault;
        match step {
            Step::Connect { plugin } => {
                let id = vault.connect(self.plugins[plugin].clone(), 0);
                self.connections.push((id, plugin, true));
            }
            Step::Close { connection } => {
                if let Some(known) = self.connections.get_mut(connection) {
                    vault.close(known.0);
                    known.2 = false;
                }
            }
            Step::Issue { connection, uses, seconds, parent } => {
                self.issue(vault, connection, uses, seconds, parent);
            }
            Step::Use { token, connection } => self.present(bench, token, connection),
            Step::Revoke { token } => {
                if let Some(known) = self.tokens.get_mut(token) {
                    vault.revoke(known.token.id());
                    known.dead = true;
                }
            }
            Step::RevokePlugin { plugin } => {
                vault.revoke_plugin(&self.plugins[plugin]);
                for token in &mut self.tokens {
                    token.dead |= self.connections[token.connection].1 == plugin;
                }
            }
            Step::Clock { now } => self.now = self.now.max(now),
        }
    }

    fn issue(
        &mut self,
        vault: &Vault,
        connection: usize,
        uses: Option<u32>,
        seconds: u64,
        parent: Option<usize>,
    ) {
        let Some(&(id, _, open)) = self.connections.get(connection) else { return };
        let parent = parent.filter(|at| *at < self.tokens.len());
        let terms = Terms {
            uses,
            lifetime: Duration::from_secs(seconds),
            parent: parent.map(|at| self.tokens[at].token.id()),
            ..git()
        };
        let issued = vault.issue(id, terms, Moment(self.now));
        let may = open && parent.is_none_or(|at| self.good(at));
        let Ok(token) = issued else {
            let deep = std::iter::successors(parent, |at| self.tokens[*at].parent).count();
            assert!(!may || deep > 8, "{issued:?}");
            return;
        };
        assert!(may);
        let of_parent = parent.map_or(u64::MAX, |at| self.tokens[at].expires);
        let expires = (self.now + seconds * 1000).min(of_parent);
        let uses = uses.map(i64::from);
        self.tokens.push(Modelled { token, connection, expires, uses, parent, dead: false });
    }

    fn present(&mut self, bench: &Bench, at: usize, elsewhere: Option<usize>) {
        if at >= self.tokens.len() {
            return;
        }
        let own = self.tokens[at].connection;
        let on = elsewhere.filter(|at| *at < self.connections.len()).unwrap_or(own);
        let token = self.tokens[at].token.clone();
        // What the clock says may be behind what was said before.
        let told = self.now.saturating_sub(500);
        let got = bench.run(self.connections[on].0, &token, told);
        let good = on == own && self.good(at);
        assert_eq!(got.is_ok(), good, "{got:?}");
        if on != own {
            assert_eq!(got, Err(Refusal::Unknown));
            return;
        }
        if good {
            assert!(!self.ended.contains(&token.id()), "it was at its end before");
            self.take(at);
        } else {
            self.ended.push(token.id());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_comes_back_and_nothing_is_used_below_zero(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let bench = Bench::new();
        let mut model = Model { plugins: vec![name("a"), name("b")], ..Model::default() };
        model.connections = vec![(bench.a, 0, true), (bench.b, 1, true)];
        for step in steps {
            // The vault must know of the moment too, or it would be told an earlier one first.
            drop(bench.vault.standing(bench.a, Moment(model.now)));
            model.step(&bench, step);
        }
        for at in 0..model.tokens.len() {
            for standing in bench.vault.standing(model.connections[model.tokens[at].connection].0, Moment(0)) {
                let known = model.tokens.iter().find(|it| it.token.id() == standing.id).unwrap();
                prop_assert_eq!(standing.uses_left.map(i64::from), known.uses);
            }
        }
    }
}
