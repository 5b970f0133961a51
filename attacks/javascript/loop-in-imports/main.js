import log from "aether:log";

log.info("armed");
for (;;) await import("./endless.js").catch(() => {});
