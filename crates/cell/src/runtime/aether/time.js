// `aether:time`: clocks and waiting.
0, function (native, P, need) {
  'use strict';
  const { setTimer, clearTimer } = need('core');

  const sleep = (ms, options) => new P.Promise((resolve, reject) => {
    const signal = typeof options === 'object' && options !== null ? options.signal : undefined;
    const timer = setTimer(resolve, ms, false, []);
    if (signal === undefined) return;
    need('events').whenAborted(signal, (reason) => {
      clearTimer(timer);
      reject(reason);
    });
  });

  const time = {
    now() { return native.now(); },
    monotonic() { return native.monotonic(); },
    sleep,
  };
  return { __proto__: null, now: time.now, monotonic: time.monotonic, sleep, default: P.ObjectFreeze(time) };
};
