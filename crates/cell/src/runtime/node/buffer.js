// `node:buffer`.
(function (native, P, need) {
  'use strict';
  return need('buffers').exports;
})
