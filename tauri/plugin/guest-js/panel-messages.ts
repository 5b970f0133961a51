/** How a page and a panel are coloured. */
export type Theme = "light" | "dark";

/** What a panel says to the page around it. */
export type FromPanel =
  | { aether: "call"; id: number; method: string; input: unknown }
  | { aether: "ready" }
  | { aether: "size"; height: number };

/** What the page says to its panel. */
export type ToPanel =
  | { aether: "result"; id: number; value: unknown }
  | { aether: "error"; id: number; code: string; message: string }
  | { aether: "theme"; theme: Theme };

/** What a panel finds in `window.aether` after `<script src="aether-panel.js"></script>`. */
export interface AetherPanel {
  /**
   * Calls a method of the panel's own plugin. Rejects with an error that has a `code`.
   * `input` and the answer are JSON; `undefined` is sent as null.
   */
  call(method: string, input?: unknown): Promise<unknown>;
  /** The theme of the page, also in `data-theme` of the root element. */
  readonly theme: Theme;
  /** Has `fn` called at each change of the theme. The result ends that. */
  onTheme(fn: (theme: Theme) => void): () => void;
}

/** Longer names of methods are not read. */
export const longestMethod = 256;

/** Reads a message of a panel. Undefined for whatever is not exactly one of the three shapes. */
export function readFromPanel(data: unknown): FromPanel | undefined {
  if (!isRecord(data)) return undefined;
  switch (data["aether"]) {
    case "call":
      return readCall(data);
    case "ready":
      return hasOnly(data, ["aether"]) ? { aether: "ready" } : undefined;
    case "size":
      return readSize(data);
    default:
      return undefined;
  }
}

/** Whether this can be the name of a method. */
export function isMethod(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longestMethod;
}

function readCall(data: Record<string, unknown>): FromPanel | undefined {
  const { id, method, input } = data;
  if (!hasOnly(data, ["aether", "id", "method", "input"])) return undefined;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) return undefined;
  if (!isMethod(method)) return undefined;
  return { aether: "call", id, method, input };
}

function readSize(data: Record<string, unknown>): FromPanel | undefined {
  const { height } = data;
  if (!hasOnly(data, ["aether", "height"])) return undefined;
  if (typeof height !== "number" || !Number.isFinite(height)) return undefined;
  return { aether: "size", height };
}

/** Reads a message of the page. Undefined for whatever is none. */
export function readToPanel(data: unknown): ToPanel | undefined {
  if (!isRecord(data)) return undefined;
  const { aether, id, value, code, message, theme } = data;
  if (aether === "theme" && (theme === "light" || theme === "dark")) return { aether, theme };
  if (typeof id !== "number") return undefined;
  if (aether === "result") return { aether, id, value };
  if (aether === "error" && typeof code === "string" && typeof message === "string") {
    return { aether, id, code, message };
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOnly(data: Record<string, unknown>, keys: string[]): boolean {
  return Object.keys(data).every((key) => keys.includes(key));
}
