// Intrinsics captured before any plugin code runs.
//
// A method becomes a function of its receiver: `P.MapGet(map, key)` works whatever a plugin does
// to `Map.prototype.get` or `Function.prototype.call`.
0, function () {
  'use strict';
  const { bind, call } = Function.prototype;
  const bound = bind.bind(call);
  const method = (it) => {
    // Of what is not there yet a method would be made that fails when it is called.
    if (typeof it !== 'function') throw new TypeError('an engine without one of the primordials');
    return bound(it);
  };
  const getter = (object, name) => method(Object.getOwnPropertyDescriptor(object, name).get);
  const TypedArray = Object.getPrototypeOf(Uint8Array);
  const map = Map.prototype;
  const set = Set.prototype;
  const array = Array.prototype;
  const string = String.prototype;
  const typed = TypedArray.prototype;
  const view = DataView.prototype;
  const date = Date.prototype;
  const regexp = RegExp.prototype;
  const generator = Object.getPrototypeOf(function* () {}).prototype;

  // An engine has the stack on the prototype of errors, or gives each error an accessor, which reads
  // that of any.
  const stackOf = getter(
    Object.hasOwn(Error.prototype, 'stack') ? Error.prototype : new Error(), 'stack',
  );

  const all = {
    __proto__: null,
    // Constructors.
    Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Map, Number, Object, Promise,
    RangeError, RegExp, Set, String, Symbol, SyntaxError, TypeError, Uint8Array, WeakMap,
    AggregateError, EvalError, ReferenceError, URIError, DOMException,
    // Functions without a receiver.
    ArrayIsArray: Array.isArray,
    ArrayBufferIsView: ArrayBuffer.isView,
    DateNow: Date.now,
    JSONParse: JSON.parse,
    JSONStringify: JSON.stringify,
    MathFloor: Math.floor, MathMin: Math.min, MathMax: Math.max, MathTrunc: Math.trunc,
    NumberIsInteger: Number.isInteger, NumberIsNaN: Number.isNaN, NumberParseInt: Number.parseInt,
    ObjectCreate: Object.create,
    ObjectDefineProperty: Object.defineProperty,
    ObjectFreeze: Object.freeze,
    ObjectGetOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
    ObjectGetPrototypeOf: Object.getPrototypeOf,
    ObjectHasOwn: Object.hasOwn,
    ObjectIs: Object.is,
    ObjectKeys: Object.keys,
    ObjectNames: Object.getOwnPropertyNames,
    ObjectSetPrototypeOf: Object.setPrototypeOf,
    ReflectApply: Reflect.apply,
    ReflectConstruct: Reflect.construct,
    ReflectOwnKeys: Reflect.ownKeys,
    StringFromCharCode: String.fromCharCode,
    SymbolFor: Symbol.for,
    SymbolAsyncIterator: Symbol.asyncIterator,
    SymbolIterator: Symbol.iterator,
    SymbolToStringTag: Symbol.toStringTag,
    queueMicrotask, atob, btoa, parseFloat,
    // Methods, the receiver first.
    ArrayJoin: method(array.join),
    ArrayBufferByteLength: getter(ArrayBuffer.prototype, 'byteLength'),
    ArrayBufferResizable: getter(ArrayBuffer.prototype, 'resizable'),
    ArrayBufferSlice: method(ArrayBuffer.prototype.slice),
    ArrayBufferTransfer: method(ArrayBuffer.prototype.transfer),
    BigIntToString: method(BigInt.prototype.toString),
    BigIntValueOf: method(BigInt.prototype.valueOf),
    DateGetTime: method(Date.prototype.getTime),
    BooleanValueOf: method(Boolean.prototype.valueOf),
    DateToISOString: method(date.toISOString),
    DateValueOf: method(date.valueOf),
    ErrorStack: stackOf,
    ErrorToString: method(Error.prototype.toString),
    GeneratorNext: method(generator.next),
    GeneratorThrow: method(generator.throw),
    FunctionToString: method(Function.prototype.toString),
    MapDelete: method(map.delete),
    MapForEach: method(map.forEach),
    MapGet: method(map.get),
    MapHas: method(map.has),
    MapSet: method(map.set),
    MapSize: getter(map, 'size'),
    NumberToString: method(Number.prototype.toString),
    NumberValueOf: method(Number.prototype.valueOf),
    ObjectIsPrototypeOf: method(Object.prototype.isPrototypeOf),
    ObjectPropertyIsEnumerable: method(Object.prototype.propertyIsEnumerable),
    ObjectToString: method(Object.prototype.toString),
    PromiseThen: method(Promise.prototype.then),
    RegExpExec: method(regexp.exec),
    RegExpFlags: getter(regexp, 'flags'),
    RegExpSource: getter(regexp, 'source'),
    SetAdd: method(set.add),
    SetForEach: method(set.forEach),
    SetHas: method(set.has),
    SetSize: getter(set, 'size'),
    SetDelete: method(set.delete),
    StringCharCodeAt: method(string.charCodeAt),
    StringEndsWith: method(string.endsWith),
    StringIndexOf: method(string.indexOf),
    StringLastIndexOf: method(string.lastIndexOf),
    StringPadStart: method(string.padStart),
    StringRepeat: method(string.repeat),
    StringSlice: method(string.slice),
    StringStartsWith: method(string.startsWith),
    StringToLowerCase: method(string.toLowerCase),
    StringToUpperCase: method(string.toUpperCase),
    StringToWellFormed: method(string.toWellFormed),
    StringTrim: method(string.trim),
    StringValueOf: method(string.valueOf),
    SymbolDescription: getter(Symbol.prototype, 'description'),
    SymbolToString: method(Symbol.prototype.toString),
    SymbolValueOf: method(Symbol.prototype.valueOf),
    TypedArrayBuffer: getter(typed, 'buffer'),
    TypedArrayByteLength: getter(typed, 'byteLength'),
    TypedArrayByteOffset: getter(typed, 'byteOffset'),
    TypedArrayFill: method(typed.fill),
    TypedArrayIndexOf: method(typed.indexOf),
    TypedArrayLength: getter(typed, 'length'),
    TypedArraySet: method(typed.set),
    TypedArraySlice: method(typed.slice),
    TypedArrayTag: getter(typed, Symbol.toStringTag),
    TypedArrayReverse: method(typed.reverse),
    ViewBuffer: getter(view, 'buffer'),
    ViewByteLength: getter(view, 'byteLength'),
    ViewByteOffset: getter(view, 'byteOffset'),
    WeakMapGet: method(WeakMap.prototype.get),
    WeakMapSet: method(WeakMap.prototype.set),
    // For the few methods that are wanted rarely and by name.
    method,
    view,
    typed: { __proto__: null, Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
      Uint32Array, BigInt64Array, BigUint64Array, Float32Array, Float64Array,
      Uint8Array },
  };

  // An engine that keeps the above from before there is a plugin has its newest names, and the sites of
  // calls, only when one begins.
  all.late = () => {
    all.SymbolAsyncDispose = Symbol.asyncDispose;
    all.typed.Float16Array = Float16Array;
    all.Uint8ArrayToBase64 = method(Uint8Array.prototype.toBase64);
    all.Uint8ArrayToHex = method(Uint8Array.prototype.toHex);

    // The call sites that a plugin's `Error.prepareStackTrace` is handed give away no function and no
    // receiver: the runtime's own would be among them. V8's do not for strict code, and cannot be
    // changed. An engine that hands out none fails here, and starts nothing.
    let sites = [];
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (_error, trace) => { sites = trace; };
    void new Error().stack;
    Error.prepareStackTrace = before;
    const site = Object.getPrototypeOf(sites[0]);
    const isSafe = sites[0].getFunction() === undefined && sites[0].getThis() === undefined;
    if (!isSafe) {
      Object.defineProperty(site, 'getFunction', { value() {}, writable: true, configurable: true });
      Object.defineProperty(site, 'getThis', { value() {}, writable: true, configurable: true });
    }
  };
  return all;
};
