// `node:assert/strict`.
(function (native, P, need) {
  'use strict';
  const { strict } = need('node:assert');
  return { ...strict, default: strict };
})
