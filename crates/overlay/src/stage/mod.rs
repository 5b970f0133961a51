//! A staging tree: copies of what a native program was granted, where the system has no overlay file
//! system to lay over it.
//!
//! The copies are made before the program starts, and it is known what was copied. When the program
//! has ended, what it made of them is compared with that, and fills an [`Overlay`](crate::Overlay) as
//! if it had been written there.
//!
//! Everything in a staging tree may then have been made by a plugin. It is reached beneath folders
//! that were opened before, no symlink is followed, nothing but regular files and folders is opened,
//! the walk keeps no stack of calls, and each thing that grows with the tree has a limit. What a
//! changeset cannot hold is [`LeftOut`](crate::LeftOut) by name and reason.

mod config;
mod known;
mod lay;
mod place;
mod read;

pub use self::config::{StageConfig, StageError, StageKind, StagedPlace};
pub use self::lay::Stage;
