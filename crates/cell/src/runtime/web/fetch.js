// fetch (Fetch Standard), over the host's gateway: no cache, no cookie, no origin and no credential
// but what a plugin puts in. A redirect that is to be dealt with by hand is shown as it came.
0, function (native, P, need) {
  'use strict';
  const { Promise, PromiseThen } = P;
  const { request } = need('core');
  const { pairsOf } = need('headers');
  const { Request, answered, consume, isRequest, ofPieces, requestBody } = need('body');

  const nothing = () => {};

  // Numbers of answers that are open, each used once.
  let streams = 0;

  const close = (stream) => { PromiseThen(request('http.close', stream), nothing, nothing); };

  // The promise, or the signal's reason if that comes first.
  const until = (signal, promise, stop) => (signal === undefined ? promise
    : new Promise((resolve, reject) => {
      const forget = need('events').whenAborted(signal, (reason) => {
        stop();
        reject(reason);
      });
      const settle = (end) => (value) => {
        forget();
        end(value);
      };
      PromiseThen(promise, settle(resolve), settle(reject));
    }));

  // The rest of an answer, and its first piece, which is asked for at once: one that is short is over
  // then, whether or not anybody reads it.
  const bodyOf = (stream, signal) => {
    let next = request('http.read', stream);
    PromiseThen(next, nothing, nothing);
    let aborted;
    let forget = nothing;
    if (signal !== undefined) {
      forget = need('events').whenAborted(signal, (reason) => {
        aborted = { __proto__: null, reason };
        close(stream);
      });
    }
    const pull = async () => {
      if (aborted !== undefined) throw aborted.reason;
      const current = next ?? request('http.read', stream);
      next = undefined;
      let piece;
      try {
        piece = await current;
      } catch (error) {
        throw aborted === undefined ? error : aborted.reason;
      }
      if (piece[1]) forget();
      return piece;
    };
    return ofPieces(pull, () => {
      forget();
      close(stream);
    });
  };

  const fetch = async function fetch(input, init) {
    const asked = isRequest(input) && init === undefined ? input : new Request(input, init);
    const signal = isRequest(input) || init?.signal !== undefined ? asked.signal : undefined;
    if (signal !== undefined) signal.throwIfAborted();
    const body = requestBody(asked);
    const content = body === undefined ? undefined : await consume(body);
    if (signal !== undefined) signal.throwIfAborted();
    const stream = ++streams;
    const head = P.JSONStringify({
      __proto__: null,
      method: asked.method,
      url: asked.url,
      headers: pairsOf(asked.headers),
      redirect: asked.redirect,
      stream,
    });
    const token = need('tokens').textOf(init?.token);
    const answer = await until(signal, request('http.fetch', head, content, token), () => close(stream));
    return answered(answer, bodyOf(stream, signal));
  };

  return { __proto__: null, fetch };
};
