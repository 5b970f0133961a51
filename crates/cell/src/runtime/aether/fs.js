// `aether:fs`: the plugin's virtual files. Large files travel in pieces.
0, function (native, P, need) {
  'use strict';
  const {
    ObjectDefineProperty, ObjectFreeze, StringCharCodeAt, StringEndsWith, StringSlice, SymbolAsyncIterator,
    TypeError, TypedArrayLength, TypedArraySet, Uint8Array,
  } = P;
  const { request } = need('core');
  const { PermissionDenied, RateLimited, coded } = need('errors');
  const { option } = need('options');

  // Bytes read or written at a time; the wire carries at most 16 MiB in one payload.
  const PIECE = 8 * 1024 * 1024;
  const LINES = 1024 * 1024;

  const check = (path) => {
    if (typeof path !== 'string') {
      throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'a path must be a string');
    }
    return path;
  };

  const count = (value, usual, what) => {
    if (value === undefined) return usual;
    if (!P.NumberIsInteger(value) || value < 0) {
      throw coded(P.RangeError, 'ERR_OUT_OF_RANGE', `${what} must be a whole number that is not negative`);
    }
    return value;
  };

  const readText = async (path) => {
    check(path);
    let text = '';
    let offset = 0;
    for (;;) {
      const part = await request('fs.readText', path, offset, PIECE);
      text += part[0];
      offset += part[1];
      if (part[1] === 0 || offset >= part[2]) return text;
    }
  };

  const readBytes = async (path, options) => {
    check(path);
    let offset = count(option(options, 'offset'), 0, 'offset');
    let left = count(option(options, 'length'), Infinity, 'length');
    const first = await request('fs.read', path, offset, P.MathMin(left, PIECE));
    let bytes = first[0];
    let got = TypedArrayLength(bytes);
    const total = P.MathMin(left, P.MathMax(first[1] - offset, got));
    if (got === 0 || got >= total) return bytes;
    const all = need('lists').bytes(total);
    let filled = 0;
    for (;;) {
      TypedArraySet(all, bytes, filled);
      filled += got;
      left = total - filled;
      if (left === 0) return all;
      bytes = (await request('fs.read', path, offset + filled, P.MathMin(left, PIECE)))[0];
      got = TypedArrayLength(bytes);
      // The file became shorter meanwhile.
      if (got === 0) return P.TypedArraySlice(all, 0, filled);
    }
  };

  // Calls `send(piece, append)` with pieces that fit the wire; one when `size` is small.
  const inPieces = async (size, most, slice, append, send) => {
    let from = 0;
    do {
      const to = slice.end(P.MathMin(from + most, size));
      await send(slice.cut(from, to), append || from > 0);
      from = to;
    } while (from < size);
  };

  // Past the overlay, in one piece: `through` is a token, or true to learn which one is needed.
  const writeThrough = async (path, content, options) => {
    const through = option(options, 'through');
    if (option(options, 'append') === true) {
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'what is written through is the whole file');
    }
    const token = through === true ? undefined : need('tokens').textOf(through);
    await request('fs.writeThrough', path, content, option(options, 'exclusive') === true, token);
  };

  const goesThrough = (options) => {
    const through = option(options, 'through');
    return through !== undefined && through !== false;
  };

  const writeText = async (path, text, options) => {
    check(path);
    const content = `${text}`;
    if (goesThrough(options)) return await writeThrough(path, content, options);
    const exclusive = option(options, 'exclusive') === true;
    await inPieces(content.length, PIECE / 2, {
      __proto__: null,
      cut: (from, to) => StringSlice(content, from, to),
      // Not between the halves of a surrogate pair.
      end: (at) => {
        const unit = at < content.length ? StringCharCodeAt(content, at - 1) : 0;
        return unit >= 0xd800 && unit < 0xdc00 ? at - 1 : at;
      },
    }, option(options, 'append') === true, (piece, append) =>
      request('fs.write', path, piece, append, exclusive && !append));
  };

  const writeBytes = async (path, bytes, options) => {
    check(path);
    const content = need('encoding').bytesOf(bytes);
    if (goesThrough(options)) return await writeThrough(path, content, options);
    const exclusive = option(options, 'exclusive') === true;
    await inPieces(TypedArrayLength(content), PIECE, {
      __proto__: null,
      cut: (from, to) => P.TypedArraySlice(content, from, to),
      end: (at) => at,
    }, option(options, 'append') === true, (piece, append) =>
      request('fs.write', path, piece, append, exclusive && !append));
  };

  const list = async (path) => {
    check(path);
    const all = need('lists').list();
    let after, some;
    do {
      some = await request('fs.list', path, after);
      for (let i = 0; i < some.entries.length; i++) all[all.length] = some.entries[i];
      after = some.next;
    } while (after !== undefined);
    const entries = need('lists').toArray(all);
    if (some.truncated) {
      native.log('warn', `list: ${path} has more entries than are looked through`);
      ObjectDefineProperty(entries, 'truncated', { __proto__: null, value: true });
    }
    return entries;
  };

  const stat = async (path, options) => {
    const itself = option(options, 'follow') === false;
    const { kind, size, modified_ms, mode } = await request('fs.stat', check(path), itself);
    return { kind, size, modified: modified_ms, mode };
  };

  const exists = async (path) => {
    try {
      await request('fs.stat', check(path));
      return true;
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    }
  };

  const remove = async (path, options) => {
    await request('fs.remove', check(path), option(options, 'recursive') === true);
  };

  const rename = async (from, to) => {
    await request('fs.rename', check(from), check(to));
  };

  const mkdir = async (path, options) => {
    await request('fs.mkdir', check(path), option(options, 'recursive') === true);
  };

  const link = async (from, to) => { await request('fs.link', check(from), check(to)); };

  const symlink = async (path, target) => { await request('fs.symlink', check(path), check(target)); };

  const readLink = async (path) => await request('fs.readlink', check(path));

  const setMode = async (path, mode) => { await request('fs.chmod', check(path), count(mode, 0, 'mode')); };

  const setModified = async (path, modified) => {
    await request('fs.utimes', check(path), count(modified, 0, 'modified'));
  };

  const below = (folder, name) => (StringEndsWith(folder, '/') ? folder + name : `${folder}/${name}`);

  // Depth first; a folder comes before what is in it. Symbolic links are named, not followed.
  async function* walk(path) {
    check(path);
    const folders = need('lists').list();
    folders[0] = path;
    while (folders.length > 0) {
      const folder = folders[folders.length - 1];
      folders.length--;
      const entries = await list(folder);
      for (let i = 0; i < entries.length; i++) {
        const { name, kind, size } = entries[i];
        yield { path: below(folder, name), kind, size };
      }
      for (let i = entries.length - 1; i >= 0; i--) {
        if (entries[i].kind === 'directory') folders[folders.length] = below(folder, entries[i].name);
      }
    }
  }

  // Iterates over the lines of a file, without their ends.
  class Lines {
    #path;
    #lines = undefined;
    #next = 0;
    #offset = 0;
    #piece = LINES;
    #done = false;

    constructor(path) { this.#path = path; }

    async next() {
      while (this.#lines === undefined || this.#next >= this.#lines.length) {
        if (this.#done) return { value: undefined, done: true };
        await this.#read();
      }
      return { value: this.#lines[this.#next++], done: false };
    }

    async #read() {
      const part = await request('fs.readLines', this.#path, this.#offset, this.#piece);
      this.#lines = part[0];
      this.#next = 0;
      this.#offset += part[1];
      this.#done = this.#offset >= part[2];
      if (part[1] > 0) this.#piece = LINES;
      else if (this.#piece < PIECE) this.#piece *= 2;
      else throw coded(P.RangeError, 'ERR_OUT_OF_RANGE', `a line of ${this.#path} is longer than ${PIECE} bytes`);
    }

    async return(value) {
      this.#done = true;
      this.#lines = undefined;
      return { value, done: true };
    }
  }
  ObjectDefineProperty(Lines.prototype, SymbolAsyncIterator, {
    __proto__: null, value() { return this; }, writable: true, configurable: true,
  });

  const lines = (path) => new Lines(check(path));

  const fs = {
    readText, readBytes, writeText, writeBytes, list, stat, exists, remove, rename, mkdir, walk, lines,
    link, symlink, readLink, setMode, setModified,
  };
  return { __proto__: null, ...fs, PermissionDenied, RateLimited, default: ObjectFreeze(fs) };
};
