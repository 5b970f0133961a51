// examples/docs/node-modules/main.js
import path from "node:path";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { isDeepStrictEqual } from "node:util";

export default function run() {
  const emitter = new EventEmitter();
  const heard = [];
  emitter.on("word", (word) => heard.push(word));
  emitter.emit("word", "hello");
  return {
    name: path.basename("/workspace/texts/fox.txt", ".txt"),
    hex: Buffer.from("aether").toString("hex"),
    heard,
    equal: isDeepStrictEqual({ a: [1] }, { a: [1] }),
  };
}
