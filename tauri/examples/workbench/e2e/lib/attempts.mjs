// What a page in a frame may try to get out. Each runs in the frame, and says what came of it.

/** What is within reach: names of things that must not be there, and documents around. */
export function reach() {
  const tried = (act) => {
    try {
      return String(act());
    } catch (error) {
      return `throws ${error.name}`;
    }
  };
  return {
    internals: typeof globalThis.__TAURI_INTERNALS__,
    tauri: typeof globalThis.__TAURI__,
    parentDocument: tried(() => parent.document.title),
    topDocument: tried(() => top.document.title),
    storage: tried(() => localStorage.length),
    origin: globalThis.origin,
  };
}

/** Asks for an address in every way that a page has. The answers are `failed` or what came. */
export async function requests(url) {
  const soon = (promise) =>
    Promise.race([promise, new Promise((resolve) => setTimeout(() => resolve("failed: no answer"), 2000))]);
  const fetched = (address, init) =>
    fetch(address, init).then(
      async (response) => `reached: ${await response.text()}`,
      (error) => `failed: ${error.name}`,
    );
  const loaded = (tag, attributes) =>
    new Promise((resolve) => {
      const node = Object.assign(document.createElement(tag), attributes);
      node.onload = () => resolve("reached");
      node.onerror = () => resolve("failed");
      document.documentElement.append(node);
    });
  const socket = (make) =>
    new Promise((resolve) => {
      try {
        const made = make();
        made.onopen = made.onmessage = () => resolve("reached");
        made.onerror = () => resolve("failed");
      } catch (error) {
        resolve(`failed: ${error.name}`);
      }
    });
  return {
    fetch: await soon(fetched(`${url}/fetch`)),
    blind: await soon(fetched(`${url}/blind`, { mode: "no-cors" }).then((words) => words.replace(/: .*/, ""))),
    beacon: String(navigator.sendBeacon(`${url}/beacon`)),
    image: await soon(loaded("img", { src: `${url}/image` })),
    script: await soon(loaded("script", { src: `${url}/script` })),
    style: await soon(loaded("link", { rel: "stylesheet", href: `${url}/style` })),
    frame: await soon(loaded("iframe", { src: `${url}/frame` })),
    events: await soon(socket(() => new EventSource(`${url}/events`))),
    socket: await soon(socket(() => new WebSocket(`${url.replace("http", "ws")}/socket`))),
    module: await soon(import(`${url}/module`).then(() => "reached", () => "failed")),
  };
}

/** Tries to have the app do something: by its own protocol, and by the handler that its page posts to. */
export async function invokes() {
  const command = "plugin:aether|disable";
  const body = { name: "counter" };
  const key = "guessed";
  const message = { cmd: command, callback: 1, error: 2, payload: body, options: {}, __TAURI_INVOKE_KEY__: key };
  const tried = await fetch(`ipc://localhost/${encodeURIComponent(command)}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "Tauri-Callback": "1", "Tauri-Error": "2", "Tauri-Invoke-Key": key },
  }).then(
    (response) => `answered ${response.status}`,
    (error) => `failed: ${error.name}`,
  );
  try {
    globalThis.webkit?.messageHandlers?.ipc?.postMessage(JSON.stringify(message));
  } catch {
    // There is no such handler here.
  }
  return tried;
}

/** Tries to open a window, and to lead the pages around somewhere else. */
export function escapes(url) {
  const tried = (act) => {
    try {
      return String(act());
    } catch (error) {
      return `throws ${error.name}`;
    }
  };
  return {
    open: tried(() => window.open(`${url}/open`)),
    top: tried(() => ((top.location = `${url}/top`), "set")),
    parent: tried(() => ((parent.location = `${url}/parent`), "set")),
    link: tried(() => {
      const link = Object.assign(document.createElement("a"), { href: `${url}/link`, target: "_top" });
      document.body.append(link);
      link.click();
      return "clicked";
    }),
    form: tried(() => {
      const form = Object.assign(document.createElement("form"), { action: `${url}/form`, method: "post" });
      document.body.append(form);
      form.submit();
      return "sent";
    }),
  };
}

/** Leaves for an address, with what it knows. */
export function leaves(url) {
  location.href = `${url}/?leak`;
}

/** Calls by the bridge: a method of the panel's own plugin, and one of another, by a message of its own. */
export async function calls(own, other) {
  const asked = (promise) =>
    promise.then(
      (value) => `answered ${JSON.stringify(value)}`,
      (error) => `refused: ${error.code}`,
    );
  const answers = [];
  addEventListener("message", ({ data }) => data?.id >= 9000 && answers.push(data));
  const forged = { aether: "call", method: other.method, input: {} };
  parent.postMessage({ ...forged, id: 9000, plugin: other.plugin }, "*");
  parent.postMessage({ ...forged, id: 9001, name: other.plugin, token: "0".repeat(32) }, "*");
  top.postMessage({ ...forged, id: 9002 }, "*");
  return {
    own: await asked(globalThis.aether.call(own, {})),
    other: await asked(globalThis.aether.call(other.method, {})),
    named: await asked(globalThis.aether.call(`${other.plugin}.${other.method}`, {})),
    answers: answers.filter((answer) => answer.aether === "result"),
  };
}
