//! From a grant to what the container, the gateway and the cell are told.

use std::sync::Arc;

use aether_container::{Code, Door, Limits, Protection, Recipe, Workload};
use aether_gateway::limits::BLOB_BYTES;
use aether_gateway::{Elevated, InMemory, Services, Values, name_of};
use aether_manifest::{Compat, JsEngine, Permission};
use aether_overlay::{Overlay, OverlayConfig, Quota};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::elevation::{Decided, Wish};
use aether_policy::grant::{Grant, Identity};
use aether_policy::policy::PolicyOrigin;
use aether_protocol::Versions;
use aether_protocol::v1::{CellLimits, Debug, Hello, MODULES, PluginInfo};

use super::launch::Manner;
use super::start::StartError;
use super::{Host, millis};
use crate::Plugin;
use crate::blobs::Blobs;
use crate::driver::NativeSide;
use crate::mounts::Places;
use crate::native::{self, Layers, Reach};
use crate::stores::Kept;
/// Bytes of memory that an engine's process has beside the plugin's heap: the program's data, the
/// engine's own structures, message buffers. Taken from the plugin's memory where that is large
/// enough, added to it where it is not, so that a small limit still leaves a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EngineMemory(u64);

impl EngineMemory {
    /// QuickJS and WebAssembly.
    pub(crate) const SMALL: Self = Self(8 << 20);

    /// V8: a second stack, and what its parser and compilers take while they work.
    const V8: Self = Self(24 << 20);

    /// V8 where it makes machine code: room for that, too.
    const V8_JIT: Self = Self(Self::V8.0 + V8_CODE);

    /// That of the engine which runs in such a container.
    pub(crate) const fn of(recipe: &Recipe) -> Self {
        match (recipe.aside, recipe.code) {
            (false, _) => Self::SMALL,
            (true, Code::Made) => Self::V8_JIT,
            (true, Code::None | Code::Handed) => Self::V8,
        }
    }

    /// What the process has, for a plugin with so much memory.
    pub(crate) const fn process(self, memory: u64) -> u64 {
        let least = self.heap(memory) + self.0;
        if memory > least { memory } else { least }
    }

    /// The plugin's heap within its memory.
    pub(crate) const fn heap(self, memory: u64) -> u64 {
        let rest = memory.saturating_sub(self.0);
        if rest > memory / 2 { rest } else { memory / 2 }
    }

    /// The plugin's heap in a process that has so much.
    pub(crate) const fn heap_within(self, process: u64) -> u64 {
        process.saturating_sub(self.0)
    }
}

/// Bytes of machine code that V8 may have made at a time.
const V8_CODE: u64 = aether_cell::V8_CODE_BYTES;

/// What the compiler of WebAssembly may have: a large component takes hundreds of megabytes.
pub(crate) const COMPILER_MEMORY: u64 = 2 << 30;

/// Engine stack, bytes: well below the 8 MiB that a main thread has, where the engine would be cut
/// off by the kernel instead of throwing.
const ENGINE_STACK: u64 = 1 << 20;

/// Descriptors that a cell may have: four that it is born with, and payloads under way: at most
/// four arrive with one message, and one is sent.
const OPEN_FILES: u32 = 12;

/// The file that says what a package is.
const PACKAGE: &str = "package.json";

/// The folder of packages.
const PACKAGES: &str = "node_modules";

/// Files and folders that one plugin may change.
const CHANGED_ENTRIES: u64 = 16_384;

impl Host {
    pub(super) fn recipe(&self, grant: &Grant) -> Recipe {
        // Whoever wrote a pipeline may have laid a policy beside it: it cannot weaken the container.
        let trusted =
            self.0.policy.as_ref().is_some_and(|policy| policy.origin == PolicyOrigin::Named);
        let named = grant.degraded().filter(|_| trusted).filter_map(Protection::from_name);
        let limits = grant.limits();
        Recipe {
            program: self.0.program.clone(),
            limits: Limits {
                memory: EngineMemory::SMALL.process(limits.memory),
                cpu_millis: limits.cpu_millis,
                open_files: OPEN_FILES,
                addresses: true,
                raisable: self.may_be_given_memory(grant),
            },
            optional: self.0.optional.iter().copied().chain(named).collect(),
            code: Code::None,
            aside: false,
            workload: Workload::Engine,
            confine: self.0.confine,
        }
    }

