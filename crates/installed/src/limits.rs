//! Limits, each with the attack that it is against.

/// Longest archive (144 MiB): what the largest bundle needs if nothing of it can be compressed, and
/// room for its names. It is read into memory.
pub const MAX_ARCHIVE: u64 = aether_bundle::MAX_BYTES + (16 << 20);

/// Most entries of an archive, folders among them. An entry of no content takes 80 bytes there, and
/// more in memory.
pub const MAX_ENTRIES: usize = 2 * aether_bundle::MAX_FILES;

/// Longest name of an archive's entry, in bytes. Names are compared and kept.
pub const MAX_ENTRY_NAME: usize = 1024;

/// How many times as long as in the archive a file may be. Deflate reaches about 1,000; text and code
/// stay far below this, and a bomb does not.
pub const MAX_RATIO: u64 = 200;

/// Up to this length (1 MiB) a file may be compressed however well.
pub const UNRATIOED: u64 = 1 << 20;

/// Longest manifest of an installed plugin (256 KiB). The index holds it twice at most.
pub const MAX_MANIFEST: usize = 256 << 10;

/// Most plugins of a library. A list that a person cannot look through is of no use.
pub const MAX_PLUGINS: usize = 256;

/// Longest index (64 MiB). It lies on disk, where another program may have written it.
pub const MAX_INDEX: u64 = 64 << 20;
