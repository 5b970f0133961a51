// `aether:log`: lines of the plugin's log, with facts beside the text.
0, function (native, P, need) {
  'use strict';

  const textOf = (message) => (typeof message === 'string' ? message : need('inspect').format([message]));

  const fieldsOf = (fields) => {
    if (typeof fields !== 'object' || fields === null) return undefined;
    try {
      return P.JSONStringify(fields);
    } catch {
      return '{"fields":"not JSON"}';
    }
  };

  const line = (level) => (message, fields) => {
    native.log(level, textOf(message), fieldsOf(fields));
  };

  const log = {
    debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error'),
  };
  return { __proto__: null, ...log, default: P.ObjectFreeze(log) };
};
