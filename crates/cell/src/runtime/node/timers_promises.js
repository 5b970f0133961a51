// `node:timers/promises`.
0, function (native, P, need) {
  'use strict';
  const { sleep } = need('aether:time');

  const setTimeout = async (ms, value, options) => {
    await sleep(ms, options);
    return value;
  };

  const setImmediate = async (value, options) => {
    await sleep(0, options);
    return value;
  };

  async function* setInterval(ms, value, options) {
    for (;;) {
      await sleep(ms, options);
      yield value;
    }
  }

  return { setTimeout, setImmediate, setInterval, scheduler: P.ObjectFreeze({ wait: sleep, yield: () => setImmediate() }) };
};
