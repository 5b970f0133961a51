// `node:fs` over the plugin's virtual files, when the manifest opts in. The synchronous forms block
// the plugin while the host answers.
0, function (native, P, need) {
  'use strict';
  const {
    ObjectHasOwn, PromiseThen, ReflectApply, StringSlice, TypeError,
    TypedArrayLength, TypedArraySet, TypedArraySlice, Uint8Array,
  } = P;
  const core = need('core');
  const { coded } = need('errors');
  const { over } = need('buffers');
  const { encodingOf, fromText, toText } = need('bytes');
  const { option } = need('options');
  const files = need('open_files');

  // Bytes in one request.
  const PIECE = 8 * 1024 * 1024;
  const constants = P.ObjectFreeze({ F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4, COPYFILE_EXCL: 1 });

  const pathOf = (path) => {
    if (typeof path === 'string') return path;
    if (P.ObjectIsPrototypeOf(need('url').URL.prototype, path)) return need('node:url').fileURLToPath(path);
    if (P.ObjectIsPrototypeOf(Uint8Array.prototype, path)) return toText(path, 'utf8');
    throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'the "path" argument must be of type string or an instance of Buffer or URL');
  };

  const encodingIn = (options) => {
    const named = typeof options === 'string' ? options : option(options, 'encoding');
    return named === undefined || named === null || named === 'buffer' ? undefined : encodingOf(named);
  };

  const kinds = { __proto__: null, file: 0o100000, directory: 0o40000, symlink: 0o120000, special: 0 };

  class Stats {
    constructor({ kind, size, modified_ms, mode, links, id }) {
      this.size = size;
      this.mode = kinds[kind] | mode;
      this.nlink = links;
      this.ino = id;
      this.mtimeMs = this.ctimeMs = this.atimeMs = this.birthtimeMs = modified_ms;
      this.mtime = this.ctime = this.atime = this.birthtime = new P.Date(modified_ms);
    }
    isFile() { return (this.mode & 0o170000) === kinds.file; }
    isDirectory() { return (this.mode & 0o170000) === kinds.directory; }
    isSymbolicLink() { return (this.mode & 0o170000) === kinds.symlink; }
    isFIFO() { return false; }
    isSocket() { return false; }
    isBlockDevice() { return false; }
    isCharacterDevice() { return false; }
  }

  class Dirent {
    #kind;
    constructor(parentPath, name, kind) {
      this.name = name;
      this.parentPath = this.path = parentPath;
      this.#kind = kind;
    }
    isFile() { return this.#kind === 'file'; }
    isDirectory() { return this.#kind === 'directory'; }
    isSymbolicLink() { return this.#kind === 'symlink'; }
    isFIFO() { return false; }
    isSocket() { return false; }
    isBlockDevice() { return false; }
    isCharacterDevice() { return false; }
  }

  // Each operation is a generator that yields requests and other generators, so that it is written
  // once and driven either waiting or not. (Not `yield*`, which calls methods a plugin can replace.)
  const ask = (name, a, b, c, d) => ({ __proto__: null, name, a, b, c, d });

  const bytesIn = (data, options) => {
    if (typeof data === 'string') return fromText(data, encodingIn(options) ?? 'utf8');
    return need('encoding').bytesOf(data);
  };

  function* write(path, data, options, append) {
    const flag = option(options, 'flag') ?? (append ? 'a' : 'w');
    const bytes = bytesIn(data, options);
    if (typeof path === 'number') return yield files.writeAll(path, bytes);
    const file = pathOf(path);
    // What neither replaces nor only adds is written as an open file is.
    if (flag !== 'w' && flag !== 'wx' && flag !== 'a') {
      const fd = yield files.openFile(file, flag);
      try {
        yield files.writeAll(fd, bytes);
      } finally {
        yield files.close(fd);
      }
      return undefined;
    }
    const length = TypedArrayLength(bytes);
    let from = 0;
    do {
      const to = P.MathMin(from + PIECE, length);
      const more = from > 0 || flag === 'a';
      yield ask('fs.write', file, TypedArraySlice(bytes, from, to), more, !more && flag === 'wx');
      from = to;
    } while (from < length);
    yield modeFor(file, option(options, 'mode'), 0o644);
    return undefined;
  }

  // The permissions that were asked for, where they are not the usual ones. Those of others to write
  // are left out, as by a usual umask.
  function* modeFor(file, asked, usual) {
    if (asked === undefined || asked === null) return;
    const mode = modeOf(asked) & 0o755;
    if (mode !== usual) yield ask('fs.chmod', file, mode);
  }

  const modeOf = (mode) => (typeof mode === 'string' ? P.NumberParseInt(mode, 8) : mode);

  function* read(path) {
    if (typeof path === 'number') return yield files.readAll(path);
    const file = pathOf(path);
    const first = yield ask('fs.read', file, 0, PIECE);
    let got = TypedArrayLength(first[0]);
    if (got >= first[1] || got === 0) return first[0];
    const all = need('lists').bytes(first[1]);
    TypedArraySet(all, first[0]);
    let filled = got;
    while (filled < first[1]) {
      const part = yield ask('fs.read', file, filled, P.MathMin(PIECE, first[1] - filled));
      got = TypedArrayLength(part[0]);
      if (got === 0) return TypedArraySlice(all, 0, filled);
      TypedArraySet(all, part[0], filled);
      filled += got;
    }
    return all;
  }

  function* statOf(path, options, itself) {
    try {
      return new Stats(yield ask('fs.stat', pathOf(path), itself));
    } catch (error) {
      if (option(options, 'throwIfNoEntry') === false && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  function* removeAll(path, options) {
    try {
      yield ask('fs.remove', pathOf(path), option(options, 'recursive') === true);
    } catch (error) {
      if (option(options, 'force') !== true || error.code !== 'ENOENT') throw error;
    }
  }

  // Seconds, or a date.
  const momentOf = (when) => {
    const ms = P.ObjectIsPrototypeOf(P.Date.prototype, when) ? P.DateGetTime(when) : P.Number(when) * 1000;
    return P.MathMax(0, P.MathFloor(ms));
  };

  const failed = (code, message, path) => {
    const error = coded(P.Error, code, `${code}: ${message}, '${path}'`);
    need('errors').put(error, 'path', path, true);
    return error;
  };

  const operations = {
    __proto__: null,
    * readFile(path, options) {
      const bytes = yield read(path);
      const encoding = encodingIn(options);
      return encoding === undefined ? over(bytes) : toText(bytes, encoding);
    },
    * writeFile(path, data, options) { yield write(path, data, options, false); },
    * appendFile(path, data, options) { yield write(path, data, options, true); },
    * readdir(path, options) {
      const folder = pathOf(path);
      const typed = option(options, 'withFileTypes');
      const named = need('lists').list();
      let after, some;
      do {
        some = yield ask('fs.list', folder, after);
        for (let i = 0; i < some.entries.length; i++) {
          const { name, kind } = some.entries[i];
          named[named.length] = typed ? new Dirent(folder, name, kind) : name;
        }
        after = some.next;
      } while (after !== undefined);
      // Node has no way to say so, and half a folder is not the folder.
      if (some.truncated) throw failed('EFBIG', 'more entries than are looked through', folder);
      return need('lists').toArray(named);
    },
    * stat(path, options) { return yield statOf(path, options, false); },
    * lstat(path, options) { return yield statOf(path, options, true); },
    * link(from, to) { yield ask('fs.link', pathOf(from), pathOf(to)); },
    * symlink(target, path) { yield ask('fs.symlink', pathOf(path), pathOf(target)); },
    * readlink(path) { return yield ask('fs.readlink', pathOf(path)); },
    * chmod(path, mode) { yield ask('fs.chmod', pathOf(path), modeOf(mode)); },
    * utimes(path, accessed, modified) { yield ask('fs.utimes', pathOf(path), momentOf(modified)); },
    * access(path, mode) {
      const stat = yield ask('fs.stat', pathOf(path));
      if ((mode & constants.X_OK) !== 0 && stat.kind === 'file' && (stat.mode & 0o111) === 0) {
        throw failed('EACCES', 'permission denied', pathOf(path));
      }
    },
    * mkdir(path, options) {
      const folder = pathOf(path);
      const recursive = option(options, 'recursive') === true;
      yield ask('fs.mkdir', folder, recursive);
      if (!recursive) yield modeFor(folder, typeof options === 'number' ? options : option(options, 'mode'), 0o755);
    },
    rm: removeAll,
    * unlink(path) { yield ask('fs.remove', pathOf(path), false); },
    * rmdir(path, options) { yield ask('fs.remove', pathOf(path), option(options, 'recursive') === true); },
    * rename(from, to) { yield ask('fs.rename', pathOf(from), pathOf(to)); },
    * copyFile(from, to, mode) {
      const bytes = yield read(from);
      yield write(to, bytes, { __proto__: null, flag: (mode & constants.COPYFILE_EXCL) !== 0 ? 'wx' : 'w' }, false);
    },
    * truncate(path, length) {
      const file = (yield ask('fs.open', pathOf(path), 'write', ''))[0];
      try {
        yield ask('fs.resize', file, length ?? 0);
      } finally {
        yield ask('fs.close', file);
      }
    },
    * realpath(path) {
      const { resolve, join, dirname } = need('node:path');
      yield ask('fs.stat', pathOf(path));
      let rest = P.StringSlice(resolve(pathOf(path)), 1);
      let at = '/';
      for (let links = 0; rest !== '';) {
        const end = P.StringIndexOf(rest, '/');
        const name = end < 0 ? rest : P.StringSlice(rest, 0, end);
        rest = end < 0 ? '' : P.StringSlice(rest, end + 1);
        const next = join(at, name);
        if ((yield ask('fs.stat', next, true)).kind !== 'symlink') at = next;
        else {
          if (++links > 40) throw failed('ELOOP', 'too many symbolic links encountered', pathOf(path));
          const target = resolve(dirname(next), yield ask('fs.readlink', next));
          rest = P.StringSlice(rest === '' ? target : `${target}/${rest}`, 1);
          at = '/';
        }
      }
      return at;
    },
  };

  function* opened(path, flag, mode) {
    const file = pathOf(path);
    const isNew = mode !== undefined && mode !== null && (yield isMissing(file));
    const fd = yield files.openFile(file, flag);
    if (isNew) yield modeFor(file, mode, 0o644);
    return fd;
  }

  function* isMissing(file) {
    try {
      yield ask('fs.stat', file);
      return false;
    } catch {
      return true;
    }
  }

  // What works on descriptors, which `fs.promises` has handles for.
  const described = {
    __proto__: null,
    * open(path, flag, mode) { return yield opened(path, flag, mode); },
    close: files.close,
    read: files.read,
    write: files.write,
    * fstat(fd) { return new Stats(yield files.stat(fd)); },
    ftruncate: files.resize,
    * fsync(fd) { files.known(fd); },
    * fdatasync(fd) { files.known(fd); },
  };

  const next = P.GeneratorNext;
  const raise = P.GeneratorThrow;

  const askAndWait = (asked) => {
    try {
      return native.request(true, asked.name, asked.a, asked.b, asked.c, asked.d);
    } catch (error) {
      need('errors').put(error, 'path', asked.a, true);
      throw error;
    }
  };

  const runSync = (steps) => {
    let step = next(steps);
    while (!step.done) {
      const asked = step.value;
      let answer;
      try {
        answer = ObjectHasOwn(asked, 'name')
          ? askAndWait(asked)
          : runSync(asked);
      } catch (error) {
        step = raise(steps, error);
        continue;
      }
      step = next(steps, answer);
    }
    return step.value;
  };

  const runAsync = async (steps) => {
    let step = next(steps);
    while (!step.done) {
      const asked = step.value;
      let answer;
      try {
        answer = ObjectHasOwn(asked, 'name')
          ? await core.request(asked.name, asked.a, asked.b, asked.c, asked.d)
          : await runAsync(asked);
      } catch (error) {
        step = raise(steps, error);
        continue;
      }
      step = next(steps, answer);
    }
    return step.value;
  };

  const fs = { constants, Stats, Dirent, promises: { constants } };
  // What was read or written is told by two values: how much, and where.
  const told = (value) => {
    if (value === undefined) return [null];
    return typeof value === 'object' && value !== null && ObjectHasOwn(value, 'count')
      ? [null, value.count, value.buffer] : [null, value];
  };

  const offer = (name, operation) => {
    fs[`${name}Sync`] = (...args) => told(runSync(ReflectApply(operation, undefined, args)))[1];
    fs[name] = (...args) => {
      const callback = args[args.length - 1];
      if (typeof callback !== 'function') {
        throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'the "cb" argument must be of type function');
      }
      args.length--;
      const done = runAsync(ReflectApply(operation, undefined, args));
      // Outside the promise, so that what the callback throws is an uncaught error.
      const call = (given) => core.setTimer(callback, 0, false, given);
      PromiseThen(done, (value) => call(told(value)), (error) => call([error]));
    };
  };

  const names = P.ObjectKeys(operations);
  for (let i = 0; i < names.length; i++) {
    const operation = operations[names[i]];
    fs.promises[names[i]] = async (...args) => await runAsync(ReflectApply(operation, undefined, args));
    offer(names[i], operation);
  }
  const FileHandle = files.handles(runAsync, Stats);
  fs.promises.open = async (path, flag, mode) => new FileHandle(await runAsync(opened(path, flag, mode)));
  const more = P.ObjectKeys(described);
  for (let i = 0; i < more.length; i++) offer(more[i], described[more[i]]);
  fs.existsSync = (path) => {
    try {
      runSync(statOf(path));
      return true;
    } catch {
      return false;
    }
  };
  return fs;
};
