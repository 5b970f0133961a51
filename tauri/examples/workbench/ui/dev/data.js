// Believable data for the mock: plugins, what they ask for, what they write, and what they try.

const MB = 1 << 20;
export const right = (permission, resource) => ({ permission, resource });
export const asked = (permission, resource, risk, note, optional = false, granted = null) => ({
  right: right(permission, resource),
  optional,
  risk,
  note,
  granted,
});
const digest = (seed) =>
  `sha256:${Array.from({ length: 64 }, (_, i) => "0123456789abcdef"[(seed * 31 + i * i * 7 + i * seed) % 16]).join("")}`;

const version = (number, description, runtime, seed, granted = []) => ({
  version: number,
  digest: digest(seed),
  description,
  runtime,
  installed: "2026-11-28T09:14:22Z",
  granted,
  refused: [],
});
const plugin = (name, number, runtime, description, seed, more = {}) => ({
  name,
  enabled: true,
  running: true,
  cell: seed,
  current: version(number, description, runtime, seed),
  waiting: null,
  panel: false,
  changes: 0,
  resting: null,
  ...more,
});

/** Memory, limit (MB) and cores round which the samples of a plugin move. */
export const LOADS = {
  notes: [38, 128, 0.03],
  "log-triage": [84, 256, 0.62],
  rates: [22, 64, 0.05],
  misbehaving: [56, 64, 0.97],
};

export function plugins(count) {
  const four = [
    plugin(
      "notes",
      "1.4.0",
      "javascript",
      "Keeps notes in a folder of yours, finds them by their words, and lists what is due today.",
      3,
      { panel: true, changes: 3, waiting: version("1.5.0", "Keeps notes, and shares them by link.", "javascript", 8) },
    ),
    plugin(
      "log-triage",
      "0.9.2",
      "wasm",
      "Reads the logs of this machine and counts what went wrong, without ever seeing the network.",
      5,
    ),
    plugin(
      "rates",
      "2.1.0",
      "javascript",
      "Fetches the exchange rates of the day from one server and answers with them.",
      7,
    ),
    plugin(
      "misbehaving",
      "0.1.0",
      "javascript",
      "Asks for one folder and then tries everything else. Harmless: it only reports how it was refused.",
      11,
    ),
  ];
  if (count <= 4) return four.slice(0, count);
  const words = [
    "clock",
    "spell-check",
    "thumbnails",
    "mail-rules",
    "weather",
    "todo-sync",
    "colour-picker",
    "csv-tools",
    "feed-reader",
    "backup-plan",
  ];
  return [
    ...four,
    ...Array.from({ length: count - 4 }, (_, i) =>
      plugin(
        `${words[i % words.length]}${i >= words.length ? `-${Math.floor(i / words.length) + 1}` : ""}`,
        `1.${i % 7}.${i % 4}`,
        ["javascript", "wasm", "native"][i % 3],
        i % 9 === 4 ? null : "One of many plugins, to see how the window fares with sixty of them.",
        13 + i,
        {
          running: i % 4 !== 3,
          enabled: i % 8 !== 7,
          resting:
            i % 16 === 3
              ? "It ended three times within a minute; the last time it used more memory than its limit."
              : null,
        },
      ),
    ),
  ];
}

export const SAMPLES = [
  {
    name: "clock",
    folder: "/usr/share/aether/samples/clock",
    title: "Clock",
    about: "Says what time it is, in a panel of its own. Asks for nothing.",
    runtime: "javascript",
  },
  {
    name: "notes",
    folder: "/usr/share/aether/samples/notes",
    title: "Notes",
    about: "Keeps notes in a folder and finds them again.",
    runtime: "javascript",
  },
  {
    name: "word-count",
    folder: "/usr/share/aether/samples/word-count",
    title: "Word count",
    about: "Counts words in WebAssembly, and writes one file that you decide on.",
    runtime: "wasm",
  },
  {
    name: "misbehaving",
    folder: "/usr/share/aether/samples/misbehaving",
    title: "Misbehaving",
    about: "Tries to read your keys and to call out. Watch it being refused.",
    runtime: "javascript",
  },
];

