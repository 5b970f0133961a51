// The host has a secret in its environment, under a name that every thief knows.
import * as env from "aether:env";

const NAMES = ["AWS_SECRET_ACCESS_KEY", "AETHER_ATTACKS_SECRET", "PATH", "HOME", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "LANG\0", "lang", "LANG=", " LANG", "LANG ", "", "*", "LAN*",
  "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY=x", "__proto__", "constructor", "A".repeat(1 << 16)];

export default function run(input, ctx) {
  ctx.log.info("armed");
  const codes = {};
  for (const name of NAMES) {
    let code;
    try {
      const value = env.get(name);
      code = `worked: ${value}`;
    } catch (error) {
      code = error.code;
    }
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return { codes, names: env.names(), lang: env.get("LANG") };
}
