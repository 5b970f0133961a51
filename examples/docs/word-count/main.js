// examples/docs/word-count/main.js
import { lines, walk, writeText } from "aether:fs";

/** Counts the words of the text files below ./texts and writes them to ./out/words.json. */
export default async function run(_input, ctx) {
  const counts = {};
  for await (const { path, kind } of walk("./texts")) {
    if (kind !== "file" || !path.endsWith(".txt")) continue;
    counts[path] = 0;
    for await (const line of lines(path)) {
      counts[path] += line.split(/\s+/).filter(Boolean).length;
    }
    ctx.log.info("counted", { path, words: counts[path] });
  }
  await writeText("./out/words.json", JSON.stringify(counts, null, 2) + "\n");
  return counts;
}
