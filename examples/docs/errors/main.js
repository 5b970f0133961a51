// examples/docs/errors/main.js
import { readText, PermissionDenied } from "aether:fs";

async function codeOf(action) {
  try {
    await action();
    return "no error";
  } catch (error) {
    return error.code;
  }
}

export default async function run() {
  let denied;
  try {
    await readText("/etc/shadow");
  } catch (error) {
    if (!(error instanceof PermissionDenied)) throw error;
    const { code, permission, resource, fix } = error;
    denied = { code, permission, resource, fix };
  }
  return {
    denied,
    missing: await codeOf(() => readText("./texts/nothing.txt")),
    blocked: await codeOf(() => import("node:net")),
    unknown: await codeOf(() => import("left-pad")),
    network: await codeOf(() => fetch("https://example.com/")),
  };
}
