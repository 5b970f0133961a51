// `aether:plugins`: methods of other plugins.
0, function (native, P, need) {
  'use strict';
  const { request } = need('core');

  const call = async (method, input) => {
    const text = input === undefined ? 'null' : P.JSONStringify(input);
    if (text === undefined) {
      throw need('errors').coded(P.TypeError, 'ERR_INVALID_ARG_VALUE', 'the input has no JSON form');
    }
    return await request('plugins.call', `${method}`, text);
  };
  return { __proto__: null, call, default: P.ObjectFreeze({ call }) };
};
