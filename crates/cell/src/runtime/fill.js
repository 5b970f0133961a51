// Names that some engines have and others leave to whoever embeds them. Evaluated first, for those
// that leave them.
0, function (native) {
  'use strict';
  const { defineProperty } = Object;
  const offer = (name, value) => defineProperty(globalThis, name, {
    __proto__: null, value, writable: true, enumerable: false, configurable: true,
  });

  // A debugger shows what is written by the engine's own console.
  if (native.debugs) native.console = globalThis.console;

  // Web IDL, "DOMException". The numbers are those of names that had one when it was new.
  const codes = {
    __proto__: null,
    IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
    NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
    InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
    InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
    URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24,
    DataCloneError: 25,
  };
  const names = new WeakMap();
  const { get, set } = WeakMap.prototype;
  const method = Function.prototype.bind.bind(Function.prototype.call);
  const nameOf = method(get);
  const remember = method(set);

  class DOMException extends Error {
    constructor(message = '', options = 'Error') {
      const isBag = typeof options === 'object' && options !== null;
      const name = isBag ? options.name ?? 'Error' : options;
      if (isBag && 'cause' in options) super(`${message}`, { cause: options.cause });
      else super(`${message}`);
      remember(names, this, `${name}`);
    }

    get name() {
      const name = nameOf(names, this);
      if (name === undefined) throw new TypeError('this is no DOMException');
      return name;
    }

    get code() { return codes[this.name] ?? 0; }
  }
  defineProperty(DOMException.prototype, 'name', { __proto__: null, enumerable: true });
  defineProperty(DOMException.prototype, 'code', { __proto__: null, enumerable: true });
  defineProperty(DOMException.prototype, Symbol.toStringTag, {
    __proto__: null, value: 'DOMException', configurable: true,
  });
  const kinds = Object.keys(codes);
  for (let i = 0; i < kinds.length; i++) {
    // `IndexSizeError` is `INDEX_SIZE_ERR`.
    const constant = `${kinds[i].slice(0, -5).replace(/(?<=[a-z])(?=[A-Z])|(?<=URL)/g, '_').toUpperCase()}_ERR`;
    const property = { __proto__: null, value: codes[kinds[i]], enumerable: true };
    defineProperty(DOMException, constant, property);
    defineProperty(DOMException.prototype, constant, property);
  }
  offer('DOMException', DOMException);

  // HTML Standard, "Base64 utility methods".
  const text = String;
  const charCodeAt = method(String.prototype.charCodeAt);
  let fromBase64;
  let toBase64;
  // Called before a plugin runs: a context that was made ahead has these from then on only.
  native.late = () => {
    fromBase64 = Uint8Array.fromBase64.bind(Uint8Array);
    toBase64 = method(Uint8Array.prototype.toBase64);
  };
  const Bytes = Uint8Array;
  const wrong = () => new DOMException('the text is not base64', 'InvalidCharacterError');

  offer('btoa', function btoa(data) {
    if (arguments.length === 0) throw new TypeError('btoa needs a text');
    const from = text(data);
    const bytes = new Bytes(from.length);
    for (let i = 0; i < from.length; i++) {
      const unit = charCodeAt(from, i);
      if (unit > 255) {
        throw new DOMException('the text has a character beyond U+00FF', 'InvalidCharacterError');
      }
      bytes[i] = unit;
    }
    return toBase64(bytes);
  });

  offer('atob', function atob(data) {
    if (arguments.length === 0) throw new TypeError('atob needs a text');
    let bytes;
    try {
      bytes = fromBase64(text(data));
    } catch {
      throw wrong();
    }
    return native.latin1Text(bytes);
  });

  offer('queueMicrotask', (run) => native.job(run));
};
