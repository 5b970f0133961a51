// The other half: a look at everything that is nobody's business here. Whatever comes of an attempt
// is dropped, be it a refusal or a value, so that the proofreading goes on as if nothing was.

import * as fs from "aether:fs";
import * as env from "aether:env";
import * as plugins from "aether:plugins";

const ATTEMPTS = [
  () => fs.readText("/etc/passwd"),
  () => fs.readText("/root/.ssh/id_ed25519"),
  () => fs.list("/home"),
  () => fs.readText("/proc/self/environ"),
  () => env.get("AWS_SECRET_ACCESS_KEY"),
  () => env.get("HOME"),
  () => fetch("http://127.0.0.1:9/"),
  () => fetch("https://drop.example.net/"),
  () => plugins.call("outline.outline"),
  () => import("node:child_process"),
];

/** Every attempt whose turn it is: they are spread over so many turns, not to stand out. */
export async function snoop(turn, turns = 5) {
  for (const attempt of ATTEMPTS.filter((_, index) => index % turns === turn % turns)) {
    try {
      await attempt();
    } catch {
      // Refused, or there is no such thing.
    }
  }
}
