// `node:timers`.
0, function (native, P, need) {
  'use strict';
  return { ...need('core').timerFunctions };
};
