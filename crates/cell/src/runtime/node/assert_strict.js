// `node:assert/strict`.
0, function (native, P, need) {
  'use strict';
  const { strict } = need('node:assert');
  return { ...strict, default: strict };
};
