//! Hostile peers: each is a script that a cell, confined like any, speaks to its host instead of an
//! engine, with the verdict that it must get.

mod blobs;
mod credits;
mod descriptors;
mod ends;
mod envelopes;
mod floods;
mod frames;
mod json;
mod others;
mod replies;
mod requests;
mod silence;
mod tokens;

use crate::wire::Peer;

const TOPICS: &[&[Peer]] = &[
    frames::PEERS,
    json::PEERS,
    envelopes::PEERS,
    requests::PEERS,
    replies::PEERS,
    floods::PEERS,
    descriptors::PEERS,
    blobs::PEERS,
    credits::PEERS,
    others::PEERS,
    silence::PEERS,
    tokens::PEERS,
    ends::PEERS,
];

/// Every peer.
pub(crate) fn all() -> impl Iterator<Item = &'static Peer> {
    TOPICS.iter().copied().flatten()
}

/// The peer of that name.
pub(crate) fn find(name: &str) -> Option<&'static Peer> {
    all().find(|peer| peer.name == name)
}
