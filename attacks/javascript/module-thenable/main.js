// A module with an export called `then` is a thenable: the runtime awaits it.
import log from "aether:log";

export function then(resolve) {
  log.info("armed");
  resolve(new Proxy({ run: () => ({ chosen: true }) }, {
    ownKeys(target) { return [...Reflect.ownKeys(target), "__proto__", "constructor"]; },
    getOwnPropertyDescriptor: (target, name) => ({ value: target[name] ?? (() => globalThis), enumerable: true, configurable: true }),
  }));
}

export default () => ({ chosen: false });
