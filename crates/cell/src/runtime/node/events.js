// `node:events`.
0, function (native, P, need) {
  'use strict';
  const {
    Error, Map, MapDelete, MapForEach, MapGet, MapSet, ObjectDefineProperty, Promise,
    RangeError, ReflectApply, TypeError, WeakMap, WeakMapGet, WeakMapSet,
  } = P;
  const { list, toArray } = need('lists');

  const errorMonitor = P.Symbol('events.errorMonitor');
  let defaultMaxListeners = 10;

  // Emitter to { listeners: Map of lists of { listener, once }, most }. Beside the objects, so that
  // a class which never calls this constructor works too.
  const states = new WeakMap();

  const stateOf = (emitter) => {
    let state = WeakMapGet(states, emitter);
    if (state === undefined) {
      state = { __proto__: null, listeners: new Map(), most: undefined, warned: false };
      WeakMapSet(states, emitter, state);
    }
    return state;
  };

  const check = (listener) => {
    if (typeof listener !== 'function') {
      throw need('errors').coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'the "listener" argument must be of type function');
    }
  };

  const add = (emitter, name, listener, once, first) => {
    check(listener);
    const state = stateOf(emitter);
    if (MapGet(state.listeners, 'newListener') !== undefined) emitter.emit('newListener', name, listener);
    const old = MapGet(state.listeners, name) ?? list();
    const entry = { __proto__: null, listener, once };
    // A new list each time: an emit that is under way keeps its own.
    const all = list();
    if (first) all[0] = entry;
    for (let i = 0; i < old.length; i++) all[all.length] = old[i];
    if (!first) all[all.length] = entry;
    MapSet(state.listeners, name, all);
    const most = state.most ?? defaultMaxListeners;
    if (most > 0 && all.length > most && !state.warned) {
      state.warned = true;
      native.log('warn', `${all.length} listeners of ${P.String(name)} were added to one emitter; is there a leak?`);
    }
    return emitter;
  };

  const drop = (emitter, name, matches) => {
    const state = stateOf(emitter);
    const old = MapGet(state.listeners, name);
    if (old === undefined) return;
    let at = old.length - 1;
    while (at >= 0 && !matches(old[at])) at--;
    if (at < 0) return;
    const kept = list();
    for (let i = 0; i < old.length; i++) if (i !== at) kept[kept.length] = old[i];
    if (kept.length === 0) MapDelete(state.listeners, name);
    else MapSet(state.listeners, name, kept);
    if (MapGet(state.listeners, 'removeListener') !== undefined) emitter.emit('removeListener', name, old[at].listener);
  };

  function EventEmitter() {}
  const proto = EventEmitter.prototype;

  const unhandled = (args) => {
    const error = args[0];
    if (native.kind(error) === 'error') throw error;
    const thrown = need('errors').coded(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${need('inspect').inspect(error)})`);
    need('errors').put(thrown, 'context', error, true);
    throw thrown;
  };

  const methods = {
    emit(name, ...args) {
      const { listeners } = stateOf(this);
      if (name === 'error' && MapGet(listeners, errorMonitor) !== undefined) {
        ReflectApply(proto.emit, this, [errorMonitor, args[0]]);
      }
      const called = MapGet(listeners, name);
      if (called === undefined) {
        if (name === 'error') unhandled(args);
        return false;
      }
      for (let i = 0; i < called.length; i++) {
        const entry = called[i];
        if (entry.once) drop(this, name, (other) => other === entry);
        ReflectApply(entry.listener, this, args);
      }
      return true;
    },
    on(name, listener) { return add(this, name, listener, false, false); },
    addListener(name, listener) { return add(this, name, listener, false, false); },
    prependListener(name, listener) { return add(this, name, listener, false, true); },
    once(name, listener) { return add(this, name, listener, true, false); },
    prependOnceListener(name, listener) { return add(this, name, listener, true, true); },
    off(name, listener) {
      check(listener);
      drop(this, name, (entry) => entry.listener === listener);
      return this;
    },
    removeListener(name, listener) {
      check(listener);
      drop(this, name, (entry) => entry.listener === listener);
      return this;
    },
    removeAllListeners(name) {
      const state = stateOf(this);
      if (arguments.length === 0) state.listeners = new Map();
      else MapDelete(state.listeners, name);
      return this;
    },
    listeners(name) {
      const found = MapGet(stateOf(this).listeners, name) ?? list();
      const all = list();
      for (let i = 0; i < found.length; i++) all[i] = found[i].listener;
      return toArray(all);
    },
    rawListeners(name) { return ReflectApply(methods.listeners, this, [name]); },
    listenerCount(name, listener) {
      const found = MapGet(stateOf(this).listeners, name) ?? list();
      let count = 0;
      for (let i = 0; i < found.length; i++) if (listener === undefined || found[i].listener === listener) count++;
      return count;
    },
    eventNames() {
      const names = list();
      MapForEach(stateOf(this).listeners, (_, name) => { names[names.length] = name; });
      return toArray(names);
    },
    setMaxListeners(most) {
      if (typeof most !== 'number' || !(most >= 0)) {
        throw need('errors').coded(RangeError, 'ERR_OUT_OF_RANGE', 'the number of listeners must not be negative');
      }
      stateOf(this).most = most;
      return this;
    },
    getMaxListeners() { return stateOf(this).most ?? defaultMaxListeners; },
  };
  const names = P.ObjectKeys(methods);
  for (let i = 0; i < names.length; i++) {
    ObjectDefineProperty(proto, names[i], { __proto__: null, value: methods[names[i]], writable: true, configurable: true });
  }

  const isTarget = (emitter) => P.ObjectIsPrototypeOf(need('events').EventTarget.prototype, emitter);

  // A promise of the next event's arguments; an `error` event rejects it.
  const once = (emitter, name, options) => new Promise((resolve, reject) => {
    const signal = options?.signal;
    if (isTarget(emitter)) {
      emitter.addEventListener(name, (event) => resolve([event]), { once: true, signal });
    } else {
      const settle = (...args) => {
        if (name !== 'error') emitter.removeListener('error', fail);
        resolve(args);
      };
      const fail = (error) => {
        emitter.removeListener(name, settle);
        reject(error);
      };
      emitter.once(name, settle);
      if (name !== 'error') emitter.once('error', fail);
    }
    if (signal !== undefined) need('events').whenAborted(signal, reject);
  });

  EventEmitter.EventEmitter = EventEmitter;
  EventEmitter.once = once;
  EventEmitter.errorMonitor = errorMonitor;
  EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
  EventEmitter.getEventListeners = (emitter, name) => emitter.listeners(name);
  EventEmitter.setMaxListeners = (most, ...emitters) => {
    if (emitters.length === 0) defaultMaxListeners = most;
    for (let i = 0; i < emitters.length; i++) if (!isTarget(emitters[i])) emitters[i].setMaxListeners(most);
  };
  ObjectDefineProperty(EventEmitter, 'defaultMaxListeners', {
    __proto__: null, get: () => defaultMaxListeners, set: (most) => { defaultMaxListeners = most; }, enumerable: true,
  });

  const { getEventListeners, listenerCount, setMaxListeners } = EventEmitter;
  return {
    __proto__: null, EventEmitter, once, errorMonitor, getEventListeners, listenerCount, setMaxListeners,
    default: EventEmitter,
  };
};