export const RIGHTS = [
  asked("network.domains", "sync.example.com", "high", "Send to and receive from sync.example.com", true, false),
  asked("filesystem.write", "./notes/", "high", "Change the files in ./notes, once you apply its changes", false, true),
  asked("secrets", "sync-token", "high", "Use the secret sync-token, without seeing more than its value", true, false),
  asked("filesystem.read", "./notes/**", "medium", "Read everything below ./notes", false, true),
  asked("plugins", "rates.today", "medium", "Call the method today of the plugin rates", true, true),
  asked("environment", "LANG", "low", "Read the variable LANG", false, true),
  asked("events.emit", "notes.changed", "low", "Tell other plugins that a note has changed", false, true),
];

export const LIMITS = [
  { limit: "memory", asked: "128 MB", standard: "64 MB" },
  { limit: "timeout", asked: "30 s", standard: "10 s" },
];

export const DIFFERENCE = {
  version: "1.4.0",
  digest: digest(3),
  order: "newer",
  added: [right("network.domains", "*.share.example.net"), right("secrets", "share-key")],
  widened: [{ right: right("filesystem.read", "./**"), was: [right("filesystem.read", "./notes/**")] }],
  removed: [right("environment", "LANG")],
  limits: [{ limit: "memory", was: "64 MB", now: "128 MB" }],
  runtime: null,
  engine: null,
  files: {
    added: ["share.js", "lib/link.js"],
    changed: ["aether-plugin.json", "main.js", "panel.html"],
    removed: ["legacy.js"],
  },
  asksForMore: true,
};

export function review(name, update) {
  return {
    ticket: 7,
    name,
    version: update ? "1.5.0" : "1.0.0",
    description: update
      ? "Keeps notes, and shares them by link."
      : "Keeps notes in a folder of yours, finds them by their words, and lists what is due today.",
    runtime: "javascript",
    digest: digest(8),
    signature: "unsigned",
    files: 9,
    bytes: 48231,
    rights: name === "clock" ? [] : RIGHTS.map((one) => ({ ...one, granted: null })),
    limits: name === "clock" ? [] : LIMITS,
    policy:
      name === "misbehaving"
        ? {
            answer: "refuses",
            refusals: [
              {
                message: "The policy does not allow the plugin misbehaving to read ./public.",
                place: "aether-policy.yaml:7:5",
                fix: 'plugins: { misbehaving: { allow: { filesystem: { read: ["./public/**"] } } } }',
              },
            ],
          }
        : name === "clock"
          ? { answer: "allows", refusals: [] }
          : { answer: "asks", refusals: [] },
    findings: update
      ? [
          {
            message: "It asks for a secret and for the network: together they let the secret leave.",
            place: "aether-plugin.json:14:7",
            fix: null,
          },
        ]
      : [],
    difference: update ? DIFFERENCE : null,
    panel: true,
  };
}

export const POSTURE = [
  ["descriptors", "3 open: standard input, output and error"],
  ["environment", "empty"],
  ["session", "a session of its own"],
  ["userns", "its own user namespace, mapped to nobody"],
  ["empty-root", "the root folder holds 0 entries"],
  ["pidns", "sees 2 processes, both its own"],
  ["ipcns", "its own"],
  ["netns", "no interface but a loopback that is down"],
  ["landlock", "ABI 7: no path is reachable"],
  ["rlimits", "13 limits set"],
  ["memory", "memory.max = 134217728"],
  ["cpu", "cpu.max = 100000 100000"],
  ["processes", "pids.max = 4"],
  ["no-new-privileges", "set"],
  ["capabilities", "all five sets are empty"],
  ["non-dumpable", "set"],
  ["write-xor-execute", "held by seccomp and mdwe"],
  ["seccomp", "41 system calls allowed, the rest end it"],
].map(([name, detail]) => ({ name, state: "enforced", detail }));

