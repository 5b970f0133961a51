// The words for what the host names by a key. What is not listed here is shown as it came.

export const RUNTIMES = { javascript: "JavaScript", wasm: "WebAssembly", native: "Native program" };

const PERMISSIONS = {
  "filesystem.read": "Read files",
  "filesystem.write": "Change files",
  "network.domains": "Connect to",
  "network.inbound": "Accept connections",
  environment: "Read the variable",
  process: "Run the program",
  plugins: "Call the plugin",
  secrets: "Use the secret",
  "events.emit": "Send the event",
  "events.on": "Hear the event",
};

/** A right in plain words. */
export function rightWords(right) {
  return `${PERMISSIONS[right.permission] ?? right.permission} ${right.resource}`;
}

export const RISKS = [
  { risk: "high", title: "High risk", text: "Could carry data off, or change what you rely on." },
  { risk: "medium", title: "Medium risk", text: "Reaches what is yours, within a bound." },
  { risk: "low", title: "Low risk", text: "Little can go wrong." },
];

export const RUNGS = ["observe", "notify", "throttle", "narrow", "freeze", "kill"];

export const RUNG_WORDS = {
  observe: "Observed",
  notify: "Noticed",
  throttle: "Slowed down",
  narrow: "Rights taken",
  freeze: "Frozen",
  kill: "Ended",
};

export const KINDS = {
  added: "New",
  modified: "Changed",
  deleted: "Deleted",
  renamed: "Renamed",
  "folder-added": "New folder",
  "folder-removed": "Folder deleted",
  "link-added": "New link",
  "mode-changed": "Permissions",
  "time-changed": "Time",
};

/** The state of a protection: a word, the look of its tag, and its icon. What is not listed here is no good news. */
export const STANDINGS = {
  enforced: { word: "enforced", look: "good", symbol: "check" },
  degraded: { word: "weaker", look: "warn", symbol: "warn" },
  off: { word: "off", look: "bad", symbol: "cross" },
  refused: { word: "not to be had", look: "bad", symbol: "cross" },
};

/** What state a plugin is in: a key for its look, and a word. */
export function stateOf(plugin, cell) {
  if (plugin.resting) return { key: "resting", word: "Resting" };
  if (plugin.running && cell?.rung === "freeze") return { key: "bad", word: "Frozen" };
  if (plugin.running && ["throttle", "narrow"].includes(cell?.rung))
    return { key: "warn", word: RUNG_WORDS[cell.rung] };
  if (plugin.running) return { key: "running", word: "Running" };
  if (!plugin.enabled) return { key: "disabled", word: "Disabled" };
  return { key: "stopped", word: "Stopped" };
}

/** How a plugin ends that somebody ended, or that had nothing left to do. */
const USUAL_ENDINGS = { "it ended normally": " has ended", "its host ended it": " was stopped" };

/** The sentence of a toast for a step of a plugin's life; null for steps that nobody needs to hear of. */
export function lifecycleWords({ state, detail }) {
  const why = detail ? `: ${detail}` : "";
  switch (state) {
    case "ended":
      return USUAL_ENDINGS[detail]
        ? { text: USUAL_ENDINGS[detail], tone: "plain" }
        : { text: ` has ended${why}`, tone: "warn" };
    case "resting":
      return { text: ` rests for a while${why}`, tone: "warn" };
    case "held":
      return { text: ` is not started again before you let it${why}`, tone: "warn" };
    // The detail of these is the digest, which tells a person nothing.
    case "installed":
      return { text: " is installed", tone: "good" };
    case "updated":
      return { text: " is updated", tone: "good" };
    case "waiting":
      return { text: " has an update that waits for you", tone: "plain" };
    case "rejected":
      return { text: " keeps its version: the update was refused", tone: "plain" };
    case "uninstalled":
      return { text: " is uninstalled", tone: "plain" };
    case "restored":
      return { text: " has back what was taken from it", tone: "good" };
    default:
      return null;
  }
}
