/** What a right allows to do. */
export type Permission =
  | "filesystem.read"
  | "filesystem.write"
  | "network.domains"
  | "network.inbound"
  | "environment"
  | "process"
  | "plugins"
  | "secrets"
  | "events.emit"
  | "events.on";

/** One thing a plugin may do, on one resource: a path, a domain, a variable, a name. */
export interface Right {
  permission: Permission;
  /** As the manifest writes it, for instance `./notes` or `api.example.org`. */
  resource: string;
}

/** How much a right could harm whoever grants it. */
export type Risk = "low" | "medium" | "high";

/** A right that the manifest asks for. */
export interface AskedRight {
  right: Right;
  /** The plugin also works without it. A person chooses; a right that is not optional comes with the plugin. */
  optional: boolean;
  risk: Risk;
  /** What the right means, in plain words for a person. */
  note: string;
  /** Whether it is granted now. Null in a review, where nothing is decided yet. */
  granted: boolean | null;
}

/** A limit that the manifest wants to be other than the standard one. Both are text for people. */
export interface LimitAsked {
  limit: string;
  asked: string;
  standard: string;
}

/** Something wrong, where it is, and what would mend it. */
export interface Problem {
  message: string;
  place: string | null;
  fix: string | null;
}

/** What changes from the installed version to another one. */
export interface Difference {
  /** The version that is installed. */
  version: string;
  /** The digest of the version that is installed. */
  digest: string;
  /** How the other version stands to the installed one. */
  order: "newer" | "older" | "same" | "unknown";
  added: Right[];
  /** Rights that now reach further than what they replace. */
  widened: { right: Right; was: Right[] }[];
  removed: Right[];
  limits: { limit: string; was: string; now: string }[];
  /** The kind of runtime before and after, when it differs. */
  runtime: [string, string] | null;
  /** The engine that its manifest names before and after, when it differs. */
  engine: [string | null, string | null] | null;
  files: { added: string[]; changed: string[]; removed: string[] } | null;
  /** Whether a person has to agree again. */
  asksForMore: boolean;
}

/** What runs a plugin's code. */
export type Runtime = "javascript" | "wasm" | "native";

/** What a person should see before a plugin is installed. */
export interface Review {
  /** Names the reviewed bytes, which stay in the app. See `install` and `discardReview`. */
  ticket: number;
  name: string;
  version: string;
  description: string | null;
  runtime: Runtime;
  digest: string;
  signature: "unsigned";
  /** How many files the bundle has. */
  files: number;
  /** The size of the bundle, in bytes. */
  bytes: number;
  rights: AskedRight[];
  limits: LimitAsked[];
  /** What the app's policy says. Null where the app has none. */
  policy: null | { answer: "allows" | "asks" | "refuses"; refusals: Problem[] };
  findings: Problem[];
  /** Against the version that is installed. Null for a plugin that is new. */
  difference: Difference | null;
  /** Whether the plugin brings a panel. */
  panel: boolean;
}

/** What a person answered to a review. */
export interface Answers {
  /** Whether the person agreed to the plugin with the rights it cannot do without. */
  agreed: boolean;
  /**
   * The optional rights that were chosen. Of an update, those not named here and not in `refused` stay as
   * they were; of a plugin that is new, they are not granted.
   */
  granted?: Right[];
  /** The optional rights that were turned down, also those that were granted before. */
  refused?: Right[];
}

/** What an installation came to. */
export interface Installed {
  name: string;
  digest: string;
  /** `waiting`: the update asks for more than was granted and waits for an answer. */
  outcome: "new" | "unchanged" | "repaired" | "updated" | "waiting";
  /** Whether the plugin runs at this moment. What was installed counts from its next start. */
  running: boolean;
  difference: Difference | null;
}

/** One version of a plugin that is kept on disk. */
export interface Version {
  version: string;
  digest: string;
  description: string | null;
  runtime: string;
  /** When it was installed, as RFC 3339. */
  installed: string;
  granted: Right[];
  refused: Right[];
}

/** An installed plugin. */
export interface Plugin {
  name: string;
  enabled: boolean;
  running: boolean;
  /** The number of the cell in which it runs. Null when it does not. */
  cell: number | null;
  current: Version;
  /** An update that waits for an answer. */
  waiting: Version | null;
  panel: boolean;
  /** How many changes to files wait to be applied or discarded. */
  changes: number;
  /** Why the monitor lets it rest. Null when it does not. See `restore`. */
  resting: string | null;
}

