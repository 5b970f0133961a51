// What a plugin passes as an object of options: each reads one of them.
0, function (native, P) {
  'use strict';
  const { ObjectHasOwn } = P;

  const isObject = (options) => typeof options === 'object' && options !== null;

  // One that the object has itself, whatever a plugin puts on its prototype.
  const option = (options, name) => (isObject(options) && ObjectHasOwn(options, name) ? options[name] : undefined);

  // One that may be inherited, as the standards of the web have it (Web IDL, dictionaries).
  const member = (options, name) => (isObject(options) ? options[name] : undefined);

  return { __proto__: null, option, member };
};
