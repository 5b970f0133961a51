// Outline, version 2: the headings of every note in the workspace.
//
//   aether call outline-2 outline --stream   prints one note a line, and the totals behind them
//   aether call outline-2 write              writes an OUTLINE.md into each folder, once it is applied
//   aether call outline-2 links              asks example.com whether the links to it still lead somewhere
//
// It asks for more than version 1 did: to write in the whole workspace, and to reach example.com. Both are
// optional: where one was not granted, `write` or `links` says so and the rest is as before.

import * as fs from "aether:fs";
import { headingsOf, wordsOf } from "./headings.js";
import { linksIn } from "./links.js";

const FOLDER = "/workspace";
const OUTLINE = "OUTLINE.md";

/** One piece a note: { file, title, words, headings }. It returns { notes, headings, words }. */
export async function* outline(_input, ctx) {
  const files = await notes();
  const totals = { notes: 0, headings: 0, words: 0 };
  for (const file of files) {
    ctx.progress(totals.notes / files.length, file);
    const note = await read(file);
    totals.notes += 1;
    totals.headings += note.headings.length;
    totals.words += note.words;
    yield note;
  }
  ctx.progress(1, `${totals.notes} notes`);
  return totals;
}

/** Writes the outlines: { written, notes, headings }, and `reason` where they are not written. */
export async function write(_input, ctx) {
  const folders = new Map();
  const answer = { written: [], notes: 0, headings: 0 };
  for await (const note of outline({}, ctx)) {
    const folder = note.file.slice(0, note.file.lastIndexOf("/") + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), note]);
    answer.notes += 1;
    answer.headings += note.headings.length;
  }
  try {
    for (const [folder, inside] of folders) {
      await fs.writeText(`${FOLDER}/${folder}${OUTLINE}`, page(folder, inside));
      answer.written.push(`${folder}${OUTLINE}`);
    }
    return answer;
  } catch (error) {
    if (!(error instanceof fs.PermissionDenied)) throw error;
    ctx.log.info("not written: writing was not granted");
    return { ...answer, reason: "writing was not granted" };
  }
}

/** The links to example.com: [{ file, line, link }], each with its `status`, or the `reason` for none. */
export async function links(_input, ctx) {
  const found = [];
  for (const file of await notes()) {
    const text = await fs.readText(`${FOLDER}/${file}`);
    found.push(...linksIn(text).map((link) => ({ file, ...link })));
  }
  for (const [done, link] of found.entries()) {
    ctx.progress(done / found.length, link.link);
    Object.assign(link, await look(link.link, ctx.signal));
  }
  return found;
}

async function look(link, signal) {
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(3000)]);
    const { status } = await fetch(link, { method: "HEAD", signal: soon });
    return { status };
  } catch (error) {
    if (error instanceof fs.PermissionDenied) return { reason: "reaching example.com was not granted" };
    return { reason: error.message };
  }
}

/** The notes, sorted, as paths in the workspace. An outline is none. */
async function notes() {
  const files = [];
  for await (const { path, kind } of fs.walk(FOLDER)) {
    const name = path.slice(FOLDER.length + 1);
    const isOutline = name === OUTLINE || name.endsWith(`/${OUTLINE}`);
    if (kind === "file" && name.endsWith(".md") && !isOutline) files.push(name);
  }
  return files.sort();
}

async function read(file) {
  const text = await fs.readText(`${FOLDER}/${file}`);
  const headings = headingsOf(text);
  const title = headings.find(({ level }) => level === 1)?.text ?? file.replace(/^.*\/|\.md$/g, "");
  return { file, title, words: wordsOf(text), headings };
}

/** The outline of a folder as a Markdown page: links, one below the other as the headings are. */
function page(folder, inside) {
  const lines = ["# Outline", ""];
  for (const { file, title, headings } of inside) {
    lines.push(`- [${title}](${encodeURI(file.slice(folder.length))})`);
    for (const { level, text } of headings) {
      if (text !== title || level !== 1) lines.push(`${"  ".repeat(Math.max(1, level - 1))}- ${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
