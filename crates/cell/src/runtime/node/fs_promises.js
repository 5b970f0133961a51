// `node:fs/promises`.
(function (native, P, need) {
  'use strict';
  return need('node:fs').promises;
})
