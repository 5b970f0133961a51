// `node:util/types`: what a value really is, whatever its prototype says.
0, function (native, P) {
  'use strict';
  const holds = (read) => (value) => {
    if (typeof value !== 'object' || value === null || native.kind(value) === 'proxy') return false;
    try {
      return read(value) !== undefined;
    } catch {
      return false;
    }
  };
  const typed = (name) => (value) => P.ArrayBufferIsView(value) && tagOf(value) === name;
  const tagOf = (value) => {
    try {
      return P.TypedArrayTag(value);
    } catch {
      return undefined;
    }
  };
  const source = (word) => (value) =>
    typeof value === 'function' && P.RegExpExec(word, P.FunctionToString(value)) !== null;
  const inherits = (Kind) => (value) =>
    typeof value === 'object' && value !== null && native.kind(value) !== 'proxy' && P.ObjectIsPrototypeOf(Kind.prototype, value);

  const types = {
    isProxy: (value) => native.kind(value) === 'proxy',
    isPromise: (value) => native.kind(value) === 'promise',
    isNativeError: (value) => native.kind(value) === 'error',
    isDate: holds(P.DateValueOf),
    isRegExp: inherits(P.RegExp),
    isMap: holds(P.MapSize),
    isSet: holds(P.SetSize),
    isWeakMap: inherits(P.WeakMap),
    isArrayBuffer: holds(P.ArrayBufferByteLength),
    isAnyArrayBuffer: holds(P.ArrayBufferByteLength),
    isSharedArrayBuffer: () => false,
    isArrayBufferView: (value) => P.ArrayBufferIsView(value),
    isTypedArray: (value) => P.ArrayBufferIsView(value) && tagOf(value) !== undefined,
    isDataView: (value) => P.ArrayBufferIsView(value) && tagOf(value) === undefined,
    isNumberObject: holds(P.NumberValueOf),
    isStringObject: holds(P.StringValueOf),
    isBooleanObject: holds(P.BooleanValueOf),
    isBigIntObject: holds(P.BigIntValueOf),
    isSymbolObject: holds(P.SymbolValueOf),
    isAsyncFunction: source(/^async\b/),
    isGeneratorFunction: source(/^(async\s*)?(function\s*\*|\*)/),
  };
  types.isBoxedPrimitive = (value) => types.isNumberObject(value) || types.isStringObject(value)
    || types.isBooleanObject(value) || types.isBigIntObject(value) || types.isSymbolObject(value);
  const names = P.ObjectKeys(P.typed);
  for (let i = 0; i < names.length; i++) types[`is${names[i]}`] = typed(names[i]);
  return types;
};
