// A drop box: may be written, not read. What is moved out of it could be read.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const codes = {};
  const attempt = async (name, act) => { codes[name] = await act().then(() => "worked", (error) => error.code ?? error.name); };
  await attempt("file", () => fs.rename("./inbox/secret.txt", "./open/secret.txt"));
  await attempt("folder", () => fs.rename("./inbox/box", "./open/box"));
  await attempt("whole", () => fs.rename("./inbox", "./open/inbox"));
  await attempt("over", async () => { await fs.writeText("./open/x", "x"); await fs.rename("./inbox/secret.txt", "./open/x"); });
  await attempt("twice", async () => { await fs.rename("./inbox/secret.txt", "./inbox/a"); await fs.rename("./inbox/a", "./open/a"); });
  await attempt("nested", async () => { await fs.mkdir("./inbox/new"); await fs.rename("./inbox/box/secret.txt", "./inbox/new/secret.txt"); await fs.rename("./inbox/new", "./open/new"); });
  await attempt("onto", async () => { await fs.mkdir("./inbox/onto"); await fs.rename("./inbox/onto", "./open/onto"); await fs.rename("./inbox/box/secret.txt", "./open/onto/secret.txt"); });
  await attempt("append", async () => { await fs.writeText("./inbox/secret.txt", "x", { append: true }); await fs.readText("./inbox/secret.txt"); });
  await attempt("node", async () => { const node = await import("node:fs"); node.copyFileSync("./inbox/secret.txt", "./open/c"); });
  await attempt("link", async () => { const node = await import("node:fs"); node.symlinkSync("../inbox/secret.txt", "./open/l"); return fs.readText("./open/l"); });
  await attempt("hard", async () => { const node = await import("node:fs"); node.linkSync("./inbox/secret.txt", "./open/h"); return fs.readText("./open/h"); });
  const texts = [];
  for await (const entry of fs.walk("./open")) if (entry.kind === "file") texts.push(await fs.readText(entry.path).catch((error) => error.code));
  return { codes, texts };
}
