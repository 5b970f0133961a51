//! What is set on folders that are still the host's, and when folders were modified.

use aether_path::VirtualPath;

use super::{Node, Upper, cost};
use crate::inode::Time;
use crate::sys::Meta;

/// What the plugin has set on a folder that is still the host's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched {
    /// Permission bits on the host, and now.
    pub(crate) old_mode: u32,
    pub(crate) mode: u32,
    /// On the host, and now.
    pub(crate) old_modified: i64,
    pub(crate) modified: Time,
}

impl Touched {
    pub(crate) fn of(meta: &Meta) -> Self {
        let (mode, modified) = (meta.permissions(), Time::of(meta));
        Self { old_mode: mode, mode, old_modified: modified.at, modified }
    }
}

impl Upper {
    pub(crate) fn touched(&self, folder: &VirtualPath) -> Option<&Touched> {
        self.touched.get(folder)
    }

    pub(crate) fn all_touched(&self) -> impl Iterator<Item = (&VirtualPath, &Touched)> {
        self.touched.iter()
    }

    /// Those directly in a folder.
    pub(crate) fn touched_in(
        &self,
        folder: &VirtualPath,
    ) -> impl Iterator<Item = (&VirtualPath, &Touched)> {
        let from = self.touched.range(folder.clone()..);
        from.take_while(|(path, _)| path.starts_with(folder))
            .filter(|(path, _)| path.parent().as_ref() == Some(folder))
    }

    pub(crate) fn touch(&mut self, folder: &VirtualPath, touched: Touched) {
        if self.touched.insert(folder.clone(), touched).is_none() {
            self.charge(cost(folder, 0));
        }
    }

    pub(super) fn untouch(&mut self, folder: &VirtualPath) {
        if self.touched.remove(folder).is_some() {
            self.give_back(cost(folder, 0));
        }
    }

    /// The folder of a path got or lost a name: it was modified now, whatever was set before.
    pub(crate) fn entries_changed(&mut self, path: &VirtualPath) {
        let Some(folder) = path.parent() else { return };
        if let Some(touched) = self.touched.get_mut(&folder) {
            touched.modified = Time::now();
        }
        let (Some(around), Some(name)) = (folder.parent(), folder.file_name()) else { return };
        let node = self.folders.get_mut(&around).and_then(|names| names.get_mut(name));
        if let Some(Node::Folder { modified, .. }) = node {
            *modified = Time::now();
        }
    }
}
