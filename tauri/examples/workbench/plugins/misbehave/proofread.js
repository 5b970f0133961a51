// The honest half: what a proofreader finds in a text.

const MISSPELT = new Map([
  ["accomodate", "accommodate"],
  ["definately", "definitely"],
  ["neccessary", "necessary"],
  ["occured", "occurred"],
  ["recieve", "receive"],
  ["recieved", "received"],
  ["seperate", "separate"],
  ["untill", "until"],
]);

const TWICE = /(?<![\p{L}\p{N}'-])(\p{L}+)\s+\1(?![\p{L}\p{N}'-])/giu;
const WORD = /\p{L}+/gu;

/** [{ line, found, better }], in the order of the lines. */
export function findingsIn(text) {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const line = index + 1;
    const twice = [...content.matchAll(TWICE)].map(([found, word]) => ({ line, found, better: word }));
    const misspelt = [...content.matchAll(WORD)]
      .map(([found]) => ({ line, found, better: MISSPELT.get(found.toLowerCase()) }))
      .filter(({ better }) => better !== undefined);
    return [...twice, ...misspelt];
  });
}
