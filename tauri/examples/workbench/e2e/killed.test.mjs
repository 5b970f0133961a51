// An app that dies takes its plugins along.

import assert from "node:assert/strict";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { descendants, living } from "./lib/processes.mjs";
import { installSample, start } from "./lib/steps.mjs";
import { until } from "./lib/until.mjs";

/** As JavaScript, as WebAssembly, and as a native program. */
const PLUGINS = ["outline", "palette", "counter"];
const GONE_MS = 10_000;

test("kill -9 of the app leaves no process", () =>
  withApp("killed", async ({ page, pid }) => {
    const before = descendants(pid).length;
    for (const name of PLUGINS) {
      await installSample(page, name);
      await start(page, name);
    }
    assert.equal((await page.host("metrics")).cells.length, PLUGINS.length);
    const all = descendants(pid);
    assert.ok(all.length >= before + PLUGINS.length, `each has a process: ${JSON.stringify(all)}`);

    process.kill(pid, "SIGKILL");
    // What is left then is told by the assertion.
    await until("no process is left", () => living(all).length === 0, { ms: GONE_MS }).catch(() => {});
    assert.deepEqual(living(all), []);
  }));
