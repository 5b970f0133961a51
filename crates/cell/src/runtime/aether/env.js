// `aether:env`: the granted environment variables.
0, function (native, P, need) {
  'use strict';
  const { RateLimited } = need('errors');
  const env = {
    get(name) { return native.request(true, 'env.get', `${name}`); },
    names() { return native.request(true, 'env.list'); },
  };
  return { __proto__: null, get: env.get, names: env.names, RateLimited, default: P.ObjectFreeze(env) };
};
