/**
 * Bindings for `tauri-plugin-aether`: install, run, watch and answer for plugins that are not trusted.
 *
 * Every function rejects with an {@link AetherError} and with nothing else.
 * Every text that comes from a plugin (its description, messages, paths, names in findings) is
 * untrusted: show it with `textContent`, never with `innerHTML`.
 *
 * With `app.withGlobalTauri` the same functions are in `window.__TAURI__.aether`.
 *
 * @module
 */

export * from "./types.js";
export * from "./events.js";
export { AetherError } from "./errors.js";
export * from "./library.js";
export * from "./running.js";
export * from "./call.js";
export * from "./changes.js";
export * from "./watch.js";
export * from "./questions.js";
export * from "./trace.js";
export * from "./panel-host.js";
export type { AetherPanel, Theme } from "./panel-messages.js";
