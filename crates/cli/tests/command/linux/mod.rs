//! The command with plugins that run.

mod bad_bundles;
mod bad_manifests;
mod bad_pipelines;
mod bad_results;
mod changes;
mod check;
mod consent;
mod denials;
mod examples;
mod hostile_text;
mod in_place;
mod interruption;
mod limits;
mod main_job;
mod mcp;
mod mcp_client;
mod network;
mod places;
mod policy;
mod reports;
mod results;
mod sessions;
mod stores;
mod streams;
mod surroundings;
mod unsafe_mode;
