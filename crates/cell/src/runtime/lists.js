// Arrays without a prototype: setters that a plugin puts on `Array.prototype` cannot see what is
// stored in them, and they need no method of it.
0, function (native, P) {
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

  return { __proto__: null, list, filled, toArray, each };
};
