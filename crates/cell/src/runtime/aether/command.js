// `aether:command`: commands that the host's owner has named.
0, function (native, P, need) {
  'use strict';
  const { request } = need('core');
  const { option } = need('options');

  const run = async (name, options) => {
    const input = option(options, 'input');
    const token = need('tokens').textOf(option(options, 'token'));
    const content = input === undefined || typeof input === 'string'
      ? input : need('encoding').bytesOf(input);
    const done = await request('command.run', `${name}`, content, token);
    const bytes = done[1];
    return {
      code: done[0],
      bytes,
      output: native.decode('utf-8', bytes, false, false)[0],
      errors: done[2],
    };
  };
  return { __proto__: null, run, default: P.ObjectFreeze({ run }) };
};
