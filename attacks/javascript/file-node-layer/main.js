// The layer that behaves like Node's must be no wider than what lies under it. It makes a link of its
// own that leads nowhere, and that a link is one it may know.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const fs = await import("node:fs");
  const worked = [], missing = [];
  const attempt = async (name, act) => {
    try {
      const got = await act();
      if (got !== undefined && got !== false) worked.push([name, String(got).slice(0, 40)]);
    } catch (error) {
      if (error instanceof TypeError && /not a function/.test(error.message)) missing.push(name);
    }
  };
  for (const path of ["./secret.txt", "/etc/passwd", "./public/../secret.txt", new URL("file:///etc/passwd"), new TextEncoder().encode("/etc/passwd"), "./public/aside", 0, 1, 3, -1, { toString: () => "./public/readme.txt" }]) {
    for (const name of ["readFileSync", "readdirSync", "openSync", "createReadStream", "realpathSync", "readlinkSync", "opendirSync", "watch", "accessSync", "statSync", "lstatSync"]) {
      await attempt(`${name} ${path}`, () => fs[name](path));
    }
    await attempt(`promises ${path}`, () => fs.promises.readFile(path));
    for (const name of ["writeFileSync", "appendFileSync", "symlinkSync", "linkSync", "copyFileSync", "renameSync", "cpSync", "chmodSync", "truncateSync", "rmSync", "unlinkSync", "mkdirSync"]) {
      await attempt(`${name} ${path}`, () => { fs[name](path, "./out/x"); return name; });
    }
  }
  return { worked: worked.filter(([name]) => !name.startsWith("accessSync")) };
}
