// Outline: the headings of every note in the workspace.
//
//   aether call outline outline --stream   prints one note a line, and the totals behind them
//   aether call outline write              writes OUTLINE.md, which waits until it is applied
//
// To write is optional: where it was not granted, `write` says so and `outline` is as before.

import * as fs from "aether:fs";
import { headingsOf, wordsOf } from "./headings.js";

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

/** Writes OUTLINE.md: { written, file, notes, headings }, and `reason` where it is not written. */
export async function write(_input, ctx) {
  const all = [];
  for await (const note of outline({}, ctx)) all.push(note);
  const headings = all.reduce((sum, note) => sum + note.headings.length, 0);
  const answer = { file: OUTLINE, notes: all.length, headings };
  try {
    await fs.writeText(`${FOLDER}/${OUTLINE}`, page(all));
    return { written: true, ...answer };
  } catch (error) {
    if (!(error instanceof fs.PermissionDenied)) throw error;
    ctx.log.info("not written: writing was not granted");
    return { written: false, ...answer, reason: "writing was not granted" };
  }
}

/** The notes, sorted, as paths in the workspace. The outline itself is none. */
async function notes() {
  const files = [];
  for await (const { path, kind } of fs.walk(FOLDER)) {
    const name = path.slice(FOLDER.length + 1);
    if (kind === "file" && name.endsWith(".md") && name !== OUTLINE) files.push(name);
  }
  return files.sort();
}

async function read(file) {
  const text = await fs.readText(`${FOLDER}/${file}`);
  const headings = headingsOf(text);
  const title = headings.find(({ level }) => level === 1)?.text ?? file.replace(/^.*\/|\.md$/g, "");
  return { file, title, words: wordsOf(text), headings };
}

/** The outline as a Markdown page: a list of links, one below the other as the headings are. */
function page(all) {
  const lines = ["# Outline", ""];
  for (const { file, title, headings } of all) {
    lines.push(`- [${title}](${encodeURI(file)})`);
    for (const { level, text } of headings) {
      if (text !== title || level !== 1) lines.push(`${"  ".repeat(Math.max(1, level - 1))}- ${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
