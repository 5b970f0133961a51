// `aether:http`: requests to other machines, as `fetch` makes them.
0, function (native, P, need) {
  'use strict';
  const { Request, Response } = need('body');
  const { fetch } = need('fetch');
  const { Headers } = need('headers');
  const { ReadableStream } = need('streams');
  const offered = { fetch, Headers, ReadableStream, Request, Response };
  return { __proto__: null, ...offered, default: P.ObjectFreeze(offered) };
};
