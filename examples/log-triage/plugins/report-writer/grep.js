// Commands a reader can copy to check a figure. File names and words come from outside, so a command is
// only offered when nothing in it could mean something to a shell or to a terminal.

const SAFE_FILE = /^[0-9A-Za-z][0-9A-Za-z._+/-]{0,200}$/;
const SAFE_WORDS = /^[0-9A-Za-z .,:;=()<>[\]_@/+-]{1,80}$/;

/** `grep -c …` for all words in one line of `file`; null when it cannot be written safely. */
export function grepFor(file, words) {
  if (!SAFE_FILE.test(file) || file.includes("..") || words.length === 0) return null;
  if (!words.every((word) => SAFE_WORDS.test(word))) return null;
  const last = words.length - 1;
  return words
    .map((word, i) => {
      // A word that ends in an address must not find a longer address.
      const whole = /[0-9A-Za-z]$/.test(word) && i > 0 ? "w" : "";
      const option = `-${i === last ? "c" : ""}${whole}F`;
      return `grep ${option} -e '${word}'${i === 0 ? ` ${file}` : ""}`;
    })
    .join(" | ");
}
