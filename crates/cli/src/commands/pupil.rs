//! What is known of a plugin while it is learned from.

use std::collections::{BTreeMap, BTreeSet};

use aether::learn::{
    MAX_CLOSED, Observations, Options, Peaks, SuggestedLine, Suggestion, Use, file_to_read,
    suggest, without_sensitive,
};
use aether::manifest::{MAX_ENTRIES, Permission, Runtime};
use aether::path::{PathPattern, VirtualPath};
use aether::policy::sensitive;
use aether::source::printable;
use aether::{Host, Plugin, Standing};

use crate::commands::allowed::{Allowed, allowed, opened};
use crate::commands::observed::observed;
use crate::failure::Failure;
use crate::show::terminal::Terminal;
use crate::state::RunFolder;

/// Most files that are granted one by one where the policy allows no more of a folder than some.
const ONE_BY_ONE: usize = 64;

/// Most folders that are looked through in one round. Stops a plugin that looks at thousands of them from
/// keeping its host busy; the others have their turn in the next round.
const LOOKED_THROUGH: usize = 64;

/// What is known of a plugin by now.
pub(crate) struct Pupil {
    pub(crate) plugin: Plugin,
    /// What it asks for, in the next round.
    pub(crate) manifest: String,
    /// What each of the runs did, of those that a model is learned from.
    pub(crate) runs: Vec<Vec<String>>,
    /// What the policy refuses it, as far as it was told.
    held: BTreeSet<String>,
    /// Where it looked for something, and what stands there was granted or cannot be.
    looked: BTreeSet<String>,
    /// Sensitive files that stand there, and are not shown to it.
    pub(crate) closed: BTreeSet<VirtualPath>,
}

/// The plugins of what is learned from, by their names.
pub(crate) type Pupils = BTreeMap<String, Pupil>;

impl Pupil {
    fn new(plugin: &Plugin) -> Self {
        Self {
            plugin: plugin.clone(),
            manifest: plugin.manifest().source.text().to_owned(),
            runs: Vec::new(),
            held: BTreeSet::new(),
            looked: BTreeSet::new(),
            closed: BTreeSet::new(),
        }
    }

    pub(crate) fn is_native(&self) -> bool {
        self.plugin.manifest().runtime_or_default() == Runtime::Native
    }

    /// Has it ask for what it was denied. Says what that is.
    fn ask(
        &mut self,
        host: &Host,
        asked: &Plugin,
        seen: &Observations,
        terminal: &Terminal,
    ) -> Result<Vec<String>, Failure> {
        let options = Options { denied: true, opened: opened(host, asked), ..Options::default() };
        let suggestion = suggest(seen, &Peaks::default(), Some(asked.manifest()), &options);
        if suggestion.lines.is_empty() {
            return Ok(Vec::new());
        }
        let name = seen.plugin();
        let told =
            |line: &SuggestedLine| format!("{name}: {} {}", line.permission.as_str(), line.entry);
        let Allowed { manifest, lines, held, policy } =
            allowed(host, asked, &self.manifest, suggestion)?;
        self.manifest = manifest;
        let new = held.iter().map(told).filter(|line| self.held.insert(line.clone()));
        let new = new.collect::<Vec<_>>().join(", ");
        if !new.is_empty() {
            let policy = policy.unwrap_or_else(|| "the policy".to_owned());
            terminal.say(printable(&format!("stays denied, since {policy} refuses it: {new}")));
        }
        Ok(lines.iter().map(told).collect())
    }

