// `aether:env`: the granted environment variables.
0, function (native, P) {
  'use strict';
  const env = {
    get(name) { return native.request(true, 'env.get', `${name}`); },
    names() { return native.request(true, 'env.list'); },
  };
  return { __proto__: null, get: env.get, names: env.names, default: P.ObjectFreeze(env) };
};
