// A table of methods that is an ordinary object would find these.
import log from "aether:log";

log.info("armed");

export default { run: () => ({ own: true }), hidden: 1 };