    /// Shows it what stands where it looked, but for sensitive places: whoever lists a folder asks for
    /// nothing by its name. Says what that is.
    fn show(
        &mut self,
        host: &Host,
        asked: &Plugin,
        seen: &Observations,
        terminal: &Terminal,
    ) -> Result<Vec<String>, Failure> {
        let name = seen.plugin();
        let reads = asked.manifest().permissions.entries(Permission::FilesystemRead);
        let reads: Vec<PathPattern> =
            reads.iter().filter_map(|entry| PathPattern::parse(&entry.value).ok()).collect();
        let places = seen.objects(Use::Look).map(|(object, _)| object).chain(seen.missing());
        let (mut shown, mut looked_through) = (Vec::new(), 0);
        for place in places {
            let Ok(path) = VirtualPath::parse(place) else { continue };
            let is_known = self.looked.contains(place) || reads_all(&reads, &path);
            if is_known || looked_through >= LOOKED_THROUGH {
                continue;
            }
            self.looked.insert(place.to_owned());
            let (entries, files) = match host.standing(name, &path) {
                Some(Standing::File) => (file_to_read(&path).into_iter().collect(), Vec::new()),
                Some(Standing::Folder(below)) => {
                    looked_through += 1;
                    let files = || below.iter().filter(|(_, is_folder)| !is_folder);
                    let sensitive = files().filter(|(path, _)| is_sensitive(path));
                    let room = MAX_CLOSED.saturating_sub(self.closed.len());
                    self.closed.extend(sensitive.map(|(path, _)| path.clone()).take(room));
                    let plain = files().filter_map(|(path, _)| file_to_read(path));
                    (without_sensitive(&path, &below), plain.take(ONE_BY_ONE).collect())
                }
                Some(Standing::TooLarge) => {
                    looked_through += 1;
                    let why = "too much is in it. Let the manifest ask for what it needs there";
                    terminal.warn(format_args!("{name} is not shown {place}: {why}"));
                    continue;
                }
                None => continue,
            };
            let mut granted = self.read(host, asked, entries)?;
            if granted == 0 {
                granted = self.read(host, asked, files)?;
            }
            if granted > 0 {
                shown.push(format!("{name}: is shown {place}"));
            }
        }
        Ok(shown)
    }

    /// Has it ask for reading these, as far as there is room and the policy allows it. Says how many
    /// of them are granted then.
    fn read(
        &mut self,
        host: &Host,
        asked: &Plugin,
        entries: Vec<String>,
    ) -> Result<usize, Failure> {
        let asking = asked.asking_for(&self.manifest)?;
        let there = asking.manifest().permissions.entries(Permission::FilesystemRead);
        let parsed = |entry: &str| PathPattern::parse(entry).ok();
        let all: Vec<PathPattern> = there.iter().filter_map(|one| parsed(&one.value)).collect();
        let is_new = |entry: &String| {
            parsed(entry).is_some_and(|new| !all.iter().any(|old| old.covers(&new)))
        };
        let room = MAX_ENTRIES.saturating_sub(there.len());
        let new = entries.into_iter().filter(is_new).take(room);
        let wanted = Suggestion::to_read(&asked.identity().name, new);
        if wanted.lines.is_empty() {
            return Ok(0);
        }
        let Allowed { manifest, lines, .. } = allowed(host, asked, &self.manifest, wanted)?;
        self.manifest = manifest;
        Ok(lines.len())
    }
}

/// Whether one of these patterns names a folder with everything in it.
fn reads_all(reads: &[PathPattern], path: &VirtualPath) -> bool {
    let tree = PathPattern::parse(&format!("{}/**", path.as_str().trim_end_matches('/')));
    tree.is_ok_and(|tree| reads.iter().any(|read| read.covers(&tree)))
}

fn is_sensitive(path: &VirtualPath) -> bool {
    sensitive::reached_by(path.as_str()).is_some()
}

/// Looks at what the plugins of a run did. Says what they are granted in the next round that they were
/// not in this one.
pub(crate) fn look(
    host: &Host,
    folder: &RunFolder,
    pupils: &mut Pupils,
    terminal: &Terminal,
) -> Result<Vec<String>, Failure> {
    let plugins = host.traces().into_iter().map(|(plugin, _)| plugin);
    let plugins: BTreeMap<String, Plugin> =
        plugins.map(|plugin| (plugin.identity().name.clone(), plugin)).collect();
    let seen = observed(folder, plugins.keys().map(String::as_str), terminal)?;
    let mut news = Vec::new();
    for ((name, plugin), seen) in plugins.into_iter().zip(seen.values()) {
        let pupil = pupils.entry(name).or_insert_with(|| Pupil::new(&plugin));
        news.extend(pupil.ask(host, &plugin, seen, terminal)?);
        news.extend(pupil.show(host, &plugin, seen, terminal)?);
    }
    Ok(news)
}
