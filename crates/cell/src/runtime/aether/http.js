// `aether:http`: requests to other machines, as `fetch` makes them.
0, function (native, P, need) {
  'use strict';
  const { fetch, Headers, Request, Response } = need('fetch');
  const { ReadableStream } = need('streams');
  const offered = { fetch, Headers, ReadableStream, Request, Response };
  return { __proto__: null, ...offered, default: P.ObjectFreeze(offered) };
};
