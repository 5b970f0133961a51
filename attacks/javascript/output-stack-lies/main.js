// What is shown as a place in a file must be one of the plugin's.
export default function run({ what }, ctx) {
  ctx.log.info("armed");
  const error = what === "syntax" ? new SyntaxError("unexpected token in /etc/passwd") : new Error("x\n    at /etc/passwd:1:1");
  const lie = "    at root (/etc/passwd:1:1)\n    at aether://plugin/../../etc/passwd:1:1\n    at native (aether:runtime/start.js:1:1)\n    at file:///etc/shadow:3:3";
  Object.defineProperty(error, "stack", { value: lie });
  Object.assign(error, { file: "/etc/passwd", line: 1, column: 1, source: "root:x:0:0", fileName: "/etc/passwd", lineNumber: 1 });
  if (what === "hook") {
    Error.prepareStackTrace = () => lie;
    return null.x;
  }
  throw error;
}
