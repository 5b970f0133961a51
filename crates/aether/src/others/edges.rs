//! Who called whom and who told whom, counted for the record of the run.

use std::collections::{BTreeMap, BTreeSet};

use aether_report::{Edge, Message, Shared, SharedKind};

/// Pairs of cells and methods that are counted one by one. Stops two plugins that fail again and
/// again, each time in a new cell, from filling the record.
const KEPT: usize = 1024;

/// Messages that are kept one by one: the first of them. Stops a run that lasts from filling its host's
/// memory.
const MESSAGES: usize = 2000;

/// Topics that are kept. Stops a plugin that makes up topics from filling the record.
const TOPICS: usize = 256;

/// What was passed between cells.
#[derive(Debug, Default)]
pub(crate) struct EdgeTotals {
    edges: BTreeMap<(u32, u32, String), Edge>,
    messages: Vec<Message>,
    more: u64,
    topics: BTreeMap<String, (BTreeSet<u32>, BTreeSet<u32>)>,
}

impl EdgeTotals {
    /// Counts what was passed, or was not.
    pub(crate) fn add(&mut self, message: Message) {
        let key = (message.from, message.to, message.via.clone());
        if self.edges.len() < KEPT || self.edges.contains_key(&key) {
            let edge = self.edges.entry(key).or_insert_with(|| Edge {
                from: message.from,
                to: message.to,
                via: message.via.clone(),
                ..Edge::default()
            });
            match &message.refused {
                Some(why) => {
                    edge.refused += 1;
                    edge.why = Some(why.clone());
                }
                None => {
                    edge.calls += 1;
                    edge.bytes = edge.bytes.saturating_add(message.bytes);
                }
            }
        }
        match self.messages.len() < MESSAGES {
            true => self.messages.push(message),
            false => self.more += 1,
        }
    }

    /// Counts an event that a cell sent, and those that heard it.
    pub(crate) fn told(&mut self, from: u32, topic: &str, heard_by: &[u32]) {
        if !self.topics.contains_key(topic) && self.topics.len() >= TOPICS {
            return;
        }
        let (writers, readers) = self.topics.entry(topic.to_owned()).or_default();
        writers.insert(from);
        readers.extend(heard_by);
    }

    /// What was counted.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.edges.values().cloned()
    }

    /// The first of what was passed, and how much more there was.
    pub(crate) fn messages(&self) -> (Vec<Message>, u64) {
        let mut messages = self.messages.clone();
        messages.sort_by_key(|message| message.at_ms);
        (messages, self.more)
    }

    /// The topics of events, and who sent and who heard.
    pub(crate) fn topics(&self) -> impl Iterator<Item = Shared> + '_ {
        self.topics.iter().map(|(topic, (writers, readers))| Shared {
            kind: SharedKind::Topic,
            name: topic.clone(),
            writers: writers.iter().copied().collect(),
            readers: readers.iter().copied().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_and_what_is_refused_is_counted_apart_and_bounded() {
        let mut totals = EdgeTotals::default();
        let message = |bytes, refused: Option<&str>| Message {
            from: 1,
            to: 2,
            via: "p.m".to_owned(),
            bytes,
            refused: refused.map(str::to_owned),
            ..Message::default()
        };
        totals.add(message(10, None));
        totals.add(message(7, Some("no")));
        totals.add(message(5, None));
        let edges: Vec<Edge> = totals.edges().collect();
        assert_eq!((edges[0].calls, edges[0].bytes, edges[0].refused), (2, 15, 1));
        assert_eq!(edges[0].why.as_deref(), Some("no"));
        for number in 0..3000 {
            totals.add(Message { to: number, ..message(1, None) });
        }
        assert_eq!((totals.edges().count(), totals.messages().0.len()), (KEPT, MESSAGES));
        assert_eq!(totals.messages().1, 3003 - MESSAGES as u64);
        totals.told(1, "a.b", &[2, 3]);
        totals.told(4, "a.b", &[2]);
        let topics: Vec<Shared> = totals.topics().collect();
        assert_eq!((&topics[0].writers[..], &topics[0].readers[..]), (&[1, 4][..], &[2, 3][..]));
    }
}
