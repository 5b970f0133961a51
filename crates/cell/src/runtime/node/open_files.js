// Files of `node:fs` that are open: descriptors, and handles over them.
0, function (native, P, need) {
  'use strict';
  const {
    MapDelete, MapGet, MapSet, MathMin, NumberIsInteger, ObjectDefineProperty, ObjectHasOwn,
    ObjectIsPrototypeOf, RangeError, SymbolAsyncDispose, TypeError, TypedArrayLength, TypedArraySet,
    TypedArraySlice, Uint8Array,
  } = P;
  const { coded } = need('errors');
  const { over } = need('buffers');
  const { encodingOf, fromText, toText } = need('bytes');

  // Bytes in one request.
  const PIECE = 8 * 1024 * 1024;
  const MOST = 2 ** 53 - 1;
  // Node's first descriptor; the host's first file is 1.
  const FIRST = 3;

  // What Node's flags mean: what for, and how.
  const flags = {
    __proto__: null,
    r: ['read', ''], 'r+': ['both', ''], rs: ['read', ''], 'rs+': ['both', ''],
    w: ['write', 'create truncate'], 'w+': ['both', 'create truncate'],
    wx: ['write', 'create exclusive'], 'wx+': ['both', 'create exclusive'],
    a: ['write', 'create'], 'a+': ['both', 'create'],
    ax: ['write', 'create exclusive'], 'ax+': ['both', 'create exclusive'],
  };

  const wrong = (message) => coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  const ask = (name, a, b, c, d) => ({ __proto__: null, name, a, b, c, d });
  const option = (options, name) => (typeof options === 'object' && options !== null
    && ObjectHasOwn(options, name) ? options[name] : undefined);

  // Where each open file is read and written next.
  const open = new P.Map();

  const known = (fd) => {
    if (!NumberIsInteger(fd)) throw wrong('the "fd" argument must be of type number');
    const state = MapGet(open, fd);
    if (state === undefined) throw coded(P.Error, 'EBADF', 'EBADF: bad file descriptor');
    return state;
  };

  const count = (value, usual, most, name) => {
    if (value === undefined || value === null) return usual;
    if (!NumberIsInteger(value) || value < 0 || value > most) {
      throw coded(RangeError, 'ERR_OUT_OF_RANGE', `the value of "${name}" is out of range`);
    }
    return value;
  };

  // A place in the file, or nothing for where it is.
  const placeOf = (position) => {
    if (position === undefined || position === null || position === -1) return undefined;
    return count(typeof position === 'bigint' ? P.Number(position) : position, 0, MOST, 'position');
  };

  const bytesIn = (data) => {
    if (ObjectIsPrototypeOf(Uint8Array.prototype, data)) return data;
    return need('encoding').bytesOf(data);
  };

  function* openFile(path, flag) {
    const meant = flags[flag ?? 'r'];
    if (meant === undefined) {
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `the argument 'flags' is invalid: ${P.String(flag)}`);
    }
    const file = (yield ask('fs.open', path, meant[0], meant[1]))[0];
    const fd = file + FIRST - 1;
    MapSet(open, fd, { __proto__: null, file, at: 0, appends: (flag ?? 'r')[0] === 'a' });
    return fd;
  }

  function* close(fd) {
    const { file } = known(fd);
    MapDelete(open, fd);
    yield ask('fs.close', file);
  }

  // Reads into `buffer`; gives how many bytes.
  function* read(fd, buffer, offset, length, position) {
    const state = known(fd);
    let options = P.ArrayBufferIsView(buffer) ? offset : buffer;
    if (!P.ArrayBufferIsView(buffer)) buffer = option(options, 'buffer') ?? over(new Uint8Array(16_384));
    else if (typeof options !== 'object' || options === null) {
      options = { __proto__: null, offset, length, position };
    }
    position = option(options, 'position');
    const into = bytesIn(buffer);
    const size = TypedArrayLength(into);
    offset = count(option(options, 'offset'), 0, size, 'offset');
    length = count(option(options, 'length'), size - offset, size - offset, 'length');
    const place = placeOf(position);
    let at = place ?? state.at;
    let got = 0;
    while (got < length) {
      const bytes = (yield ask('fs.pread', state.file, at, MathMin(PIECE, length - got)))[0];
      const some = TypedArrayLength(bytes);
      if (some === 0) break;
      TypedArraySet(into, bytes, offset + got);
      got += some;
      at += some;
    }
    if (place === undefined) state.at = at;
    return { __proto__: null, count: got, buffer };
  }

  // Writes a text, or bytes of a buffer; gives how many bytes.
  function* write(fd, data, offset, length, position) {
    const state = known(fd);
    let bytes;
    if (typeof data === 'string') {
      bytes = fromText(data, encodingOf(length ?? 'utf8'));
      position = offset;
    } else {
      const from = bytesIn(data);
      const options = typeof offset === 'object' && offset !== null
        ? offset : { __proto__: null, offset, length, position };
      const size = TypedArrayLength(from);
      const begin = count(option(options, 'offset'), 0, size, 'offset');
      const many = count(option(options, 'length'), size - begin, size - begin, 'length');
      position = option(options, 'position');
      bytes = TypedArraySlice(from, begin, begin + many);
    }
    const place = placeOf(position);
    const all = TypedArrayLength(bytes);
    let at = state.appends ? undefined : place ?? state.at;
    for (let done = 0; done < all; done += PIECE) {
      const size = yield ask('fs.pwrite', state.file, at, TypedArraySlice(bytes, done, done + PIECE));
      at = state.appends ? undefined : at + MathMin(PIECE, all - done);
      if (state.appends) state.at = size;
    }
    if (!state.appends && place === undefined) state.at = at;
    return { __proto__: null, count: all, buffer: data };
  }

  // Everything from where it is.
  function* readAll(fd) {
    const state = known(fd);
    const { size } = yield ask('fs.fstat', state.file);
    let buffer = over(new Uint8Array(P.MathMax(0, size - state.at)));
    let { count: got } = yield read(fd, buffer);
    // Some files say that they have no size, or grow meanwhile.
    while (got === TypedArrayLength(buffer)) {
      const more = over(new Uint8Array(64 * 1024));
      const { count: some } = yield read(fd, more);
      if (some === 0) return buffer;
      const all = over(new Uint8Array(got + some));
      TypedArraySet(all, buffer);
      TypedArraySet(all, TypedArraySlice(more, 0, some), got);
      buffer = all;
      got += some;
    }
    return over(TypedArraySlice(buffer, 0, got));
  }

  function* writeAll(fd, bytes) { yield write(fd, bytes, 0, TypedArrayLength(bytes), null); }

  function* resize(fd, size) { yield ask('fs.resize', known(fd).file, count(size, 0, MOST, 'len')); }

  function* stat(fd) { return yield ask('fs.fstat', known(fd).file); }

  // A handle of `fs.promises`; `run` drives what a generator asks for.
  const handles = (run, Stats) => class FileHandle {
    #fd;
    constructor(fd) { this.#fd = fd; }
    get fd() { return this.#fd; }
    async read(buffer, offset, length, position) {
      const { count: bytesRead, buffer: filled } = await run(read(this.#fd, buffer, offset, length, position));
      return { bytesRead, buffer: filled };
    }
    async write(data, offset, length, position) {
      const { count: bytesWritten } = await run(write(this.#fd, data, offset, length, position));
      return { bytesWritten, buffer: data };
    }
    async readFile(options) {
      const bytes = await run(readAll(this.#fd));
      const encoding = typeof options === 'string' ? options : option(options, 'encoding');
      return encoding === undefined || encoding === null ? bytes : toText(bytes, encodingOf(encoding));
    }
    async writeFile(data, options) {
      const encoding = typeof options === 'string' ? options : option(options, 'encoding');
      await run(write(this.#fd, data, null, typeof data === 'string' ? encoding : undefined));
    }
    async appendFile(data, options) { await this.writeFile(data, options); }
    async stat() { return new Stats(await run(stat(this.#fd))); }
    async truncate(size) { await run(resize(this.#fd, size)); }
    async sync() { known(this.#fd); }
    async datasync() { known(this.#fd); }
    async close() {
      const fd = this.#fd;
      this.#fd = -1;
      if (fd >= 0) await run(close(fd));
    }
    static {
      if (SymbolAsyncDispose !== undefined) {
        ObjectDefineProperty(this.prototype, SymbolAsyncDispose, {
          __proto__: null, value() { return this.close(); }, writable: true, configurable: true,
        });
      }
    }
  };

  return { __proto__: null, openFile, close, read, write, readAll, writeAll, resize, stat, handles, known };
};
