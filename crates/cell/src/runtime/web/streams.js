// ReadableStream with its default reader and controller (Streams Standard). Streams of bytes with
// buffers of the reader's own, and writable ones, there are none.
0, function (native, P, need) {
  'use strict';
  const { ObjectDefineProperty, Promise, PromiseThen, ReflectApply, SymbolAsyncIterator, TypeError } = P;
  const { isPlatform, tag } = need('core');
  const { list } = need('lists');
  const { member } = need('options');

  const nothing = () => {};

  // A promise with its ends.
  const opened = () => {
    const made = { __proto__: null, promise: undefined, resolve: undefined, reject: undefined };
    made.promise = new Promise((resolve, reject) => {
      made.resolve = resolve;
      made.reject = reject;
    });
    return made;
  };

  // First in, first out, without moving what waits.
  const queue = () => {
    let items = list();
    let at = 0;
    return {
      __proto__: null,
      get length() { return items.length - at; },
      put(item) { items[items.length] = item; },
      take() {
        const item = items[at];
        items[at++] = undefined;
        if (at === items.length) {
          items = list();
          at = 0;
        }
        return item;
      },
    };
  };

  let stateOf;
  let isStream;
  let make;

  // What a stream, its reader and its controller share.
  const stateFor = (source, most, sizeOf) => ({
    __proto__: null,
    source, most, sizeOf,
    kind: 'readable',
    error: undefined,
    ready: queue(),
    size: 0,
    waiting: queue(),
    reader: undefined,
    disturbed: false,
    pulling: false,
    again: false,
    closing: false,
    started: false,
    closed: undefined,
  });

  const fail = (state, error) => {
    if (state.kind !== 'readable') return;
    state.kind = 'errored';
    state.error = error;
    state.ready = queue();
    state.size = 0;
    while (state.waiting.length > 0) state.waiting.take().reject(error);
    if (state.closed !== undefined) state.closed.reject(error);
  };

  const close = (state) => {
    if (state.kind !== 'readable') return;
    state.kind = 'closed';
    while (state.waiting.length > 0) state.waiting.take().resolve({ value: undefined, done: true });
    if (state.closed !== undefined) state.closed.resolve(undefined);
  };

  const pull = (state) => {
    const wants = state.started && state.kind === 'readable' && !state.closing
      && (state.waiting.length > 0 || state.most - state.size > 0);
    if (!wants || typeof state.source.pull !== 'function') return;
    if (state.pulling) {
      state.again = true;
      return;
    }
    state.pulling = true;
    let pulled;
    try {
      pulled = ReflectApply(state.source.pull, state.source.self, [state.controller]);
    } catch (error) {
      return fail(state, error);
    }
    PromiseThen(resolved(pulled), () => {
      state.pulling = false;
      if (state.again) {
        state.again = false;
        pull(state);
      }
    }, (error) => fail(state, error));
  };

  // A promise of the engine's own, whatever it is.
  const resolved = async (value) => await value;

  const enqueue = (state, chunk) => {
    if (state.kind !== 'readable' || state.closing) throw new TypeError('the stream is closed');
    if (state.waiting.length > 0) {
      state.waiting.take().resolve({ value: chunk, done: false });
    } else {
      let size;
      try {
        size = state.sizeOf === undefined ? 1 : +state.sizeOf(chunk);
        if (!(size >= 0) || size === Infinity) throw new P.RangeError('the size of a chunk is a number from 0');
      } catch (error) {
        fail(state, error);
        throw error;
      }
      state.ready.put({ __proto__: null, chunk, size });
      state.size += size;
    }
    pull(state);
  };

  const read = (state) => {
    state.disturbed = true;
    if (state.ready.length > 0) {
      const { chunk, size } = state.ready.take();
      state.size -= size;
      if (state.closing && state.ready.length === 0) close(state);
      else pull(state);
      return resolved({ value: chunk, done: false });
    }
    if (state.kind === 'closed') return resolved({ value: undefined, done: true });
    const made = opened();
    if (state.kind === 'errored') made.reject(state.error);
    else {
      state.waiting.put(made);
      pull(state);
    }
    return made.promise;
  };

  const cancel = async (state, reason) => {
    state.disturbed = true;
    if (state.kind === 'closed') return undefined;
    if (state.kind === 'errored') throw state.error;
    state.ready = queue();
    state.size = 0;
    close(state);
    if (typeof state.source.cancel === 'function') {
      await ReflectApply(state.source.cancel, state.source.self, [reason]);
    }
    return undefined;
  };

  class ReadableStreamDefaultController {
    #state;
    constructor(key, state) {
      if (key !== make) throw new TypeError('Illegal constructor');
      this.#state = state;
    }
    get desiredSize() {
      const state = this.#state;
      if (state.kind === 'errored') return null;
      return state.kind === 'closed' ? 0 : state.most - state.size;
    }
    enqueue(chunk) { enqueue(this.#state, chunk); }
    close() {
      const state = this.#state;
      if (state.kind !== 'readable' || state.closing) throw new TypeError('the stream is closed');
      state.closing = true;
      if (state.ready.length === 0) close(state);
    }
    error(reason) { fail(this.#state, reason); }
  }

  class ReadableStreamDefaultReader {
    #state;
    #closed;
    constructor(stream) {
      const state = stateOf(stream);
      if (state.reader !== undefined) throw new TypeError('the stream is locked to a reader');
      state.reader = this;
      this.#state = state;
      this.#closed = state.closed = opened();
      PromiseThen(this.#closed.promise, nothing, nothing);
      if (state.kind === 'closed') this.#closed.resolve(undefined);
      if (state.kind === 'errored') this.#closed.reject(state.error);
    }
    get closed() { return this.#closed.promise; }
    async read() {
      if (this.#state === undefined) throw new TypeError('the reader has released its stream');
      return await read(this.#state);
    }
    async cancel(reason) {
      if (this.#state === undefined) throw new TypeError('the reader has released its stream');
      return await cancel(this.#state, reason);
    }
    releaseLock() {
      const state = this.#state;
      if (state === undefined) return;
      const error = new TypeError('the reader has released its stream');
      this.#state = undefined;
      state.reader = undefined;
      state.closed = undefined;
      while (state.waiting.length > 0) state.waiting.take().reject(error);
      if (state.kind === 'readable') this.#closed.reject(error);
      else {
        this.#closed = opened();
        PromiseThen(this.#closed.promise, nothing, nothing);
        this.#closed.reject(error);
      }
    }
  }

  class ReadableStream {
    #state;

    constructor(source, strategy) {
      const given = source === undefined ? {} : source;
      if (typeof given !== 'object' || given === null) throw new TypeError('a source is an object');
      if (given.type !== undefined) throw new TypeError('there are no streams of a `type` here');
      const most = member(strategy, 'highWaterMark');
      const size = member(strategy, 'size');
      if (most !== undefined && !(+most >= 0)) throw new P.RangeError('`highWaterMark` is a number from 0');
      const { start, pull: pulls, cancel: cancels } = given;
      const inner = { __proto__: null, self: given, pull: pulls, cancel: cancels };
      const state = stateFor(inner, most === undefined ? 1 : +most, size);
      this.#state = state;
      state.controller = new ReadableStreamDefaultController(make, state);
      const begun = typeof start === 'function' ? ReflectApply(start, given, [state.controller]) : undefined;
      PromiseThen(resolved(begun), () => {
        state.started = true;
        pull(state);
      }, (error) => fail(state, error));
    }

    static {
      make = {};
      stateOf = (stream) => stream.#state;
      isStream = (value) => typeof value === 'object' && value !== null && #state in value;
    }

    static from(items) {
      const begin = items[SymbolAsyncIterator] ?? items[P.SymbolIterator];
      const iterator = ReflectApply(begin, items, []);
      return new ReadableStream({
        async pull(controller) {
          const step = await ReflectApply(iterator.next, iterator, []);
          if (step.done) controller.close();
          else controller.enqueue(await step.value);
        },
        async cancel(reason) {
          if (typeof iterator.return === 'function') await ReflectApply(iterator.return, iterator, [reason]);
        },
      }, { highWaterMark: 0 });
    }

    get locked() { return this.#state.reader !== undefined; }

    async cancel(reason) {
      if (this.#state.reader !== undefined) throw new TypeError('the stream is locked to a reader');
      return await cancel(this.#state, reason);
    }

    getReader(options) {
      if (member(options, 'mode') !== undefined) throw new TypeError('there are no readers of a `mode` here');
      return new ReadableStreamDefaultReader(this);
    }

    tee() {
      void new ReadableStreamDefaultReader(this);
      const state = this.#state;
      const sides = list();
      let open = 2;
      let reading = false;
      const give = async () => {
        if (reading) return;
        reading = true;
        try {
          const step = await read(state);
          for (let i = 0; i < 2; i++) {
            if (sides[i].over) continue;
            if (step.done) sides[i].controller.close();
            else sides[i].controller.enqueue(step.value);
          }
        } catch (error) {
          for (let i = 0; i < 2; i++) if (!sides[i].over) sides[i].controller.error(error);
        }
        reading = false;
      };
      const side = () => {
        const here = { __proto__: null, controller: undefined, over: false };
        sides[sides.length] = here;
        return new ReadableStream({
          start(controller) { here.controller = controller; },
          pull: give,
          async cancel(reason) {
            here.over = true;
            if (--open === 0) await cancel(state, reason);
          },
        }, { highWaterMark: 0 });
      };
      return [side(), side()];
    }

    async * values(options) {
      const reader = new ReadableStreamDefaultReader(this);
      const state = this.#state;
      let finished = false;
      try {
        for (;;) {
          const step = await read(state);
          if (step.done) {
            finished = true;
            return;
          }
          yield step.value;
        }
      } catch (error) {
        finished = true;
        throw error;
      } finally {
        if (!finished && !member(options, 'preventCancel')) await cancel(state, undefined);
        reader.releaseLock();
      }
    }
  }
  ObjectDefineProperty(ReadableStream.prototype, SymbolAsyncIterator, {
    __proto__: null, value: ReadableStream.prototype.values, writable: true, configurable: true,
  });
  tag(ReadableStream, 'ReadableStream');
  tag(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader');
  tag(ReadableStreamDefaultController, 'ReadableStreamDefaultController');
  isPlatform(ReadableStream);

  return {
    __proto__: null,
    ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController,
    isStream,
    isUsable: (stream) => !stateOf(stream).disturbed && stateOf(stream).reader === undefined,
    isDisturbed: (stream) => stateOf(stream).disturbed,
    readFrom: (stream) => {
      void new ReadableStreamDefaultReader(stream);
      return () => read(stateOf(stream));
    },
  };
};
