//! Installed plugins that others may call, where the app's policy lets them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aether::policy::grant::Decision;
use aether::{Plugin, StartOptions};
use aether_installed::{Held, LibraryError};

use crate::{App, Error, lock};

/// What keeps the files of offered plugins in place.
#[derive(Debug, Default)]
pub(crate) struct Offers(Mutex<BTreeMap<String, Held>>);

impl App {
    /// Offers the installed version of a plugin to others, instead of an earlier one. Where nothing says
    /// who may call it, or it would have to be asked about, it is not offered.
    pub(crate) fn offer(&self, name: &str) {
        self.withdraw(name);
        if self.0.policy.is_none() || self.0.is_closed() || self.0.offence(name).is_some() {
            return;
        }
        // Why it cannot be loaded is told to whoever starts it.
        let Ok((held, plugin, options)) = self.loaded(name) else { return };
        let is_granted = matches!(self.0.host.decide(&plugin, &options), Decision::Granted(_));
        if is_granted && self.0.host.offer(&plugin, &options).is_ok() {
            lock(&self.0.offers.0).insert(name.to_owned(), held);
        }
    }

    /// Offers every installed plugin.
    pub(crate) fn offer_all(&self) {
        if self.0.policy.is_some() {
            self.0.library.list().iter().for_each(|listed| self.offer(listed.name.as_str()));
        }
    }

    /// Ends what others called of a plugin, and offers it no more.
    pub(crate) fn withdraw(&self, name: &str) {
        self.0.host.withdraw_plugin(name);
        lock(&self.0.offers.0).remove(name);
    }

    /// The installed version of a plugin, as it is started: with what it was granted, and with what a
    /// person agreed to.
    pub(crate) fn loaded(&self, name: &str) -> Result<(Held, Plugin, StartOptions), Error> {
        let inner = &self.0;
        let held = inner.library.hold(name)?;
        let changed = || Error::from(LibraryError::Changed(held.name().clone()));
        let plugin = inner.host.load(held.folder()).map_err(|_| changed())?;
        if plugin.bundle().digest() != held.digest() {
            return Err(changed());
        }
        let plugin = inner.bundles.shared(plugin);
        let narrowing = Some(held.permissions().clone());
        let options = StartOptions { narrowing, ..inner.options.clone() };
        let folders = inner.host.folders_of(&plugin, &options);
        inner.host.remember(&held.consents(inner.policy.as_ref(), &folders));
        Ok((held, plugin, options))
    }
}
