// Counts the lines and words of the text files in the working folder.

const fs = require("node:fs");
const { Socket } = require("node:net");
const { createInterface } = require("node:readline");

// The door to the host: one line of JSON-RPC for each message. What is printed becomes log lines.
const host = new Socket({ fd: 3, readable: true, writable: true });
const tell = (message) => host.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");

function run(_input) {
  const names = fs.readdirSync(".").filter((name) => name.endsWith(".txt"));
  if (names.length === 0) throw new Error("there is no text file here");
  const texts = names.map((name) => fs.readFileSync(name, "utf8"));
  const params = { level: "info", message: "counted", fields: { files: texts.length } };
  tell({ method: "log.write", params });
  const total = (count) => texts.reduce((sum, text) => sum + count(text), 0);
  return {
    files: texts.length,
    lines: total((text) => text.split("\n").length - 1),
    words: total((text) => text.split(/\s+/).filter(Boolean).length),
  };
}

const methods = {
  hello: () => ({ protocol: 1, engine: `node ${process.version}` }),
  load: () => ({ exports: ["run"] }),
  call: ({ input }) => ({ output: { json: run(input.json) } }),
};

createInterface({ input: host }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "shutdown") process.exit();
  if (id === undefined) return; // other notifications, such as `cancel`, want no answer
  try {
    tell({ id, result: methods[method](params) });
  } catch ({ name, message }) {
    tell({ id, error: { code: -32000, message, data: { kind: "exception", name } } });
  }
});
