// `structuredClone` (HTML Standard, "Safe passing of structured data") for what exists here.
0, function (native, P, need) {
  'use strict';
  const {
    ArrayIsArray, DOMException, Map, MapForEach, MapGet, MapHas, MapSet, ObjectDefineProperty,
    ObjectGetOwnPropertyDescriptor, ObjectGetPrototypeOf, ObjectHasOwn, ObjectKeys, Set, SetAdd,
    SetForEach, TypeError,
  } = P;

  const refuse = (what) => {
    throw new DOMException(`${what} could not be cloned`, 'DataCloneError');
  };

  // Only a real instance has what the getter or method reads.
  const slot = (read, value) => {
    try {
      return { __proto__: null, value: read(value) };
    } catch {
      return undefined;
    }
  };

  const errorKinds = {
    __proto__: null,
    Error: P.Error, EvalError: P.EvalError, RangeError: P.RangeError,
    ReferenceError: P.ReferenceError, SyntaxError: P.SyntaxError, TypeError: P.TypeError,
    URIError: P.URIError,
  };

  const cloneError = (value, seen) => {
    const name = value.name;
    const Kind = errorKinds[typeof name === 'string' ? name : 'Error'] ?? P.Error;
    const made = P.ObjectCreate(Kind.prototype);
    const error = new P.Error();
    P.ObjectSetPrototypeOf(error, ObjectGetPrototypeOf(made));
    MapSet(seen, value, error);
    const { put } = need('errors');
    const message = ObjectGetOwnPropertyDescriptor(value, 'message');
    if (message !== undefined && ObjectHasOwn(message, 'value')) put(error, 'message', `${message.value}`, false);
    const stack = slot(P.ErrorStack, value);
    if (stack !== undefined && typeof stack.value === 'string') put(error, 'stack', stack.value, false);
    if (ObjectHasOwn(value, 'cause')) put(error, 'cause', clone(value.cause, seen), false);
    return error;
  };

  const cloneBuffer = (value) => {
    const made = P.ArrayBufferSlice(value, 0, P.ArrayBufferByteLength(value));
    return made;
  };

  const cloneView = (value, seen) => {
    const kind = slot(P.TypedArrayTag, value)?.value;
    if (kind === undefined) {
      const buffer = clone(P.ViewBuffer(value), seen);
      return new P.DataView(buffer, P.ViewByteOffset(value), P.ViewByteLength(value));
    }
    const buffer = clone(P.TypedArrayBuffer(value), seen);
    return new P.typed[kind](buffer, P.TypedArrayByteOffset(value), P.TypedArrayLength(value));
  };

  const define = (object, key, value) => ObjectDefineProperty(object, key, {
    __proto__: null, value, writable: true, enumerable: true, configurable: true,
  });

  const cloneProperties = (value, made, seen) => {
    const keys = ObjectKeys(value);
    for (let i = 0; i < keys.length; i++) {
      // A getter may have removed it meanwhile.
      if (ObjectHasOwn(value, keys[i])) define(made, keys[i], clone(value[keys[i]], seen));
    }
    return made;
  };

  // Boxed primitives and other objects with one inner value.
  const cloneSimple = (value) => {
    const kinds = [
      [P.BooleanValueOf, P.Object], [P.NumberValueOf, P.Object], [P.StringValueOf, P.Object],
      [P.BigIntValueOf, P.Object],
    ];
    for (let i = 0; i < kinds.length; i++) {
      const found = slot(kinds[i][0], value);
      if (found !== undefined) return kinds[i][1](found.value);
    }
    const date = slot(P.DateValueOf, value);
    return date === undefined ? undefined : new P.Date(date.value);
  };

  const cloneObject = (value, seen) => {
    const kind = native.kind(value);
    if (kind !== undefined && kind !== 'error') refuse('an exotic object');
    if (ArrayIsArray(value)) {
      const made = new P.Array(value.length);
      MapSet(seen, value, made);
      return cloneProperties(value, made, seen);
    }
    const prototype = ObjectGetPrototypeOf(value);
    const isPlain = prototype === P.Object.prototype || prototype === null;
    const made = isPlain ? undefined : cloneInstance(value, seen);
    if (made !== undefined) return made;
    const { platform } = need('core');
    for (let i = 0; i < platform.length; i++) {
      if (P.ObjectIsPrototypeOf(platform[i].prototype, value)) refuse('an object of the platform');
    }
    if (slot(P.SymbolValueOf, value) !== undefined) refuse('a Symbol');
    const plain = {};
    MapSet(seen, value, plain);
    return cloneProperties(value, plain, seen);
  };

  const cloneInstance = (value, seen) => {
    if (native.kind(value) === 'error') return cloneError(value, seen);
    if (P.ArrayBufferIsView(value)) return remember(seen, value, cloneView(value, seen));
    if (slot(P.ArrayBufferByteLength, value) !== undefined) return remember(seen, value, cloneBuffer(value));
    if (slot(P.MapSize, value) !== undefined) {
      const made = remember(seen, value, new Map());
      const entries = need('lists').list();
      MapForEach(value, (entry, key) => { entries[entries.length] = { __proto__: null, key, entry }; });
      for (let i = 0; i < entries.length; i++) {
        MapSet(made, clone(entries[i].key, seen), clone(entries[i].entry, seen));
      }
      return made;
    }
    if (slot(P.SetSize, value) !== undefined) {
      const made = remember(seen, value, new Set());
      const entries = need('lists').list();
      SetForEach(value, (entry) => { entries[entries.length] = entry; });
      for (let i = 0; i < entries.length; i++) SetAdd(made, clone(entries[i], seen));
      return made;
    }
    if (P.ObjectIsPrototypeOf(P.RegExp.prototype, value) && slot(P.RegExpSource, value) !== undefined) {
      return remember(seen, value, new P.RegExp(P.RegExpSource(value), P.RegExpFlags(value)));
    }
    if (P.ObjectIsPrototypeOf(P.WeakMap.prototype, value)) refuse('a WeakMap');
    const simple = cloneSimple(value);
    return simple === undefined ? undefined : remember(seen, value, simple);
  };

  const remember = (seen, value, made) => {
    MapSet(seen, value, made);
    return made;
  };

  const clone = (value, seen) => {
    if (typeof value === 'symbol') refuse('a symbol');
    if (typeof value === 'function') refuse('a function');
    if (typeof value !== 'object' || value === null) return value;
    return MapHas(seen, value) ? MapGet(seen, value) : cloneObject(value, seen);
  };

  // Moved buffers: the original is empty afterwards.
  const transfer = (list, seen) => {
    need('lists').each(list, (item) => {
      if (slot(P.ArrayBufferByteLength, item) === undefined || MapHas(seen, item)) {
        throw new DOMException('only an ArrayBuffer, once, can be transferred', 'DataCloneError');
      }
      MapSet(seen, item, P.ArrayBufferTransfer(item));
    });
  };

  const structuredClone = function structuredClone(value, options) {
    if (arguments.length === 0) throw new TypeError('structuredClone needs a value');
    const seen = new Map();
    if (typeof options === 'object' && options !== null && options.transfer !== undefined) {
      transfer(options.transfer, seen);
    }
    return clone(value, seen);
  };
  return { __proto__: null, structuredClone };
};
