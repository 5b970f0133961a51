// One folder is granted; the secret lies beside it, above it and elsewhere.
import * as fs from "aether:fs";

const PATHS = [
  "./public/../secret.txt", "public/../secret.txt", "/workspace/public/../secret.txt", "./public/../../outside/secret.txt", "./public/./../secret.txt",
  "./public//../secret.txt", "./public/sub/../../secret.txt", "./public/%2e%2e/secret.txt", "./public/..%2fsecret.txt", "./public/..\\secret.txt",
  "./public\\..\\secret.txt", "./public/\u2025/secret.txt", "./public/\uff0e\uff0e/secret.txt", "./public/\u2024\u2024/secret.txt", "./public/.\u200b./secret.txt",
  "./public\0/../secret.txt", "./public/readme.txt\0", "./public/\0", "\0", "", ".", "..", "/", "//", "/..", "/../..", "./", "../", "~", "~/.ssh/id_rsa", "$HOME/.ssh/id_rsa",
  "./secret.txt", "secret.txt", "/workspace/secret.txt", "/workspace/private/secret.txt", "/workspace//private/./secret.txt", "/workspace/publicity", "/workspace/publi", "/workspace/public*",
  "./PUBLIC/readme.txt", "./Public/readme.txt", "./public/README.TXT", "./p\u016bblic/readme.txt", "./pub\u0131ic/readme.txt", "./\uff50ublic/readme.txt", "./public /readme.txt", " ./public/readme.txt", "./public/readme.txt ",
  "file:///etc/passwd", "file:./public/readme.txt", "/proc/self/environ", "/proc/1/environ", "/proc/self/root/etc/passwd", "/proc/self/cwd/secret.txt", "/proc/self/fd/3", "/proc/self/mem", "/proc/self/maps",
  "/dev/fd/3", "/dev/mem", "/dev/zero", "/dev/tty", "/sys/kernel/security", "/etc/passwd", "/etc/shadow", "/etc/ssl/private", "/root/.ssh/id_rsa", "/var/run/docker.sock", "/tmp",
  "\\\\server\\share", "C:\\Windows\\win.ini", "//server/share/x", "./public/" + "a/".repeat(3000) + "x", "./public/" + "x".repeat(300), "./public/" + "../".repeat(1000) + "etc/passwd",
];

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const worked = [], codes = {}, odd = [];
  for (const path of PATHS) {
    for (const act of [fs.readText, fs.readBytes, (p) => fs.writeText(p, "x"), fs.remove, (p) => fs.rename(p, "./public/x"), (p) => fs.rename("./public/readme.txt", p), fs.mkdir]) {
      try {
        await act(path);
        worked.push(path);
      } catch (error) {
        codes[error.code] = (codes[error.code] ?? 0) + 1;
        if (!["ERR_ACCESS_DENIED", "EINVAL", "ENAMETOOLONG", "ENOENT", "EISDIR"].includes(error.code)) odd.push([path.slice(0, 50), String(error)]);
      }
    }
  }
  return { worked, odd, denied: codes.ERR_ACCESS_DENIED > 200, refused: codes.EINVAL > 100, granted: await fs.readText("./public/readme.txt") };
}
