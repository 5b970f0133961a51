// examples/docs/files/main.js
import * as fs from "aether:fs";

export default async function run() {
  // Read. Relative paths begin at /workspace, the folder that Aether was started in.
  const text = await fs.readText("./texts/fox.txt");
  const first = await fs.readBytes("./texts/fox.txt", { offset: 4, length: 5 });
  let lines = 0;
  for await (const line of fs.lines("./texts/fox.txt")) lines += line === "" ? 0 : 1;

  // Write. Nothing on disk changes: the writes stay in memory until a person applies them.
  await fs.writeText("./out/a.txt", "one\n");
  await fs.writeText("./out/a.txt", "two\n", { append: true });
  await fs.writeBytes("./out/b.bin", new Uint8Array([1, 2, 3]));
  await fs.mkdir("./out/deep/er", { recursive: true });
  await fs.rename("./out/b.bin", "./out/deep/b.bin");

  // Look.
  const { kind, size } = await fs.stat("./out/a.txt");       // also `modified`, ms since 1970
  const names = (await fs.list("./out")).map((entry) => `${entry.name} ${entry.kind} ${entry.size}`);
  const tree = [];
  for await (const entry of fs.walk("./out")) tree.push(entry.path);

  // Remove. What was just written can be read back, or be gone again.
  await fs.remove("./out/deep", { recursive: true });
  return {
    text, first: new TextDecoder().decode(first), lines, kind, size, names, tree,
    gone: !(await fs.exists("./out/deep")),
  };
}
