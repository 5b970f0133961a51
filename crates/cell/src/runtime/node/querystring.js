// `node:querystring`.
0, function (native, P, need) {
  'use strict';
  const { ArrayIsArray, ObjectHasOwn, ObjectKeys, StringIndexOf, StringSlice } = P;

  const escape = (text) => need('percent').encode(text);
  const unescape = (text) => need('percent').decode(`${text}`);

  const plain = (value) => {
    const kind = typeof value;
    if (kind === 'string') return value;
    return kind === 'bigint' || kind === 'boolean' || (kind === 'number' && value - value === 0) ? `${value}` : '';
  };

  const stringify = (object, separator, equals, options) => {
    const sep = separator || '&';
    const eq = equals || '=';
    const encode = options?.encodeURIComponent ?? escape;
    if (typeof object !== 'object' || object === null) return '';
    let text = '';
    const add = (key, value) => { text += `${text === '' ? '' : sep}${encode(key)}${eq}${encode(plain(value))}`; };
    const keys = ObjectKeys(object);
    for (let i = 0; i < keys.length; i++) {
      const value = object[keys[i]];
      if (!ArrayIsArray(value)) add(keys[i], value);
      else for (let j = 0; j < value.length; j++) add(keys[i], value[j]);
    }
    return text;
  };

  const spaced = (text) => {
    let out = '';
    for (let i = 0; i < text.length; i++) out += text[i] === '+' ? ' ' : text[i];
    return out;
  };

  const parse = (text, separator, equals, options) => {
    const found = { __proto__: null };
    if (typeof text !== 'string') return found;
    const sep = separator || '&';
    const eq = equals || '=';
    const decode = options?.decodeURIComponent ?? unescape;
    const most = options?.maxKeys === undefined ? 1000 : options.maxKeys || Infinity;
    let from = 0;
    for (let count = 0; from <= text.length && count < most;) {
      const at = StringIndexOf(text, sep, from);
      const pair = StringSlice(text, from, at < 0 ? text.length : at);
      from = at < 0 ? text.length + 1 : at + sep.length;
      if (pair === '') continue;
      count++;
      const split = StringIndexOf(pair, eq);
      const key = decode(spaced(split < 0 ? pair : StringSlice(pair, 0, split)));
      const value = split < 0 ? '' : decode(spaced(StringSlice(pair, split + eq.length)));
      if (!ObjectHasOwn(found, key)) found[key] = value;
      else if (!ArrayIsArray(found[key])) found[key] = [found[key], value];
      else P.ObjectDefineProperty(found[key], found[key].length, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    }
    return found;
  };

  return { parse, stringify, escape, unescape, decode: parse, encode: stringify };
};
