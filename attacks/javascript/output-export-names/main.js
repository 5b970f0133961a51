// A name of a method is shown when another is called that does not exist.
import log from "aether:log";

log.info("armed");

const evil = () => 1;
export { evil as "\u001b[2J\u202e\0", evil as "__proto__", evil as "constructor", evil as "" };
export default () => ({ plain: true });