    /// The same for an engine. Code is compiled with other limits than it runs with: they are about the
    /// compiler, and no plugin is there yet.
    pub(super) fn engine_recipe(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        manner: Manner<'_>,
    ) -> Recipe {
        let mut recipe = self.recipe(grant);
        if let Some(engine) = grant.engine().filter(|engine| engine.kind == JsEngine::V8) {
            // It reserves far more addresses than it has memory.
            recipe.limits.addresses = false;
            recipe.aside = true;
            if engine.jit {
                recipe.code = Code::Made;
                recipe.optional.insert(Protection::WriteXorExecute);
            }
            let memory = match manner.makes {
                Some(_) => COMPILER_MEMORY,
                None => grant.limits().memory,
            };
            recipe.limits.memory = EngineMemory::of(&recipe).process(memory);
        }
        if plugin.wasm().is_some() {
            recipe.code = if manner.compiles.is_none() { Code::Handed } else { Code::None };
            recipe.limits.addresses = false;
            if manner.compiles.is_some() {
                recipe.limits.memory = COMPILER_MEMORY;
                recipe.limits.cpu_millis = recipe.limits.cpu_millis.max(1000);
            }
        }
        recipe
    }

    /// Refuses a plugin whose engine the program that becomes its cell is known not to have.
    pub(super) fn has_engine(&self, plugin: &Plugin, grant: &Grant) -> Result<(), StartError> {
        let engine = grant.engine().map_or(JsEngine::QuickJs, |engine| engine.kind).as_str();
        let itself = matches!(self.0.program, aether_container::Program::Itself);
        if !itself || aether_cell::ENGINES.contains(&engine) {
            return Ok(());
        }
        Err(StartError::NoEngine { plugin: plugin.identity().name.clone(), engine })
    }

    /// Whether a call of the plugin could ever be given more memory than it has.
    fn may_be_given_memory(&self, grant: &Grant) -> bool {
        let more = Wish::Memory { bytes: grant.limits().memory.saturating_add(1) };
        match grant.elevation().decide(&more) {
            Decided::Allow { .. } => true,
            Decided::Ask => self.can_ask(),
            Decided::Refuse { .. } => false,
        }
    }

    /// The same for a native program.
    pub(super) fn native_recipe(
        &self,
        (number, plugin): (u32, &Plugin),
        grant: &Grant,
        places: &Places,
        reach: &Reach,
        manner: Manner<'_>,
    ) -> Result<(Recipe, NativeSide), StartError> {
        let Manner { door, folder, runs_system, .. } = manner;
        let container = &container_of(self.run_id(), number, plugin);
        let mut recipe = self.recipe(grant);
        let may_lack = recipe.is_optional(Protection::AppContainer);
        let wanted = native::Wanted {
            plugin,
            grant,
            places,
            reach,
            door,
            container,
            may_lack,
            folder,
            runs_system,
        };
        let prepared = native::prepare(wanted, &self.0.shelf);
        let native::Prepared { mut native, layers } =
            prepared.map_err(StartError::native(plugin))?;
        let side = side_of(&native, layers, grant);
        recipe.limits.memory = grant.limits().memory;
        // Who has no door cannot ask for more.
        recipe.limits.raisable &= !matches!(door, aether_container::Door::Closed);
        recipe.limits.open_files = native::OPEN_FILES;
        native.trace_files = self.0.trace_files || self.watches_files(grant);
        recipe.workload = Workload::Native(Box::new(native));
        Ok((recipe, side))
    }

    /// Whether a native plugin's program is there, without granting or running anything.
    pub(super) fn look_for_program(&self, plugin: &Plugin) -> Result<(), StartError> {
        native::look_for_program(plugin).map_err(StartError::native(plugin))
    }

