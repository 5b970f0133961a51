// `aether:errors`: classes to tell errors by.
0, function (native, P, need) {
  'use strict';
  const { PermissionDenied, RateLimited, CapabilityRequired } = need('errors');
  return { __proto__: null, PermissionDenied, RateLimited, CapabilityRequired };
};
