// examples/docs/variables/main.js
import * as env from "aether:env";

export default function run() {
  return {
    language: env.get("LANG") ?? "not set",    // granted; undefined when this machine has not set it
    names: env.names(),                        // the granted names that are set
  };
}
