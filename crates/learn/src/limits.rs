//! How much of anything is kept. A plugin chooses what it does, and how often.

/// Most different objects kept of one permission; of further ones only the number. Stops a plugin
/// that opens a million paths from filling the memory of whoever reads its log.
pub const MAX_OBJECTS: usize = 4096;

/// Most files kept that no wildcard may cover. As for [`MAX_OBJECTS`].
pub const MAX_CLOSED: usize = 256;

/// Most different things kept that no manifest could ask for. As for [`MAX_OBJECTS`].
pub const MAX_OTHERS: usize = 256;

/// Most changed paths kept to complete what was observed. As for [`MAX_OBJECTS`].
pub const MAX_CHANGED: usize = 4096;

/// Most cells of one plugin whose first program is told from those that it starts. As for
/// [`MAX_OBJECTS`].
pub(crate) const MAX_CELLS: usize = 4096;

/// Most different actions kept of one object. There are few; stops a log that was made up.
pub(crate) const MAX_ACTIONS: usize = 4;

/// Longest object that is certainly whole, in bytes: the gateway records at most 512, and cuts
/// between characters. What may have been cut names something else, and is never suggested.
pub const LONGEST_OBJECT: usize = 508;

/// Most samples shown of one suggestion: enough to see what it is for.
pub const MAX_SAMPLES: usize = 3;

/// Most lines kept of what is not suggested. Stops a plugin from pushing what matters off the
/// screen.
pub const MAX_NOT_SUGGESTED: usize = 256;

/// Most characters of one name that a pattern cannot write and that `?` stands in for. Stops a
/// plugin that names a file `********` from being given every file with a name as long.
pub const MAX_STAND_INS: usize = 2;

/// Most names of one path that are looked at for what varies: the last ones. Stops a path of
/// hundreds of numbers from being compared in every way with thousands like it.
pub const MAX_VARIABLE: usize = 8;
