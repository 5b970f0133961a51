// Headers (Fetch Standard), without the lists of names that browsers forbid: what may leave is the
// gateway's affair.
0, function (native, P, need) {
  'use strict';
  const { ObjectDefineProperty, ObjectKeys, StringCharCodeAt, StringToLowerCase, SymbolIterator, TypeError } = P;
  const { isPlatform, tag } = need('core');
  const { each, list, sorted, toArray } = need('lists');

  const isToken = (text) => {
    if (text === '') return false;
    for (let i = 0; i < text.length; i++) {
      const unit = StringCharCodeAt(text, i);
      if (unit <= 32 || unit >= 127 || P.StringIndexOf('"(),/:;<=>?@[\\]{}', text[i]) >= 0) return false;
    }
    return true;
  };

  const keyOf = (name) => {
    const key = StringToLowerCase(`${name}`);
    if (!isToken(key)) throw new TypeError(`${P.JSONStringify(key)} is not the name of a header`);
    return key;
  };

  // Without the white space of HTTP at its ends. Each unit is a byte, and none ends the line.
  const valueOf = (value) => {
    const text = `${value}`;
    const isSpace = (at) => P.StringIndexOf('\t\n\r ', text[at]) >= 0;
    let start = 0;
    let end = text.length;
    while (start < end && isSpace(start)) start++;
    while (end > start && isSpace(end - 1)) end--;
    for (let i = start; i < end; i++) {
      const unit = StringCharCodeAt(text, i);
      if (unit === 0 || unit === 10 || unit === 13 || unit > 255) {
        throw new TypeError('the value of a header has a character that none can have');
      }
    }
    return P.StringSlice(text, start, end);
  };

  let flatOf;
  let take;

  class Headers {
    // Names, in small letters, and values by turns.
    #flat = list();

    constructor(init) {
      if (init === undefined) return;
      if (typeof init !== 'object' || init === null) {
        throw new TypeError('headers are an object, a list of pairs, or Headers');
      }
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
      // What a server sent: wider than what a plugin may send.
      take = (pairs) => {
        const headers = new Headers();
        for (let i = 0; i < pairs.length; i++) {
          const key = StringToLowerCase(pairs[i][0]);
          if (!isToken(key)) continue;
          headers.#flat[headers.#flat.length] = key;
          headers.#flat[headers.#flat.length] = pairs[i][1];
        }
        return headers;
      };
    }

    append(name, value) {
      const key = keyOf(name);
      const text = valueOf(value);
      const at = this.#flat.length;
      this.#flat[at] = key;
      this.#flat[at + 1] = text;
    }

    delete(name) {
      const key = keyOf(name);
      const old = this.#flat;
      this.#flat = list();
      for (let i = 0; i < old.length; i += 2) {
        if (old[i] !== key) {
          this.#flat[this.#flat.length] = old[i];
          this.#flat[this.#flat.length] = old[i + 1];
        }
      }
    }

    #joined(key) {
      let text = null;
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (this.#flat[i] === key) text = text === null ? this.#flat[i + 1] : `${text}, ${this.#flat[i + 1]}`;
      }
      return text;
    }

    get(name) { return this.#joined(keyOf(name)); }

    getSetCookie() {
      const found = list();
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (this.#flat[i] === 'set-cookie') found[found.length] = this.#flat[i + 1];
      }
      return toArray(found);
    }

    has(name) { return this.get(name) !== null; }

    set(name, value) {
      const key = keyOf(name);
      const text = valueOf(value);
      this.delete(key);
      this.append(key, text);
    }

    // Names and values by turns, as they are iterated over: sorted, and joined where a name stands
    // more than once. A cookie is never joined.
    #pairs() {
      const found = list();
      const known = new P.Set();
      for (let i = 0; i < this.#flat.length; i += 2) {
        if (!P.SetHas(known, this.#flat[i])) {
          P.SetAdd(known, this.#flat[i]);
          found[found.length] = this.#flat[i];
        }
      }
      const names = sorted(found, (name) => name);
      const pairs = list();
      const add = (name, value) => {
        pairs[pairs.length] = name;
        pairs[pairs.length] = value;
      };
      for (let i = 0; i < names.length; i++) {
        if (names[i] !== 'set-cookie') {
          add(names[i], this.#joined(names[i]));
          continue;
        }
        for (let j = 0; j < this.#flat.length; j += 2) {
          if (this.#flat[j] === 'set-cookie') add('set-cookie', this.#flat[j + 1]);
        }
      }
      return pairs;
    }

    forEach(visit, self) {
      if (typeof visit !== 'function') throw new TypeError('forEach needs a function');
      const pairs = this.#pairs();
      for (let i = 0; i < pairs.length; i += 2) P.ReflectApply(visit, self, [pairs[i + 1], pairs[i], this]);
    }

    * keys() {
      const pairs = this.#pairs();
      for (let i = 0; i < pairs.length; i += 2) yield pairs[i];
    }
    * values() {
      const pairs = this.#pairs();
      for (let i = 0; i < pairs.length; i += 2) yield pairs[i + 1];
    }
    * entries() {
      const pairs = this.#pairs();
      for (let i = 0; i < pairs.length; i += 2) yield [pairs[i], pairs[i + 1]];
    }
  }
  ObjectDefineProperty(Headers.prototype, SymbolIterator, {
    __proto__: null, value: Headers.prototype.entries, writable: true, configurable: true,
  });
  tag(Headers, 'Headers');
  isPlatform(Headers);

  // As the wire wants them.
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

  return { __proto__: null, Headers, pairsOf, take, isToken };
};
