// Request and Response (Fetch Standard), and what they carry.
0, function (native, P, need) {
  'use strict';
  const { ObjectDefineProperty, RangeError, StringToUpperCase, TypeError, Uint8Array } = P;
  const { isPlatform, tag } = need('core');
  const { Headers, isToken, pairsOf, take } = need('headers');
  const { member } = need('options');

  const streams = () => need('streams');

  // A body is bytes, or comes piece by piece: `pull` gives the next piece with whether it is the
  // last, `cancel` ends it. Once somebody wants it as a stream it is one.

  const ofBytes = (bytes) => ({
    __proto__: null, bytes, pull: undefined, cancel: undefined, stream: undefined, used: false,
  });
  const ofPieces = (pull, cancel) => ({
    __proto__: null, bytes: undefined, pull, cancel, stream: undefined, used: false,
  });
  const ofStream = (stream) => {
    if (!streams().isUsable(stream)) throw new TypeError('the stream is locked or was read from');
    return { __proto__: null, bytes: undefined, pull: undefined, cancel: undefined, stream, used: false };
  };

  const isBuffer = (value) => {
    try {
      P.ArrayBufferByteLength(value);
      return true;
    } catch {
      return false;
    }
  };

  const chunkOf = (chunk) => {
    if (P.ArrayBufferIsView(chunk)) return need('encoding').bytesOf(chunk);
    throw new TypeError('a body is made of Uint8Arrays');
  };

  const streamOf = (body) => {
    if (body.stream !== undefined) return body.stream;
    const { bytes, pull, cancel } = body;
    const source = bytes === undefined ? {
      __proto__: null,
      async pull(controller) {
        const piece = await pull();
        if (P.TypedArrayLength(piece[0]) > 0) controller.enqueue(piece[0]);
        if (piece[1]) controller.close();
      },
      cancel,
    } : {
      __proto__: null,
      start(controller) {
        if (P.TypedArrayLength(bytes) > 0) controller.enqueue(bytes);
        controller.close();
      },
    };
    body.stream = new (streams().ReadableStream)(source, { __proto__: null, highWaterMark: 0 });
    return body.stream;
  };

  const isUsed = (body) => body.used || (body.stream !== undefined && streams().isDisturbed(body.stream));

  // Calls `visit` for each piece.
  const everything = async (body, visit) => {
    if (body.stream !== undefined) {
      const read = streams().readFrom(body.stream);
      for (;;) {
        const step = await read();
        if (step.done) return;
        visit(chunkOf(step.value));
      }
    }
    for (;;) {
      const piece = await body.pull();
      visit(piece[0]);
      if (piece[1]) return;
    }
  };

  // All of it, which can be had once.
  const consume = async (body) => {
    if (body === undefined) return new Uint8Array(0);
    if (isUsed(body)) throw new TypeError('the body was used already');
    if (body.stream !== undefined && !streams().isUsable(body.stream)) {
      throw new TypeError('the body is locked to a reader');
    }
    body.used = true;
    if (body.bytes !== undefined) return body.bytes;
    const pieces = need('lists').list();
    let length = 0;
    await everything(body, (piece) => {
      pieces[pieces.length] = piece;
      length += P.TypedArrayLength(piece);
    });
    if (pieces.length === 1) return pieces[0];
    const bytes = new Uint8Array(length);
    for (let i = 0, at = 0; i < pieces.length; at += P.TypedArrayLength(pieces[i++])) {
      P.TypedArraySet(bytes, pieces[i], at);
    }
    return bytes;
  };

  // Two that say the same, the first in place of the old one.
  const twice = (body) => {
    if (isUsed(body) || (body.stream !== undefined && !streams().isUsable(body.stream))) {
      throw new TypeError('the body was used already');
    }
    if (body.bytes !== undefined && body.stream === undefined) {
      return [ofBytes(body.bytes), ofBytes(P.TypedArraySlice(body.bytes))];
    }
    const sides = streamOf(body).tee();
    return [ofStream(sides[0]), ofStream(sides[1])];
  };

  // What is sent, with the type that goes with it.
  const extract = (content) => {
    if (typeof content === 'object' && content !== null) {
      if (streams().isStream(content)) return { __proto__: null, body: ofStream(content), type: undefined };
      if (P.ObjectIsPrototypeOf(need('url').URLSearchParams.prototype, content)) {
        const type = 'application/x-www-form-urlencoded;charset=UTF-8';
        return { __proto__: null, body: ofBytes(native.utf8(`${content}`)), type };
      }
      if (P.ArrayBufferIsView(content) || isBuffer(content)) {
        const bytes = P.TypedArraySlice(need('encoding').bytesOf(content));
        return { __proto__: null, body: ofBytes(bytes), type: undefined };
      }
      if (content[P.SymbolAsyncIterator] !== undefined) {
        const stream = streams().ReadableStream.from(content);
        return { __proto__: null, body: ofStream(stream), type: undefined };
      }
    }
    return { __proto__: null, body: ofBytes(native.utf8(`${content}`)), type: 'text/plain;charset=UTF-8' };
  };

  // What is sent with these headers, which are told its type unless they name one.
  const bodyFor = (content, headers) => {
    const { body, type } = extract(content);
    if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
    return body;
  };

  const text = (bytes) => native.decode('utf-8', bytes, false, false)[0];

  // The parts of Request and Response that read what they carry.
  const readable = (Kind, bodyOf) => {
    const put = (name, value) => ObjectDefineProperty(Kind.prototype, name, {
      __proto__: null, value, writable: true, configurable: true,
    });
    const get = (name, read) => ObjectDefineProperty(Kind.prototype, name, {
      __proto__: null, get: read, configurable: true,
    });
    get('body', function () {
      const body = bodyOf(this);
      return body === undefined ? null : streamOf(body);
    });
    get('bodyUsed', function () {
      const body = bodyOf(this);
      return body !== undefined && isUsed(body);
    });
    put('bytes', async function bytes() { return await consume(bodyOf(this)); });
    put('text', async function () { return text(await consume(bodyOf(this))); });
    put('json', async function json() { return P.JSONParse(text(await consume(bodyOf(this)))); });
    put('arrayBuffer', async function arrayBuffer() {
      return P.TypedArrayBuffer(P.TypedArraySlice(await consume(bodyOf(this))));
    });
    tag(Kind, Kind.name);
    isPlatform(Kind);
  };

  const isPhrase = (words) => {
    for (let i = 0; i < words.length; i++) {
      const unit = P.StringCharCodeAt(words, i);
      if (unit > 255 || (unit < 32 && unit !== 9) || unit === 127) return false;
    }
    return true;
  };

  let responseBody;
  let answered;

  class Response {
    #body;
    #status = 200;
    #reason = '';
    #url = '';
    #redirected = false;
    #type = 'default';
    #headers;

    constructor(content, init) {
      const status = member(init, 'status');
      if (status !== undefined) {
        this.#status = +status;
        if (!P.NumberIsInteger(this.#status) || this.#status < 200 || this.#status > 599) {
          throw new RangeError('a status is a whole number from 200 to 599');
        }
      }
      const reason = member(init, 'statusText');
      if (reason !== undefined) {
        this.#reason = `${reason}`;
        if (!isPhrase(this.#reason)) throw new TypeError('`statusText` has a character that it cannot have');
      }
      this.#headers = new Headers(member(init, 'headers'));
      if (content === undefined || content === null) return;
      const s = this.#status;
      if (s === 204 || s === 205 || s === 304) throw new TypeError(`an answer of status ${s} has no body`);
      this.#body = bodyFor(content, this.#headers);
    }

    static {
      responseBody = (response) => response.#body;
      answered = (head, body) => {
        const response = new Response();
        response.#status = head[0];
        response.#reason = head[1];
        response.#url = head[2];
        response.#redirected = head[3];
        response.#headers = take(head[4]);
        response.#type = 'basic';
        response.#body = body;
        return response;
      };
    }

    static error() {
      const response = new Response();
      response.#status = 0;
      response.#type = 'error';
      return response;
    }

    static json(data, init) {
      const words = P.JSONStringify(data);
      if (words === undefined) throw new TypeError('the data has no JSON form');
      const response = new Response(words, init);
      const given = member(init, 'headers');
      if (given === undefined || !new Headers(given).has('content-type')) {
        response.#headers.set('content-type', 'application/json');
      }
      return response;
    }

    static redirect(url, status) {
      const code = status === undefined ? 302 : +status;
      if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
        throw new RangeError('the status of a redirect is 301, 302, 303, 307 or 308');
      }
      const response = new Response(null, { __proto__: null, status: code });
      response.#headers.set('location', new (need('url').URL)(`${url}`).href);
      return response;
    }

    get status() { return this.#status; }
    get statusText() { return this.#reason; }
    get ok() { return this.#status >= 200 && this.#status < 300; }
    get url() { return this.#url; }
    get redirected() { return this.#redirected; }
    get headers() { return this.#headers; }
    get type() { return this.#type; }

    clone() {
      const other = new Response();
      if (this.#body !== undefined) {
        const both = twice(this.#body);
        this.#body = both[0];
        other.#body = both[1];
      }
      other.#status = this.#status;
      other.#reason = this.#reason;
      other.#url = this.#url;
      other.#redirected = this.#redirected;
      other.#type = this.#type;
      other.#headers = take(pairsOf(this.#headers));
      return other;
    }
  }
  readable(Response, responseBody);

  let requestBody;
  let isRequest;

  class Request {
    #url;
    #method = 'GET';
    #headers;
    #body;
    #redirect = 'follow';
    #signal;

    constructor(input, init) {
      const from = typeof input === 'object' && input !== null && #url in input ? input : undefined;
      this.#url = from === undefined ? new (need('url').URL)(`${input}`).href : from.#url;
      const method = member(init, 'method');
      if (method !== undefined) this.#method = methodOf(method);
      else if (from !== undefined) this.#method = from.#method;
      const headers = member(init, 'headers');
      this.#headers = new Headers(headers ?? (from === undefined ? undefined : from.#headers));
      const redirect = member(init, 'redirect');
      this.#redirect = redirect === undefined ? from?.#redirect ?? 'follow' : `${redirect}`;
      if (this.#redirect !== 'follow' && this.#redirect !== 'error' && this.#redirect !== 'manual') {
        throw new TypeError('`redirect` is follow, error or manual');
      }
      const signal = member(init, 'signal');
      this.#signal = signal === undefined ? from?.#signal : signal ?? undefined;
      if (this.#signal !== undefined && !need('events').isSignal(this.#signal)) {
        throw new TypeError('`signal` must be an AbortSignal');
      }
      const content = member(init, 'body');
      if (content !== undefined && content !== null) {
        this.#refuseBody();
        this.#body = bodyFor(content, this.#headers);
      } else if (content === undefined && from !== undefined && from.#body !== undefined) {
        this.#refuseBody();
        if (isUsed(from.#body)) throw new TypeError('the body was used already');
        this.#body = from.#body.bytes === undefined ? ofStream(streamOf(from.#body)) : ofBytes(from.#body.bytes);
        from.#body.used = true;
      }
    }

    static {
      requestBody = (request) => request.#body;
      isRequest = (value) => typeof value === 'object' && value !== null && #url in value;
    }

    #refuseBody() {
      if (this.#method === 'GET' || this.#method === 'HEAD') {
        throw new TypeError(`a ${this.#method} request has no body`);
      }
    }

    get url() { return this.#url; }
    get method() { return this.#method; }
    get headers() { return this.#headers; }
    get redirect() { return this.#redirect; }
    get signal() {
      this.#signal ??= need('events').signalOf(new (need('events').AbortController)());
      return this.#signal;
    }

    clone() {
      const other = new Request(this.#url, {
        __proto__: null, method: this.#method, headers: this.#headers, redirect: this.#redirect, signal: this.#signal,
      });
      if (this.#body !== undefined) {
        const both = twice(this.#body);
        this.#body = both[0];
        other.#body = both[1];
      }
      return other;
    }
  }
  readable(Request, requestBody);

  // As the standard has it: these names in any case, and three that are for nobody.
  const methodOf = (given) => {
    const method = `${given}`;
    if (!isToken(method)) throw new TypeError(`${P.JSONStringify(method)} is not a method`);
    const upper = StringToUpperCase(method);
    if (upper === 'CONNECT' || upper === 'TRACE' || upper === 'TRACK') {
      throw new TypeError(`no request has the method ${upper}`);
    }
    return upper === 'GET' || upper === 'HEAD' || upper === 'POST' || upper === 'PUT'
      || upper === 'DELETE' || upper === 'OPTIONS' ? upper : method;
  };

  return {
    __proto__: null,
    Request, Response, answered, ofPieces, consume, requestBody, isRequest,
  };
};
