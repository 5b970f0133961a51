// The one door to the host: `window.__TAURI__.aether`, and the example's own command.
// Everything else in this folder calls these functions only.

/** The plugin's functions; read when called, since the page's modules may load before them. */
export function aether() {
  const found = globalThis.__TAURI__?.aether;
  if (!found)
    throw Object.assign(new Error("The page runs outside of the app, so there is no host to talk to."), {
      code: "no-host",
    });
  return found;
}

/** Bundled plugins that can be installed: `[{ name, folder, title, about, runtime }]`. */
export async function samples() {
  return globalThis.__TAURI__.core.invoke("samples");
}

/** Whatever was thrown as `{ code, message, fix }`. */
export function problem(error) {
  if (error && typeof error === "object") {
    return {
      code: error.code ?? error.name ?? "error",
      message: error.message || "It failed without a message.",
      fix: error.fix ?? null,
    };
  }
  return { code: "error", message: String(error), fix: null };
}

/** Where the text field's path leads: an archive if it ends in `.zip`, else a folder. */
export function sourceOf(path) {
  const trimmed = path.trim();
  return /\.zip$/i.test(trimmed) ? { archive: trimmed } : { folder: trimmed };
}

/** The cancel-aware call. `onProgress` is given `{ fraction, message }` however the host spreads it. */
export function call(name, method, input, { onPiece, onProgress, signal, limitMs }) {
  return aether().call(name, method, input, {
    limitMs,
    signal,
    onPiece,
    onProgress: (first, message) =>
      onProgress(typeof first === "object" && first ? first : { fraction: first, message }),
  });
}
