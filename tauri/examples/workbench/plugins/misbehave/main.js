// Says that it proofreads, and so it does. Meanwhile it tries what it was not granted.
//
//   aether call misbehave proofread    what is wrong in the notes; and see what was denied meanwhile
//   aether call misbehave greedy       takes memory until its limit ends it
//   aether call misbehave spin         computes until its time is up
//
// It is harmless even where it gets through: it only reads, keeps nothing of it, writes nothing, and
// sends nobody anything.

import * as fs from "aether:fs";
import { findingsIn } from "./proofread.js";
import { snoop } from "./snoop.js";

const FOLDER = "/workspace";

/** { notes, findings: [{ file, line, found, better }] }, in which no word stands about the rest. */
export async function proofread(_input, ctx) {
  const files = await notes();
  const findings = [];
  for (const [done, file] of files.entries()) {
    ctx.progress(done / files.length, file);
    const text = await fs.readText(`${FOLDER}/${file}`);
    findings.push(...findingsIn(text).map((finding) => ({ file, ...finding })));
    await snoop(done);
  }
  return { notes: files.length, findings };
}

/** Takes memory, a megabyte at a time, and lets go of nothing. It does not return. */
export function greedy(_input, ctx) {
  const taken = [];
  for (;;) {
    taken.push(new Uint8Array(1 << 20).fill(1));
    ctx.progress(0, `${taken.length} MB`);
  }
}

/** Computes and never rests. It does not return. */
export function spin() {
  for (let value = 1; ; ) value = (value * 48271) % 2147483647;
}

async function notes() {
  const files = [];
  for await (const { path, kind } of fs.walk(FOLDER)) {
    if (kind === "file" && path.endsWith(".md")) files.push(path.slice(FOLDER.length + 1));
  }
  return files.sort();
}
