// Errors: those that the runtime throws, and what is told to the host of those that a plugin throws.
0, function (native, P, need) {
  'use strict';
  const {
    Error, TypeError, JSONParse, JSONStringify, ObjectDefineProperty, ObjectFreeze, ObjectHasOwn,
    ObjectIsPrototypeOf, ObjectSetPrototypeOf, StringIndexOf, StringSlice, StringStartsWith,
    ErrorStack, WeakMap, WeakMapGet, WeakMapSet,
  } = P;

  // Longest text taken of an error, in UTF-16 units; the wire has its own caps.
  const MOST_TEXT = 8192;
  // What each place of a stack begins with.
  const AT = '    at ';
  // Longest chain of causes that is told.
  const MOST_CAUSES = 3;

  const put = (object, name, value, enumerable) => ObjectDefineProperty(object, name, {
    __proto__: null, value, writable: true, enumerable, configurable: true,
  });

  // Thrown when the grant does not cover what a plugin asked for.
  class PermissionDenied extends Error {
    constructor(message, facts) {
      super(message);
      put(this, 'code', 'ERR_ACCESS_DENIED', true);
      if (facts !== undefined) addFacts(this, facts);
    }
  }
  put(PermissionDenied.prototype, 'name', 'PermissionDenied', false);
  ObjectFreeze(PermissionDenied.prototype);
  ObjectFreeze(PermissionDenied);

  // Thrown when the host was asked too often in too short a time.
  class RateLimited extends Error {
    constructor(message, retryAfterMs) {
      super(message);
      put(this, 'code', 'ERR_RATE_LIMITED', true);
      put(this, 'retryAfterMs', retryAfterMs, true);
    }
  }
  put(RateLimited.prototype, 'name', 'RateLimited', false);
  ObjectFreeze(RateLimited.prototype);
  ObjectFreeze(RateLimited);

  // Thrown when the host wants a token: `request` is what `elevate` takes.
  class CapabilityRequired extends Error {
    constructor(message, request) {
      super(message);
      put(this, 'code', 'ERR_CAPABILITY_REQUIRED', true);
      put(this, 'request', request, true);
    }
  }
  put(CapabilityRequired.prototype, 'name', 'CapabilityRequired', false);
  ObjectFreeze(CapabilityRequired.prototype);
  ObjectFreeze(CapabilityRequired);

  const addFacts = (error, facts) => {
    const names = ['permission', 'resource', 'plugin', 'fix', 'policy', 'because'];
    for (let i = 0; i < names.length; i++) {
      if (ObjectHasOwn(facts, names[i])) put(error, names[i], facts[names[i]], true);
    }
  };

  // An error with a code, as Node has them.
  const coded = (Kind, code, message) => {
    const error = new Kind(message);
    put(error, 'code', code, true);
    return error;
  };

  // Codes of the wire (aether-protocol, `Code`) and what they are called in JavaScript.
  const PLUGIN = -32000;
  const DENIED = -32001;
  const IO = -32002;
  const LIMITED = -32029;
  const REQUIRED = -32040;
  const codes = {
    __proto__: null,
    '-32000': 'ERR_PLUGIN',
    '-32601': 'ERR_NOT_SUPPORTED',
    '-32602': 'ERR_INVALID_ARG_VALUE',
    '-32029': 'ERR_RATE_LIMITED',
    '-32030': 'ERR_QUOTA_EXCEEDED',
    '-32040': 'ERR_CAPABILITY_REQUIRED',
    '-32050': 'ERR_DEGRADED',
    '-32060': 'ERR_OUTSIDE_WINDOW',
  };

  // The error that stands for one of the host's. `job.site` has the stack of who asked.
  const fromHost = (number, message, data, job) => {
    const facts = data === '' || data === undefined ? { __proto__: null } : JSONParse(data);
    const error = job === undefined ? new Error() : job.site;
    let code = codes[number] ?? 'ERR_HOST';
    if (number === DENIED) {
      code = 'ERR_ACCESS_DENIED';
      ObjectSetPrototypeOf(error, PermissionDenied.prototype);
    } else if (number === IO) {
      code = ObjectHasOwn(facts, 'code') ? `${facts.code}` : 'EIO';
      if (!StringStartsWith(message, code)) message = `${code}: ${message}`;
      if (job !== undefined && StringStartsWith(job.name, 'http.')) {
        // As the standard has it.
        ObjectSetPrototypeOf(error, TypeError.prototype);
      } else if (job !== undefined && typeof job.a === 'string') {
        put(error, 'path', job.a, true);
      }
    } else if (number === LIMITED) {
      ObjectSetPrototypeOf(error, RateLimited.prototype);
      if (ObjectHasOwn(facts, 'retry_after_ms')) put(error, 'retryAfterMs', facts.retry_after_ms, true);
    } else if (number === REQUIRED) {
      ObjectSetPrototypeOf(error, CapabilityRequired.prototype);
      if (ObjectHasOwn(facts, 'request')) put(error, 'request', facts.request, true);
    } else if (number === -32602) {
      ObjectSetPrototypeOf(error, TypeError.prototype);
    }
    put(error, 'message', message, false);
    put(error, 'code', code, true);
    if (number === DENIED) addFacts(error, facts);
    if (number === PLUGIN) {
      if (ObjectHasOwn(facts, 'kind')) put(error, 'kind', facts.kind, true);
      if (ObjectHasOwn(facts, 'called')) put(error, 'called', facts.called, true);
    }
    return error;
  };

  // What the host is told of some errors beyond what a plugin could write into them.
  const notes = new WeakMap();

  const refuse = (code, message, facts) => {
    const error = coded(Error, code, message);
    WeakMapSet(notes, error, { __proto__: null, kind: 'module', facts: JSONParse(facts) });
    return error;
  };

  const syntax = (error, facts) => {
    if (WeakMapGet(notes, error) === undefined) {
      WeakMapSet(notes, error, { __proto__: null, kind: 'syntax', facts: JSONParse(facts) });
    }
  };

  // Each property of a plugin's error is read once; a getter may throw or lie, and that is all.
  const read = (object, name) => {
    try {
      const value = object[name];
      if (typeof value === 'string') return StringSlice(value, 0, MOST_TEXT);
      return typeof value === 'number' ? `${value}` : undefined;
    } catch {
      return undefined;
    }
  };

  const isErrorLike = (value) => native.kind(value) === 'error'
    || (typeof value === 'object' && value !== null && native.kind(value) !== 'proxy'
      && ObjectIsPrototypeOf(P.DOMException.prototype, value));

  const stackOf = (error) => {
    let stack;
    try {
      stack = ErrorStack(error);
    } catch {
      // Not an error of the engine's own kind.
    }
    if (typeof stack !== 'string') return '';
    // Some engines have the error's text before the places.
    const from = StringStartsWith(stack, AT) ? 0 : StringIndexOf(stack, `\n${AT}`) + 1;
    return native.cleanStack(StringSlice(stack, from, from + MOST_TEXT));
  };

  const headline = (error) => {
    const name = read(error, 'name') || 'Error';
    const message = read(error, 'message') ?? '';
    return message === '' ? name : `${name}: ${message}`;
  };

  const causes = (error, depth) => {
    let cause;
    try {
      cause = error.cause;
    } catch {
      return '';
    }
    if (depth >= MOST_CAUSES || !isErrorLike(cause)) return '';
    const stack = stackOf(cause);
    const here = `\nCaused by: ${headline(cause)}${stack === '' ? '' : `\n${stack}`}`;
    return here + causes(cause, depth + 1);
  };

  // What a thrown value is for people: kind, one sentence, facts.
  const describe = (thrown) => {
    if (!isErrorLike(thrown)) {
      const message = `threw ${need('inspect').short(thrown)}`;
      return { __proto__: null, kind: 'exception', message, facts: { __proto__: null, message } };
    }
    const note = WeakMapGet(notes, thrown);
    const facts = { __proto__: null };
    const known = ['code', 'permission', 'resource', 'fix'];
    for (let i = 0; i < known.length; i++) facts[known[i]] = read(thrown, known[i]);
    facts.name = read(thrown, 'name') || 'Error';
    facts.message = read(thrown, 'message') ?? '';
    facts.stack = stackOf(thrown) + causes(thrown, 0);
    let kind = 'exception';
    if (note !== undefined) {
      kind = note.kind;
      const names = P.ObjectKeys(note.facts);
      for (let i = 0; i < names.length; i++) facts[names[i]] = note.facts[names[i]];
    } else if (facts.name === 'SyntaxError' && StringIndexOf(facts.message, 'in module') >= 0
      && facts.stack === '') {
      kind = 'module';
    }
    const bare = kind === 'module' || facts.message === '';
    const message = bare ? facts.message || facts.name : `${facts.name}: ${facts.message}`;
    if (facts.stack === '') facts.stack = undefined;
    return { __proto__: null, kind, message, facts };
  };

  const fail = (id, thrown) => {
    const { kind, message, facts } = describe(thrown);
    let json = '';
    try {
      json = JSONStringify(facts);
    } catch {
      // Setters on `Array.prototype` break the engine's own JSON.
    }
    native.reject(id, kind, message, json);
  };

  const article = (value) => {
    if (typeof value === 'function') return 'a function';
    return typeof value === 'symbol' ? 'a symbol' : `a value of type ${typeof value}`;
  };

  const notJson = (id, value) => native.reject(
    id, 'not-json', `the result has no JSON form: it is ${article(value)}`, '',
  );

  // Told apart from what a plugin's own `toJSON` or getter throws.
  const unserialisable = (id, error) => {
    const message = native.kind(error) === 'error' ? read(error, 'message') ?? '' : '';
    const own = native.kind(error) === 'error' && ObjectIsPrototypeOf(TypeError.prototype, error)
      && (StringIndexOf(message, 'circular') >= 0 || StringIndexOf(message, 'BigInt') >= 0);
    if (!own) return fail(id, error);
    const why = StringIndexOf(message, 'BigInt') >= 0
      ? 'it contains a BigInt; convert it with String() or Number()'
      : 'it refers to itself';
    native.reject(id, 'not-json', `the result has no JSON form: ${why}`, '');
  };

  const report = (what, thrown) => {
    const { message, facts } = describe(thrown);
    const stack = facts.stack === undefined ? '' : `\n${facts.stack}`;
    native.log('error', `${what}: ${message}${stack}`);
  };

  return {
    __proto__: null,
    PermissionDenied, RateLimited, CapabilityRequired, coded, put, fromHost, refuse, syntax, describe, fail, notJson,
    unserialisable, stackOf, headline, isErrorLike,
    uncaught: (error) => report('uncaught error', error),
    unhandled: (reason) => report('unhandled promise rejection', reason),
  };
};
