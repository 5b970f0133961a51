// `node:fs/promises`.
0, function (native, P, need) {
  'use strict';
  return need('node:fs').promises;
};
