// Buffer's methods that read and write numbers.
0, function (native, P, need) {
  'use strict';
  const { DataView, RangeError, TypedArrayBuffer, TypedArrayByteOffset, TypedArrayLength, method, view } = P;

  const methods = { __proto__: null };

  const fail = (what, value) =>
    need('errors').coded(RangeError, 'ERR_OUT_OF_RANGE', `the value of "${what}" is out of range. Received ${P.String(value)}`);

  const at = (bytes, offset, size) => {
    const place = offset ?? 0;
    if (!P.NumberIsInteger(place) || place < 0 || place + size > TypedArrayLength(bytes)) throw fail('offset', offset);
    return new DataView(TypedArrayBuffer(bytes), TypedArrayByteOffset(bytes) + place, size);
  };

  // [name here, name of DataView, bytes, least, most]; no range for floats.
  const kinds = [
    ['UInt8', 'Uint8', 1, 0, 255], ['Int8', 'Int8', 1, -128, 127],
    ['UInt16', 'Uint16', 2, 0, 65535], ['Int16', 'Int16', 2, -32768, 32767],
    ['UInt32', 'Uint32', 4, 0, 4294967295], ['Int32', 'Int32', 4, -2147483648, 2147483647],
    ['Float', 'Float32', 4], ['Double', 'Float64', 8],
    ['BigUInt64', 'BigUint64', 8, 0n, 2n ** 64n - 1n], ['BigInt64', 'BigInt64', 8, -(2n ** 63n), 2n ** 63n - 1n],
  ];

  const define = (kind, order) => {
    const name = kind[0];
    const viewName = kind[1];
    const size = kind[2];
    const least = kind[3];
    const most = kind[4];
    const get = method(view[`get${viewName}`]);
    const set = method(view[`set${viewName}`]);
    const little = order === 'LE';
    const read = function (offset) { return get(at(this, offset, size), 0, little); };
    const write = function (value, offset) {
      if (least !== undefined && (value < least || value > most)) throw fail('value', value);
      set(at(this, offset, size), 0, value, little);
      return (offset ?? 0) + size;
    };
    const add = (named) => {
      methods[`read${named}${order}`] = read;
      methods[`write${named}${order}`] = write;
    };
    add(name);
    if (name === 'UInt8' || name === 'UInt16' || name === 'UInt32') add(viewName);
    if (name === 'BigUInt64') add('BigUint64');
  };
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i][2] === 1) define(kinds[i], '');
    else {
      define(kinds[i], 'LE');
      define(kinds[i], 'BE');
    }
  }

  // Whole numbers of one to six bytes.
  const defineSized = (little) => {
    const order = little ? 'LE' : 'BE';
    const readUnsigned = (bytes, offset, size) => {
      if (!(size >= 1 && size <= 6)) throw fail('byteLength', size);
      at(bytes, offset, size);
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + bytes[little ? offset + size - 1 - i : offset + i];
      return value;
    };
    const write = (bytes, value, offset, size, least, most) => {
      if (!(size >= 1 && size <= 6)) throw fail('byteLength', size);
      if (!(value >= least && value <= most)) throw fail('value', value);
      at(bytes, offset, size);
      let rest = value < 0 ? value + 256 ** size : value;
      for (let i = 0; i < size; i++) {
        bytes[little ? offset + i : offset + size - 1 - i] = rest % 256;
        rest = P.MathFloor(rest / 256);
      }
      return offset + size;
    };
    methods[`readUInt${order}`] = function (offset, size) { return readUnsigned(this, offset, size); };
    methods[`readInt${order}`] = function (offset, size) {
      const value = readUnsigned(this, offset, size);
      return value >= 256 ** size / 2 ? value - 256 ** size : value;
    };
    methods[`writeUInt${order}`] = function (value, offset, size) {
      return write(this, value, offset, size, 0, 256 ** size - 1);
    };
    methods[`writeInt${order}`] = function (value, offset, size) {
      return write(this, value, offset, size, -(256 ** size) / 2, 256 ** size / 2 - 1);
    };
    methods[`readUint${order}`] = methods[`readUInt${order}`];
    methods[`writeUint${order}`] = methods[`writeUInt${order}`];
  };
  defineSized(true);
  defineSized(false);

  const swap = (size) => function () {
    const length = TypedArrayLength(this);
    if (length % size !== 0) {
      throw need('errors').coded(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
    }
    for (let i = 0; i < length; i += size) {
      for (let j = 0; j < size / 2; j++) {
        const held = this[i + j];
        this[i + j] = this[i + size - 1 - j];
        this[i + size - 1 - j] = held;
      }
    }
    return this;
  };
  methods.swap16 = swap(2);
  methods.swap32 = swap(4);
  methods.swap64 = swap(8);

  return { __proto__: null, methods };
};
