// Node's encodings, for `node:buffer`, `node:string_decoder` and `node:fs`.
0, function (native, P, need) {
  'use strict';
  const { StringToLowerCase, TypedArrayLength, TypedArraySet, TypedArraySlice, TypeError, Uint8Array } = P;

  const encodings = {
    __proto__: null,
    utf8: 'utf8', 'utf-8': 'utf8', utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le',
    'ucs-2': 'utf16le', latin1: 'latin1', binary: 'latin1', ascii: 'ascii', base64: 'base64',
    base64url: 'base64url', hex: 'hex',
  };

  // The usual name of an encoding, or undefined.
  const known = (encoding) => (typeof encoding === 'string' ? encodings[StringToLowerCase(encoding)] : undefined);

  const encodingOf = (encoding) => {
    if (encoding === undefined || encoding === null) return 'utf8';
    const found = known(encoding);
    if (found === undefined) {
      throw need('errors').coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${P.String(encoding)}`);
    }
    return found;
  };

  const fromText = (text, encoding) => {
    switch (encoding) {
      case 'utf8': return native.utf8(text);
      case 'utf16le': return native.utf16(text);
      case 'hex': return native.hexBytes(text);
      case 'base64': case 'base64url': return native.base64Bytes(text);
      default: return native.latin1(text);
    }
  };

  const masked = (bytes) => {
    const copy = new Uint8Array(TypedArrayLength(bytes));
    for (let i = 0; i < copy.length; i++) copy[i] = bytes[i] & 0x7f;
    return copy;
  };

  const toText = (bytes, encoding) => {
    switch (encoding) {
      case 'utf8': return native.decode('utf-8', bytes, false, false)[0];
      case 'utf16le': {
        const length = TypedArrayLength(bytes);
        return native.decode('utf-16le', TypedArraySlice(bytes, 0, length - length % 2), false, false)[0];
      }
      case 'hex': return P.Uint8ArrayToHex(bytes);
      case 'base64': return P.Uint8ArrayToBase64(bytes);
      case 'base64url':
        return P.Uint8ArrayToBase64(bytes, { __proto__: null, alphabet: 'base64url', omitPadding: true });
      case 'ascii': return native.latin1Text(masked(bytes));
      default: return native.latin1Text(bytes);
    }
  };

  const joined = (first, second) => {
    const length = TypedArrayLength(first);
    const all = new Uint8Array(length + TypedArrayLength(second));
    TypedArraySet(all, first);
    TypedArraySet(all, second, length);
    return all;
  };

  return { __proto__: null, known, encodingOf, fromText, toText, joined };
};
