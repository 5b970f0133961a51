// A name that is longer than a message must fail like any other bad name.
import * as env from "aether:env";
import * as fs from "aether:fs";
import * as kv from "aether:kv";

const LONG = "x".repeat(1 << 20);

const ways = {
  read: () => fs.readText(LONG),
  write: () => fs.writeText(LONG, "x"),
  rename: () => fs.rename("./public/x", LONG),
  list: () => fs.list(LONG),
  env: () => env.get(LONG),
  get: () => kv.get(LONG),
  set: () => kv.set(LONG, 1),
  keys: () => kv.keys(LONG),
  import: () => import(`./${LONG}`),
  wide: () => fs.readText("\u0001".repeat(1 << 18)),
};

export default async function run(input, ctx) {
  ctx.log.info("armed");
  ctx.log.info(LONG, { [LONG]: LONG });
  ctx.progress(0.5, LONG);
  console.log(LONG, LONG);
  const worked = [];
  for (const [name, act] of Object.entries(ways)) {
    try {
      await act();
      worked.push(name);
    } catch (error) {
      if (String(error.message).length > 20000) worked.push(`${name}: a long message`);
    }
  }
  return { worked };
}
