// examples/docs/store/main.js
import * as kv from "aether:kv";

export default async function run() {
  await kv.set("user:ada", { visits: 1 });             // any JSON value
  await kv.set("user:bob", { visits: 2 });
  const { visits } = await kv.get("user:ada");
  const users = await kv.keys("user:");                // keys that begin with the text, sorted
  const deleted = await kv.delete("user:bob");         // whether it was there
  return { visits, users, deleted, missing: await kv.get("user:bob") };
}
