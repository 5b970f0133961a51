// Names are secrets too: a listing shows what is granted and the way to it.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const names = {};
  for (const path of ["/", "/workspace", "/etc", "/proc", "/home", "/root", "/tmp", "./private", "./inbox", "./public/folder", "./public", "./public/sub", "./public/up", "./public/everything"]) {
    names[path] = await fs.list(path).then((entries) => entries.map((entry) => entry.name).sort(), (error) => error.code);
  }
  const known = {};
  for (const path of ["./secret.txt", "./private", "./private/secret.txt", "./nothing", "/etc/passwd", "/etc/nothing"]) {
    known[path] = await fs.stat(path).then((stat) => stat.kind, (error) => error.code);
    known[`${path}?`] = await fs.exists(path).catch((error) => error.code);
  }
  return { root: names["/"], workspace: names["/workspace"], up: names["./public/up"], everything: names["./public/everything"],
    others: [...new Set(Object.entries(names).filter(([path]) => !/^(.|.workspace|..public|..public.(sub|up|everything))$/.test(path)).map(([, found]) => found))].sort(), known: [...new Set(Object.values(known))] };
}
