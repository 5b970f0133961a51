// Collects every text that could name where it runs.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const texts = [import.meta.url, new Error("x").stack];
  const errors = [
    () => fs.readText("/nowhere"), () => fs.readText("./public/missing"), () => import("./missing.js"),
    () => import("./broken.js"), () => import("node:net"), () => null.x, () => eval("("), () => eval("null.x"),
    () => new Function("return null.x")(), () => JSON.parse("{"), () => new URL("::"), () => structuredClone(run),
    () => fs.readText("./public/above"), () => fs.readText("./public/absolute"), () => fs.list("./public/everything"),
    () => [].reduce(() => {}), () => "x".repeat(-1), () => new RegExp("("), () => decodeURI("%"),
  ];
  for (const act of errors) {
    try {
      await act();
    } catch (error) {
      for (let at = error; at; at = at.cause) for (const key of Object.getOwnPropertyNames(at)) texts.push(String(at[key]));
      texts.push(String(error.stack), String(error));
    }
  }
  const told = texts.join("\n");
  const hints = ["/tmp", "/home", "/root/", "/work", "/usr", ".cargo", ".rs:", "/proc", "C:\\"];
  const found = hints.filter((hint) => told.replaceAll("/workspace", "").includes(hint));
  return { found, url: import.meta.url, many: texts.length > 60, told };
}
