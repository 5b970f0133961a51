// `node:path/posix`: the only flavour there is.
(function (native, P, need) {
  'use strict';
  return need('node:path');
})
