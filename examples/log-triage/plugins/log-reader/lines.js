// A file as lines, in constant memory, whatever it holds.
//
// `lines()` of aether:fs would do for well-behaved files. Logs are written by strangers: a file without
// a single newline must not fill the heap, and the budget is to be asked once per chunk, not per line.

import { readBytes } from "aether:fs";

const CHUNK = 256 * 1024;
/** The rest of a longer line is dropped; no rule looks further. */
const MAX_LINE = 4096;
const NEWLINE = 10;

/** Calls `visit` for each line (without its line end). Returns the number of bytes read. */
export async function eachLine(path, visit, budget) {
  const decoder = new TextDecoder();
  let offset = 0;
  let rest = new Uint8Array(0); // the beginning of a line whose end is in a later chunk
  let oversized = false; // `rest` is full, its line goes on: drop bytes up to the next newline

  while (offset === 0 || !budget.spent()) {
    const chunk = await readBytes(path, { offset, length: CHUNK });
    if (chunk.length === 0) break;
    offset += chunk.length;
    budget.take(chunk.length);

    const first = chunk.indexOf(NEWLINE);
    const last = chunk.lastIndexOf(NEWLINE);
    if (first < 0) {
      ({ rest, oversized } = keep(rest, oversized, chunk));
      continue;
    }
    visit(line(decoder.decode(oversized ? rest : join(rest, chunk.subarray(0, first)))));
    if (last > first) {
      for (const text of decoder.decode(chunk.subarray(first + 1, last)).split("\n")) visit(line(text));
    }
    ({ rest, oversized } = keep(new Uint8Array(0), false, chunk.subarray(last + 1)));
  }
  if (rest.length > 0) visit(line(decoder.decode(rest)));
  return offset;
}

function line(text) {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 13) end -= 1;
  return text.slice(0, Math.min(end, MAX_LINE));
}

function keep(rest, oversized, bytes) {
  if (oversized) return { rest, oversized };
  const room = MAX_LINE - rest.length;
  // A copy: a view would keep its whole chunk alive.
  return bytes.length <= room
    ? { rest: join(rest, bytes), oversized: false }
    : { rest: join(rest, bytes.subarray(0, room)), oversized: true };
}

function join(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
