// Single operations beyond the grant, each asked for. Also the global `aether`.
0, function (native, P, need) {
  'use strict';
  const {
    JSONStringify, NumberIsInteger, ObjectFreeze, ObjectHasOwn, TypeError, WeakMap, WeakMapGet,
    WeakMapSet,
  } = P;
  const { request, callOf } = need('core');
  const { coded } = need('errors');

  const wrong = (message) => coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);

  // The text of each token: it is in no property, so that it gets into no log.
  const texts = new WeakMap();

  class Token {
    constructor(reply) {
      WeakMapSet(texts, this, reply.token);
      this.want = ObjectFreeze(reply.want);
      this.uses = reply.uses;
      this.expires = native.now() + reply.expires_ms;
      ObjectFreeze(this);
    }

    async drop() { await request('token.drop', textOf(this)); }
  }
  ObjectFreeze(Token.prototype);
  ObjectFreeze(Token);

  const textOf = (token) => {
    if (token === undefined) return undefined;
    const text = typeof token === 'object' && token !== null ? WeakMapGet(texts, token) : undefined;
    if (text === undefined) throw wrong('this is no token: `await aether.elevate({…})` gives one');
    return text;
  };

  const units = { __proto__: null, ms: 1, s: 1000, m: 60000, h: 3600000 };
  const sizes = { __proto__: null, B: 1, KB: 1024, MB: 1048576, GB: 1073741824 };

  // A number, or one with a unit, such as `30s` and `512MB`.
  const quantity = (value, known, what) => {
    if (NumberIsInteger(value) && value > 0) return value;
    if (typeof value === 'string') {
      let end = 0;
      while (end < value.length) {
        const unit = P.StringCharCodeAt(value, end);
        if (unit < 48 || unit > 57) break;
        end++;
      }
      const times = known[P.StringSlice(value, end)];
      const number = +P.StringSlice(value, 0, end);
      if (times !== undefined && number > 0) return number * times;
    }
    throw wrong(`${what} is a whole number above 0, or one with a unit, such as ${P.ObjectKeys(known)[2]}`);
  };

  const hostAndPort = (value) => {
    const text = `${value}`;
    let at = text.length - 1;
    while (at > 0) {
      const unit = P.StringCharCodeAt(text, at);
      if (unit < 48 || unit > 57) break;
      at--;
    }
    const port = +P.StringSlice(text, at + 1);
    const hasPort = at > 0 && at < text.length - 1 && P.StringCharCodeAt(text, at) === 58;
    return hasPort
      ? { __proto__: null, right: 'network', host: P.StringSlice(text, 0, at), port }
      : { __proto__: null, right: 'network', host: text };
  };

  // What is wanted, in the words of the wire; those of an error's `request` are taken as they are.
  const wantOf = (options) => {
    if (ObjectHasOwn(options, 'right')) return options;
    if (ObjectHasOwn(options, 'hostWrite')) {
      return { __proto__: null, right: 'host-write', path: `${options.hostWrite}` };
    }
    if (ObjectHasOwn(options, 'network')) return hostAndPort(options.network);
    if (ObjectHasOwn(options, 'command')) {
      return { __proto__: null, right: 'command', name: `${options.command}` };
    }
    if (ObjectHasOwn(options, 'secret')) {
      return { __proto__: null, right: 'secret', name: `${options.secret}` };
    }
    if (ObjectHasOwn(options, 'time')) {
      return { __proto__: null, right: 'time', ms: quantity(options.time, units, '`time`') };
    }
    if (ObjectHasOwn(options, 'memory')) {
      return { __proto__: null, right: 'memory', bytes: quantity(options.memory, sizes, '`memory`') };
    }
    throw wrong('say what for: one of hostWrite, network, command, secret, time, memory');
  };

  const own = (options, name) => (ObjectHasOwn(options, name) ? options[name] : undefined);

  // Asks for one thing beyond the grant. Time and memory are had at once; for the rest there is a
  // token, to be given to what needs it.
  const elevate = async (options, more) => {
    if (typeof options !== 'object' || options === null) throw wrong('elevate takes an object');
    const want = wantOf(options);
    const rest = typeof more === 'object' && more !== null ? more : options;
    const uses = own(rest, 'uses');
    const reason = own(rest, 'reason');
    const asked = {
      __proto__: null,
      want: plain(want),
      uses,
      reason: reason === undefined ? '' : `${reason}`,
    };
    const reply = await request('token.request', JSONStringify(asked));
    if (reply.want.right === 'time') {
      const made = own(rest, 'call');
      const call = typeof made === 'object' && made !== null ? callOf(made) : undefined;
      await request('time.extend', reply.want.ms, reply.token, call);
      return undefined;
    }
    if (reply.want.right === 'memory') {
      await request('memory.extend', reply.want.bytes, reply.token);
      return undefined;
    }
    return new Token(reply);
  };

  // The members that the wire knows, and no others.
  const plain = (want) => {
    const names = ['right', 'path', 'host', 'port', 'name', 'ms', 'bytes'];
    const out = { __proto__: null };
    for (let i = 0; i < names.length; i++) {
      if (names[i] in want) out[names[i]] = want[names[i]];
    }
    return out;
  };

  const aether = ObjectFreeze({ __proto__: null, elevate });
  return { __proto__: null, elevate, textOf, aether };
};
