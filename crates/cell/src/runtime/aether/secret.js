// `aether:secret`: secrets that the host holds. To use one by reference is better than to have it.
0, function (native, P, need) {
  'use strict';
  const { request } = need('core');

  const get = async (name, options) => {
    const token = typeof options === 'object' && options !== null && P.ObjectHasOwn(options, 'token')
      ? options.token : undefined;
    return await request('secret.get', `${name}`, need('tokens').textOf(token));
  };
  const reference = (name) => `secret://${name}`;
  return { __proto__: null, get, reference, default: P.ObjectFreeze({ get, reference }) };
};
