// `node:timers`.
(function (native, P, need) {
  'use strict';
  return { ...need('core').timerFunctions };
})
