// The links of a Markdown text that lead to example.com.

const LINK = /https:\/\/example\.com(?:\/[^\s<>()"]*)?/g;

/** [{ line, link }], in the order of the lines. */
export function linksIn(text) {
  return text.split(/\r?\n/).flatMap((content, index) =>
    [...content.matchAll(LINK)].map(([link]) => ({ line: index + 1, link: link.replace(/[.,;:!?]+$/, "") })),
  );
}
