// `node:path`, POSIX flavour: paths are the plugin's virtual ones, the working folder too.
0, function (native, P, need) {
  'use strict';
  const { StringEndsWith, StringIndexOf, StringLastIndexOf, StringSlice, StringStartsWith, TypeError } = P;
  const { list } = need('lists');

  const check = (path, what) => {
    if (typeof path !== 'string') {
      throw need('errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', `the "${what}" argument must be of type string`);
    }
    return path;
  };

  const parts = (path) => {
    const found = list();
    let from = 0;
    for (let at = StringIndexOf(path, '/'); ; at = StringIndexOf(path, '/', from)) {
      const end = at < 0 ? path.length : at;
      if (end > from) found[found.length] = StringSlice(path, from, end);
      if (at < 0) return found;
      from = at + 1;
    }
  };

  // The parts without `.` and `..`; leading `..` stay when `above` is true.
  const simplified = (found, above) => {
    const kept = list();
    for (let i = 0; i < found.length; i++) {
      const part = found[i];
      if (part === '.') continue;
      const last = kept.length > 0 ? kept[kept.length - 1] : '..';
      if (part !== '..') kept[kept.length] = part;
      else if (last !== '..') kept.length--;
      else if (above) kept[kept.length] = part;
    }
    return P.ArrayJoin(kept, '/');
  };

  const isAbsolute = (path) => StringStartsWith(check(path, 'path'), '/');

  const normalize = (path) => {
    if (check(path, 'path') === '') return '.';
    const absolute = isAbsolute(path);
    let text = simplified(parts(path), !absolute);
    if (text !== '' && StringEndsWith(path, '/')) text += '/';
    if (absolute) return `/${text}`;
    return text === '' ? (StringEndsWith(path, '/') ? './' : '.') : text;
  };

  const join = (...paths) => {
    let joined = '';
    for (let i = 0; i < paths.length; i++) {
      if (check(paths[i], 'path') !== '') joined = joined === '' ? paths[i] : `${joined}/${paths[i]}`;
    }
    return joined === '' ? '.' : normalize(joined);
  };

  const resolve = (...paths) => {
    let path = '';
    for (let i = paths.length - 1; i >= 0 && !StringStartsWith(path, '/'); i--) {
      if (check(paths[i], `paths[${i}]`) !== '') path = path === '' ? paths[i] : `${paths[i]}/${path}`;
    }
    if (!StringStartsWith(path, '/')) path = `${need('core').about.cwd}/${path}`;
    return `/${simplified(parts(path), false)}`;
  };

  const relative = (from, to) => {
    const start = parts(resolve(check(from, 'from')));
    const end = parts(resolve(check(to, 'to')));
    let same = 0;
    while (same < start.length && same < end.length && start[same] === end[same]) same++;
    const path = list();
    for (let i = same; i < start.length; i++) path[path.length] = '..';
    for (let i = same; i < end.length; i++) path[path.length] = end[i];
    return P.ArrayJoin(path, '/');
  };

  const withoutEnd = (path) => {
    let end = path.length;
    while (end > 1 && path[end - 1] === '/') end--;
    return StringSlice(path, 0, end);
  };

  const dirname = (path) => {
    const bare = withoutEnd(check(path, 'path'));
    const at = StringLastIndexOf(bare, '/');
    if (at < 0) return '.';
    return at === 0 ? '/' : withoutEnd(StringSlice(bare, 0, at));
  };

  const basename = (path, suffix) => {
    const bare = withoutEnd(check(path, 'path'));
    const base = bare === '/' ? '' : StringSlice(bare, StringLastIndexOf(bare, '/') + 1);
    if (suffix === undefined) return base;
    if (check(suffix, 'suffix') === path) return '';
    if (base === suffix) return base;
    return StringEndsWith(base, suffix) ? StringSlice(base, 0, base.length - suffix.length) : base;
  };

  const extname = (path) => {
    const base = basename(path);
    const at = StringLastIndexOf(base, '.');
    return at <= 0 || base === '..' ? '' : StringSlice(base, at);
  };

  const parse = (path) => {
    const root = isAbsolute(path) ? '/' : '';
    const base = basename(path);
    const ext = extname(path);
    let dir = dirname(path);
    if (dir === '.' && !StringStartsWith(path, '.')) dir = '';
    return { root, dir, base, ext, name: StringSlice(base, 0, base.length - ext.length) };
  };

  const format = (parsed) => {
    if (typeof parsed !== 'object' || parsed === null) check(parsed, 'pathObject');
    const dir = parsed.dir || parsed.root;
    const ext = parsed.ext ? (StringStartsWith(`${parsed.ext}`, '.') ? parsed.ext : `.${parsed.ext}`) : '';
    const base = parsed.base || `${parsed.name || ''}${ext}`;
    if (!dir) return base;
    return dir === parsed.root ? `${dir}${base}` : `${dir}/${base}`;
  };

  const path = {
    sep: '/', delimiter: ':', isAbsolute, normalize, join, resolve, relative, dirname, basename,
    extname, parse, format, toNamespacedPath: (path) => path,
  };
  path.posix = path;
  return path;
};
