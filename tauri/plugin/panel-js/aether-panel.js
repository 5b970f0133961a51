// Built from guest-js by `npm run build`. Do not edit.
"use strict";
(() => {
  // guest-js/panel-messages.ts
  var longestMethod = 256;
  function isMethod(value) {
    return typeof value === "string" && value !== "" && value.length <= longestMethod;
  }
  function readToPanel(data) {
    if (!isRecord(data)) return void 0;
    const { aether: aether2, id, value, code, message, theme: theme2 } = data;
    if (aether2 === "theme" && (theme2 === "light" || theme2 === "dark")) return { aether: aether2, theme: theme2 };
    if (typeof id !== "number") return void 0;
    if (aether2 === "result") return { aether: aether2, id, value };
    if (aether2 === "error" && typeof code === "string" && typeof message === "string") {
      return { aether: aether2, id, code, message };
    }
    return void 0;
  }
  function isRecord(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  // guest-js/panel.ts
  var root = document.documentElement;
  var waiting = /* @__PURE__ */ new Map();
  var listeners = /* @__PURE__ */ new Set();
  var lastId = 0;
  var theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  var aether = Object.freeze({
    call(method, input) {
      if (!isMethod(method)) return Promise.reject(badMethod());
      return new Promise((resolve, reject) => {
        lastId += 1;
        say({ aether: "call", id: lastId, method, input: input ?? null });
        waiting.set(lastId, { resolve, reject });
      });
    },
    get theme() {
      return theme;
    },
    onTheme(fn) {
      listeners.add(fn);
      return () => {
        listeners.delete(fn);
      };
    }
  });
  Object.defineProperty(window, "aether", { value: aether });
  root.dataset["theme"] = theme;
  window.addEventListener("message", hear);
  new ResizeObserver(sayHeight).observe(root);
  say({ aether: "ready" });
  function say(message) {
    parent.postMessage(message, "*");
  }
  function sayHeight() {
    say({ aether: "size", height: Math.ceil(root.getBoundingClientRect().height) });
  }
  function hear(event) {
    if (event.source !== parent) return;
    const message = readToPanel(event.data);
    if (message?.aether === "theme") changeTheme(message.theme);
    if (message?.aether === "result") take(message.id)?.resolve(message.value);
    if (message?.aether === "error") {
      take(message.id)?.reject(codedError(message.code, message.message));
    }
  }
  function take(id) {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  }
  function badMethod() {
    return codedError("bad-method", `A method is a text of 1 to ${longestMethod} characters.`);
  }
  function codedError(code, message) {
    return Object.assign(new Error(message), { code });
  }
  function changeTheme(next) {
    if (next === theme) return;
    theme = next;
    root.dataset["theme"] = next;
    for (const fn of listeners) fn(next);
  }
})();
