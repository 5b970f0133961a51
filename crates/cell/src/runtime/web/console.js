// `console`: each call is one line of the plugin's log.
(function (native, P, need) {
  'use strict';
  const {
    Map, MapDelete, MapGet, MapSet, ObjectHasOwn, ObjectKeys, ArrayIsArray, StringIndexOf,
    StringPadStart, StringRepeat, StringSlice,
  } = P;

  // What is written beyond this is cut anyway.
  const MOST = 8192;
  const MOST_ROWS = 100;
  const MOST_GROUPS = 32;

  const counts = new Map();
  const timers = new Map();
  let groups = 0;

  // The usual case, strings only, does without the formatter.
  const textOf = (args) => {
    let text = '';
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      const plain = typeof arg === 'string' && (i > 0 || args.length === 1 || StringIndexOf(arg, '%') < 0);
      if (!plain) return need('inspect').format(args, MOST);
      text += i === 0 ? arg : ` ${arg}`;
      if (text.length > MOST) break;
    }
    return text;
  };

  const indented = (text) => {
    if (groups === 0) return text;
    const indent = StringRepeat('  ', groups);
    let out = indent;
    let from = 0;
    for (let at = StringIndexOf(text, '\n'); at >= 0; at = StringIndexOf(text, '\n', from)) {
      out += StringSlice(text, from, at + 1) + indent;
      from = at + 1;
    }
    return out + StringSlice(text, from);
  };

  const write = (level, text) => { native.log(level, indented(StringSlice(text, 0, MOST))); };

  const label = (name) => (name === undefined ? 'default' : StringSlice(`${name}`, 0, 100));

  const row = (cells, widths) => {
    let line = '|';
    for (let i = 0; i < widths.length; i++) line += ` ${cells[i]}${StringRepeat(' ', widths[i] - cells[i].length)} |`;
    return line;
  };

  const short = (value) => {
    const text = need('inspect').inspect(value, { __proto__: null, depth: 0 }, 60);
    return StringIndexOf(text, '\n') < 0 ? StringSlice(text, 0, 60) : '…';
  };

  // Rows of cells: the index, then one column for each key, then plain values.
  const table = (data) => {
    const columns = new Map();
    const rows = need('lists').list();
    const keys = ObjectKeys(data);
    let values = false;
    for (let i = 0; i < keys.length && i < MOST_ROWS; i++) {
      const value = data[keys[i]];
      const isRow = typeof value === 'object' && value !== null;
      values = values || !isRow;
      const names = isRow ? ObjectKeys(value) : [];
      for (let j = 0; j < names.length && j < 20; j++) {
        if (MapGet(columns, names[j]) === undefined) MapSet(columns, names[j], P.MapSize(columns) + 1);
      }
      rows[i] = { __proto__: null, key: keys[i], value, isRow };
    }
    const width = P.MapSize(columns) + 1 + (values ? 1 : 0);
    const cells = need('lists').list();
    const header = need('lists').filled(width, '');
    header[0] = '(index)';
    P.MapForEach(columns, (at, name) => { header[at] = StringSlice(name, 0, 60); });
    if (values) header[width - 1] = 'Values';
    cells[0] = header;
    for (let i = 0; i < rows.length; i++) {
      const line = need('lists').filled(width, '');
      line[0] = rows[i].key;
      if (!rows[i].isRow) line[width - 1] = short(rows[i].value);
      else {
        P.MapForEach(columns, (at, name) => {
          if (ObjectHasOwn(rows[i].value, name)) line[at] = short(rows[i].value[name]);
        });
      }
      cells[i + 1] = line;
    }
    const widths = need('lists').filled(width, 0);
    for (let i = 0; i < cells.length; i++) {
      for (let j = 0; j < width; j++) widths[j] = P.MathMax(widths[j], cells[i][j].length);
    }
    let text = row(cells[0], widths);
    let rule = '|';
    for (let j = 0; j < width; j++) rule += `${StringRepeat('-', widths[j] + 2)}|`;
    text += `\n${rule}`;
    for (let i = 1; i < cells.length; i++) text += `\n${row(cells[i], widths)}`;
    return text;
  };

  const timeLog = (name, ...args) => {
    const key = label(name);
    const began = MapGet(timers, key);
    if (began === undefined) return;
    const ms = P.MathFloor((native.monotonic() - began) * 10) / 10;
    write('info', `${key}: ${ms} ms${args.length === 0 ? '' : ` ${textOf(args)}`}`);
  };

  const group = (...args) => {
    if (args.length > 0) write('info', textOf(args));
    groups = P.MathMin(groups + 1, MOST_GROUPS);
  };

  const console = {
    log(...args) { write('info', textOf(args)); },
    info(...args) { write('info', textOf(args)); },
    debug(...args) { write('debug', textOf(args)); },
    warn(...args) { write('warn', textOf(args)); },
    error(...args) { write('error', textOf(args)); },
    trace(...args) {
      const stack = native.cleanStack(P.ErrorStack(new P.Error()) ?? '');
      write('debug', `Trace${args.length === 0 ? '' : `: ${textOf(args)}`}\n${stack}`);
    },
    assert(holds, ...args) {
      if (!holds) write('error', args.length === 0 ? 'Assertion failed' : `Assertion failed: ${textOf(args)}`);
    },
    count(name) {
      const key = label(name);
      const count = (MapGet(counts, key) ?? 0) + 1;
      MapSet(counts, key, count);
      write('info', `${key}: ${count}`);
    },
    countReset(name) { MapDelete(counts, label(name)); },
    time(name) { MapSet(timers, label(name), native.monotonic()); },
    timeLog,
    timeEnd(name) {
      timeLog(name);
      MapDelete(timers, label(name));
    },
    table(data) {
      const isTable = typeof data === 'object' && data !== null && native.kind(data) === undefined
        && (ArrayIsArray(data) || P.ObjectGetPrototypeOf(data) === P.Object.prototype);
      write('info', isTable ? table(data) : textOf([data]));
    },
    dir(value, options) { write('info', need('inspect').inspect(value, options, MOST)); },
    dirxml(...args) { write('info', textOf(args)); },
    group,
    groupCollapsed(...args) { P.ReflectApply(group, undefined, args); },
    groupEnd() { groups = P.MathMax(groups - 1, 0); },
    clear() {},
  };
  return { __proto__: null, console };
})
