// Fakes `window.__TAURI__` for looking at the page in a browser. `?n=0|1|4|60` plugins; see play.js for the rest.

import {
  CHANGES,
  INTERACTIONS,
  LIMITS,
  LOADS,
  MANIFEST,
  MB,
  METHODS,
  POSTURE,
  QUESTION,
  RIGHTS,
  SAMPLES,
  VIOLATIONS,
  plugins,
  review,
} from "./data.js";

const query = new URLSearchParams(location.search);
const state = {
  plugins: plugins(Number(query.get("n") ?? 4)),
  changes: CHANGES,
  rights: RIGHTS.map((one) => ({ ...one })),
  handlers: new Set(),
  tick: 0,
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const find = (name) => {
  const found = state.plugins.find((one) => one.name === name);
  if (!found) throw Object.assign(new Error(`There is no plugin \`${name}\`.`), { code: "not-installed", fix: null });
  return found;
};
const send = (event) => state.handlers.forEach((handler) => handler(event));
const lifecycle = (plugin, to, detail = null) => send({ kind: "lifecycle", plugin, cell: null, state: to, detail });

function metrics() {
  const t = state.tick++;
  return {
    run: "run-1",
    uptimeMs: t * 1000,
    pressure: "none",
    cells: state.plugins
      .filter((one) => one.running)
      .map((one, i) => {
        const [memory, limit, cores] = LOADS[one.name] ?? [12 + ((i * 7) % 40), 64, ((i * 13) % 9) / 90];
        const wave = Math.sin(t / (4 + i)) * 0.12 + Math.sin(t / 2.3 + i * 2) * 0.06;
        const bad = one.name === "misbehaving";
        return {
          cell: one.cell,
          plugin: one.name,
          rung: bad ? "narrow" : i === 1 ? "notify" : "observe",
          pressed: "no",
          risk: bad ? 58 : i === 1 ? 12 : 0,
          ageMs: 734000 + t * 1000 - i * 41000,
          memory: Math.min(limit, memory * (1 + wave)) * MB,
          memoryLimit: limit * MB,
          cores: Math.max(0, cores * (1 + wave * 3)),
          cpuMs: 4100 + t * cores * 1000,
          calls: 120 + i * 17 + t * (i % 3),
          openCalls: i % 2,
          denials: bad ? 128 + t : one.name === "notes" ? 3 : 0,
          bytesIn: i * 23011 + t * 512,
          bytesOut: i * 4501 + t * 90,
          processes: 1 + (one.current.runtime === "native" ? 2 : 0),
          threads: 2 + (i % 4),
          descriptors: 7,
          findings: bad ? 4 : 0,
          lastFinding: bad ? "It asked for 48 different things within ten seconds that it was not granted." : null,
        };
      }),
  };
}

async function call(name, method, input, { onPiece, onProgress, signal }) {
  const cancelled = new Promise((_, fail) =>
    signal?.addEventListener("abort", () =>
      fail(Object.assign(new Error("The call was cancelled."), { code: "cancelled", fix: null })),
    ),
  );
  const work = (async () => {
    for (let i = 1; i <= 6; i++) {
      await wait(250);
      onProgress?.({ fraction: i / 8, message: `reading notes/${2020 + i}.md` });
      onPiece?.({ path: `notes/${2020 + i}.md`, line: i * 7, text: "call the printer" });
    }
    if (method === "fail")
      throw Object.assign(new Error("Writing `./archive/old.md` is not granted: the manifest does not request it."), {
        code: "permission-denied",
        fix: '"permissions": { "filesystem": { "write": ["./archive/old.md"] } }',
      });
    if (method === "export") await wait(60000);
    return { found: 6, of: 41, words: input?.words ?? null, took: "12 ms" };
  })();
  return Promise.race([work, cancelled]);
}

const aether = {
  list: async () => structuredClone(state.plugins),
  inspect: async (name) => ({
    plugin: structuredClone(find(name)),
    rights: state.rights,
    limits: LIMITS,
    folder: `/home/you/.local/share/aether-workbench/plugins/${name}/1.4.0`,
    files: 9,
    bytes: 48231,
    difference: null,
    methods: find(name).running ? METHODS : [],
    posture: find(name).running ? POSTURE : null,
    manifest: MANIFEST,
  }),
  review: async (source) => {
    const path = source.folder ?? source.archive;
    await wait(120);
    if (path.includes("nothing"))
      throw Object.assign(new Error(`There is no \`aether-plugin.json\` in \`${path}\`.`), {
        code: "no-manifest",
        fix: "name the folder that holds aether-plugin.json",
      });
    return review(
      path
        .split("/")
        .at(-1)
        .replace(/\.zip$/, ""),
      false,
    );
  },
  reviewWaiting: async (name) => review(name, true),
  discardReview: async () => null,
  install: async () => {
    await wait(200);
    lifecycle("clock", "installed");
    state.plugins.push({ ...structuredClone(plugins(1)[0]), name: "clock", running: false, waiting: null, changes: 0 });
    return { name: "clock", digest: "", outcome: "new", running: false, difference: null };
  },
  reject: async (name) => void (find(name).waiting = null),
  grant: async (name, right) => grant(name, right, true),
  revoke: async (name, right) => grant(name, right, false),
  enable: async (name) => ({ running: ((find(name).enabled = true), find(name).running) }),
  disable: async (name) => ({ running: ((find(name).enabled = false), find(name).running) }),
  uninstall: async (name) => {
    state.plugins = state.plugins.filter((one) => one.name !== name);
    lifecycle(name, "uninstalled");
  },
  start: async (name) => run(name, true),
  stop: async (name) => run(name, false),
  restart: async (name) => run(name, true),
  restore: async () => null,
  call,
  changes: async () => state.changes,
  apply: async (_name, paths) => {
    const done = state.changes.map((one, i) => ({
      path: one.path,
      outcome: paths && !paths.includes(one.path) ? "not-selected" : i === 1 ? "conflict" : "applied",
      detail: i === 1 ? "its digest is not the one that the plugin read" : null,
    }));
    state.changes = state.changes.filter((one) => done.find(({ path }) => path === one.path).outcome !== "applied");
    find("notes").changes = state.changes.length;
    return done;
  },
  discard: async (name) => {
    const number = state.changes.length;
    state.changes = [];
    find(name).changes = 0;
    return number;
  },
  metrics: async () => metrics(),
  interactions: async () => (state.plugins.length ? INTERACTIONS : { plugins: [], edges: [], destinations: [] }),
  report: async () => ({
    folder: "/home/you/.local/share/aether-workbench/reports/2026-11-30T13-40",
    url: "data:text/html,<h1>The report would stand here</h1>",
  }),
  audit: async () =>
    Array.from({ length: 40 }, (_, i) => ({
      seq: 400 + i,
      time: new Date(Date.parse("2026-11-30T13:30:00Z") + i * 1700).toISOString(),
      plugin: "notes",
      cell: 3,
      kind: i % 7 === 3 ? "denied" : "call",
      action: i % 7 === 3 ? "filesystem.read" : "search",
      verdict: i % 7 === 3 ? "denied" : "allowed",
      object: i % 7 === 3 ? "/home/you/.ssh/id_ed25519" : "./notes/today.md",
      rule: i % 7 === 3 ? "not-requested" : "grant",
    })),
  auditVerify: async () => ({
    intact: true,
    records: 1243,
    text: "1243 records, each sealed by the next; the last one is sealed by this run.",
  }),
  watch: async (_options, handler) => {
    state.handlers.add(handler);
    for (let i = 0; i < 59; i++) handler({ kind: "sample", metrics: metrics() });
    const timer = setInterval(() => handler({ kind: "sample", metrics: metrics() }), 1000);
    if (state.plugins.some((one) => one.name === "misbehaving")) misbehave(handler);
    return () => (clearInterval(timer), state.handlers.delete(handler));
  },
  questions: async () => (query.has("question") ? [QUESTION] : []),
  respond: async () => !query.has("late"),
  mountPanel: async (element) => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = "data:text/html,<body>The plugin's own panel would stand here";
    frame.style.height = "200px";
    element.append(frame);
    return { close: async () => frame.remove(), setTheme: () => {} };
  },
};