/** One protection, and whether it is in force. */
export interface PostureLine {
  name: string;
  /** As it was read back. `off`: the whole container is. */
  state: "enforced" | "degraded" | "refused" | "off";
  detail: string;
}

/** All that is known of one plugin. */
export interface Inspection {
  plugin: Plugin;
  rights: AskedRight[];
  limits: LimitAsked[];
  /** Where the plugin's files are. */
  folder: string;
  files: number | null;
  /** The size of the bundle, in bytes. */
  bytes: number | null;
  /** From the installed version to the one that waits. */
  difference: Difference | null;
  /** What the plugin can be called with: what runs says so, or else what the manifest declares. */
  methods: string[];
  /** Its protections. Null while it does not run. */
  posture: PostureLine[] | null;
  /** The text of the manifest. */
  manifest: string;
}

/** A plugin that has just been started. */
export interface Started {
  cell: number;
  name: string;
  engine: string;
  methods: string[];
  posture: PostureLine[];
}

/** The steps of the monitor, from watching to ending a plugin. */
export type Rung = "observe" | "notify" | "throttle" | "narrow" | "freeze" | "kill";

/** A running plugin, measured. */
export interface Cell {
  cell: number;
  plugin: string;
  rung: Rung;
  /** The rung to which pressure on the machine holds it. */
  pressed: string;
  /** From 0 to 100. */
  risk: number;
  ageMs: number;
  /** In bytes. */
  memory: number;
  /** In bytes. */
  memoryLimit: number;
  /** How many processor cores it used since the last sample; 0.5 is half of one. */
  cores: number;
  /** Processor time since its start, in milliseconds. */
  cpuMs: number;
  calls: number;
  openCalls: number;
  denials: number;
  /** Bytes that came from the network. */
  bytesIn: number;
  /** Bytes that went to the network. */
  bytesOut: number;
  processes: number;
  threads: number;
  descriptors: number;
  findings: number;
  lastFinding: string | null;
}

/** What all running plugins use at one moment. */
export interface Metrics {
  /** Names this run of the app. */
  run: string;
  uptimeMs: number;
  /** How much work on this machine waits for processors, memory and disks: `calm`, `tight`, `scarce` or `critical`. */
  pressure: string;
  cells: Cell[];
}

/** A change to a file that a plugin made, held back until a person decides. */
export interface Change {
  cell: number;
  path: string;
  kind: "create" | "modify" | "delete" | "rename" | (string & {});
  /** Where it would be applied. */
  host: string | null;
  /** A unified diff. Null for a file that is not text. */
  diff: string | null;
  bytes: number | null;
}

/** What became of a change. */
export interface Applied {
  path: string;
  /** `conflict`: the file has changed in the meantime, and was left alone. */
  outcome: "applied" | "conflict" | "failed";
  detail: string | null;
}

/** Who called whom, and who reached what. */
export interface Interactions {
  plugins: string[];
  edges: {
    from: string;
    to: string;
    label: string;
    calls: number;
    bytes: number;
    refused: number;
  }[];
  destinations: { plugin: string; host: string; allowed: boolean; times: number }[];
}

/** A question to a person. A plugin waits for the answer. */
export interface Question {
  id: number;
  /** `consent`: may it have this right. `elevation`: may it have it for a while. */
  kind: "consent" | "elevation";
  plugin: string;
  /** What it wants, in plain words of the app. */
  want: string;
  /** Why, in the plugin's own words. Show whose words they are. */
  reason: string | null;
  risk: Risk | null;
  /** How often it could use the right. */
  uses: number | null;
  /** How long it would keep the right, in milliseconds. */
  lifetimeMs: number | null;
  /** The line that would answer this in the policy from now on. */
  policyLine: string | null;
}

/** One line of the audit log. */
export interface AuditRecord {
  seq: number;
  /** RFC 3339. */
  time: string;
  plugin: string | null;
  cell: number | null;
  kind: string;
  action: string;
  verdict: string;
  object: string | null;
  rule: string | null;
}

/** Whether the audit log is whole. */
export interface AuditCheck {
  intact: boolean;
  records: number;
  /** The result in words for a person. */
  text: string;
}
