// Loading is running.
import log from "aether:log";

log.info("armed");
for (;;) {
  try {
    for (;;);
  } catch {}
}
