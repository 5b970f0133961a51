// Deep equality, for `node:util` and `node:assert`.
0, function (native, P, need) {
  'use strict';
  const {
    ArrayIsArray, MapForEach, MapGet, MapHas, MapSize, ObjectGetPrototypeOf, ObjectHasOwn, ObjectIs,
    ObjectKeys, ObjectPropertyIsEnumerable, ReflectOwnKeys, SetForEach, SetHas, SetSize,
  } = P;
  const { list } = need('lists');

  const slot = (read, value) => {
    try {
      return read(value);
    } catch {
      return undefined;
    }
  };

  // What distinguishes special objects beyond their properties; undefined for plain ones.
  const essence = (value) => {
    if (native.kind(value) === 'proxy') return undefined;
    const date = slot(P.DateValueOf, value);
    if (date !== undefined) return `date ${date}`;
    if (native.kind(value) === 'error') return `error ${P.String(value.name)}: ${P.String(value.message)}`;
    if (P.ObjectIsPrototypeOf(P.RegExp.prototype, value)) {
      const source = slot(P.RegExpSource, value);
      if (source !== undefined) return `regexp /${source}/${P.RegExpFlags(value)} ${value.lastIndex}`;
    }
    const number = slot(P.NumberValueOf, value);
    if (number !== undefined) return ObjectIs(number, -0) ? 'number -0' : `number ${number}`;
    const string = slot(P.StringValueOf, value);
    if (string !== undefined) return `string ${string}`;
    const boolean = slot(P.BooleanValueOf, value);
    return boolean === undefined ? undefined : `boolean ${boolean}`;
  };

  const bytesOf = (value) => {
    if (P.ArrayBufferIsView(value) || slot(P.ArrayBufferByteLength, value) !== undefined) {
      return need('encoding').bytesOf(value);
    }
    return undefined;
  };

  const sameBytes = (a, b) => {
    if (P.TypedArrayLength(a) !== P.TypedArrayLength(b)) return false;
    for (let i = 0; i < P.TypedArrayLength(a); i++) if (a[i] !== b[i]) return false;
    return true;
  };

  const keysOf = (value, strict) => {
    if (!strict) return ObjectKeys(value);
    const all = ReflectOwnKeys(value);
    const kept = list();
    for (let i = 0; i < all.length; i++) if (ObjectPropertyIsEnumerable(value, all[i])) kept[kept.length] = all[i];
    return kept;
  };

  const sameSets = (a, b, strict, seen) => {
    if (SetSize(a) !== SetSize(b)) return false;
    let same = true;
    const left = list();
    SetForEach(a, (item) => {
      if (SetHas(b, item)) return;
      if (typeof item !== 'object' && strict) same = false;
      left[left.length] = item;
    });
    if (!same || left.length === 0) return same;
    const candidates = list();
    SetForEach(b, (item) => { if (!SetHas(a, item)) candidates[candidates.length] = item; });
    return pairUp(left, candidates, (x, y) => equal(x, y, strict, seen));
  };

  const sameMaps = (a, b, strict, seen) => {
    if (MapSize(a) !== MapSize(b)) return false;
    let same = true;
    const left = list();
    MapForEach(a, (value, key) => {
      if (!same) return;
      if (MapHas(b, key)) same = equal(value, MapGet(b, key), strict, seen);
      else if (typeof key !== 'object' && strict) same = false;
      else left[left.length] = { __proto__: null, key, value };
    });
    if (!same || left.length === 0) return same;
    const candidates = list();
    MapForEach(b, (value, key) => { if (!MapHas(a, key)) candidates[candidates.length] = { __proto__: null, key, value }; });
    return pairUp(left, candidates, (x, y) => equal(x.key, y.key, strict, seen) && equal(x.value, y.value, strict, seen));
  };

  // Whether each item of one list has its own equal in the other.
  const pairUp = (left, candidates, matches) => {
    for (let i = 0; i < left.length; i++) {
      let found = -1;
      for (let j = 0; j < candidates.length && found < 0; j++) {
        if (candidates[j] !== undefined && matches(left[i], candidates[j])) found = j;
      }
      if (found < 0) return false;
      candidates[found] = undefined;
    }
    return true;
  };

  const sameObjects = (a, b, strict, seen) => {
    if (strict && ObjectGetPrototypeOf(a) !== ObjectGetPrototypeOf(b)) return false;
    if (ArrayIsArray(a) !== ArrayIsArray(b) || (ArrayIsArray(a) && a.length !== b.length)) return false;
    if (essence(a) !== essence(b)) return false;
    const bytes = bytesOf(a);
    const others = bytesOf(b);
    if ((bytes === undefined) !== (others === undefined)) return false;
    if (bytes !== undefined) return sameBytes(bytes, others);
    const isSet = slot(SetSize, a) !== undefined;
    const isMap = slot(MapSize, a) !== undefined;
    if (isSet !== (slot(SetSize, b) !== undefined) || isMap !== (slot(MapSize, b) !== undefined)) return false;
    if (isSet && !sameSets(a, b, strict, seen)) return false;
    if (isMap && !sameMaps(a, b, strict, seen)) return false;
    const keys = keysOf(a, strict);
    if (keys.length !== keysOf(b, strict).length) return false;
    for (let i = 0; i < keys.length; i++) {
      if (!ObjectHasOwn(b, keys[i]) || !equal(a[keys[i]], b[keys[i]], strict, seen)) return false;
    }
    return true;
  };

  const equal = (a, b, strict, seen) => {
    if (a === b) return a !== 0 || !strict || ObjectIs(a, b);
    const objects = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null;
    if (!objects) {
      if (a !== a && b !== b) return true;
      // Loose equality of a primitive with whatever it is compared to.
      return !strict && typeof a !== 'function' && typeof b !== 'function' && a == b;
    }
    // Two cycles of the same shape are equal.
    for (let i = 0; i < seen.length; i += 2) if (seen[i] === a && seen[i + 1] === b) return true;
    seen[seen.length] = a;
    seen[seen.length] = b;
    const same = sameObjects(a, b, strict, seen);
    seen.length -= 2;
    return same;
  };

  return {
    __proto__: null,
    isDeepStrictEqual: (a, b) => equal(a, b, true, list()),
    isDeepEqual: (a, b) => equal(a, b, false, list()),
  };
};
