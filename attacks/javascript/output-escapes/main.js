// Log lines, fields, results, errors, file names, keys and denials; markup for the report.
import * as fs from "aether:fs";
import * as kv from "aether:kv";
import * as env from "aether:env";

const EVIL = "\u001b[2J\u001b]0;owned\u0007\u009b31m\0\r\b\u202eesrever\u2066\u200b\ufeff</script><script>alert(1)</script><img src=x onerror=alert(1)>\n::error::x\n%0a";

const make = async (name) => {
  await fs.writeText(`./out/${name}`, EVIL);
  await fs.mkdir(`./out/folder ${name}`);
  await fs.rename(`./out/${name}`, `./out/moved ${name}`);
};

export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (const level of ["debug", "info", "warn", "error"]) ctx.log[level](EVIL, { [EVIL]: EVIL, nested: { [EVIL]: [EVIL] } });
  console.log(EVIL, { [EVIL]: EVIL }, Symbol(EVIL), Object.assign(() => {}, { [EVIL]: 1 }));
  console.group(EVIL);
  console.table({ [EVIL]: { [EVIL]: EVIL } });
  ctx.progress(0.5, EVIL);
  const name = EVIL.replaceAll(/[\0/]/g, "").slice(0, 80);
  // Where files have no such names, with what of it may stand in one.
  await make(name).catch(() => make(name.replaceAll(/[\0-\x1f\x7f-\x9f<>:"|?*\\]/g, "")));
  await kv.set(EVIL, EVIL);
  for (const act of [() => fs.readText(`./private/${name}`), () => fs.writeText(`/etc/${name}`, ""), () => env.get(name), () => import(`./${name}`), () => import(EVIL), () => fs.readText(EVIL)]) {
    try { await act(); } catch {}
  }
  setTimeout(() => { throw new Error(EVIL); }, 0);
  Promise.reject(Object.assign(new Error(EVIL), { name: EVIL }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (input.fail) throw Object.assign(new Error(EVIL), { name: EVIL, code: EVIL, stack: EVIL, fix: EVIL });
  return { listed: (await fs.list("./out")).length };
}
