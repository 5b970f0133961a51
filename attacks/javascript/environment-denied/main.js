import * as env from "aether:env";

export default function run(input, ctx) {
  ctx.log.info("armed");
  return env.get("AWS_SECRET_ACCESS_KEY");
}
