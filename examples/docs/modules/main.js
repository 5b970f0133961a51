// examples/docs/modules/main.js
import { double } from "./lib/double.js";
import table from "./lib/table.json" with { type: "json" };

export default async function run() {
  const { triple } = await import("./lib/triple.js");
  return { double: double(2), triple: triple(2), table, here: import.meta.url };
}
