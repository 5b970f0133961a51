// Events: who in this plugin listens for what.
0, function (native, P, need) {
  'use strict';
  const { MapDelete, MapGet, MapSet, StringSlice, StringStartsWith, TypeError } = P;
  const { request } = need('core');

  // Pattern to the first of its listeners, each of which knows the next. The host is asked once for
  // each pattern: `asked` is its answer.
  const patterns = new P.Map();

  const emit = async (topic, data) => {
    const text = data === undefined ? 'null' : P.JSONStringify(data);
    if (text === undefined) {
      throw need('errors').coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'the data has no JSON form');
    }
    await request('events.emit', `${topic}`, text);
  };

  const on = async (topic, handler) => {
    if (typeof handler !== 'function') {
      throw need('errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'the handler must be a function');
    }
    const pattern = `${topic}`;
    let known = MapGet(patterns, pattern);
    if (known === undefined) {
      known = { __proto__: null, pattern, first: undefined, last: undefined, asked: undefined };
      known.asked = request('events.on', pattern);
      MapSet(patterns, pattern, known);
    }
    const listener = { __proto__: null, handler, next: undefined, before: undefined, on: true };
    if (known.first === undefined) known.first = known.last = listener;
    else {
      listener.before = known.last;
      known.last = known.last.next = listener;
    }
    try {
      await known.asked;
    } catch (error) {
      remove(known, listener);
      throw error;
    }
    return async () => {
      if (!listener.on) return;
      remove(known, listener);
      if (known.first === undefined) await request('events.off', pattern);
    };
  };

  const remove = (known, listener) => {
    listener.on = false;
    if (listener.before === undefined) known.first = listener.next;
    else listener.before.next = listener.next;
    if (listener.next === undefined) known.last = listener.before;
    else listener.next.before = listener.before;
    if (known.first === undefined && MapGet(patterns, known.pattern) === known) {
      MapDelete(patterns, known.pattern);
    }
  };

  const isFor = (pattern, topic) => {
    const end = pattern.length - 1;
    if (pattern[end] !== '*') return pattern === topic;
    return topic.length > end && StringStartsWith(topic, StringSlice(pattern, 0, end));
  };

  // Every listener is called, one after the other, whatever became of those before; the first
  // failure is the event's.
  const tell = async (topic, data, context) => {
    const due = need('lists').list();
    P.MapForEach(patterns, (known) => {
      if (!isFor(known.pattern, topic)) return;
      for (let one = known.first; one !== undefined; one = one.next) due[due.length] = one;
    });
    let failed = false;
    let failure;
    for (let i = 0; i < due.length; i++) {
      if (!due[i].on) continue;
      try {
        await P.ReflectApply(due[i].handler, undefined, [data, context]);
      } catch (error) {
        if (!failed) failure = error;
        failed = true;
      }
    }
    if (failed) throw failure;
  };

  return { __proto__: null, emit, on, tell };
};
