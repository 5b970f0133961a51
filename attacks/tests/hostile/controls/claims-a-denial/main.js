// It throws the error of a denial, and nothing was denied.
import { PermissionDenied } from "aether:errors";

export default function run(input, ctx) {
  ctx.log.info("armed");
  throw new PermissionDenied("reading is not granted");
}
