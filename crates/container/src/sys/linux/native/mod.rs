//! Native programs: a minimal root instead of an empty one, an init of ours as the first process,
//! and a filter that denies what no plugin needs instead of allowing what an engine does.
//!
//! The first process ([`life`]) builds the root, starts one child, gives up everything and stays
//! only to reap and to end with its child: with it, the kernel ends the namespace and whatever was
//! started in it. The child ([`child`]) confines itself like an engine cell and then executes the
//! program.

mod bare;
mod child;
mod denied;
mod early;
mod life;
mod mounts;
mod noted;
mod root;
mod rules;

pub(super) use bare::{END, PrivateFolder, in_place};
pub(super) use early::Early;
pub(super) use life::live;
pub(super) use mounts::mapped_copy;
pub(super) use noted::{is_on_files, shape, traps};
pub(super) use root::{lies_beside, stage_ahead, stage_beside};
