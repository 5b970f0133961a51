// Whoever answers must not fall behind with everybody else.
import * as env from "aether:env";
import * as fs from "aether:fs";
import * as kv from "aether:kv";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (let i = 0; ; i++) {
    await Promise.all([fs.stat("./public/readme.txt"), kv.get("x"), fs.readText(`/etc/${i}`).catch(() => {}), fs.list("/nowhere").catch(() => {}), fs.readText("./public/sub/more.txt")]);
    try { env.get(`NAME_${i}`); } catch {}
    env.names();
  }
}
