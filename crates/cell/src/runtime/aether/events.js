// `aether:events`: what this plugin tells others, and what it hears of them.
0, function (native, P, need) {
  'use strict';
  const { emit, on } = need('topics');
  return { __proto__: null, emit, on, default: P.ObjectFreeze({ emit, on }) };
};
