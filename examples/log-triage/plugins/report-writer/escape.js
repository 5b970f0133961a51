// Log text in a report. Whoever can write a log line can try to write a table cell, a link or a script
// tag, so everything that is not this plugin's own wording passes one of the functions below.

// Control characters, direction overrides, invisible characters, tag characters, lone surrogates.
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/g;
const MAX_LENGTH = 300;

/** One printable line. */
export function plain(value, max = MAX_LENGTH) {
  const text = String(value ?? "");
  return (text.length > max ? `${text.slice(0, max - 1)}…` : text).replace(UNPRINTABLE, "·");
}

/**
 * A value as a code span, where Markdown and HTML mean nothing. The two characters that could end the span
 * or the table cell are replaced by look-alikes: renderers disagree on how to escape them there.
 */
export function code(value) {
  const text = plain(value).replace(/`/g, "'").replace(/\|/g, "¦").trim();
  return text === "" ? "" : `\`${text}\``;
}

/**
 * A sentence that may contain values: everything Markdown or HTML could act on is escaped, and so are the
 * beginnings of links that renderers make by themselves.
 */
export function prose(value) {
  return plain(value, 2000)
    .replace(/[\\`*[\]<>|~#&!]/g, "\\$&")
    .replace(/_(?![0-9A-Za-z])|(?<![0-9A-Za-z])_/g, "\\_")
    .replace(/:\/\//g, "\\://")
    .replace(/\bwww\./gi, "www\\.")
    .replace(/@/g, "\\@");
}
