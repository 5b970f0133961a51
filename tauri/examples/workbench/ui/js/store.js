// What the window knows, and who wants to hear of it. Bounded: 60 samples a plugin, 500 incidents.

import { aether, problem, samples } from "./api.js";

export const SAMPLES = 60;
export const INCIDENTS = 500;
/** How long things that happen at once are waited for. */
const SOON_MS = 120;
/** How often it is looked whether a plugin still rests. */
const REST_MS = 1000;

export const store = {
  /** The installed plugins; null until the first answer. */
  plugins: null,
  samples: [],
  /** Folder of a sample that updates another -> the digest of what lies there, as far as it is known. */
  digests: new Map(),
  /** Why the list could not be read, if so. */
  error: null,
  /** The latest sample of every cell. */
  metrics: null,
  /** Plugin -> { memory: number[], cores: number[] }, the newest last. */
  series: new Map(),
  /** Key -> what was refused, found or done, the newest last. */
  incidents: new Map(),
  /** How many incidents came since somebody looked. */
  unseen: 0,
  pressure: "none",
};

const listeners = new Map();

/** Hears a topic: plugins, sample, incidents, lifecycle, changes, question, question-over. Answers with the end. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

export function emit(topic, value) {
  for (const listener of [...(listeners.get(topic) ?? [])]) listener(value);
}

/** The running cell of a plugin, as last sampled. */
export function cellOf(name) {
  return store.metrics?.cells.find((cell) => cell.plugin === name) ?? null;
}

let soon = 0,
  rest = 0;

/** Reads the list anew. */
export async function refresh() {
  const [plugins, bundled] = await Promise.allSettled([aether().list(), samples()]);
  if (plugins.status === "fulfilled") {
    store.plugins = plugins.value;
    store.error = null;
  } else {
    store.error = problem(plugins.reason);
  }
  // The same list is the same objects, so that they can be told apart.
  if (bundled.status === "fulfilled" && store.samples.length === 0) store.samples = bundled.value;
  emit("plugins");
  learnDigests();
  // Nothing tells when a rest is over.
  clearTimeout(rest);
  if (store.plugins?.some((one) => one.resting)) rest = setTimeout(refresh, REST_MS);
}

/** Looks at updates among the samples, once the plugin is installed: whether it is that version already. */
function learnDigests() {
  const first = new Set();
  for (const { name, folder } of store.samples) {
    const update = first.has(name);
    first.add(name);
    if (update && !store.digests.has(folder) && store.plugins?.some((one) => one.name === name)) learnDigest(folder);
  }
}

async function learnDigest(folder) {
  store.digests.set(folder, null);
  try {
    const { digest, ticket } = await aether().review({ folder });
    store.digests.set(folder, digest);
    await aether().discardReview(ticket);
  } catch {
    // What is wrong with it is told to whoever presses its button.
  }
  emit("plugins");
}

/** Reads the list once for all that happens within a moment. */
export function refreshSoon() {
  clearTimeout(soon);
  soon = setTimeout(refresh, SOON_MS);
}

/** Starts listening to the host; the first sample comes within a second. */
export async function begin() {
  await refresh();
  const api = aether();
  await api.watch({ everyMs: 1000 }, take);
  api.metrics().then(sample, () => {});
  api.questions().then(
    (waiting) => waiting.forEach((question) => emit("question", question)),
    () => {},
  );
}

function take(event) {
  switch (event.kind) {
    case "sample":
      return sample(event.metrics);
    case "pressure":
      store.pressure = event.tier;
      return emit("sample");
    case "lifecycle":
      refreshSoon();
      return emit("lifecycle", event);
    case "changes":
      refreshSoon();
      return emit("changes", event);
    case "violation":
      return incident({ ...event, kind: "refused" }, `r\0${event.plugin}\0${event.permission}\0${event.object}`);
    case "finding":
      return incident(event, `f\0${event.plugin}\0${event.rule}\0${event.text}`);
    case "ladder":
      return incident(event, `l\0${event.plugin}\0${event.from}\0${event.to}\0${Date.now()}`);
    case "consent-needed":
    case "elevation-needed":
      return emit("question", event.question);
    case "question-over":
      return emit("question-over", event.id);
    case "missed":
      return refreshSoon();
    default:
      return undefined;
  }
}

function sample(metrics) {
  store.metrics = metrics;
  store.pressure = metrics.pressure ?? store.pressure;
  const running = new Set();
  for (const cell of metrics.cells) {
    running.add(cell.plugin);
    const series = store.series.get(cell.plugin) ?? { cell: cell.cell, memory: [], cores: [] };
    if (series.cell !== cell.cell) Object.assign(series, { cell: cell.cell, memory: [], cores: [] });
    push(series.memory, cell.memory);
    push(series.cores, cell.cores);
    store.series.set(cell.plugin, series);
  }
  for (const name of store.series.keys()) if (!running.has(name)) store.series.delete(name);
  emit("sample");
}

function push(list, value) {
  list.push(value);
  if (list.length > SAMPLES) list.shift();
}

/** Files an incident under its key: one more of the same, or a new one; the newest is last. */
function incident(event, key) {
  const now = Date.now();
  const known = store.incidents.get(key);
  store.incidents.delete(key);
  store.incidents.set(key, { ...event, key, count: (known?.count ?? 0) + 1, first: known?.first ?? now, last: now });
  if (store.incidents.size > INCIDENTS) store.incidents.delete(store.incidents.keys().next().value);
  store.unseen += 1;
  emit("incidents");
}

export function seen() {
  if (store.unseen === 0) return;
  store.unseen = 0;
  emit("incidents");
}

export function clearIncidents() {
  store.incidents.clear();
  store.unseen = 0;
  emit("incidents");
}
