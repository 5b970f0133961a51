// fetch, Headers and Response (Fetch Standard), over the host's gateway: bodies come whole, and
// there is no cache, no cookie and no credential but what a plugin puts in.
0, function (native, P, need) {
  'use strict';
  const { ObjectDefineProperty, ObjectKeys, StringToLowerCase, SymbolIterator, TypeError } = P;
  const { request } = need('core');
  const { each, list } = need('lists');

  const own = (options, name) => (typeof options === 'object' && options !== null
    && name in options ? options[name] : undefined);

  const isToken = (text) => {
    if (text === '') return false;
    for (let i = 0; i < text.length; i++) {
      const unit = P.StringCharCodeAt(text, i);
      if (unit <= 32 || unit >= 127 || P.StringIndexOf('"(),/:;<=>?@[\\]{}', text[i]) >= 0) return false;
    }
    return true;
  };

  let flatOf;

  class Headers {
    // Names, in small letters, and values by turns.
    #flat = list();

    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init !== 'object') throw new TypeError('headers are an object, a list of pairs, or Headers');
      if (#flat in init) {
        for (let i = 0; i < init.#flat.length; i += 2) this.append(init.#flat[i], init.#flat[i + 1]);
      } else if (P.ArrayIsArray(init) || typeof init[SymbolIterator] === 'function') {
        each(init, (pair) => {
          const found = list();
          each(pair, (item) => { found[found.length] = item; });
          if (found.length !== 2) throw new TypeError('each header needs a name and a value');
          this.append(found[0], found[1]);
        });
      } else {
        const names = ObjectKeys(init);
        for (let i = 0; i < names.length; i++) this.append(names[i], init[names[i]]);
      }
    }

    static {
      flatOf = (headers) => headers.#flat;
    }

    #find(name) {
      const key = StringToLowerCase(`${name}`);
      if (!isToken(key)) throw new TypeError(`${P.JSONStringify(key)} is not the name of a header`);
      return key;
    }

    append(name, value) {
      const key = this.#find(name);
      const at = this.#flat.length;
      const text = P.StringTrim(`${value}`);
      this.#flat[at] = key;
      this.#flat[at + 1] = text;
    }

    delete(name) {
      const key = this.#find(name);
      const old = this.#flat;
      this.#flat = list();
      for (let i = 0; i < old.length; i += 2) {
        if (old[i] !== key) {
          this.#flat[this.#flat.length] = old[i];
          this.#flat[this.#flat.length] = old[i + 1];
        }
      }
    }

    get(name) {
      const key = this.#find(name);
      let text = null;
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (this.#flat[i] === key) {
          text = text === null ? this.#flat[i + 1] : `${text}, ${this.#flat[i + 1]}`;
        }
      }
      return text;
    }

    getSetCookie() {
      const found = list();
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (this.#flat[i] === 'set-cookie') found[found.length] = this.#flat[i + 1];
      }
      return need('lists').toArray(found);
    }

    has(name) { return this.get(name) !== null; }

    set(name, value) {
      this.delete(name);
      this.append(name, value);
    }

    forEach(visit, self) {
      if (typeof visit !== 'function') throw new TypeError('forEach needs a function');
      for (let i = 0; i < this.#flat.length; i += 2) {
        P.ReflectApply(visit, self, [this.#flat[i + 1], this.#flat[i], this]);
      }
    }

    * keys() { for (let i = 0; i < this.#flat.length; i += 2) yield this.#flat[i]; }
    * values() { for (let i = 0; i < this.#flat.length; i += 2) yield this.#flat[i + 1]; }
    * entries() { for (let i = 0; i < this.#flat.length; i += 2) yield [this.#flat[i], this.#flat[i + 1]]; }
  }
  ObjectDefineProperty(Headers.prototype, SymbolIterator, {
    __proto__: null, value: Headers.prototype.entries, writable: true, configurable: true,
  });

  let answered;

  class Response {
    #body;
    #used = false;
    #status = 200;
    #url = '';
    #redirected = false;
    #headers;

    constructor(body, init) {
      this.#body = body === undefined || body === null ? new P.Uint8Array(0) : contentOf(body).bytes;
      const status = own(init, 'status');
      if (status !== undefined) this.#status = +status;
      this.#headers = new Headers(own(init, 'headers'));
    }

    static {
      answered = (status, url, redirected, pairs, body) => {
        const response = new Response();
        response.#status = status;
        response.#url = url;
        response.#redirected = redirected;
        response.#body = body;
        for (let i = 0; i < pairs.length; i++) {
          // What a header may hold is wider than what a plugin may send; a name always fits.
          try {
            response.#headers.append(pairs[i][0], pairs[i][1]);
          } catch {
            // It is no header that a plugin could name.
          }
        }
        return response;
      };
    }

    #take() {
      if (this.#used) throw new TypeError('the body was used already');
      this.#used = true;
      return this.#body;
    }

    get status() { return this.#status; }
    get statusText() { return ''; }
    get ok() { return this.#status >= 200 && this.#status < 300; }
    get url() { return this.#url; }
    get redirected() { return this.#redirected; }
    get headers() { return this.#headers; }
    get bodyUsed() { return this.#used; }
    get type() { return 'basic'; }

    clone() {
      if (this.#used) throw new TypeError('the body was used already');
      const other = new Response();
      other.#status = this.#status;
      other.#url = this.#url;
      other.#redirected = this.#redirected;
      other.#headers = new Headers(this.#headers);
      other.#body = P.TypedArraySlice(this.#body);
      return other;
    }

    async bytes() { return this.#take(); }
    async arrayBuffer() { return P.TypedArrayBuffer(P.TypedArraySlice(this.#take())); }
    async text() { return native.decode('utf-8', this.#take(), false, false)[0]; }
    async json() { return P.JSONParse(native.decode('utf-8', this.#take(), false, false)[0]); }
  }

  // What is sent, with the type that goes with it.
  const contentOf = (body) => {
    if (typeof body === 'string') {
      return { __proto__: null, bytes: native.utf8(body), type: 'text/plain;charset=UTF-8' };
    }
    if (typeof body === 'object' && P.ObjectIsPrototypeOf(need('url').URLSearchParams.prototype, body)) {
      const type = 'application/x-www-form-urlencoded;charset=UTF-8';
      return { __proto__: null, bytes: native.utf8(`${body}`), type };
    }
    return { __proto__: null, bytes: need('encoding').bytesOf(body), type: undefined };
  };

  const pairsOf = (headers) => {
    const flat = flatOf(headers);
    const pairs = [];
    for (let i = 0; i < flat.length; i += 2) {
      ObjectDefineProperty(pairs, pairs.length, {
        __proto__: null, value: [flat[i], flat[i + 1]], enumerable: true,
      });
    }
    return pairs;
  };

  const fetch = async function fetch(input, init) {
    const url = new (need('url').URL)(typeof input === 'object' && input !== null
      && typeof input.url === 'string' ? input.url : `${input}`);
    const signal = own(init, 'signal');
    const headers = new Headers(own(init, 'headers'));
    const given = own(init, 'method');
    let method = given === undefined ? 'GET' : `${given}`;
    // As the standard has it: these names in any case.
    const upper = P.StringToUpperCase(method);
    if (upper === 'GET' || upper === 'HEAD' || upper === 'POST' || upper === 'PUT'
      || upper === 'DELETE' || upper === 'OPTIONS') method = upper;
    const body = own(init, 'body');
    let content;
    if (body !== undefined && body !== null) {
      if (method === 'GET' || method === 'HEAD') throw new TypeError(`a ${method} request has no body`);
      const made = contentOf(body);
      content = made.bytes;
      if (made.type !== undefined && !headers.has('content-type')) headers.set('content-type', made.type);
    }
    const redirect = own(init, 'redirect');
    const head = P.JSONStringify({
      __proto__: null,
      method,
      url: url.href,
      headers: pairsOf(headers),
      redirect: redirect === undefined ? 'follow' : `${redirect}`,
    });
    const token = need('tokens').textOf(own(init, 'token'));
    const answer = await until(signal, request('http.fetch', head, content, token));
    return answered(answer[0], answer[1], answer[2], answer[3], answer[4]);
  };

  // The promise, or the signal's reason if that comes first.
  const until = (signal, promise) => (signal === undefined || signal === null ? promise
    : new P.Promise((resolve, reject) => {
      need('events').whenAborted(signal, reject);
      P.PromiseThen(promise, resolve, reject);
    }));

  const tag = (Kind, name) => ObjectDefineProperty(Kind.prototype, P.SymbolToStringTag, {
    __proto__: null, value: name, configurable: true,
  });
  tag(Headers, 'Headers');
  tag(Response, 'Response');
  need('core').isPlatform(Headers);
  need('core').isPlatform(Response);

  return { __proto__: null, fetch, Headers, Response };
};
