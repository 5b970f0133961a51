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

export const KINDS = { create: "New", modify: "Changed", delete: "Deleted", rename: "Renamed" };

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

/** The sentence of a toast for a step of a plugin's life; null for steps that nobody needs to hear of. */
export function lifecycleWords(event) {
  const detail = event.detail ? `: ${event.detail}` : "";
  switch (event.state) {
    case "ended":
      return event.detail
        ? { text: ` ended${detail}`, tone: /asked|stopped|by the host/i.test(event.detail) ? "plain" : "warn" }
        : null;
    case "resting":
      return { text: ` rests${detail}`, tone: "warn" };
    case "held":
      return { text: ` is held${detail}`, tone: "warn" };
    case "installed":
      return { text: " is installed", tone: "good" };
    case "updated":
      return { text: ` is updated${detail}`, tone: "good" };
    case "waiting":
      return { text: ` has an update that waits for you${detail}`, tone: "plain" };
    case "uninstalled":
      return { text: " is uninstalled", tone: "plain" };
    default:
      return null;
  }
}
