// An option that nobody gave must not be found on a prototype.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  await fs.writeText("./out/kept.txt", "first");
  await fs.mkdir("./out/full");
  await fs.writeText("./out/full/a.txt", "a");
  const options = { append: true, recursive: true, exclusive: true, offset: 3, length: 1, signal: {}, base64: "eA==", text: "polluted",
    json: 1, blob: 5, as: "bytes", path: "/etc/shadow", code: "mine", fix: "mine", permission: "mine", fatal: true, stream: true, type: "json" };
  for (const [name, value] of Object.entries(options)) {
    Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
  const report = {};
  await fs.writeText("./out/kept.txt", "second");
  report.text = await fs.readText("./out/kept.txt");
  report.bytes = (await fs.readBytes("./out/kept.txt")).length;
  report.remove = await fs.remove("./out/full").then(() => "worked", (error) => error.code);
  report.mkdir = await fs.mkdir("./out/a/b/c").then(() => "worked", (error) => error.code);
  report.denied = await fs.readText("/etc/shadow").catch((error) => [error.code, error.permission, error.resource]);
  for (const name of Object.keys(options)) delete Object.prototype[name];
  return report;
}
