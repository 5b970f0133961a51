// Arrays without a prototype: setters that a plugin puts on `Array.prototype` cannot see what is
// stored in them, and they need no method of it.
0, function (native, P, need) {
  'use strict';
  const { ObjectSetPrototypeOf } = P;

  const list = () => ObjectSetPrototypeOf([], null);

  const filled = (length, value) => {
    const made = list();
    for (let i = 0; i < length; i++) made[i] = value;
    return made;
  };

  // An ordinary array with the same elements, to be handed out.
  const toArray = (from) => ObjectSetPrototypeOf(from, P.Array.prototype);

  // Calls `visit` for each item of what a plugin passed as a list or another iterable.
  const each = (items, visit) => {
    if (P.ArrayIsArray(items)) {
      for (let i = 0; i < items.length; i++) visit(items[i]);
      return;
    }
    for (const item of items) visit(item);
  };

  // The items in a new list, by the UTF-16 units of their keys; of equal keys the earlier first.
  const sorted = (items, keyOf) => {
    if (items.length < 2) return items;
    const half = P.MathFloor(items.length / 2);
    const parts = [list(), list()];
    for (let i = 0; i < items.length; i++) {
      const part = parts[i < half ? 0 : 1];
      part[part.length] = items[i];
    }
    return merged(sorted(parts[0], keyOf), sorted(parts[1], keyOf), keyOf);
  };

  const merged = (left, right, keyOf) => {
    const all = list();
    let l = 0;
    let r = 0;
    while (l < left.length || r < right.length) {
      const takeLeft = r >= right.length || (l < left.length && keyOf(left[l]) <= keyOf(right[r]));
      all[all.length] = takeLeft ? left[l++] : right[r++];
    }
    return all;
  };

  // Most bytes in one piece: engines differ in what they could address, which none may have.
  const MOST_BYTES = 0x7fffffff;

  // Room for what a file has.
  const bytes = (length) => {
    if (length > MOST_BYTES) {
      const message = `a file of ${length} bytes is too large to be read in one piece`;
      throw need('errors').coded(P.RangeError, 'ERR_FS_FILE_TOO_LARGE', message);
    }
    return new P.Uint8Array(length);
  };

  return { __proto__: null, bytes, list, filled, toArray, each, sorted };
};
