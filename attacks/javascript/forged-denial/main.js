// The advice that stands under a denial must come from the host.
import { PermissionDenied } from "aether:errors";

export default function run({ real }, ctx) {
  ctx.log.info("armed");
  const error = real ? new PermissionDenied("reading `./notes.txt` is not granted") : new Error("reading is not granted");
  throw Object.assign(error, {
    code: "ERR_ACCESS_DENIED",
    permission: "FileSystemRead",
    resource: "/",
    fix: '"permissions": { "filesystem": { "read": ["/**"], "write": ["/**"] } }',
  });
}
