// `node:buffer`.
0, function (native, P, need) {
  'use strict';
  return need('buffers').exports;
};
