// Buffer over Uint8Array, for `node:buffer` and `node:fs`.
0, function (native, P, need) {
  'use strict';
  const {
    ArrayIsArray, MathMin, ObjectDefineProperty, ObjectIsPrototypeOf, RangeError, TypedArrayBuffer,
    TypedArrayByteOffset, TypedArrayFill, TypedArrayIndexOf, TypedArrayLength, TypedArraySet, TypeError,
    Uint8Array,
  } = P;
  const { known, encodingOf, fromText, toText } = need('bytes');

  const MOST = 2 ** 31 - 1;

  class FastBuffer extends Uint8Array {
    constructor(a, b, c) { super(a, b, c); }
  }
  const proto = FastBuffer.prototype;

  const wrong = (message) => need('errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);

  const range = (what) => need('errors').coded(RangeError, 'ERR_OUT_OF_RANGE', `${what} is out of range`);

  const sizeOf = (size) => {
    if (typeof size !== 'number') throw wrong('the "size" argument must be of type number');
    if (!(size >= 0 && size <= MOST)) throw range('the value of "size"');
    return size;
  };

  // The same memory, seen as a Buffer.
  const over = (bytes) =>
    new FastBuffer(TypedArrayBuffer(bytes), TypedArrayByteOffset(bytes), TypedArrayLength(bytes));

  const isBytes = (value) => ObjectIsPrototypeOf(Uint8Array.prototype, value);

  const fromList = (items) => {
    const length = MathMin(items.length >>> 0, MOST);
    const made = new FastBuffer(length);
    for (let i = 0; i < length; i++) made[i] = items[i];
    return made;
  };

  const isBuffer = (value) => ObjectIsPrototypeOf(proto, value);

  const from = (value, second, third) => {
    if (typeof value === 'string') return over(fromText(value, encodingOf(second)));
    if (typeof value !== 'object' || value === null) {
      throw wrong('the first argument must be a string, a buffer, or an array');
    }
    if (P.ArrayBufferIsView(value)) return copyOf(value);
    try {
      P.ArrayBufferByteLength(value);
    } catch {
      return fromObject(value, second, third);
    }
    return new FastBuffer(value, second, third);
  };

  const copyOf = (view) => {
    const length = view.length ?? view.byteLength;
    const made = new FastBuffer(length);
    if (isBytes(view)) TypedArraySet(made, view);
    else for (let i = 0; i < length; i++) made[i] = view[i];
    return made;
  };

  const fromObject = (value, second, third) => {
    if (P.ObjectIsPrototypeOf(P.String.prototype, value)) return from(`${value}`, second, third);
    if (ArrayIsArray(value) || typeof value.length === 'number') return fromList(value);
    if (value.type === 'Buffer' && ArrayIsArray(value.data)) return fromList(value.data);
    const inner = typeof value.valueOf === 'function' ? value.valueOf() : value;
    if (inner !== value && inner !== null && inner !== undefined) return from(inner, second, third);
    throw wrong('the first argument must be a string, a buffer, or an array');
  };

  const alloc = (size, fill, encoding) => {
    const made = new FastBuffer(sizeOf(size));
    return fill === undefined || fill === 0 ? made : P.ReflectApply(proto.fill, made, [fill, encoding]);
  };

  const concat = (parts, total) => {
    if (!ArrayIsArray(parts)) throw wrong('the "list" argument must be an array');
    let length = 0;
    for (let i = 0; i < parts.length; i++) {
      if (!isBytes(parts[i])) throw wrong(`list[${i}] must be a Buffer or Uint8Array`);
      length += TypedArrayLength(parts[i]);
    }
    const made = new FastBuffer(total === undefined ? length : sizeOf(total));
    let at = 0;
    for (let i = 0; i < parts.length && at < made.length; i++) {
      const size = MathMin(TypedArrayLength(parts[i]), made.length - at);
      TypedArraySet(made, view(parts[i], 0, size), at);
      at += size;
    }
    return made;
  };

  const view = (bytes, start, end) =>
    new FastBuffer(TypedArrayBuffer(bytes), TypedArrayByteOffset(bytes) + start, end - start);

  const compare = (a, b) => {
    const least = MathMin(TypedArrayLength(a), TypedArrayLength(b));
    for (let i = 0; i < least; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
    return TypedArrayLength(a) - TypedArrayLength(b) === 0 ? 0 : TypedArrayLength(a) < TypedArrayLength(b) ? -1 : 1;
  };

  const byteLength = (value, encoding) => {
    if (typeof value === 'string') return TypedArrayLength(fromText(value, known(encoding) ?? 'utf8'));
    return value.byteLength;
  };

  function Buffer(value, second, third) {
    return typeof value === 'number' ? alloc(value) : from(value, second, third);
  }
  Buffer.prototype = proto;
  ObjectDefineProperty(proto, 'constructor', { __proto__: null, value: Buffer, writable: true, configurable: true });
  P.ObjectSetPrototypeOf(Buffer, Uint8Array);

  const statics = {
    from, alloc, concat, compare, byteLength, isBuffer,
    allocUnsafe: (size) => new FastBuffer(sizeOf(size)),
    allocUnsafeSlow: (size) => new FastBuffer(sizeOf(size)),
    of: (...items) => fromList(items),
    isEncoding: (encoding) => known(encoding) !== undefined,
    poolSize: 8192,
  };

  // A position counted from the end when negative, kept within the length.
  const clamp = (value, length, usual) => {
    if (value === undefined) return usual;
    const at = P.MathTrunc(+value) || 0;
    return at < 0 ? P.MathMax(length + at, 0) : MathMin(at, length);
  };

  // What to look for or to fill with: bytes.
  const pattern = (value, encoding) => {
    if (typeof value === 'string') return fromText(value, encodingOf(encoding));
    if (typeof value === 'number' || typeof value === 'boolean') return fromList([+value & 255]);
    if (!isBytes(value)) throw wrong('the "value" argument must be a number, a string or a Buffer');
    return value;
  };

  const matches = (bytes, at, wanted, length) => {
    for (let j = 0; j < length; j++) if (bytes[at + j] !== wanted[j]) return false;
    return true;
  };

  const search = (bytes, value, offset, encoding, backwards) => {
    if (typeof offset === 'string') return search(bytes, value, undefined, offset, backwards);
    const wanted = pattern(value, encoding);
    const length = TypedArrayLength(wanted);
    const size = TypedArrayLength(bytes);
    if (backwards) {
      let at = MathMin(clamp(offset, size, size), size - length);
      while (at >= 0 && !matches(bytes, at, wanted, length)) at--;
      return at;
    }
    let at = clamp(offset, size, 0);
    if (length === 0) return at;
    for (;;) {
      at = TypedArrayIndexOf(bytes, wanted[0], at);
      if (at < 0 || at + length > size) return -1;
      if (matches(bytes, at, wanted, length)) return at;
      at++;
    }
  };

  const methods = {
    toString(encoding, start, end) {
      const length = TypedArrayLength(this);
      const first = clamp(start, length, 0);
      const last = P.MathMax(first, clamp(end, length, length));
      return toText(view(this, first, last), encodingOf(encoding));
    },
    toJSON() {
      const data = need('lists').list();
      for (let i = 0; i < TypedArrayLength(this); i++) data[i] = this[i];
      return { type: 'Buffer', data: need('lists').toArray(data) };
    },
    equals(other) {
      if (!isBytes(other)) throw wrong('the "otherBuffer" argument must be a Buffer or Uint8Array');
      return compare(this, other) === 0;
    },
    compare(other, start, end, from, to) {
      const there = TypedArrayLength(other);
      const here = TypedArrayLength(this);
      return compare(view(this, clamp(from, here, 0), clamp(to, here, here)), view(other, clamp(start, there, 0), clamp(end, there, there)));
    },
    copy(target, to, start, end) {
      const length = TypedArrayLength(this);
      const at = to === undefined ? 0 : P.MathTrunc(+to);
      const first = clamp(start, length, 0);
      const size = MathMin(clamp(end, length, length) - first, TypedArrayLength(target) - at);
      if (size <= 0) return 0;
      TypedArraySet(target, view(this, first, first + size), at);
      return size;
    },
    fill(value, start, end, encoding) {
      if (typeof start === 'string') return P.ReflectApply(methods.fill, this, [value, 0, undefined, start]);
      if (typeof end === 'string') return P.ReflectApply(methods.fill, this, [value, start, undefined, end]);
      const length = TypedArrayLength(this);
      const last = clamp(end, length, length);
      const wanted = pattern(value, encoding);
      const size = TypedArrayLength(wanted);
      if (size <= 1) return TypedArrayFill(this, wanted[0] ?? 0, clamp(start, length, 0), last);
      for (let i = clamp(start, length, 0), j = 0; i < last; i++, j++) this[i] = wanted[j % size];
      return this;
    },
    indexOf(value, offset, encoding) { return search(this, value, offset, encoding, false); },
    lastIndexOf(value, offset, encoding) { return search(this, value, offset, encoding, true); },
    includes(value, offset, encoding) { return search(this, value, offset, encoding, false) >= 0; },
    subarray(start, end) {
      const length = TypedArrayLength(this);
      const first = clamp(start, length, 0);
      return view(this, first, P.MathMax(first, clamp(end, length, length)));
    },
    slice(start, end) { return P.ReflectApply(methods.subarray, this, [start, end]); },
    write(text, offset, length, encoding) {
      if (typeof offset === 'string') return P.ReflectApply(methods.write, this, [text, 0, undefined, offset]);
      if (typeof length === 'string') return P.ReflectApply(methods.write, this, [text, offset, undefined, length]);
      const at = clamp(offset, TypedArrayLength(this), 0);
      const room = MathMin(length ?? Infinity, TypedArrayLength(this) - at);
      const kind = encodingOf(encoding);
      let bytes = fromText(`${text}`, kind);
      if (TypedArrayLength(bytes) > room) {
        bytes = view(bytes, 0, room);
        // A character that does not fit whole is not written.
        const left = kind === 'utf8' ? native.decode('utf-8', bytes, false, true)[1] : 0;
        bytes = view(bytes, 0, room - left);
      }
      TypedArraySet(this, bytes, at);
      return TypedArrayLength(bytes);
    },
  };
  methods.toLocaleString = methods.toString;

  const offer = (target, offered) => {
    const names = P.ObjectKeys(offered);
    for (let i = 0; i < names.length; i++) {
      ObjectDefineProperty(target, names[i], { __proto__: null, value: offered[names[i]], writable: true, configurable: true });
    }
  };
  offer(Buffer, statics);
  offer(proto, methods);
  offer(proto, need('numbers').methods);
  for (let i = 0, names = ['parent', 'offset']; i < 2; i++) {
    ObjectDefineProperty(proto, names[i], {
      __proto__: null, configurable: true, get() { return i === 0 ? TypedArrayBuffer(this) : TypedArrayByteOffset(this); },
    });
  }

  const text = (encoding, fatal) => (input) => {
    try {
      native.decode(encoding, need('encoding').bytesOf(input), fatal, false);
      return true;
    } catch {
      return false;
    }
  };
  const isAscii = (input) => {
    const bytes = need('encoding').bytesOf(input);
    for (let i = 0; i < TypedArrayLength(bytes); i++) if (bytes[i] > 127) return false;
    return true;
  };

  const { atob, btoa } = P;
  const exports = {
    Buffer, isUtf8: text('utf-8', true), isAscii, atob, btoa, kMaxLength: MOST,
    constants: { MAX_LENGTH: MOST, MAX_STRING_LENGTH: 2 ** 30 - 1 },
  };
  return { __proto__: null, exports, over };
};
