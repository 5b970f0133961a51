// What an outline needs of a Markdown text: its headings, and how many words it has.

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/**
 * The headings that begin with `#`, as { level, text, line }. What stands in a fenced block is code
 * and no heading. Headings that are underlined are left out.
 */
export function headingsOf(text) {
  const headings = [];
  let fence = null;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, marks, rest] = FENCE.exec(line) ?? [];
    if (fence !== null) {
      const closes = marks?.startsWith(fence) && rest.trim() === "";
      if (closes) fence = null;
    } else if (marks !== undefined) {
      fence = marks;
    } else {
      const [, level, title] = HEADING.exec(line) ?? [];
      if (title) headings.push({ level: level.length, text: plain(title), line: index + 1 });
    }
  }
  return headings;
}

/** How many words a text has: whatever stands between blanks and holds a letter or a digit. */
export function wordsOf(text) {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** A heading without the marks for emphasis, code and links. */
function plain(title) {
  return title.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[*_`]+/g, "");
}
