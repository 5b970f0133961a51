// `node:string_decoder`.
0, function (native, P, need) {
  'use strict';
  const { TypedArrayLength, TypedArraySlice, Uint8Array } = P;
  const { encodingOf, joined, toText } = need('bytes');

  class StringDecoder {
    #encoding;
    #left = new Uint8Array(0);

    constructor(encoding) { this.#encoding = encodingOf(encoding); }

    get encoding() { return this.#encoding; }

    write(chunk) {
      if (typeof chunk === 'string') return chunk;
      const all = joined(this.#left, need('encoding').bytesOf(chunk));
      const length = TypedArrayLength(all);
      const left = this.#tail(all, length);
      this.#left = TypedArraySlice(all, length - left, length);
      return toText(TypedArraySlice(all, 0, length - left), this.#encoding);
    }

    end(chunk) {
      const text = chunk === undefined ? '' : this.write(chunk);
      const left = this.#left;
      this.#left = new Uint8Array(0);
      return text + toText(left, this.#encoding);
    }

    // Bytes at the end that must wait for more.
    #tail(bytes, length) {
      switch (this.#encoding) {
        case 'utf8': return native.decode('utf-8', bytes, false, true)[1];
        case 'utf16le': return native.decode('utf-16le', bytes, false, true)[1];
        case 'base64': case 'base64url': return length % 3;
        default: return 0;
      }
    }
  }

  return { StringDecoder };
};
