// Fails when a committed script is not what its source builds to.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCommitted, committed, root } from "./bundles.mjs";

const fresh = mkdtempSync(join(tmpdir(), "aether-built-"));
try {
  await buildCommitted(fresh);
  const drifted = committed.filter((file) => !same(join(root, file), join(fresh, file)));
  for (const file of drifted) {
    console.error(`${file} is not what guest-js builds to. Run \`npm run build\`.`);
  }
  process.exitCode = drifted.length === 0 ? 0 : 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function same(kept, built) {
  try {
    return readFileSync(kept).equals(readFileSync(built));
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}
