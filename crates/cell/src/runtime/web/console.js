// `console`: each call is one line of the plugin's log.
0, function (native, P, need) {
  'use strict';
  const {
    Map, MapDelete, MapGet, MapSet, ArrayIsArray, StringIndexOf, StringRepeat, StringSlice,
  } = P;

  // What is written beyond this is cut anyway.
  const MOST = 8192;
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
      write('info', isTable ? need('table').table(data) : textOf([data]));
    },
    dir(value, options) { write('info', need('inspect').inspect(value, options, MOST)); },
    dirxml(...args) { write('info', textOf(args)); },
    group,
    groupCollapsed(...args) { P.ReflectApply(group, undefined, args); },
    groupEnd() { groups = P.MathMax(groups - 1, 0); },
    clear() {},
  };
  // A debugger shows the values themselves.
  const shown = native.console;
  const names = shown === undefined ? [] : P.ObjectKeys(console);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const write = console[name];
    const show = shown[name];
    if (typeof show !== 'function') continue;
    const both = (...args) => {
      P.ReflectApply(show, shown, args);
      P.ReflectApply(write, console, args);
    };
    P.ObjectDefineProperty(both, 'name', { __proto__: null, value: name, configurable: true });
    console[name] = both;
  }
  P.ObjectSetPrototypeOf(console, {});
  P.ObjectDefineProperty(console, P.SymbolToStringTag, { __proto__: null, value: 'console', configurable: true });
  return { __proto__: null, console };
};
