// Text that came out of a log is somebody else's text. Everything kept from a line passes `clean`.

// Control characters, direction overrides, invisible characters, tag characters and lone surrogates.
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/g;
// A value longer than this says nothing more to a reader, but fills the result.
const MAX_VALUE = 80;

/** A short, printable copy of `value`. */
export function clean(value, max = MAX_VALUE) {
  let text = value.length > max ? `${value.slice(0, max - 1)}…` : value;
  text = text.replace(UNPRINTABLE, "·");
  return text.trim();
}

/** An address or host name as it is, anything else as "?": addresses are compared, counted and quoted. */
export function address(value) {
  const bare = value.endsWith(",") || value.endsWith(":") ? value.slice(0, -1) : value;
  return bare.length > 0 && bare.length <= 255 && /^[0-9A-Za-z._:-]+$/.test(bare) ? bare : "?";
}

/** `text` between `before` and `after`, or "" when either is missing. An empty `after` means the end. */
export function between(text, before, after) {
  const from = text.indexOf(before);
  if (from < 0) return "";
  const start = from + before.length;
  if (after === "") return text.slice(start);
  const end = text.indexOf(after, start);
  return end < 0 ? "" : text.slice(start, end);
}

/** The first word of `text`. */
export function firstWord(text) {
  const space = text.indexOf(" ");
  return space < 0 ? text : text.slice(0, space);
}

const FAILURES = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "gone meanwhile",
  ERR_ACCESS_DENIED: "not granted",
};

/** What to tell about an error: words for the usual ones, otherwise its message in one line. */
export function failureText(error) {
  if (FAILURES[error?.code]) return `${FAILURES[error.code]} (${error.code})`;
  const message = clean(String(error?.message ?? error), 160);
  return error?.code ? `${error.code}: ${message}` : message;
}
