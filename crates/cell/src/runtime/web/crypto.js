// `crypto`: random values, UUIDs and digests.
0, function (native, P, need) {
  'use strict';
  const { DOMException, ObjectFreeze, TypedArrayByteLength, TypedArraySet, TypeError, Uint8Array } = P;

  const MOST_RANDOM = 65536;

  const getRandomValues = function getRandomValues(array) {
    let kind;
    try {
      kind = P.TypedArrayTag(array);
    } catch {
      // Not a typed array.
    }
    if (kind === undefined || P.StringIndexOf(kind, 'Float') === 0) {
      throw new DOMException('getRandomValues needs a typed array of integers', 'TypeMismatchError');
    }
    const length = TypedArrayByteLength(array);
    if (length > MOST_RANDOM) {
      throw new DOMException(`at most ${MOST_RANDOM} random bytes at a time`, 'QuotaExceededError');
    }
    const bytes = new Uint8Array(P.TypedArrayBuffer(array), P.TypedArrayByteOffset(array), length);
    TypedArraySet(bytes, native.random(length));
    return array;
  };

  // RFC 9562 section 5.4.
  const randomUUID = function randomUUID() {
    const bytes = native.random(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = P.Uint8ArrayToHex(bytes);
    const part = (from, to) => P.StringSlice(hex, from, to);
    return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20)}`;
  };

  const digest = async function digest(algorithm, data) {
    const name = typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm;
    if (typeof name !== 'string') throw new TypeError('the algorithm must be a name such as "SHA-256"');
    const bytes = need('encoding').bytesOf(data);
    const digested = native.digest(name, bytes);
    if (digested === undefined) {
      throw new DOMException(`"${name}" is not available; SHA-1, SHA-256, SHA-384 and SHA-512 are`, 'NotSupportedError');
    }
    return P.TypedArrayBuffer(digested);
  };

  const crypto = { getRandomValues, randomUUID, subtle: ObjectFreeze({ digest }) };
  return { __proto__: null, crypto: ObjectFreeze(crypto) };
};
