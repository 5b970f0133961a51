// TextEncoder and TextDecoder (Encoding Standard): utf-8, utf-16, and windows-1252, which is what
// "latin1" and "ascii" mean on the web.
0, function (native, P, need) {
  'use strict';
  const {
    RangeError, StringCharCodeAt, StringIndexOf, StringSlice, StringToLowerCase, TypedArrayLength,
    TypedArraySet, TypeError, Uint8Array,
  } = P;
  const { tag } = need('core');
  const { member } = need('options');

  const labels = {
    __proto__: null,
    'unicode-1-1-utf-8': 'utf-8', unicode11utf8: 'utf-8', unicode20utf8: 'utf-8', 'utf-8': 'utf-8',
    utf8: 'utf-8', 'x-unicode20utf8': 'utf-8',
    csunicode: 'utf-16le', 'iso-10646-ucs-2': 'utf-16le', 'ucs-2': 'utf-16le', unicode: 'utf-16le',
    unicodefffe: 'utf-16be', 'utf-16be': 'utf-16be', unicodefeff: 'utf-16le', 'utf-16': 'utf-16le', 'utf-16le': 'utf-16le',
    'ansi_x3.4-1968': 'windows-1252', ascii: 'windows-1252', cp1252: 'windows-1252',
    cp819: 'windows-1252', csisolatin1: 'windows-1252', ibm819: 'windows-1252',
    'iso-8859-1': 'windows-1252', 'iso-ir-100': 'windows-1252', 'iso8859-1': 'windows-1252',
    iso88591: 'windows-1252', 'iso_8859-1': 'windows-1252', 'iso_8859-1:1987': 'windows-1252',
    l1: 'windows-1252', latin1: 'windows-1252', 'us-ascii': 'windows-1252',
    'windows-1252': 'windows-1252', 'x-cp1252': 'windows-1252',
  };

  // The bytes of a buffer or view, not copied.
  const bytesOf = (input) => {
    if (input === undefined) return new Uint8Array(0);
    if (P.ArrayBufferIsView(input)) {
      let isTyped = true;
      try {
        isTyped = P.TypedArrayTag(input) !== undefined;
      } catch {
        isTyped = false;
      }
      return isTyped
        ? new Uint8Array(P.TypedArrayBuffer(input), P.TypedArrayByteOffset(input), P.TypedArrayByteLength(input))
        : new Uint8Array(P.ViewBuffer(input), P.ViewByteOffset(input), P.ViewByteLength(input));
    }
    try {
      P.ArrayBufferByteLength(input);
    } catch {
      throw new TypeError('expected an ArrayBuffer or a view of one');
    }
    return new Uint8Array(input);
  };

  // Without ASCII white space at the ends; `trim` takes more than that.
  const trimmed = (text) => {
    const isSpace = (at) => StringIndexOf('\t\n\f\r ', StringSlice(text, at, at + 1)) >= 0;
    let start = 0;
    let end = text.length;
    while (start < end && isSpace(start)) start++;
    while (end > start && isSpace(end - 1)) end--;
    return StringSlice(text, start, end);
  };

  const flag = (options, name) => !!member(options, name);

  const joined = (first, second) => {
    const length = TypedArrayLength(first);
    const all = new Uint8Array(length + TypedArrayLength(second));
    TypedArraySet(all, first);
    TypedArraySet(all, second, length);
    return all;
  };

  class TextEncoder {
    get encoding() { return 'utf-8'; }

    encode(text) { return text === undefined ? new Uint8Array(0) : native.utf8(`${text}`); }

    encodeInto(text, target) {
      const source = `${text}`;
      const room = TypedArrayLength(target);
      let read = 0;
      let written = 0;
      // Code points are taken until the next one does not fit.
      while (read < source.length) {
        const unit = StringCharCodeAt(source, read);
        let units = 1;
        let size = unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        if (unit >= 0xd800 && unit < 0xdc00 && read + 1 < source.length) {
          const next = StringCharCodeAt(source, read + 1);
          if (next >= 0xdc00 && next < 0xe000) {
            units = 2;
            size = 4;
          }
        }
        if (written + size > room) break;
        read += units;
        written += size;
      }
      TypedArraySet(target, native.utf8(StringSlice(source, 0, read)));
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #left = new Uint8Array(0);
    #atStart = true;

    constructor(label, options) {
      const name = label === undefined ? 'utf-8' : StringToLowerCase(trimmed(`${label}`));
      this.#encoding = labels[name];
      if (this.#encoding === undefined) {
        throw need('errors').coded(RangeError, 'ERR_ENCODING_NOT_SUPPORTED', `the encoding "${name}" is not supported`);
      }
      this.#fatal = flag(options, 'fatal');
      this.#ignoreBOM = flag(options, 'ignoreBOM');
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input, options) {
      const stream = flag(options, 'stream');
      let bytes = bytesOf(input);
      if (TypedArrayLength(this.#left) > 0) bytes = joined(this.#left, bytes);
      this.#left = new Uint8Array(0);
      let decoded;
      try {
        decoded = native.decode(this.#encoding, bytes, this.#fatal, stream);
      } catch (error) {
        this.#atStart = true;
        throw need('errors').coded(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', P.ObjectGetOwnPropertyDescriptor(error, 'message').value);
      }
      let text = decoded[0];
      const length = TypedArrayLength(bytes);
      if (decoded[1] > 0) this.#left = P.TypedArraySlice(bytes, length - decoded[1], length);
      if (this.#atStart && text.length > 0) {
        this.#atStart = false;
        const isUnicode = this.#encoding !== 'windows-1252';
        if (isUnicode && !this.#ignoreBOM && StringCharCodeAt(text, 0) === 0xfeff) text = StringSlice(text, 1);
      }
      if (!stream) this.#atStart = true;
      return text;
    }
  }

  tag(TextEncoder, 'TextEncoder');
  tag(TextDecoder, 'TextDecoder');

  return { __proto__: null, TextEncoder, TextDecoder, bytesOf };
};
