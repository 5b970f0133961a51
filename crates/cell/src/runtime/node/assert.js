// `node:assert`.
0, function (native, P, need) {
  'use strict';
  const { Error, ObjectIs, ObjectIsPrototypeOf, RegExpExec, TypeError } = P;
  const { isDeepEqual, isDeepStrictEqual } = need('deep_equal');

  const show = (value) => need('inspect').inspect(value, { __proto__: null, depth: 6 }, 1000);

  class AssertionError extends Error {
    constructor(options) {
      super(options.message ?? `${show(options.actual)} ${options.operator} ${show(options.expected)}`);
      const { put } = need('errors');
      put(this, 'code', 'ERR_ASSERTION', true);
      put(this, 'generatedMessage', options.message === undefined, true);
      put(this, 'actual', options.actual, true);
      put(this, 'expected', options.expected, true);
      put(this, 'operator', options.operator, true);
    }
  }
  need('errors').put(AssertionError.prototype, 'name', 'AssertionError', false);

  const fail = (actual, expected, operator, message, usual) => {
    if (native.kind(message) === 'error') throw message;
    throw new AssertionError({ __proto__: null, actual, expected, operator, message: message ?? usual });
  };

  const ok = (value, message) => {
    if (!value) fail(value, true, '==', message, 'The expression evaluated to a falsy value');
  };

  const compared = (holds, operator, words) => (actual, expected, message) => {
    if (!holds(actual, expected)) {
      fail(actual, expected, operator, message, `${words}:\n${show(actual)}\n${show(expected)}`);
    }
  };

  // What a thrown value must be: nothing said, a class, a pattern, a check, or properties.
  const fits = (thrown, expected) => {
    if (expected === undefined) return true;
    if (typeof expected === 'function') {
      if (expected.prototype !== undefined && thrown instanceof expected) return true;
      if (expected === Error || ObjectIsPrototypeOf(Error, expected)) return false;
      return expected(thrown) === true;
    }
    if (ObjectIsPrototypeOf(P.RegExp.prototype, expected)) return RegExpExec(expected, P.String(thrown)) !== null;
    if (typeof expected !== 'object') return true;
    const keys = P.ObjectKeys(expected);
    if (native.kind(expected) === 'error') return expected.message === thrown.message && expected.name === thrown.name;
    for (let i = 0; i < keys.length; i++) {
      const wanted = expected[keys[i]];
      const isPattern = typeof wanted === 'object' && wanted !== null && ObjectIsPrototypeOf(P.RegExp.prototype, wanted);
      const same = isPattern && typeof thrown[keys[i]] === 'string'
        ? RegExpExec(wanted, thrown[keys[i]]) !== null
        : isDeepStrictEqual(thrown[keys[i]], wanted);
      if (!same) return false;
    }
    return true;
  };

  const judge = (thrown, expected, message, operator) => {
    if (fits(thrown, expected)) return;
    if (typeof expected === 'function' || ObjectIsPrototypeOf(P.RegExp.prototype, expected)) {
      if (typeof message !== 'string') throw thrown;
    }
    fail(thrown, expected, operator, message, 'The error is not the expected one');
  };

  const throws = (run, expected, message) => {
    const said = typeof expected === 'string' ? expected : message;
    try {
      run();
    } catch (thrown) {
      return judge(thrown, typeof expected === 'string' ? undefined : expected, said, 'throws');
    }
    return fail(undefined, expected, 'throws', said, 'Missing expected exception');
  };

  const settled = async (run) => await (typeof run === 'function' ? run() : run);

  const rejects = async (run, expected, message) => {
    const said = typeof expected === 'string' ? expected : message;
    try {
      await settled(run);
    } catch (thrown) {
      return judge(thrown, typeof expected === 'string' ? undefined : expected, said, 'rejects');
    }
    return fail(undefined, expected, 'rejects', said, 'Missing expected rejection');
  };

  const unwanted = (thrown, operator) =>
    fail(thrown, undefined, operator, undefined, `Got an unwanted exception: ${show(thrown)}`);

  const text = (wanted) => (actual, pattern, message) => {
    const matches = typeof actual === 'string' && RegExpExec(pattern, actual) !== null;
    if (typeof pattern !== 'object') throw new TypeError('the "regexp" argument must be a RegExp');
    if (matches !== wanted) fail(actual, pattern, wanted ? 'match' : 'doesNotMatch', message, `The input ${wanted ? 'did not match' : 'was expected not to match'}: ${show(pattern)}`);
  };

  const not = (holds) => (a, b) => !holds(a, b);
  const loose = (a, b) => a == b || (a !== a && b !== b);

  const make = (strict) => {
    const assert = (value, message) => ok(value, message);
    const same = strict ? ObjectIs : loose;
    const deep = strict ? isDeepStrictEqual : isDeepEqual;
    const functions = {
      ok, AssertionError, throws, rejects,
      fail: (message) => fail(undefined, undefined, 'fail', message, 'Failed'),
      equal: compared(same, strict ? 'strictEqual' : '==', 'Expected values to be equal'),
      notEqual: compared(not(same), strict ? 'notStrictEqual' : '!=', 'Expected values not to be equal'),
      strictEqual: compared(ObjectIs, 'strictEqual', 'Expected values to be strictly equal'),
      notStrictEqual: compared(not(ObjectIs), 'notStrictEqual', 'Expected values not to be strictly equal'),
      deepEqual: compared(deep, 'deepEqual', 'Expected values to be deeply equal'),
      notDeepEqual: compared(not(deep), 'notDeepEqual', 'Expected values not to be deeply equal'),
      deepStrictEqual: compared(isDeepStrictEqual, 'deepStrictEqual', 'Expected values to be strictly deep-equal'),
      notDeepStrictEqual: compared(not(isDeepStrictEqual), 'notDeepStrictEqual', 'Expected values not to be strictly deep-equal'),
      match: text(true),
      doesNotMatch: text(false),
      doesNotThrow: (run) => {
        try {
          run();
        } catch (thrown) {
          unwanted(thrown, 'doesNotThrow');
        }
      },
      doesNotReject: async (run) => {
        try {
          await settled(run);
        } catch (thrown) {
          unwanted(thrown, 'doesNotReject');
        }
      },
      ifError: (value) => {
        if (value !== null && value !== undefined) throw native.kind(value) === 'error' ? value : new AssertionError({ __proto__: null, actual: value, expected: null, operator: 'ifError' });
      },
    };
    const names = P.ObjectKeys(functions);
    for (let i = 0; i < names.length; i++) assert[names[i]] = functions[names[i]];
    return assert;
  };

  const assert = make(false);
  const strict = make(true);
  assert.strict = strict;
  strict.strict = strict;
  return { ...assert, default: assert, strict };
};
