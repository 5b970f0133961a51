// Builds the npm package into dist-js, and the two scripts which the Rust crate includes.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildCommitted, buildPackage, root } from "./bundles.mjs";

const dist = join(root, "dist-js");
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

rmSync(dist, { recursive: true, force: true });
await buildPackage(dist);
execFileSync(
  process.execPath,
  [compiler, "--project", join(root, "guest-js/tsconfig.types.json"), "--outDir", dist],
  { stdio: "inherit" },
);
await buildCommitted(root);
