// `aether:kv`: the plugin's own store of JSON values.
0, function (native, P, need) {
  'use strict';
  const { request } = need('core');
  const kv = {
    async get(key) { return await request('kv.get', `${key}`); },
    async set(key, value) {
      const text = P.JSONStringify(value);
      if (text === undefined) {
        throw need('errors').coded(P.TypeError, 'ERR_INVALID_ARG_VALUE', 'the value has no JSON form');
      }
      await request('kv.set', `${key}`, text);
    },
    async delete(key) { return await request('kv.delete', `${key}`); },
    async keys(prefix) { return await request('kv.list', prefix === undefined ? '' : `${prefix}`); },
  };
  return {
    __proto__: null, get: kv.get, set: kv.set, delete: kv.delete, keys: kv.keys,
    RateLimited: need('errors').RateLimited, default: P.ObjectFreeze(kv),
  };
};
