// CommonJS, for packages that are written so: `require`, and what an `import` of such a file gives.
0, function (native, P, need) {
  'use strict';
  const {
    Map, MapDelete, MapGet, MapSet, ObjectDefineProperty, ObjectFreeze, ReflectApply,
    StringLastIndexOf, StringSlice, TypeError,
  } = P;
  const { coded } = need('errors');

  // By path. A file that fails is not there afterwards, and runs again when it is asked for again.
  const loaded = new Map();

  const folderOf = (path) => {
    const at = StringLastIndexOf(path, '/');
    return at < 0 ? '/' : `/${StringSlice(path, 0, at)}`;
  };

  const requireOf = (path) => {
    const resolved = (specifier) => {
      if (typeof specifier !== 'string') {
        throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'a module is named by a string');
      }
      return native.requireResolve(path, specifier);
    };
    const require = function require(specifier) {
      const found = resolved(specifier);
      const kind = found[0];
      const name = found[1];
      if (kind === 'builtin') return builtin(name);
      if (kind === 'module') {
        throw coded(P.Error, 'ERR_REQUIRE_ESM', `\`${name}\`, which \`${path}\` requires, is an ES module: use \`import()\``);
      }
      return (kind === 'json' ? json(name, path) : run(name)).exports;
    };
    require.resolve = function resolve(specifier) {
      const found = resolved(specifier);
      return found[0] === 'builtin' ? found[1] : `/${found[1]}`;
    };
    require.cache = { __proto__: null };
    require.extensions = { __proto__: null };
    require.main = undefined;
    return require;
  };

  // As `require` of Node gives it: what an `import` of the module has as its default.
  const builtin = (name) => {
    const offered = need(name);
    return offered.default === undefined ? ObjectFreeze(offered) : offered.default;
  };

  const json = (path, referrer) => {
    const before = MapGet(loaded, path);
    if (before !== undefined) return before;
    const text = native.bundleText(path, referrer);
    let exports;
    try {
      exports = P.JSONParse(text);
    } catch (error) {
      const why = P.ObjectGetOwnPropertyDescriptor(error, 'message').value;
      throw new P.SyntaxError(`\`${path}\` is not JSON: ${why}`);
    }
    const module = { __proto__: null, exports };
    MapSet(loaded, path, module);
    return module;
  };

  const run = (path) => {
    const before = MapGet(loaded, path);
    if (before !== undefined) return before;
    const filename = `/${path}`;
    const require = requireOf(path);
    const module = {
      id: filename, path: folderOf(path), filename, exports: {}, loaded: false, children: [],
      paths: [], parent: undefined, require,
    };
    MapSet(loaded, path, module);
    let isDone = false;
    try {
      const body = native.compile(path);
      ReflectApply(body, module.exports, [module.exports, require, module, filename, module.path]);
      isDone = true;
    } finally {
      if (!isDone) MapDelete(loaded, path);
    }
    module.loaded = true;
    return module;
  };

  // What an `import` of the file gives, under these names.
  const commonJs = (path, names) => {
    const { exports } = run(path);
    const given = { __proto__: null, default: exports, 'module.exports': exports };
    const hasNames = typeof exports === 'function' || (typeof exports === 'object' && exports !== null);
    for (let i = 0; i < names.length; i++) {
      const value = hasNames ? exports[names[i]] : undefined;
      ObjectDefineProperty(given, names[i], { __proto__: null, value, enumerable: true });
    }
    return given;
  };

  return { __proto__: null, commonJs };
};
