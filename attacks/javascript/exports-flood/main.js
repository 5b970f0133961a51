// The list of methods is a message too.
import log from "aether:log";

log.info("armed");

export default Object.fromEntries(Array.from({ length: 100000 }, (_, i) => [`method${i}`, () => i]));
