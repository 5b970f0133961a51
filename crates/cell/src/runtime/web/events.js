// Event, EventTarget, CustomEvent, AbortController, AbortSignal (DOM Standard, without a tree).
0, function (native, P, need) {
  'use strict';
  const {
    DOMException, Map, MapGet, MapSet, ObjectDefineProperty, ObjectIsPrototypeOf, ReflectApply, TypeError,
  } = P;
  const { isPlatform, tag } = need('core');
  const { list } = need('lists');
  const { member } = need('options');

  let begin;
  let stopped;
  let setPassive;
  let trust;

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #prevented = false;
    #stopped = 0;
    #phase = 0;
    #target = null;
    #passive = false;
    #trusted = false;
    #time = native.monotonic();

    constructor(type, options) {
      if (arguments.length === 0) throw new TypeError('an event needs a type');
      this.#type = `${type}`;
      this.#bubbles = !!member(options, 'bubbles');
      this.#cancelable = !!member(options, 'cancelable');
      this.#composed = !!member(options, 'composed');
    }

    static {
      begin = (event, target, phase) => {
        if (phase === 2) {
          if (event.#phase !== 0) throw new DOMException('the event is being dispatched', 'InvalidStateError');
          event.#target = target;
          event.#stopped = 0;
        }
        event.#phase = phase;
        return event.#prevented;
      };
      stopped = (event) => event.#stopped === 2;
      setPassive = (event, passive) => { event.#passive = passive; };
      trust = (event) => {
        event.#trusted = true;
        return event;
      };
    }

    get type() { return this.#type; }
    get bubbles() { return this.#bubbles; }
    get cancelable() { return this.#cancelable; }
    get composed() { return this.#composed; }
    get defaultPrevented() { return this.#prevented; }
    get returnValue() { return !this.#prevented; }
    set returnValue(value) { if (!value && this.#cancelable && !this.#passive) this.#prevented = true; }
    get target() { return this.#target; }
    get srcElement() { return this.#target; }
    get currentTarget() { return this.#phase === 0 ? null : this.#target; }
    get eventPhase() { return this.#phase; }
    get timeStamp() { return this.#time; }
    get isTrusted() { return this.#trusted; }
    get cancelBubble() { return this.#stopped > 0; }
    set cancelBubble(value) { if (value) this.#stopped = P.MathMax(this.#stopped, 1); }
    preventDefault() { if (this.#cancelable && !this.#passive) this.#prevented = true; }
    stopPropagation() { this.#stopped = P.MathMax(this.#stopped, 1); }
    stopImmediatePropagation() { this.#stopped = 2; }
    composedPath() { return this.#phase === 0 ? [] : [this.#target]; }
  }
  tag(Event, 'Event');
  const phases = ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'];
  for (let i = 0; i < phases.length; i++) {
    const constant = { __proto__: null, value: i, enumerable: true };
    ObjectDefineProperty(Event, phases[i], constant);
    ObjectDefineProperty(Event.prototype, phases[i], constant);
  }

  class CustomEvent extends Event {
    #detail;
    constructor(type, options) {
      super(type, options);
      this.#detail = member(options, 'detail') ?? null;
    }
    get detail() { return this.#detail; }
  }
  tag(CustomEvent, 'CustomEvent');

  let dispatch;
  let listen;

  class EventTarget {
    // Type to a list of { callback, capture, once, removed }.
    #listeners = new Map();

    static {
      dispatch = (target, event) => {
        begin(event, target, 2);
        const listeners = MapGet(target.#listeners, event.type);
        // What is added meanwhile waits for the next event.
        const count = listeners === undefined ? 0 : listeners.length;
        for (let i = 0; i < count && !stopped(event); i++) {
          const entry = listeners[i];
          if (entry === undefined || entry.removed) continue;
          if (entry.once) remove(target.#listeners, event.type, entry);
          setPassive(event, entry.passive);
          try {
            const { callback } = entry;
            if (typeof callback === 'function') ReflectApply(callback, target, [event]);
            else callback.handleEvent(event);
          } catch (error) {
            need('errors').uncaught(error);
          }
          setPassive(event, false);
        }
        return !begin(event, target, 0);
      };
      listen = (target, type, entry) => {
        let listeners = MapGet(target.#listeners, type);
        if (listeners === undefined) MapSet(target.#listeners, type, listeners = list());
        for (let i = 0; i < listeners.length; i++) {
          const known = listeners[i];
          if (!known.removed && known.callback === entry.callback && known.capture === entry.capture) return;
        }
        listeners[listeners.length] = entry;
      };
    }

    addEventListener(type, callback, options) {
      const map = this.#listeners;
      const passive = !!member(options, 'passive');
      const signal = member(options, 'signal');
      if (signal !== undefined && !isSignal(signal)) throw new TypeError('`signal` must be an AbortSignal');
      if (callback === null || callback === undefined) return;
      if (typeof callback !== 'function' && typeof callback !== 'object') {
        throw new TypeError('a listener must be a function or an object');
      }
      if (signal !== undefined && signal.aborted) return;
      const capture = !!(typeof options === 'boolean' ? options : member(options, 'capture'));
      const once = !!member(options, 'once');
      const entry = { __proto__: null, callback, capture, once, passive, removed: false };
      listen(this, `${type}`, entry);
      if (signal !== undefined) whenAborted(signal, () => remove(map, `${type}`, entry));
    }

    removeEventListener(type, callback, options) {
      const capture = !!(typeof options === 'boolean' ? options : member(options, 'capture'));
      const listeners = MapGet(this.#listeners, `${type}`);
      for (let i = 0; listeners !== undefined && i < listeners.length; i++) {
        const entry = listeners[i];
        if (!entry.removed && entry.callback === callback && entry.capture === capture) {
          remove(this.#listeners, `${type}`, entry);
          return;
        }
      }
    }

    dispatchEvent(event) {
      if (!ObjectIsPrototypeOf(Event.prototype, event)) throw new TypeError('only an Event can be dispatched');
      return dispatch(this, event);
    }
  }
  tag(EventTarget, 'EventTarget');

  // A new list, so that a dispatch which is under way keeps its own.
  const remove = (map, type, entry) => {
    entry.removed = true;
    const kept = list();
    const old = MapGet(map, type) ?? kept;
    for (let i = 0; i < old.length; i++) if (old[i] !== entry) kept[kept.length] = old[i];
    MapSet(map, type, kept);
  };

  let makeSignal;
  let abortSignal;
  let whenAborted;
  let isSignal;
  let follow;

  const KEY = {};

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason;
    #onabort = null;
    #entry = undefined;
    // Functions of the runtime, called before any listener.
    #hooks = new P.Set();
    // Of a signal made by `any`: the signals it depends on that depend on none themselves.
    #sources = undefined;
    #followers = list();

    constructor(key) {
      if (key !== KEY) throw new TypeError('an AbortSignal comes from an AbortController');
      super();
    }

    static {
      makeSignal = () => new AbortSignal(KEY);
      isSignal = (value) => typeof value === 'object' && value !== null && #aborted in value;
      abortSignal = (signal, reason) => {
        if (signal.#aborted) return;
        // All of them are aborted before any listener runs.
        const all = list();
        all[0] = signal;
        for (let i = 0; i < signal.#followers.length; i++) {
          if (!signal.#followers[i].#aborted) all[all.length] = signal.#followers[i];
        }
        const why = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
        for (let i = 0; i < all.length; i++) {
          all[i].#aborted = true;
          all[i].#reason = why;
        }
        for (let i = 0; i < all.length; i++) AbortSignal.#tell(all[i]);
      };
      // Gives a function that takes it back.
      whenAborted = (signal, hook) => {
        if (signal.#aborted) {
          hook(signal.#reason);
          return () => {};
        }
        P.SetAdd(signal.#hooks, hook);
        return () => { P.SetDelete(signal.#hooks, hook); };
      };
      follow = (signal, source) => {
        if (signal.#aborted) return;
        if (source.#aborted) {
          signal.#aborted = true;
          signal.#reason = source.#reason;
          return;
        }
        signal.#sources ??= list();
        const sources = source.#sources ?? [source];
        for (let i = 0; i < sources.length; i++) {
          signal.#sources[signal.#sources.length] = sources[i];
          sources[i].#followers[sources[i].#followers.length] = signal;
        }
      };
    }

    static #tell(signal) {
      const hooks = signal.#hooks;
      signal.#hooks = new P.Set();
      P.SetForEach(hooks, (hook) => hook(signal.#reason));
      dispatch(signal, trust(new Event('abort')));
    }

    static abort(reason) {
      const signal = makeSignal();
      abortSignal(signal, reason);
      return signal;
    }

    static timeout(ms) {
      const signal = makeSignal();
      need('core').setTimer(
        () => abortSignal(signal, new DOMException('The operation timed out', 'TimeoutError')), ms, false, [],
      );
      return signal;
    }

    static any(signals) {
      const signal = makeSignal();
      need('lists').each(signals, (source) => {
        if (!isSignal(source)) throw new TypeError('AbortSignal.any takes AbortSignals');
        follow(signal, source);
      });
      return signal;
    }

    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    get onabort() { return this.#onabort; }
    // It keeps the place among the listeners where it was first set.
    set onabort(value) {
      if (typeof value !== 'function') this.#onabort = null;
      else {
        const call = (event) => { if (this.#onabort !== null) ReflectApply(this.#onabort, this, [event]); };
        if (this.#entry === undefined) listen(this, 'abort', this.#entry = onabortEntry(call));
        this.#onabort = value;
      }
    }
    throwIfAborted() { if (this.#aborted) throw this.#reason; }
  }
  tag(AbortSignal, 'AbortSignal');

  const onabortEntry = (callback) =>
    ({ __proto__: null, callback, capture: false, once: false, passive: false, removed: false });

  let signalOf;

  class AbortController {
    #signal = makeSignal();
    static {
      signalOf = (controller) => controller.#signal;
    }
    get signal() { return this.#signal; }
    abort(reason) { abortSignal(this.#signal, reason); }
  }
  tag(AbortController, 'AbortController');
  isPlatform(Event);
  isPlatform(EventTarget);
  isPlatform(AbortController);

  // The host ended a call: `cancelled`, or `timeout`.
  const abort = (controller, why) => {
    const reason = why === 'timeout'
      ? new DOMException('The deadline of the call passed', 'TimeoutError')
      : new DOMException('The call was cancelled', 'AbortError');
    abortSignal(signalOf(controller), reason);
  };

  return {
    __proto__: null,
    Event, CustomEvent, EventTarget, AbortController, AbortSignal, signalOf, abort, whenAborted,
    isSignal,
  };
};
