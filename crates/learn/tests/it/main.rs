//! Suggestions, from records to texts.

mod files;
mod hosts;
mod observing;
mod patching;
mod properties;
mod support;
mod texts;
mod tightening;
