// `fetch` says why it does not work, so that code which needs it fails in clear words.
0, function (native, P, need) {
  'use strict';

  const targetOf = (input) => {
    if (typeof input === 'string') return P.StringSlice(input, 0, 200);
    try {
      return P.StringSlice(`${input?.url ?? input}`, 0, 200);
    } catch {
      return '';
    }
  };

  const fetch = async function fetch(input) {
    const resource = targetOf(input);
    throw new (need('errors').PermissionDenied)(
      `fetch(${P.JSONStringify(resource)}) is refused: a plugin has no network of its own. It comes `
        + 'by grant, and this version of Aether cannot grant it yet. Let another program fetch the '
        + 'data and pass it as input or as a granted file.',
      { __proto__: null, permission: 'Net', resource },
    );
  };
  return { __proto__: null, fetch };
};
