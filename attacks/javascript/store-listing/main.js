// A list of names must come in pieces, not in a line that nobody may send.
import * as kv from "aether:kv";
import * as fs from "aether:fs";

export default async function run({ how }, ctx) {
  ctx.log.info("armed");
  if (how === "keys") {
    for (let i = 0; i < 4500; i++) await kv.set(`${i}`.padStart(6, "0") + "\u0001".repeat(500), 0);
    return { some: (await kv.keys("0000")).length, all: await kv.keys().catch((error) => error.code) };
  }
  // A character that takes six in a message; where no file has it in its name, a plain one.
  let rest = "\u0001".repeat(240);
  await fs.writeText(`./out/0${rest}`, "").catch(() => (rest = "x".repeat(240)));
  for (let i = 0; i < 4500; i++) await fs.writeText(`./out/${i}${rest}`, "");
  const listed = await fs.list("./out");
  return { some: listed.length > 100, all: listed.filter(({ name }) => name.endsWith(rest)).length === 4500 };
}
