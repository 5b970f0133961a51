// `node:util`, the part that computes.
0, function (native, P, need) {
  'use strict';
  const { Error, ObjectDefineProperty, Promise, ReflectApply, TypeError } = P;
  const { format, inspect } = need('inspect');

  // Longest text of an inspected value, in UTF-16 units.
  const MOST = 1024 * 1024;

  const wrong = (message) => need('errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);

  const shown = function (value, options) {
    const settings = typeof options === 'object' && options !== null ? options : undefined;
    return inspect(value, settings ?? { __proto__: null, depth: 2 }, MOST);
  };
  shown.custom = P.SymbolFor('nodejs.util.inspect.custom');
  shown.defaultOptions = { depth: 2 };

  const custom = P.SymbolFor('nodejs.util.promisify.custom');

  // The timers' own way of becoming promises.
  const timers = need('core').timerFunctions;
  const promised = need('node:timers/promises');

  const promisify = (original) => {
    if (typeof original !== 'function') throw wrong('the "original" argument must be of type function');
    if (original === timers.setTimeout) return promised.setTimeout;
    if (original === timers.setImmediate) return promised.setImmediate;
    if (original[custom] !== undefined) return original[custom];
    return function (...args) {
      return new Promise((resolve, reject) => {
        const last = args.length;
        ObjectDefineProperty(args, last, {
          __proto__: null,
          value: (error, value) => (error ? reject(error) : resolve(value)),
          writable: true, enumerable: true, configurable: true,
        });
        ReflectApply(original, this, args);
      });
    };
  };
  promisify.custom = custom;

  const callbackify = (original) => {
    if (typeof original !== 'function') throw wrong('the "original" argument must be of type function');
    return function (...args) {
      const callback = args[args.length - 1];
      if (typeof callback !== 'function') throw wrong('the last argument must be of type function');
      args.length--;
      const run = async () => await ReflectApply(original, this, args);
      P.PromiseThen(run(), (value) => callback(null, value), (error) => callback(error ?? new Error('rejected')));
    };
  };

  const inherits = (Kind, Parent) => {
    if (typeof Kind !== 'function' || typeof Parent !== 'function') throw wrong('constructors must be of type function');
    ObjectDefineProperty(Kind, 'super_', { __proto__: null, value: Parent, writable: true, configurable: true });
    P.ObjectSetPrototypeOf(Kind.prototype, Parent.prototype);
  };

  const deprecate = (run, message) => {
    let warned = false;
    return function (...args) {
      if (!warned) native.log('warn', `deprecated: ${message}`);
      warned = true;
      return new.target ? P.ReflectConstruct(run, args, new.target) : ReflectApply(run, this, args);
    };
  };

  const stripVTControlCharacters = (text) => {
    let out = '';
    let rest = `${text}`;
    for (;;) {
      const found = P.RegExpExec(/[\u001b\u009b][[\]()#;?]*(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/, rest);
      if (found === null) return out + rest;
      out += P.StringSlice(rest, 0, found.index);
      rest = P.StringSlice(rest, found.index + found[0].length);
    }
  };

  const { TextEncoder, TextDecoder } = need('encoding');
  const { isDeepStrictEqual } = need('deep_equal');
  return {
    format: (...args) => format(args, MOST),
    formatWithOptions: (options, ...args) => format(args, MOST),
    inspect: shown,
    promisify, callbackify, inherits, deprecate, isDeepStrictEqual, stripVTControlCharacters,
    types: need('node:util/types'),
    isArray: P.ArrayIsArray,
    isError: (value) => native.kind(value) === 'error',
    toUSVString: (text) => P.StringToWellFormed(`${text}`),
    styleText: (style, text) => `${text}`,
    debuglog: () => P.ObjectFreeze(() => {}),
    TextEncoder, TextDecoder,
  };
};
