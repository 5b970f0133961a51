// `aether:token`: asking for single operations beyond the grant.
0, function (native, P, need) {
  'use strict';
  const { elevate } = need('tokens');
  const { CapabilityRequired } = need('errors');
  return {
    __proto__: null, elevate, CapabilityRequired,
    default: P.ObjectFreeze({ elevate, CapabilityRequired }),
  };
};
