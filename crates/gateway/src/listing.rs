//! Lists that fit into a line.

use serde::Serialize;

use crate::limits::LIST_BYTES;

/// As many items, from the first on, as fit into one answer; and whether those are all.
pub(crate) fn fitting<T: Serialize>(items: impl Iterator<Item = T>) -> (Vec<T>, bool) {
    let (mut kept, mut room) = (Vec::new(), LIST_BYTES);
    for item in items {
        // What has no JSON form fits nowhere.
        let bytes = serde_json::to_string(&item).map_or(usize::MAX, |text| text.len());
        let Some(left) = bytes.checked_add(1).and_then(|bytes| room.checked_sub(bytes)) else {
            return (kept, false);
        };
        room = left;
        kept.push(item);
    }
    (kept, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_cut_where_its_escaped_form_is_too_long() {
        let escaped = "\u{1}".repeat(1000);
        let (kept, all) = fitting(std::iter::repeat_n(escaped.as_str(), 1000));
        assert!(!all && !kept.is_empty());
        let text = serde_json::to_string(&kept).unwrap();
        assert!((LIST_BYTES - 7000..LIST_BYTES + 2).contains(&text.len()), "{}", text.len());
        assert_eq!(fitting([1, 2].into_iter()), (vec![1, 2], true));
    }
}
