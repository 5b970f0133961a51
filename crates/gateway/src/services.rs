//! Everything that a plugin may reach through the door.

use std::collections::BTreeMap;
use std::sync::Arc;

use aether_overlay::Overlay;
use aether_path::VirtualPath;

use crate::{Elevated, Pool, Values};

/// What is handed to a [`crate::Door`].
#[derive(Debug)]
pub struct Services {
    /// The plugin's own files: path to content.
    pub bundle: Arc<BTreeMap<String, Arc<[u8]>>>,
    /// Its view of the host's files, with its changes.
    pub overlay: Overlay,
    /// Its working folder in the virtual tree.
    pub cwd: VirtualPath,
    /// The variables that its grant names, with their values.
    pub environment: BTreeMap<String, String>,
    /// Its store.
    pub values: Box<dyn Values>,
    /// What it and others let each other read.
    pub pool: Box<dyn Pool>,
    /// What is beyond its grant.
    pub elevated: Elevated,
}
