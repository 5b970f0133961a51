// Percent-encoding, for `node:url` and `node:querystring`.
0, function (native, P) {
  'use strict';
  const { StringCharCodeAt, StringIndexOf, StringSlice, TypedArrayLength, Uint8Array } = P;

  const hexDigit = (unit) => {
    if (unit >= 48 && unit <= 57) return unit - 48;
    const lower = unit | 32;
    return lower >= 97 && lower <= 102 ? lower - 87 : -1;
  };

  // Escapes that are none stay as they are; bytes that are no UTF-8 become U+FFFD.
  const decode = (text) => {
    if (StringIndexOf(text, '%') < 0) return text;
    const source = native.utf8(text);
    const length = TypedArrayLength(source);
    const bytes = new Uint8Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      const high = source[i] === 37 && i + 2 < length ? hexDigit(source[i + 1]) : -1;
      const low = high < 0 ? -1 : hexDigit(source[i + 2]);
      if (low >= 0) {
        bytes[count++] = high * 16 + low;
        i += 2;
      } else bytes[count++] = source[i];
    }
    return native.decode('utf-8', P.TypedArraySlice(bytes, 0, count), false, false)[0];
  };

  const isPlain = (unit) => (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90)
    || (unit >= 97 && unit <= 122);

  // Everything but letters, digits and `!'()*-._~` and the characters in `keep`.
  const encode = (text, keep) => {
    const kept = `!'()*-._~${keep ?? ''}`;
    const bytes = native.utf8(`${text}`);
    let out = '';
    for (let i = 0; i < TypedArrayLength(bytes); i++) {
      const char = P.StringFromCharCode(bytes[i]);
      if (isPlain(bytes[i]) || (bytes[i] < 128 && StringIndexOf(kept, char) >= 0)) out += char;
      else out += `%${P.StringPadStart(P.StringToUpperCase(P.NumberToString(bytes[i], 16)), 2, '0')}`;
    }
    return out;
  };

  // What the URL parser would take for something else in a path.
  const forFileUrl = (path) => {
    let out = '';
    for (let i = 0; i < path.length; i++) {
      const char = StringSlice(path, i, i + 1);
      out += StringIndexOf('%\\?#\n\r\t', char) < 0
        ? char
        : `%${P.StringPadStart(P.StringToUpperCase(P.NumberToString(StringCharCodeAt(char, 0), 16)), 2, '0')}`;
    }
    return out;
  };

  return { __proto__: null, decode, encode, forFileUrl };
};
