// Builds the tests to a temporary folder and runs them with node's own runner.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildTests, root } from "./bundles.mjs";

const folder = join(root, "guest-js/tests");
const names = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));

// Below node_modules, so that what the tests import is found, and git does not see it.
const cache = join(root, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
const out = mkdtempSync(join(cache, "guest-tests-"));
try {
  await buildTests(names.map((name) => join(folder, name)), out);
  const built = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], {
    cwd: root,
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
