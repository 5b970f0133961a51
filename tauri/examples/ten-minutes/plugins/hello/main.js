import * as env from "aether:env";

export default function run() {
  try {
    return `Hello, ${env.get("USER") ?? "whoever you are"}!`;
  } catch (error) {
    return `Hello, stranger! (${error.code})`;
  }
}