    pub(super) fn services(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        places: &Places,
        (number, door): (u32, Door),
    ) -> Result<Services, StartError> {
        let patterns = match (plugin.is_native(), door) {
            // It asks for nothing.
            (true, Door::Closed) => Vec::new(),
            // It can be lent others there.
            (true, _) if cfg!(windows) => file_patterns(grant, |_| true),
            // A native program has its files in its own root; here it can have one written through.
            (true, _) => file_patterns(grant, |of| of == Permission::FilesystemWrite),
            (false, _) => file_patterns(grant, |_| true),
        };
        let overlay = Overlay::new(OverlayConfig {
            mounts: places.for_overlay(patterns.iter()),
            quota: quota_of(grant),
            ..OverlayConfig::default()
        })?;
        let identity = plugin.identity();
        let values: Box<dyn Values> = match &self.0.stores {
            Some(all) => Box::new(Kept::new(Arc::clone(all), &identity.name, &identity.digest)),
            None => Box::new(InMemory::default()),
        };
        let blob_bytes = BLOB_BYTES.min(grant.limits().memory);
        let pool = Blobs::new(Arc::clone(&self.0.blobs), &identity.name, number, blob_bytes);
        let variable = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
        Ok(Services {
            bundle: plugin.bundle().shared_files(),
            overlay,
            cwd: VirtualPath::workspace(),
            environment: grant.environment().filter_map(variable).collect(),
            values,
            pool: Box::new(pool),
            elevated: Elevated {
                vault: Arc::clone(&self.0.vault),
                connection: self.0.vault.connect(name_of(&identity.name), u64::from(number)),
                began: self.0.started,
                asks: self.can_ask(),
                named: self.0.named.clone(),
            },
        })
    }
}

/// The name of a cell's container, where containers have names: no two cells are in one.
pub(super) fn container_of(run: &str, number: u32, plugin: &Plugin) -> String {
    format!("{run}.{number}.{}", plugin.identity().digest)
}

/// What the driver is to know of a native program.
fn side_of(native: &aether_container::Native, layers: Layers, grant: &Grant) -> NativeSide {
    let (executable, processes) = (native.executable.clone(), native.processes);
    NativeSide { layers, executable, processes, asking: grant.asking() }
}

/// What a plugin may write.
pub(super) fn quota_of(grant: &Grant) -> Quota {
    Quota { bytes: grant.limits().disk, entries: CHANGED_ENTRIES }
}

/// The granted patterns over files.
fn file_patterns(grant: &Grant, wanted: impl Fn(Permission) -> bool) -> Vec<PathPattern> {
    let of_files = |line: &&aether_policy::grant::Line| {
        matches!(line.permission, Permission::FilesystemRead | Permission::FilesystemWrite)
            && wanted(line.permission)
    };
    // They were parsed from the same text before.
    grant
        .lines()
        .filter(of_files)
        .filter_map(|line| PathPattern::parse(&line.resource).ok())
        .collect()
}

/// Whether a bundle with this file has packages: one that says what a package is, or one in a folder of
/// them.
fn has_packages(path: &str) -> bool {
    let mut folders = path.split('/');
    let name = folders.next_back();
    name == Some(PACKAGE) || folders.any(|folder| folder == PACKAGES)
}

pub(super) fn hello(
    versions: &Versions,
    plugin: &Plugin,
    grant: &Grant,
    recipe: &Recipe,
    (in_host, coredump): (bool, bool),
) -> Hello {
    let identity: &Identity = plugin.identity();
    let compat = [Compat::NodeFs].into_iter().filter(|layer| grant.has_compat(*layer));
    Hello {
        protocol: versions.offered(),
        api: MODULES.map(|(name, version)| (name.to_owned(), version)).into(),
        plugin: PluginInfo {
            name: identity.name.clone(),
            version: identity.version.clone(),
            digest: identity.digest.clone(),
        },
        runtime: plugin.manifest().runtime_or_default().to_string(),
        engine: grant.engine().map(|engine| engine.kind.as_str().to_owned()).unwrap_or_default(),
        debug: Debug::No,
        made: Vec::new(),
        packages: plugin.bundle().files().keys().any(|path| has_packages(path)),
        jit: grant.engine().is_some_and(|engine| engine.jit),
        entry: plugin.entry().to_owned(),
        compat: compat.map(|layer| layer.as_str().to_owned()).collect(),
        stateless: plugin.manifest().stateless,
        in_host,
        coredump,
        cwd: VirtualPath::workspace().as_str().to_owned(),
        limits: CellLimits {
            heap: match plugin.is_native() {
                true => recipe.limits.memory,
                false => EngineMemory::of(recipe).heap_within(recipe.limits.memory),
            },
            stack: ENGINE_STACK,
            load_ms: millis(grant.limits().timeout),
            in_flight: aether_gateway::limits::IN_FLIGHT,
        },
        fixes: versions.told(),
    }
}
