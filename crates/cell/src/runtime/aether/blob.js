// `aether:blob`: bytes that never change, for this plugin and for those whom it sends them to.
0, function (native, P, need) {
  'use strict';
  const { request } = need('core');

  const create = async (data) => await request(
    'blob.create', typeof data === 'string' ? data : need('encoding').bytesOf(data),
  );
  const open = async (blob) => P.TypedArrayBuffer(await request('blob.open', `${blob}`));
  const send = async (blob, plugin) => await request('blob.send', `${blob}`, `${plugin}`);
  const drop = async (blob) => await request('blob.drop', `${blob}`);
  return {
    __proto__: null, create, open, send, drop, RateLimited: need('errors').RateLimited,
    default: P.ObjectFreeze({ create, open, send, drop }),
  };
};
