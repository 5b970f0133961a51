// Links aside, above, absolute, to a folder, to everything, to itself: what they lead to is not granted.
import * as fs from "aether:fs";

const NAMES = ["aside", "above", "absolute", "folder/secret.txt", "up/secret.txt", "up/private/secret.txt", "everything/etc/passwd", "everything/etc/shadow", "environ", "loop",
  "up/public/aside", "up/public/up/public/up/secret.txt", "sub/../aside", "folder", "everything", "folder/../secret.txt", "loop/x", "readme.txt/x", "aside/x"];

// The link to everything leads to the plugin's own root, where only the way to what is granted shows.
const listed = async (path) => {
  const names = (await fs.list(path)).map((entry) => entry.name);
  if (names.join() === "workspace") throw Object.assign(new Error("nothing new"), { code: "NOTHING" });
};

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const worked = [], codes = new Set(), kinds = {};
  for (const name of NAMES) {
    const path = `./public/${name}`;
    for (const act of [fs.readText, fs.readBytes, listed, (p) => fs.writeText(p, "x"), (p) => fs.writeText(p, "x", { append: true }), (p) => fs.mkdir(`${p}/new`), (p) => fs.writeText(`${p}/new`, "x"),
      async (p) => { for await (const line of fs.lines(p)) return line; throw Object.assign(new Error("empty"), { code: "EMPTY" }); }]) {
      await act(path).then(() => worked.push(`${act} ${name}`), (error) => codes.add(error.code));
    }
  }
  for await (const entry of fs.walk("./public")) kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1;
  for (const path of ["./out/escape/mine.txt", "./out/escape/secret.txt"]) {
    await fs.writeText(path, "x").then(() => worked.push(path), (error) => codes.add(error.code));
  }
  const removed = await fs.remove("./out/escape").then(() => "the link", (error) => error.code);
  return { worked, kinds, removed, codes: [...codes].sort(), granted: await fs.readText("./public/readme.txt") };
}
