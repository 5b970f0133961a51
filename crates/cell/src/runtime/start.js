// What runs at every start: calls, requests, timers, and the names of everything else, which is
// evaluated when it is first used. Returns the functions that the engine calls.
0, function (native, P) {
  'use strict';
  const {
    Error, Map, MapDelete, MapGet, MapSet, ObjectDefineProperty, ObjectFreeze, ObjectHasOwn,
    ObjectKeys, ObjectNames, Promise, ReflectApply, TypeError, JSONStringify, queueMicrotask,
  } = P;

  const scripts = { __proto__: null };
  const need = (name) => scripts[name] ?? (scripts[name] = native.script(name)(native, P, need));
  const errors = () => need('errors');
  // What differs from plugin to plugin: known when it begins.
  let about;
  let plugin;

  // Requests to the host. The host's cap on open requests is kept here, where the arguments of
  // those that wait are in the plugin's own heap.

  const open = new Map();
  let openCount = 0;
  let firstWaiting;
  let lastWaiting;

  const send = (job) => {
    try {
      MapSet(open, native.request(false, job.name, job.a, job.b, job.c, job.d), job);
      openCount++;
    } catch (error) {
      job.reject(error);
    }
  };

  const request = (name, a, b, c, d) => new Promise((resolve, reject) => {
    // The error is made here, where the stack still shows who asked.
    const site = new Error();
    const job = { __proto__: null, name, a, b, c, d, resolve, reject, site, next: undefined };
    if (openCount < about.mostOpen) send(job);
    else if (firstWaiting === undefined) firstWaiting = lastWaiting = job;
    else lastWaiting = lastWaiting.next = job;
  });

  const answer = (id, ok, value, message, data) => {
    const job = MapGet(open, id);
    if (job === undefined) return;
    MapDelete(open, id);
    openCount--;
    while (firstWaiting !== undefined && openCount < about.mostOpen) {
      const next = firstWaiting;
      firstWaiting = next.next;
      send(next);
    }
    if (ok) job.resolve(value);
    else job.reject(errors().fromHost(value, message, data, job));
  };

  // Timers.

  const timers = new Map();

  const setTimer = (run, delay, repeat, args) => {
    if (typeof run !== 'function') throw new TypeError('the callback of a timer must be a function');
    let ms = delay === undefined ? 0 : +delay;
    if (repeat && !(ms >= 1)) ms = 1;
    const id = native.timer(ms);
    MapSet(timers, id, { __proto__: null, run, args, ms, repeat });
    return id;
  };

  const clearTimer = (id) => {
    if (MapDelete(timers, id)) native.stopTimer(id);
  };

  const fire = (id) => {
    const timer = MapGet(timers, id);
    if (timer === undefined) return;
    if (timer.repeat) native.timer(timer.ms, id);
    else MapDelete(timers, id);
    try {
      ReflectApply(timer.run, undefined, timer.args);
    } catch (error) {
      errors().uncaught(error);
    }
  };

  const timerFunctions = {
    __proto__: null,
    setTimeout(run, delay, ...args) { return setTimer(run, delay, false, args); },
    setInterval(run, delay, ...args) { return setTimer(run, delay, true, args); },
    setImmediate(run, ...args) { return setTimer(run, 0, false, args); },
    clearTimeout(id) { clearTimer(id); },
    clearInterval(id) { clearTimer(id); },
    clearImmediate(id) { clearTimer(id); },
  };

  // Calls.

  const methods = { __proto__: null };
  const signals = new Map();

  const addMethods = (holder, names, self) => {
    for (let i = 0; i < names.length; i++) {
      const run = holder[names[i]];
      const name = names[i] === 'default' ? 'run' : names[i];
      if (typeof run === 'function' && methods[name] === undefined) {
        methods[name] = { __proto__: null, run, self };
      }
    }
  };

  // However broken the realm is by now, the host gets an answer.
  const fail = (id, error) => {
    try {
      errors().fail(id, error);
    } catch {
      native.reject(id, 'exception', '', '');
    }
  };

  const load = async (id, url) => {
    try {
      const module = await import(url);
      const names = ObjectNames(module);
      // A function called `run` comes before the default export of that name.
      if (ObjectHasOwn(module, 'run')) addMethods(module, ['run'], undefined);
      addMethods(module, names, undefined);
      const whole = ObjectHasOwn(module, 'default') ? module.default : undefined;
      if (typeof whole === 'object' && whole !== null) addMethods(whole, ObjectKeys(whole), whole);
      native.resolve(id, JSONStringify(ObjectKeys(methods)));
    } catch (error) {
      fail(id, error);
    }
  };

  const signalOf = (id) => {
    let controller = MapGet(signals, id);
    if (controller === undefined) {
      controller = new (need('events').AbortController)();
      MapSet(signals, id, controller);
      native.attend(id);
    }
    return need('events').signalOf(controller);
  };

  // Which call a context is of.
  const calls = new P.WeakMap();

  // `facts` are what is of this call, or of this event, alone.
  const context = (id, ms, facts) => {
    const made = contextOf(id, ms);
    const names = ObjectKeys(facts);
    for (let i = 0; i < names.length; i++) {
      ObjectDefineProperty(made, names[i], {
        __proto__: null, value: facts[names[i]], enumerable: true,
      });
    }
    P.WeakMapSet(calls, made, id);
    return ObjectFreeze(made);
  };

  const contextOf = (id, ms) => ({
    get log() { return need('aether:log').default; },
    get signal() { return signalOf(id); },
    progress(fraction, message) {
      native.progress(id, +fraction, message === undefined ? undefined : `${message}`);
    },
    plugin,
    deadline: native.now() + ms,
  });

  const call = async (id, method, input, ms, caller, credits) => {
    try {
      const { run, self } = methods[method];
      const facts = { __proto__: null, method, caller };
      let value = await ReflectApply(run, self, [input, context(id, ms, facts)]);
      if (typeof value === 'object' && need('stream').isStream(value)) {
        if (credits === undefined) {
          native.resolve(id, await need('stream').whole(value));
          return MapDelete(signals, id);
        }
        value = await need('stream').send(id, value, credits);
      }
      let text;
      try {
        text = value === undefined ? 'null' : JSONStringify(value);
      } catch (error) {
        return errors().unserialisable(id, error);
      }
      if (text === undefined) errors().notJson(id, value);
      else native.resolve(id, text);
    } catch (error) {
      fail(id, error);
    }
    MapDelete(signals, id);
  };

  const event = async (id, topic, from, data, dropped, ms) => {
    try {
      const facts = { __proto__: null, topic, from: from === '' ? undefined : from, dropped };
      await need('topics').tell(topic, data, context(id, ms, facts));
      native.resolve(id, 'null');
    } catch (error) {
      fail(id, error);
    }
    MapDelete(signals, id);
  };

  const abort = (id, why) => {
    const controller = MapGet(signals, id);
    if (controller === undefined) return;
    MapDelete(signals, id);
    need('events').abort(controller, why);
  };

  // What the other scripts use of this one.
  // `platform` has the classes whose instances `structuredClone` must refuse.
  const platform = P.ObjectSetPrototypeOf([], null);
  const isPlatform = (Kind) => { platform[platform.length] = Kind; };
  // What `Object.prototype.toString` calls the instances of a class.
  const tag = (Kind, name) => ObjectDefineProperty(Kind.prototype, P.SymbolToStringTag, {
    __proto__: null, value: name, configurable: true,
  });
  const core = {
    __proto__: null, request, setTimer, clearTimer, timerFunctions, about: undefined, platform,
    isPlatform, tag, callOf: (made) => P.WeakMapGet(calls, made),
  };
  scripts.core = core;

  // All else can be made before there is a plugin, and be kept.
  const begin = () => {
    P.late();
    if (native.late !== undefined) native.late();
    // Shared memory is a clock, and nothing here could share it.
    delete globalThis.SharedArrayBuffer;
    delete globalThis.Atomics;
    core.about = about = native.about();
    plugin = ObjectFreeze({ name: about.name, version: about.version });
  };

  // Global names. Most are evaluated when they are first read.

  const offer = (name, value) => ObjectDefineProperty(globalThis, name, {
    __proto__: null, value, writable: true, enumerable: false, configurable: true,
  });

  const later = (name, script) => ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    get() {
      const value = need(script)[name];
      offer(name, value);
      return value;
    },
    set(value) { offer(name, value); },
    enumerable: false,
    configurable: true,
  });

  offer('self', globalThis);
  const timerNames = ObjectKeys(timerFunctions);
  for (let i = 0; i < timerNames.length; i++) offer(timerNames[i], timerFunctions[timerNames[i]]);
  offer('queueMicrotask', function (run) {
    if (typeof run !== 'function') throw new TypeError('queueMicrotask needs a function');
    queueMicrotask(() => {
      try {
        run();
      } catch (error) {
        errors().uncaught(error);
      }
    });
  });
  later('aether', 'tokens');
  later('console', 'console');
  later('performance', 'performance');
  later('fetch', 'fetch');
  later('Headers', 'headers');
  later('Request', 'body');
  later('Response', 'body');
  later('ReadableStream', 'streams');
  later('ReadableStreamDefaultReader', 'streams');
  later('ReadableStreamDefaultController', 'streams');
  later('crypto', 'crypto');
  later('structuredClone', 'clone');
  later('TextEncoder', 'encoding');
  later('TextDecoder', 'encoding');
  later('URL', 'url');
  later('URLSearchParams', 'url');
  later('AbortController', 'events');
  later('AbortSignal', 'events');
  later('Event', 'events');
  later('EventTarget', 'events');
  later('CustomEvent', 'events');

  // Modules of the runtime.

  const module = (name) => {
    const offered = need(name);
    const names = ObjectKeys(offered);
    const exports = { __proto__: null };
    for (let i = 0; i < names.length; i++) exports[names[i]] = offered[names[i]];
    if (exports.default === undefined) exports.default = ObjectFreeze(offered);
    return exports;
  };

  return {
    __proto__: null,
    begin, load, call, event, abort, answer, fire, module, fail,
    unhandled: (reason) => errors().unhandled(reason),
    raise: (code, message, data) => errors().fromHost(code, message, data),
    refuse: (code, message, facts) => errors().refuse(code, message, facts),
    syntax: (error, facts) => errors().syntax(error, facts),
    stack: (error) => P.ErrorStack(error) ?? '',
    wellFormed: P.StringToWellFormed,
    base64: (bytes) => P.Uint8ArrayToBase64(bytes),
    room: (length) => new P.Uint8Array(length),
    commonJs: (path, names) => need('require').commonJs(path, names),
  };
};
