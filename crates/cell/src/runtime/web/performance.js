// `performance`, coarse on purpose.
0, function (native, P) {
  'use strict';
  const timeOrigin = native.now() - P.MathFloor(native.monotonic());
  const performance = {
    now() { return native.monotonic(); },
    timeOrigin,
    toJSON() { return { timeOrigin }; },
  };
  return { __proto__: null, performance: P.ObjectFreeze(performance) };
};
