// Runs inside a panel, as aether-panel.js. Gives it `window.aether`.

import {
  isMethod,
  longestMethod,
  readToPanel,
  type AetherPanel,
  type FromPanel,
  type Theme,
} from "./panel-messages.js";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const root = document.documentElement;
const waiting = new Map<number, Waiting>();
const listeners = new Set<(theme: Theme) => void>();
let lastId = 0;
let theme: Theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

const aether: AetherPanel = Object.freeze({
  call(method: string, input?: unknown): Promise<unknown> {
    // The page ignores a call that it cannot read, and the promise would never settle.
    if (!isMethod(method)) return Promise.reject(badMethod());
    return new Promise((resolve, reject) => {
      lastId += 1;
      say({ aether: "call", id: lastId, method, input: input ?? null });
      waiting.set(lastId, { resolve, reject });
    });
  },
  get theme(): Theme {
    return theme;
  },
  onTheme(fn: (theme: Theme) => void): () => void {
    listeners.add(fn);
    return () => {
      listeners.delete(fn);
    };
  },
});

Object.defineProperty(window, "aether", { value: aether });
root.dataset["theme"] = theme;
window.addEventListener("message", hear);
new ResizeObserver(sayHeight).observe(root);
say({ aether: "ready" });

function say(message: FromPanel): void {
  // A panel cannot know the address of the page around it, and says nothing here that is secret from it.
  parent.postMessage(message, "*");
}

function sayHeight(): void {
  // Not scrollHeight, which is never less than the frame, so that the frame could not shrink again.
  say({ aether: "size", height: Math.ceil(root.getBoundingClientRect().height) });
}

function hear(event: MessageEvent<unknown>): void {
  if (event.source !== parent) return;
  const message = readToPanel(event.data);
  if (message?.aether === "theme") changeTheme(message.theme);
  if (message?.aether === "result") take(message.id)?.resolve(message.value);
  if (message?.aether === "error") {
    take(message.id)?.reject(codedError(message.code, message.message));
  }
}

function take(id: number): Waiting | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}

function badMethod(): Error {
  return codedError("bad-method", `A method is a text of 1 to ${longestMethod} characters.`);
}

function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function changeTheme(next: Theme): void {
  if (next === theme) return;
  theme = next;
  root.dataset["theme"] = next;
  for (const fn of listeners) fn(next);
}
