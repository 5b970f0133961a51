// Runs what the plugin `compute` has, under Node or Deno: a name on each line of standard input is
// answered with the result.
import { createInterface } from "node:readline";
import process from "node:process";
import * as kernels from "../plugins/compute/main.js";

for await (const name of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await kernels[name]()}\n`);
}
