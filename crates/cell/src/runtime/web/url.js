// URL and URLSearchParams (URL Standard); parsing is native.
0, function (native, P, need) {
  'use strict';
  const {
    ObjectDefineProperty, ObjectKeys, StringSlice, StringStartsWith, SymbolIterator, TypeError,
  } = P;
  const { isPlatform, tag } = need('core');
  const { each, list, sorted, toArray } = need('lists');

  // Where `native.url` puts each part.
  const HREF = 0, PROTOCOL = 1, USERNAME = 2, PASSWORD = 3, HOST = 4, HOSTNAME = 5, PORT = 6,
    PATHNAME = 7, SEARCH = 8, HASH = 9, ORIGIN = 10;

  let setQuery;
  let owned;

  class URLSearchParams {
    // Names and values by turns.
    #flat;
    #url = undefined;

    constructor(init) {
      this.#flat = list();
      if (init === undefined) return;
      if (typeof init === 'object' && init !== null || typeof init === 'function') this.#fill(init);
      else this.#parse(`${init}`);
    }

    static {
      setQuery = (params, query) => params.#parse(query);
      owned = (url, query) => {
        const params = new URLSearchParams(query);
        params.#url = url;
        return params;
      };
    }

    #parse(text) {
      this.#flat = native.formDecode(StringStartsWith(text, '?') ? StringSlice(text, 1) : text);
    }

    #fill(init) {
      if (typeof init[SymbolIterator] === 'function' || P.ArrayIsArray(init)) {
        each(init, (pair) => {
          const found = list();
          each(pair, (item) => { found[found.length] = wellFormed(item); });
          if (found.length !== 2) throw new TypeError('each pair needs a name and a value');
          this.#add(found[0], found[1]);
        });
        return;
      }
      // Two keys may become one when lone surrogates are replaced; the last value stays.
      const keys = ObjectKeys(init);
      for (let i = 0; i < keys.length; i++) {
        const key = wellFormed(keys[i]);
        const at = this.#find(key);
        if (at < 0) this.#add(key, wellFormed(init[keys[i]]));
        else this.#flat[at + 1] = wellFormed(init[keys[i]]);
      }
    }

    #add(name, value) {
      const flat = this.#flat;
      ObjectDefineProperty(flat, flat.length, data(name));
      ObjectDefineProperty(flat, flat.length, data(value));
    }

    #update() {
      if (this.#url !== undefined) queryChanged(this.#url, this.#text());
    }

    #text() {
      const flat = this.#flat;
      let text = '';
      for (let i = 0; i < flat.length; i += 2) {
        text += `${i === 0 ? '' : '&'}${native.formEncode(flat[i])}=${native.formEncode(flat[i + 1])}`;
      }
      return text;
    }

    // Keeps the pairs for which `keep` is true.
    #filter(keep) {
      const old = this.#flat;
      this.#flat = list();
      for (let i = 0; i < old.length; i += 2) if (keep(old[i], old[i + 1])) this.#add(old[i], old[i + 1]);
    }

    #find(name, value) {
      const flat = this.#flat;
      for (let i = 0; i < flat.length; i += 2) {
        if (flat[i] === name && (value === undefined || flat[i + 1] === value)) return i;
      }
      return -1;
    }

    get size() { return this.#flat.length / 2; }

    append(name, value) {
      needs(arguments, 2, 'append');
      this.#add(wellFormed(name), wellFormed(value));
      this.#update();
    }

    delete(name, value) {
      needs(arguments, 1, 'delete');
      const key = wellFormed(name);
      const only = value === undefined ? undefined : wellFormed(value);
      this.#filter((known, held) => known !== key || (only !== undefined && held !== only));
      this.#update();
    }

    get(name) {
      needs(arguments, 1, 'get');
      const at = this.#find(wellFormed(name));
      return at < 0 ? null : this.#flat[at + 1];
    }

    getAll(name) {
      needs(arguments, 1, 'getAll');
      const key = wellFormed(name);
      const found = list();
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (this.#flat[i] === key) found[found.length] = this.#flat[i + 1];
      }
      return toArray(found);
    }

    has(name, value) {
      needs(arguments, 1, 'has');
      return this.#find(wellFormed(name), value === undefined ? undefined : wellFormed(value)) >= 0;
    }

    set(name, value) {
      needs(arguments, 2, 'set');
      const key = wellFormed(name);
      const text = wellFormed(value);
      const at = this.#find(key);
      if (at < 0) this.#add(key, text);
      else {
        this.#flat[at + 1] = text;
        let first = true;
        this.#filter((known) => known !== key || (first && !(first = false)));
      }
      this.#update();
    }

    // Stable, by the names' UTF-16 units.
    sort() {
      const pairs = list();
      for (let i = 0; i < this.#flat.length; i += 2) {
        pairs[pairs.length] = { __proto__: null, name: this.#flat[i], value: this.#flat[i + 1] };
      }
      const inOrder = sorted(pairs, (pair) => pair.name);
      this.#flat = list();
      for (let i = 0; i < inOrder.length; i++) this.#add(inOrder[i].name, inOrder[i].value);
      this.#update();
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
    toString() { return this.#text(); }
  }
  ObjectDefineProperty(URLSearchParams.prototype, SymbolIterator, {
    __proto__: null, value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });

  const data = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

  const wellFormed = (value) => P.StringToWellFormed(`${value}`);

  const needs = (args, count, name) => {
    if (args.length < count) {
      throw need('errors').coded(TypeError, 'ERR_MISSING_ARGS', `${name} needs ${count === 1 ? 'an argument' : 'two arguments'}`);
    }
  };

  const parse = (url, base) => native.url(`${url}`, base === undefined ? undefined : `${base}`);

  let queryChanged;

  class URL {
    #parts;
    #params = undefined;

    constructor(url, base) {
      if (arguments.length === 0) throw need('errors').coded(TypeError, 'ERR_MISSING_ARGS', 'a URL needs its text');
      const text = `${url}`;
      this.#parts = parse(text, base);
      if (this.#parts === undefined) {
        const error = need('errors').coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
        need('errors').put(error, 'input', text, true);
        throw error;
      }
    }

    static {
      queryChanged = (url, query) => { url.#parts = native.urlSet(url.#parts[HREF], 'search', query); };
    }

    static canParse(url, base) { return parse(url, base) !== undefined; }

    static parse(url, base) { return parse(url, base) === undefined ? null : new URL(url, base); }

    #set(part, value) {
      this.#parts = native.urlSet(this.#parts[HREF], part, `${value}`);
      if (part === 'search' && this.#params !== undefined) setQuery(this.#params, this.#parts[SEARCH]);
    }

    get href() { return this.#parts[HREF]; }
    set href(value) {
      const parts = native.url(`${value}`);
      if (parts === undefined) throw need('errors').coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
      this.#parts = parts;
      if (this.#params !== undefined) setQuery(this.#params, parts[SEARCH]);
    }
    get origin() { return this.#parts[ORIGIN]; }
    get protocol() { return this.#parts[PROTOCOL]; }
    set protocol(value) { this.#set('protocol', value); }
    get username() { return this.#parts[USERNAME]; }
    set username(value) { this.#set('username', value); }
    get password() { return this.#parts[PASSWORD]; }
    set password(value) { this.#set('password', value); }
    get host() { return this.#parts[HOST]; }
    set host(value) { this.#set('host', value); }
    get hostname() { return this.#parts[HOSTNAME]; }
    set hostname(value) { this.#set('hostname', value); }
    get port() { return this.#parts[PORT]; }
    set port(value) { this.#set('port', value); }
    get pathname() { return this.#parts[PATHNAME]; }
    set pathname(value) { this.#set('pathname', value); }
    get search() { return this.#parts[SEARCH]; }
    set search(value) { this.#set('search', value); }
    get hash() { return this.#parts[HASH]; }
    set hash(value) { this.#set('hash', value); }
    get searchParams() { return (this.#params ??= owned(this, this.#parts[SEARCH])); }
    toString() { return this.#parts[HREF]; }
    toJSON() { return this.#parts[HREF]; }
  }

  tag(URL, 'URL');
  tag(URLSearchParams, 'URLSearchParams');
  isPlatform(URL);
  isPlatform(URLSearchParams);

  return { __proto__: null, URL, URLSearchParams };
};
