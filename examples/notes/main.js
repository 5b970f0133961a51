// Notes: a tour of what a plugin can use.
//
//   aether call examples/notes add  --input '{"text": "Read this", "url": "https://example.org/a?b=c"}'
//   aether call examples/notes list
//   aether call examples/notes save --input '{"name": "today"}'
//
// kv keeps notes between runs, env tells who writes, time and crypto make the identifier, node:path and URL
// take names and links apart, fs writes ./notes/today.txt (into the overlay, until it is applied).

import * as kv from "aether:kv";
import * as env from "aether:env";
import * as fs from "aether:fs";
import { now } from "aether:time";
import path from "node:path";
import { identifier } from "./identifier.js";

const FOLDER = "./notes";
const PREFIX = "note:";
const MAX_TEXT = 2000;

/** Keeps a note: { text, url? } → { id, host? }. */
export async function add(input, ctx) {
  const text = String(input?.text ?? "").trim();
  if (text === "" || text.length > MAX_TEXT) throw new RangeError(`a note has 1 to ${MAX_TEXT} characters`);
  const link = input.url === undefined ? null : new URL(input.url);
  if (link && link.protocol !== "https:") throw new TypeError("only https links are kept");

  const written = now();
  const id = await identifier(`${written} ${text}`);
  await kv.set(PREFIX + id, { text, url: link?.href ?? null, by: env.get("USER") ?? "somebody", written });
  ctx.log.info("note kept", { id });
  return { id, ...(link ? { host: link.host, query: Object.fromEntries(link.searchParams) } : {}) };
}

/** All notes, oldest first: { notes: [{ id, text, url, by, written }] }. */
export async function list() {
  const keys = await kv.keys(PREFIX);
  const notes = await Promise.all(keys.map(async (key) => ({ id: key.slice(PREFIX.length), ...(await kv.get(key)) })));
  notes.sort((a, b) => a.written - b.written || (a.id < b.id ? -1 : 1));
  return { notes };
}

/** Forgets a note: { id } → { removed }. */
export async function remove(input) {
  const key = PREFIX + String(input?.id);
  const known = (await kv.keys(key)).includes(key);
  if (known) await kv.delete(key);
  return { removed: known };
}

/** Writes all notes to ./notes/NAME.txt: { name } → { file, notes }. */
export async function save(input) {
  const file = fileFor(input?.name);
  const { notes } = await list();
  await fs.mkdir(FOLDER, { recursive: true });
  await fs.writeText(file, notes.map(line).join(""));
  return { file, notes: notes.length };
}

/** Reads a saved file back, line by line: { name } → { file, lines }. */
export async function load(input) {
  const file = fileFor(input?.name);
  const found = [];
  for await (const text of fs.lines(file)) found.push(text);
  return { file, lines: found };
}

/** Shows all of it at once. */
export default async function run(_input, ctx) {
  const { id } = await add(
    { text: "Plugins get what they ask for, if the owner agrees.", url: "https://example.org/?topic=sandbox" },
    ctx,
  );
  ctx.progress(0.5, "one note kept");
  const saved = await save({ name: "tour" });
  const { lines } = await load({ name: "tour" });
  const { removed } = await remove({ id });
  return { language: env.get("LANG") ?? "not set", id, ...saved, lines, removed };
}

/** "today" → "./notes/today.txt"; whatever else is in the name is dropped. */
function fileFor(name = "notes") {
  const { name: bare } = path.parse(String(name));
  const safe = bare.replace(/[^0-9A-Za-z_-]/g, "");
  return `${FOLDER}/${safe === "" ? "notes" : safe}.txt`;
}

/** "2026-09-22 04:51 Ada: text <https://…>" */
function line({ text, url, by, written }) {
  const time = new Date(written).toISOString().slice(0, 16).replace("T", " ");
  return `${time} ${by}: ${text.replace(/\s+/g, " ")}${url ? ` <${url}>` : ""}\n`;
}
