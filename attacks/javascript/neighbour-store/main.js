// Two cells of one plugin, in one host, at the same time. The other one keeps a secret.
import * as kv from "aether:kv";
import * as fs from "aether:fs";

export async function keep({ secret }, ctx) {
  globalThis.secret = secret;
  await kv.set("secret", secret);
  await fs.writeText("./out/secret.txt", secret);
  await fs.mkdir(`./out/${secret}`);
  setInterval(() => secret, 1000);
  return true;
}

export default async function run(input, ctx) {
  ctx.log.info("armed");
  return {
    stored: await kv.get("secret"), keys: await kv.keys(), global: typeof globalThis.secret,
    read: await fs.readText("./out/secret.txt").catch((error) => error.code), names: (await fs.list("./out").catch(() => [])).map((entry) => entry.name),
  };
}
