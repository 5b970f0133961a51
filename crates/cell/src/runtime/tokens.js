// Single operations beyond the grant, each asked for. Also the global `aether`.
0, function (native, P, need) {
  'use strict';
  const {
    ArrayJoin, JSONStringify, NumberIsInteger, ObjectFreeze, ObjectHasOwn,
    ObjectKeys, TypeError, WeakMap, WeakMapGet, WeakMapSet,
  } = P;
  const { request, callOf } = need('core');
  const { coded } = need('errors');
  const { option } = need('options');

  const wrong = (message) => coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);

  // What a token can be narrowed to.
  const caveats = {
    __proto__: null, method: 1, pathPrefix: 1, host: 1, maxBytes: 1, uses: 1, within: 1,
  };

  // The text of each token: it is in no property, so that it gets into no log.
  const texts = new WeakMap();

  class Token {
    constructor(text, want, uses, expires) {
      WeakMapSet(texts, this, text);
      this.want = ObjectFreeze(want);
      this.uses = uses;
      this.expires = expires;
      ObjectFreeze(this);
    }

    // One that allows less. Its uses are uses of this one too.
    async narrow(options) {
      if (typeof options !== 'object' || options === null) throw wrong('narrow takes an object');
      const names = ObjectKeys(options);
      for (let i = 0; i < names.length; i++) {
        if (!(names[i] in caveats)) {
          throw wrong(`${names[i]} is none of ${ArrayJoin(ObjectKeys(caveats), ', ')}`);
        }
      }
      const text = (name) => (options[name] === undefined ? undefined : `${options[name]}`);
      const count = (name) => {
        const value = options[name];
        if (value === undefined || (NumberIsInteger(value) && value >= 0)) return value;
        throw wrong(`${name} is a whole number`);
      };
      const within = options.within === undefined
        ? undefined : quantity(options.within, units, '`within`');
      const asked = {
        __proto__: null,
        method: text('method'),
        path_prefix: text('pathPrefix'),
        host: text('host'),
        max_bytes: count('maxBytes'),
        before_ms: within,
        uses: count('uses'),
      };
      const narrowed = await request('token.narrow', textOf(this), JSONStringify(asked));
      const until = native.now() + (within ?? 0);
      return new Token(
        narrowed,
        this.want,
        asked.uses < this.uses ? asked.uses : this.uses,
        within !== undefined && until < this.expires ? until : this.expires,
      );
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

  // Asks for one thing beyond the grant. Time and memory are had at once; for the rest there is a
  // token, to be given to what needs it.
  const elevate = async (options, more) => {
    if (typeof options !== 'object' || options === null) throw wrong('elevate takes an object');
    const want = wantOf(options);
    const rest = typeof more === 'object' && more !== null ? more : options;
    const uses = option(rest, 'uses');
    const reason = option(rest, 'reason');
    const asked = {
      __proto__: null,
      want: plain(want),
      uses,
      reason: reason === undefined ? '' : `${reason}`,
    };
    const reply = await request('token.request', JSONStringify(asked));
    if (reply.want.right === 'time') {
      const made = option(rest, 'call');
      const call = typeof made === 'object' && made !== null ? callOf(made) : undefined;
      await request('time.extend', reply.want.ms, reply.token, call);
      return undefined;
    }
    if (reply.want.right === 'memory') {
      await request('memory.extend', reply.want.bytes, reply.token);
      return undefined;
    }
    const expires = native.now() + reply.expires_ms;
    return new Token(reply.token, reply.want, reply.uses, expires);
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
