// examples/docs/node-files/main.js
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";

export default async function run() {
  const text = readFileSync("./texts/fox.txt", "utf8");
  await writeFile("./out/upper.txt", text.toUpperCase());
  return { bytes: text.length };
}
