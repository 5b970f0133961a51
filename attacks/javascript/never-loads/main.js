import log from "aether:log";

log.info("armed");
await new Promise(() => {});

export default () => {};
