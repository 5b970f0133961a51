// Results in pieces: what a generator yields. They go to the host one by one where it wants them so,
// and are put together where it does not.
0, function (native, P, need) {
  'use strict';
  const { ArrayJoin, JSONStringify, ReflectApply, SymbolAsyncIterator, SymbolIterator, TypeError } = P;
  const { request } = need('core');

  // A generator or another iterator that is no plain value: arrays, texts and the like have a JSON
  // form of their own.
  const isStream = (value) => {
    if (typeof value !== 'object' || value === null || P.ArrayIsArray(value)) return false;
    if (native.kind(value) === 'proxy') return false;
    if (typeof value[SymbolAsyncIterator] === 'function') return true;
    return typeof value[SymbolIterator] === 'function' && typeof value.next === 'function';
  };

  const textOf = (value) => {
    const text = value === undefined ? 'null' : JSONStringify(value);
    if (text === undefined) throw new TypeError('a piece of the result has no JSON form');
    return text;
  };

  const each = async (stream, take) => {
    const begin = stream[SymbolAsyncIterator] ?? stream[SymbolIterator];
    const iterator = ReflectApply(begin, stream, []);
    try {
      for (;;) {
        const step = await ReflectApply(iterator.next, iterator, []);
        if (step.done) return step.value;
        await take(await step.value);
      }
    } catch (error) {
      // It may have something to tidy up.
      if (typeof iterator.return === 'function') await ReflectApply(iterator.return, iterator, []);
      throw error;
    }
  };

  // Sends each piece; no more than `credits` are unanswered. Gives what the generator returns.
  const send = async (id, stream, credits) => {
    let open = 0;
    let wake;
    let failed;
    const answered = () => {
      open--;
      if (wake !== undefined) wake();
    };
    const room = async (most) => {
      while (open > most && failed === undefined) {
        await new P.Promise((resolve) => { wake = resolve; });
        wake = undefined;
      }
      if (failed !== undefined) throw failed;
    };
    const value = await each(stream, async (piece) => {
      await room(credits - 1);
      open++;
      P.PromiseThen(request('call.chunk', id, textOf(piece)), answered, (error) => {
        failed = error;
        answered();
      });
    });
    await room(0);
    return value;
  };

  // The JSON text of all pieces.
  const whole = async (stream) => {
    const texts = [];
    await each(stream, (piece) => {
      P.ObjectDefineProperty(texts, texts.length, {
        __proto__: null, value: textOf(piece), writable: true, enumerable: true, configurable: true,
      });
    });
    return `[${ArrayJoin(texts, ',')}]`;
  };

  return { __proto__: null, isStream, send, whole };
};
