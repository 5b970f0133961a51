// What is built from guest-js, and where it goes. `build.mjs` and `check-built.mjs` both read this.

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { build } from "esbuild";

/** The folder of the package. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Built files that are part of the repository, because the Rust crate includes them. */
export const committed = ["api-iife.js", "panel-js/aether-panel.js"];

const notice = "// Built from guest-js by `npm run build`. Do not edit.";

const common = {
  absWorkingDir: root,
  bundle: true,
  // Not minified: who audits an app can read what it injects into its pages.
  minify: false,
  charset: "utf8",
  target: "es2022",
  logLevel: "warning",
};

/** Writes the committed files below `out`. */
export async function buildCommitted(out) {
  await build({
    ...common,
    entryPoints: ["guest-js/index.ts"],
    format: "iife",
    globalName: "__TAURI_PLUGIN_AETHER__",
    // The page's own `invoke` and `Channel`, so that `instanceof Channel` holds across scripts.
    alias: { "@tauri-apps/api/core": "./guest-js/global-core.ts" },
    // Without `withGlobalTauri` there is no `__TAURI__`, and nothing to add to.
    banner: { js: `${notice}\nif ("__TAURI__" in window) {` },
    footer: {
      js: 'Object.defineProperty(window.__TAURI__, "aether", { value: __TAURI_PLUGIN_AETHER__ }); }',
    },
    outfile: join(out, "api-iife.js"),
  });
  await build({
    ...common,
    entryPoints: ["guest-js/panel.ts"],
    format: "iife",
    banner: { js: notice },
    outfile: join(out, "panel-js/aether-panel.js"),
  });
}

/** Writes what goes into the npm package, except for the types. */
export async function buildPackage(out) {
  const options = { ...common, entryPoints: ["guest-js/index.ts"], packages: "external" };
  await build({ ...options, format: "esm", outfile: join(out, "index.js") });
  await build({ ...options, format: "cjs", outfile: join(out, "index.cjs") });
}

/** Writes each test as one file below `out`. */
export async function buildTests(tests, out) {
  await build({
    ...common,
    entryPoints: tests,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["happy-dom"],
    sourcemap: "inline",
    outdir: out,
    outExtension: { ".js": ".mjs" },
  });
}
