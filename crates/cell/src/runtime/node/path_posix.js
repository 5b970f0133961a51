// `node:path/posix`: the only flavour there is.
0, function (native, P, need) {
  'use strict';
  return need('node:path');
};
