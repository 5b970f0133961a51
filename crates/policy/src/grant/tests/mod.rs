//! Requests, policies and what is decided.

mod access;
mod consents;
mod decisions;
mod engines;
mod fixture;
mod host_folders;
mod properties;
mod refusals;