function grant(_name, right, to) {
  state.rights = state.rights.map((one) =>
    one.right.resource === right.resource && one.right.permission === right.permission ? { ...one, granted: to } : one,
  );
  return { running: true };
}

async function run(name, running) {
  await wait(150);
  Object.assign(find(name), { running });
  lifecycle(name, running ? "started" : "ended", running ? null : "stopped by the host");
  return running
    ? { cell: 9, name, engine: "quickjs", methods: METHODS, posture: POSTURE }
    : { ending: "stopped by the host" };
}

function misbehave(handler) {
  const violation = ([permission, object, message, fix], plugin = "misbehaving") =>
    handler({ kind: "violation", plugin, cell: 11, permission, object, message, fix, policyLine: null });
  VIOLATIONS.forEach((one, i) => Array.from({ length: 1 + i * 3 }, () => violation(one)));
  violation(
    [
      "network.domains",
      "sync.example.com",
      "a request to `sync.example.com` is not granted: it is optional, and you have not granted it",
      "grant it under Permissions, or `optional` it stays",
    ],
    "notes",
  );
  handler({
    kind: "finding",
    plugin: "misbehaving",
    cell: 11,
    rule: "denied-secret",
    text: "It was refused a file where people keep secrets: `/root/.ssh/id_ed25519`.",
    risk: 31,
  });
  handler({
    kind: "ladder",
    plugin: "misbehaving",
    cell: 11,
    from: "notify",
    to: "throttle",
    by: "the monitor",
    because: "its risk is 34 of 100",
  });
  handler({
    kind: "finding",
    plugin: "misbehaving",
    cell: 11,
    rule: "denied",
    text: "It asked for 48 different things within ten seconds that it was not granted.",
    risk: 58,
  });
  handler({
    kind: "ladder",
    plugin: "misbehaving",
    cell: 11,
    from: "throttle",
    to: "narrow",
    by: "the monitor",
    because: "its risk is 58 of 100",
  });
  if (!query.has("calm")) setInterval(() => violation(VIOLATIONS[1]), 1500);
}

window.__TAURI__ = {
  aether,
  core: { invoke: async (name) => (name === "samples" && !query.has("bare") ? SAMPLES : []) },
};
window.mock = { send, state, QUESTION, lifecycle };
