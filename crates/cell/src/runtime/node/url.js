// `node:url`: the URL classes, file URLs of virtual paths, and the legacy functions.
0, function (native, P, need) {
  'use strict';
  const { RegExpExec, StringEndsWith, StringSlice, StringStartsWith, TypeError } = P;
  const { URL, URLSearchParams } = need('url');

  const invalid = (code, message) => need('errors').coded(TypeError, code, message);

  const fileURLToPath = (url) => {
    const parsed = typeof url === 'string' ? new URL(url) : url;
    if (!P.ObjectIsPrototypeOf(URL.prototype, parsed)) {
      throw invalid('ERR_INVALID_ARG_TYPE', 'the "path" argument must be a string or a URL');
    }
    if (parsed.protocol !== 'file:') throw invalid('ERR_INVALID_URL_SCHEME', 'the URL must be of scheme file');
    if (parsed.hostname !== '') throw invalid('ERR_INVALID_FILE_URL_HOST', 'a file URL has no host here');
    if (RegExpExec(/%2f/i, parsed.pathname) !== null) {
      throw invalid('ERR_INVALID_FILE_URL_PATH', 'a file URL path has no encoded / characters');
    }
    return need('percent').decode(parsed.pathname);
  };

  const pathToFileURL = (path) => {
    const url = new URL('file:///');
    let full = need('node:path').resolve(path);
    if (StringEndsWith(path, '/') && full !== '/') full += '/';
    url.pathname = need('percent').forFileUrl(full);
    return url;
  };

  // RFC 3986, appendix B.
  const PARTS = /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?/s;

  const parse = (text, parseQuery) => {
    const m = RegExpExec(PARTS, P.StringTrim(`${text}`));
    const authority = m[4];
    const at = authority === undefined ? -1 : P.StringLastIndexOf(authority, '@');
    const host = authority === undefined ? null : P.StringToLowerCase(StringSlice(authority, at + 1));
    const port = host === null ? null : RegExpExec(/:(\d*)$/, host);
    const query = m[7] ?? null;
    const parsed = {
      protocol: m[1] === undefined ? null : P.StringToLowerCase(m[1]),
      slashes: m[3] === undefined ? null : true,
      auth: at < 0 ? null : need('percent').decode(StringSlice(authority, 0, at)),
      host,
      port: port === null ? null : port[1],
      hostname: port === null ? host : StringSlice(host, 0, host.length - port[0].length),
      hash: m[8] ?? null,
      search: m[6] ?? (parseQuery ? '' : null),
      query: parseQuery ? need('node:querystring').parse(query ?? '') : query,
      pathname: m[5] === '' ? (host === null ? null : '/') : m[5],
      path: null,
      href: '',
    };
    if (parsed.pathname !== null || m[6] !== undefined) parsed.path = `${parsed.pathname ?? ''}${m[6] ?? ''}`;
    parsed.href = format(parsed);
    return parsed;
  };

  const format = (url, options) => {
    if (typeof url === 'string') return parse(url).href;
    if (P.ObjectIsPrototypeOf(URL.prototype, url)) return formatUrl(url, options ?? {});
    const protocol = url.protocol ? `${url.protocol}${StringEndsWith(url.protocol, ':') ? '' : ':'}` : '';
    const auth = url.auth ? `${need('percent').encode(url.auth, ':')}@` : '';
    const host = url.host ?? (url.hostname ? `${url.hostname}${url.port ? `:${url.port}` : ''}` : null);
    const isQuery = typeof url.query === 'object' && url.query !== null;
    const query = isQuery ? need('node:querystring').stringify(url.query) : '';
    const search = url.search ?? (query === '' ? '' : `?${query}`);
    let pathname = url.pathname ?? '';
    const slashes = url.slashes || host !== null && RegExpExec(/^(https?|ftp|file|wss?):$/, protocol) !== null;
    if (host !== null && pathname !== '' && !StringStartsWith(pathname, '/')) pathname = `/${pathname}`;
    const place = slashes ? `//${auth}${host ?? ''}` : (host === null ? '' : `${auth}${host}`);
    const hash = url.hash ? (StringStartsWith(url.hash, '#') ? url.hash : `#${url.hash}`) : '';
    return `${protocol}${place}${pathname}${search === '' || StringStartsWith(search, '?') ? search : `?${search}`}${hash}`;
  };

  const formatUrl = (url, options) => {
    const copy = new URL(url.href);
    if (options.fragment === false) copy.hash = '';
    if (options.search === false) copy.search = '';
    if (options.auth === false) copy.username = copy.password = '';
    return copy.href;
  };

  // As browsers do; what neither side makes absolute stays relative.
  const resolve = (from, to) => {
    if (URL.canParse(to)) return new URL(to).href;
    if (URL.canParse(from)) return new URL(to, from).href;
    const url = new URL(to, new URL(from, 'resolve://host/'));
    if (url.protocol !== 'resolve:') return url.href;
    const path = `${url.pathname}${url.search}${url.hash}`;
    return StringStartsWith(from, '/') || StringStartsWith(to, '/') ? path : StringSlice(path, 1);
  };

  const url = {
    URL, URLSearchParams, fileURLToPath, pathToFileURL, parse, format, resolve,
    domainToASCII: (domain) => native.urlHost(`${domain}`, false),
    domainToUnicode: (domain) => native.urlHost(`${domain}`, true),
  };
  return url;
};
