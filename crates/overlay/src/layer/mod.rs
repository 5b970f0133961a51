//! Reading what a native program has written: overlayfs layers, one for each granted folder, and
//! copies of single files, each in a folder of its own.
//!
//! A native program writes through the kernel's overlay file system instead of this crate's; what
//! it wrote is left in an *upper* layer. Reading it fills an [`Overlay`](crate::Overlay) as if the
//! program had written there, so that its changeset is shown, kept, applied and dropped as any
//! other.
//!
//! Everything in a layer was made by a plugin. It is reached by descriptor, no symlink is followed,
//! nothing but regular files and folders is opened, the walk keeps no stack of calls, and each thing
//! that grows with the layer has a limit. What a changeset cannot hold is [`LeftOut`] by name and
//! reason.
//!
//! Source for what the kernel leaves in a layer: its `Documentation/filesystems/overlayfs.rst`.

mod budget;
mod files;
mod folders;
mod host;
mod left_out;
mod read;

pub(crate) use self::budget::Budget;
pub(crate) use self::files::check_unchanged;
pub(crate) use self::host::unreadable;
pub(crate) use self::left_out::LeftOuts;
pub use self::left_out::{LeftOut, LeftOutReason, MAX_LEFT_OUT};
pub use self::read::{Layer, LayerError, LayersConfig, Written, read_layers};
