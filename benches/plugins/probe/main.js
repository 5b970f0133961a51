// Calls its host as often as it is told. The host takes the time: clocks in a cell are coarse.
import * as blob from 'aether:blob';
import { names } from 'aether:env';
import { readBytes, readText, stat } from 'aether:fs';

/** Nothing at all: the cost of a call. */
export function empty() {}

/** `count` times a host call that the engine waits for. */
export function waiting({ count }) {
  let seen = 0;
  for (let i = 0; i < count; i++) seen += names().length;
  return seen;
}

/** `count` times a host call that a promise waits for, one after the other. */
export async function awaited({ count, path }) {
  let size = 0;
  for (let i = 0; i < count; i++) size += (await stat(path)).size;
  return size;
}

/** Reads a file once, `chunk` bytes at a time; returns how many bytes came. */
export async function bytes({ path, size, chunk }) {
  let got = 0;
  for (let offset = 0; offset < size; offset += chunk) {
    got += (await readBytes(path, { offset, length: chunk })).length;
  }
  return got;
}

/** Reads a text file whole; returns how many characters came. */
export async function text({ path }) {
  return (await readText(path)).length;
}

/** One blob, opened again and again. */
export async function opened({ count, size }) {
  const name = await blob.create(new Uint8Array(size));
  let got = 0;
  for (let i = 0; i < count; i++) got += (await blob.open(name)).byteLength;
  await blob.drop(name);
  return got;
}