export const CHANGES = [
  {
    cell: 3,
    path: "/workspace/notes/today.md",
    kind: "modified",
    host: "/home/you/notes/today.md",
    bytes: 412,
    diff: "--- a/workspace/notes/today.md\n+++ b/workspace/notes/today.md\n@@ -1,6 +1,8 @@\n # Monday\n \n-- [ ] call the printer\n+- [x] call the printer\n - [ ] water the plants\n+- [ ] read the report of the run\n+- [ ] answer Dana about the lease\n \n Nothing else.\n",
  },
  {
    cell: 3,
    path: "/workspace/notes/index.json",
    kind: "added",
    host: "/home/you/notes/index.json",
    bytes: 118,
    diff: '--- /dev/null\n+++ b/workspace/notes/index.json\n@@ -0,0 +1,5 @@\n+{\n+  "notes": 41,\n+  "words": 9127,\n+  "due": ["today.md"]\n+}\n',
  },
  {
    cell: 3,
    path: "/workspace/notes/cover.png",
    kind: "added",
    host: "/home/you/notes/cover.png",
    bytes: 20481,
    diff: null,
  },
];

export const INTERACTIONS = {
  plugins: ["notes", "log-triage", "rates", "misbehaving"],
  edges: [
    { from: "app", to: "notes", label: "search", calls: 128, bytes: 92160, refused: 0 },
    { from: "app", to: "log-triage", label: "run", calls: 6, bytes: 2202009, refused: 0 },
    { from: "app", to: "misbehaving", label: "run", calls: 2, bytes: 4096, refused: 0 },
    { from: "notes", to: "rates", label: "today", calls: 14, bytes: 5734, refused: 0 },
    { from: "log-triage", to: "notes", label: "add", calls: 3, bytes: 1830, refused: 2 },
    { from: "misbehaving", to: "notes", label: "read", calls: 0, bytes: 0, refused: 9 },
  ],
  destinations: [
    { plugin: "rates", host: "api.rates.example.com", allowed: true, times: 14 },
    { plugin: "notes", host: "sync.example.com", allowed: false, times: 3 },
    { plugin: "misbehaving", host: "drop.example.com", allowed: false, times: 21 },
  ],
};

export const VIOLATIONS = [
  [
    "filesystem.read",
    "/root/.ssh/id_ed25519",
    "reading `/root/.ssh/id_ed25519` is not granted: the manifest does not request it",
    '"permissions": { "filesystem": { "read": ["/root/.ssh/id_ed25519"] } }',
  ],
  [
    "network.domains",
    "drop.example.com",
    "a request to `drop.example.com` is not granted: the manifest does not request it",
    '"permissions": { "network": { "domains": ["drop.example.com"] } }',
  ],
  [
    "filesystem.write",
    "/etc/cron.d/misbehaving",
    "writing `/etc/cron.d/misbehaving` is not granted: the manifest does not request it",
    '"permissions": { "filesystem": { "write": ["/etc/cron.d/misbehaving"] } }',
  ],
  [
    "environment",
    "AWS_SECRET_ACCESS_KEY",
    "the variable `AWS_SECRET_ACCESS_KEY` is not granted: the manifest does not request it",
    '"permissions": { "environment": ["AWS_SECRET_ACCESS_KEY"] }',
  ],
  [
    "plugins",
    "notes.read",
    "calling `notes.read` is not granted: the manifest does not request it",
    '"permissions": { "plugins": ["notes.read"] }',
  ],
];

export const QUESTION = {
  id: 1,
  kind: "elevation",
  plugin: "notes",
  want: "Connect to sync.example.com",
  reason: "Your notes were changed on another machine. To fetch them I have to ask the server once.",
  risk: "high",
  uses: 1,
  lifetimeMs: 30000,
  policyLine: 'plugins: { notes: { elevate: { network: { domains: ["sync.example.com"] } } } }',
};

export const METHODS = ["search", "add", "due", "export", "fail"];
export const MANIFEST =
  '{\n  "name": "notes",\n  "version": "1.4.0",\n  "entry": "main.js",\n  "panel": "panel.html",\n  "permissions": {\n    "filesystem": { "read": ["./notes/**"], "write": ["./notes/"] }\n  }\n}\n';
export { MB };
