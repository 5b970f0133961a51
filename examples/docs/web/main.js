// examples/docs/web/main.js
export default async function run() {
  const url = new URL("/search?q=a+b", "https://example.com");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
  const target = new EventTarget();
  let heard = 0;
  target.addEventListener("ping", () => heard++);
  target.dispatchEvent(new Event("ping"));
  const controller = new AbortController();
  controller.abort();
  return {
    query: url.searchParams.get("q"),
    sha256: new Uint8Array(digest).toHex().slice(0, 16),
    uuid: crypto.randomUUID().length,
    random: crypto.getRandomValues(new Uint8Array(4)).length,
    copy: structuredClone(new Map([["a", 1]])).get("a"),
    base64: btoa("hello"),
    heard,
    aborted: controller.signal.aborted,
    micro: await new Promise((resolve) => queueMicrotask(() => resolve("ran"))),
    time: typeof performance.now(),
  };
}
