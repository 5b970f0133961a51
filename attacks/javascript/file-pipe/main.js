// Opening a pipe waits for the other end, unless one asks not to.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const codes = {};
  for (const [name, act] of Object.entries({
    read: () => fs.readText("./public/pipe"), bytes: () => fs.readBytes("./public/pipe"), append: () => fs.writeText("./public/pipe", "x", { append: true }),
    move: () => fs.rename("./public/pipe", "./public/moved"),
  })) {
    codes[name] = await act().then(() => "worked", (error) => error.code);
  }
  const stat = await fs.stat("./public/pipe").then((stat) => stat.kind, (error) => error.code);
  return { worked: Object.values(codes).filter((code) => code === "worked").length, stat, codes };
}
