// Which files are there, and which of them are text.

import { list, readBytes, stat } from "aether:fs";
import { failureText } from "./text.js";

/** A tree deeper or larger than this is not a log folder; a loop of mounts would be one such tree. */
const MAX_DEPTH = 16;
const MAX_FILES = 2000;

/** First bytes that name a format which is not text. */
const MAGIC = [
  [[0x1f, 0x8b], "compressed (gzip)"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "compressed (xz)"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed (zstd)"],
  [[0x42, 0x5a, 0x68], "compressed (bzip2)"],
  [[0x50, 0x4b, 0x03, 0x04], "compressed (zip)"],
  [[0x4c, 0x50, 0x4b, 0x53, 0x48, 0x48, 0x52, 0x48], "systemd journal (binary)"],
];

/** All regular files below `root`, and what had to be left out with the reason. */
export async function findFiles(root) {
  const found = { files: [], skipped: [], notes: [] };
  await descend(root, 0, found);
  return found;
}

async function descend(folder, depth, found) {
  let entries;
  try {
    entries = await list(folder);
  } catch (error) {
    if (depth === 0) throw error;
    found.skipped.push({ path: folder, kind: "folder", bytes: 0, lines: 0, skipped: true, reason: failureText(error) });
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = folder.endsWith("/") ? folder + entry.name : `${folder}/${entry.name}`;
    if (entry.kind === "directory") {
      if (depth + 1 >= MAX_DEPTH) note(found, `folders deeper than ${MAX_DEPTH} levels were not searched`);
      else await descend(path, depth + 1, found);
    } else if (found.files.length + found.skipped.length >= MAX_FILES) {
      note(found, `only the first ${MAX_FILES} files were looked at`);
      return;
    } else if (entry.kind === "file") {
      found.files.push({ path, size: entry.size ?? 0 });
    } else {
      found.skipped.push({
        path,
        kind: entry.kind,
        bytes: 0,
        lines: 0,
        skipped: true,
        reason: `a ${entry.kind}, not a file`,
      });
    }
  }
}

function note(found, text) {
  if (!found.notes.includes(text)) found.notes.push(text);
}

/** The first bytes of a file as text, or in `unfit` why it is not worth reading as text. */
export async function sniff(path, length) {
  const { size, modified } = await stat(path);
  const bytes = size === 0 ? new Uint8Array(0) : await readBytes(path, { offset: 0, length });
  const magic = MAGIC.find(([start]) => start.every((byte, i) => bytes[i] === byte));
  if (magic) return { head: "", size, modified, unfit: magic[1] };
  // wtmp, btmp, lastlog and the like: text has no NUL bytes.
  if (bytes.includes(0)) return { head: "", size, modified, unfit: "binary (NUL bytes)" };
  return { head: new TextDecoder().decode(bytes), size, modified, unfit: "" };
}
