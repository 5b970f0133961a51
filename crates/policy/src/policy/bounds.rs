//! Times and sizes within bounds.

use std::time::Duration;

use aether_manifest::{read_duration, read_size, show_duration, show_size};
use aether_source::Item;

/// Reads a duration within bounds, reporting what is wrong with it.
pub(crate) fn duration(
    item: &Item<'_>,
    key: &str,
    least: Duration,
    most: Duration,
) -> Option<Duration> {
    within(item, key, read_duration(item)?, [least, most], show_duration)
}

/// Reads a size within bounds, reporting what is wrong with it.
pub(crate) fn size(item: &Item<'_>, key: &str, least: u64, most: u64) -> Option<u64> {
    within(item, key, read_size(item)?, [least, most], show_size)
}

/// Reads a whole number within bounds, reporting what is wrong with it.
pub(crate) fn whole(item: &Item<'_>, key: &str, least: u64, most: u64) -> Option<u64> {
    within(item, key, item.whole()?, [least, most], |number| number.to_string())
}

fn within<T: PartialOrd>(
    item: &Item<'_>,
    key: &str,
    value: T,
    [least, most]: [T; 2],
    show: impl Fn(T) -> String,
) -> Option<T> {
    if value >= least && value <= most {
        return Some(value);
    }
    item.error("range", format!("`{key}` must be from {} to {}", show(least), show(most)));
    None
}
