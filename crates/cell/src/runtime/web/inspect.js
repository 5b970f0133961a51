// Values as text, for logs and messages. Calls no code of a plugin: no getter, no proxy trap, no
// `toString`, no custom hook. Bounded in depth, in entries and in length.
0, function (native, P, need) {
  'use strict';
  const {
    ArrayIsArray, ArrayJoin, BigIntToString, FunctionToString, JSONStringify, MapForEach, MapSize,
    ObjectGetOwnPropertyDescriptor, ObjectGetPrototypeOf, ObjectHasOwn, ObjectIs,
    ObjectIsPrototypeOf, ObjectSetPrototypeOf, ReflectOwnKeys, SetForEach, SetSize, StringIndexOf,
    StringRepeat, StringSlice, StringStartsWith, SymbolToString,
  } = P;

  const DEPTH = 4;
  const ENTRIES = 100;
  const STRING = 4096;
  const LENGTH = 8192;
  // Most holes of an array that are counted at a time, and longest array looked at for other keys.
  const HOLES = 10000;
  // A line up to this long stays one line.
  const WIDTH = 76;

  const list = () => ObjectSetPrototypeOf([], null);

  const quote = (text) => {
    if (StringIndexOf(text, "'") >= 0) return JSONStringify(text);
    const json = JSONStringify(text);
    const inner = StringSlice(json, 1, -1);
    // Double quotes are the only thing that JSON escapes and single quotes need not.
    return StringIndexOf(inner, '\\"') >= 0 ? json : `'${inner}'`;
  };

  const cut = (text, most) => {
    if (text.length <= most) return text;
    return `${StringSlice(text, 0, most)}… (${text.length - most} more)`;
  };

  const dataOf = (object, name) => {
    const found = ObjectGetOwnPropertyDescriptor(object, name);
    return found !== undefined && ObjectHasOwn(found, 'value') ? found.value : undefined;
  };

  const is = (Kind, value) => ObjectIsPrototypeOf(Kind.prototype, value);

  // Whether `probe` accepts the value, as only real instances do.
  const holds = (probe, value) => {
    try {
      probe(value);
      return true;
    } catch {
      return false;
    }
  };

  const constructorName = (object) => {
    let at = object;
    for (let i = 0; i < 20 && at !== null; i++) {
      if (native.kind(at) === 'proxy') return '';
      const made = dataOf(at, 'constructor');
      if (typeof made === 'function' && native.kind(made) !== 'proxy') {
        const name = dataOf(made, 'name');
        if (typeof name === 'string' && name !== '') return cut(name, 100);
      }
      at = ObjectGetPrototypeOf(at);
    }
    return at === null && ObjectGetPrototypeOf(object) === null ? 'null' : '';
  };

  const keyText = (key) => {
    if (typeof key === 'symbol') return `[${SymbolToString(key)}]`;
    return P.RegExpExec(/^[A-Za-z_$][\w$]*$/, key) !== null ? key : quote(cut(key, 200));
  };

  const primitive = (value, state, top) => {
    switch (typeof value) {
      case 'string': return top ? value : quote(cut(value, state.string));
      case 'number': return ObjectIs(value, -0) ? '-0' : `${value}`;
      case 'bigint': return `${BigIntToString(value)}n`;
      case 'symbol': return SymbolToString(value);
      default: return `${value}`;
    }
  };

  const functionText = (value) => {
    const name = dataOf(value, 'name');
    const shown = typeof name === 'string' && name !== '' ? cut(name, 100) : '';
    const isClass = StringStartsWith(StringSlice(FunctionToString(value), 0, 6), 'class ')
      || StringStartsWith(StringSlice(FunctionToString(value), 0, 6), 'class{');
    if (isClass) return `[class ${shown === '' ? '(anonymous)' : shown}]`;
    return shown === '' ? '[Function (anonymous)]' : `[Function: ${shown}]`;
  };

  const boxed = (value) => {
    const probes = [
      ['Number', P.Number, P.NumberValueOf], ['String', P.String, P.StringValueOf],
      ['Boolean', P.Boolean, P.BooleanValueOf], ['BigInt', P.BigInt, P.BigIntValueOf],
      ['Symbol', P.Symbol, P.SymbolValueOf],
    ];
    for (let i = 0; i < probes.length; i++) {
      const probe = probes[i];
      if (is(probe[1], value) && holds(probe[2], value)) {
        return `[${probe[0]}: ${primitive(probe[2](value), { string: 100 }, false)}]`;
      }
    }
    return undefined;
  };

  const errorText = (error, state, level) => {
    const errors = need('errors');
    const head = errors.headline(error);
    const stack = errors.stackOf(error);
    let text = stack === '' ? `[${head}]` : `${head}\n${stack}`;
    const cause = ObjectGetOwnPropertyDescriptor(error, 'cause');
    if (cause !== undefined && ObjectHasOwn(cause, 'value')) {
      text += `\n[cause]: ${inner(cause.value, state, level + 1)}`;
    }
    return text;
  };

  // `open a, b close`, on one line if it fits.
  const join = (parts, open, close, level) => {
    if (parts.length === 0) return open === '' ? `${close}` : `${open}${close}`;
    const line = ArrayJoin(parts, ', ');
    if (line.length + open.length + level * 2 <= WIDTH && StringIndexOf(line, '\n') < 0) {
      return `${open} ${line} ${close}`;
    }
    const indent = `\n${StringRepeat('  ', level + 1)}`;
    return `${open}${indent}${ArrayJoin(parts, `,${indent}`)}\n${StringRepeat('  ', level)}${close}`;
  };

  const add = (parts, text, state) => {
    state.left -= text.length + 2;
    parts[parts.length] = text;
  };

  // False once the parts are many or the text is long enough.
  const more = (parts, state, total) => {
    if (parts.length < state.entries && state.left > 0) return true;
    parts[parts.length] = `… ${total - parts.length} more`;
    return false;
  };

  const elements = (parts, value, length, state, level) => {
    for (let i = 0; i < length; i++) {
      if (!more(parts, state, length)) return;
      const found = ObjectGetOwnPropertyDescriptor(value, i);
      if (found !== undefined) add(parts, property(found, state, level), state);
      else {
        const first = i;
        const last = P.MathMin(length, first + HOLES) - 1;
        while (i < last && ObjectGetOwnPropertyDescriptor(value, i + 1) === undefined) i++;
        const holes = i - first + 1;
        add(parts, `<${holes} empty item${holes === 1 ? '' : 's'}>`, state);
      }
    }
  };

  const property = (found, state, level) => {
    if (ObjectHasOwn(found, 'value')) return inner(found.value, state, level);
    if (found.get === undefined) return '[Setter]';
    return found.set === undefined ? '[Getter]' : '[Getter/Setter]';
  };

  const properties = (parts, value, state, level, skipIndexes) => {
    const keys = ReflectOwnKeys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (skipIndexes && typeof key === 'string' && P.RegExpExec(/^\d+$/, key) !== null) continue;
      const found = ObjectGetOwnPropertyDescriptor(value, key);
      if (found === undefined || !found.enumerable) continue;
      if (!more(parts, state, keys.length)) return;
      add(parts, `${keyText(key)}: ${property(found, state, level)}`, state);
    }
  };

  const special = (value, state, level, parts, name) => {
    const prefix = (plain, size) => `${name === '' ? plain : name}(${size})`;
    if (is(P.Map, value) && holds(MapSize, value)) {
      const size = MapSize(value);
      MapForEach(value, (entry, key) => {
        if (parts.length > state.entries || state.left <= 0) return;
        const text = `${inner(key, state, level + 1)} => ${inner(entry, state, level + 1)}`;
        if (more(parts, state, size)) add(parts, text, state);
      });
      return `${prefix('Map', size)} {`;
    }
    if (is(P.Set, value) && holds(SetSize, value)) {
      const size = SetSize(value);
      SetForEach(value, (entry) => {
        if (parts.length > state.entries || state.left <= 0) return;
        if (more(parts, state, size)) add(parts, inner(entry, state, level + 1), state);
      });
      return `${prefix('Set', size)} {`;
    }
    if (is(P.ArrayBuffer, value) && holds(P.ArrayBufferByteLength, value)) {
      add(parts, `byteLength: ${P.ArrayBufferByteLength(value)}`, state);
      return 'ArrayBuffer {';
    }
    return undefined;
  };

  // Things that are shown as one word, or undefined.
  const atom = (value, state, level) => {
    if (typeof value === 'function') return functionText(value);
    if (native.kind(value) === 'error') return errorText(value, state, level);
    if (is(P.Date, value) && holds(P.DateValueOf, value)) {
      return P.NumberIsNaN(P.DateValueOf(value)) ? 'Invalid Date' : P.DateToISOString(value);
    }
    if (is(P.RegExp, value) && holds(P.RegExpSource, value)) {
      return `/${P.RegExpSource(value)}/${P.RegExpFlags(value)}`;
    }
    if (is(P.DOMException, value)) return need('errors').headline(value);
    return boxed(value);
  };

  const body = (value, state, level) => {
    const parts = list();
    const tag = P.ArrayBufferIsView(value) ? typedTag(value) : undefined;
    if (tag !== undefined) {
      const length = P.TypedArrayLength(value);
      elements(parts, value, length, state, level + 1);
      const name = constructorName(value);
      return join(parts, `${name === '' ? tag : name}(${length}) [`, ']', level);
    }
    if (ArrayIsArray(value)) {
      elements(parts, value, value.length, state, level + 1);
      if (value.length <= HOLES) properties(parts, value, state, level + 1, true);
      const name = constructorName(value);
      return join(parts, name === 'Array' ? '[' : `${name}(${value.length}) [`, ']', level);
    }
    const name = constructorName(value);
    const open = special(value, state, level, parts, name);
    properties(parts, value, state, level + 1, false);
    if (open !== undefined) return join(parts, open, '}', level);
    if (name === 'Object') return join(parts, '{', '}', level);
    const title = name === 'null' ? '[Object: null prototype]' : name;
    return join(parts, title === '' ? '{' : `${title} {`, '}', level);
  };

  const typedTag = (value) => {
    try {
      return P.TypedArrayTag(value);
    } catch {
      return undefined;
    }
  };

  const inner = (value, state, level) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
      return primitive(value, state, false);
    }
    if (native.kind(value) === 'proxy') return '[Proxy]';
    const found = state.seen;
    for (let i = 0; i < found.length; i++) if (found[i] === value) return '[Circular]';
    // Classes and errors are looked at with care, but an exotic object may still refuse.
    try {
      const word = atom(value, state, level);
      if (word !== undefined) return word;
      if (native.kind(value) === 'promise') return 'Promise {}';
      if (level > state.depth) return ArrayIsArray(value) ? '[Array]' : `[${constructorName(value) || 'Object'}]`;
      if (state.left <= 0) return '…';
      found[found.length] = value;
      const text = body(value, state, level);
      found.length--;
      return text;
    } catch {
      return '[?]';
    }
  };

  const number = (options, name, usual) => {
    if (options === undefined || options === null || !ObjectHasOwn(options, name)) return usual;
    const value = options[name];
    if (value === null || value === Infinity) return name === 'depth' ? 50 : 1e6;
    return typeof value === 'number' && value >= 0 ? value : usual;
  };

  const start = (options, length) => ({
    __proto__: null,
    depth: number(options, 'depth', DEPTH),
    entries: number(options, 'maxArrayLength', ENTRIES),
    string: number(options, 'maxStringLength', STRING),
    left: length,
    seen: list(),
  });

  const inspect = (value, options, length) =>
    inner(value, start(options, length ?? LENGTH), 0);

  // A console's or `util.format`'s text: placeholders, then the other arguments.
  const format = (args, length) => {
    const most = length ?? LENGTH;
    let text = '';
    let next = 0;
    if (typeof args[0] === 'string') {
      next = 1;
      text = args.length === 1 ? args[0] : placeholders(args, most, (used) => { next = used; });
    }
    for (; next < args.length && text.length < most; next++) {
      const value = args[next];
      const shown = typeof value === 'string' ? value : inspect(value, undefined, most - text.length);
      text += next === 0 ? shown : ` ${shown}`;
    }
    return text;
  };

  const placeholders = (args, most, done) => {
    const form = args[0];
    let text = '';
    let from = 0;
    let next = 1;
    for (let at = StringIndexOf(form, '%'); at >= 0; at = StringIndexOf(form, '%', from)) {
      const kind = StringSlice(form, at + 1, at + 2);
      text += StringSlice(form, from, at);
      from = at + 2;
      if (kind === '%') text += '%';
      else if (next < args.length && StringIndexOf('sdifjoOc', kind) >= 0 && kind !== '') {
        text += placed(kind, args[next++], most);
      } else text += `%${kind}`;
    }
    done(next);
    return text + StringSlice(form, from);
  };

  const placed = (kind, value, most) => {
    const isPlain = value === null || (typeof value !== 'object' && typeof value !== 'function');
    switch (kind) {
      case 's': return typeof value === 'string' ? value : inspect(value, { __proto__: null, depth: 0 }, most);
      case 'd': return isPlain && typeof value !== 'symbol' ? `${typeof value === 'bigint' ? `${value}n` : +value}` : 'NaN';
      case 'i': return isPlain && typeof value !== 'symbol' ? `${P.MathTrunc(typeof value === 'bigint' ? P.Number(value) : +value)}` : 'NaN';
      case 'f': return isPlain && typeof value !== 'symbol' && typeof value !== 'bigint' ? `${P.parseFloat(value)}` : 'NaN';
      case 'j': {
        try {
          return `${JSONStringify(value)}`;
        } catch {
          return '[Circular]';
        }
      }
      case 'c': return '';
      default: return inspect(value, undefined, most);
    }
  };

  // A thrown value that is no error, as the object of "threw".
  const short = (value) => {
    const text = cut(inspect(value, { __proto__: null, depth: 1 }, 400), 400);
    if (value === null || value === undefined) return text;
    if (typeof value === 'object') return `an object: ${text}`;
    return `${typeof value === 'undefined' ? '' : 'a '}${typeof value}: ${text}`;
  };

  return { __proto__: null, inspect, format, short };
};
