// Built from guest-js by `npm run build`. Do not edit.
if ("__TAURI__" in window) {
"use strict";
var __TAURI_PLUGIN_AETHER__ = (() => {
  var __defProp = Object.defineProperty;
  var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
  var __getOwnPropNames = Object.getOwnPropertyNames;
  var __hasOwnProp = Object.prototype.hasOwnProperty;
  var __export = (target, all) => {
    for (var name in all)
      __defProp(target, name, { get: all[name], enumerable: true });
  };
  var __copyProps = (to, from, except, desc) => {
    if (from && typeof from === "object" || typeof from === "function") {
      for (let key of __getOwnPropNames(from))
        if (!__hasOwnProp.call(to, key) && key !== except)
          __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
    }
    return to;
  };
  var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

  // guest-js/index.ts
  var index_exports = {};
  __export(index_exports, {
    AetherError: () => AetherError,
    apply: () => apply,
    audit: () => audit,
    auditVerify: () => auditVerify,
    call: () => call,
    changes: () => changes,
    closePanel: () => closePanel,
    disable: () => disable,
    discard: () => discard,
    discardReview: () => discardReview,
    enable: () => enable,
    grant: () => grant,
    inspect: () => inspect,
    install: () => install,
    interactions: () => interactions,
    list: () => list,
    metrics: () => metrics,
    mountPanel: () => mountPanel,
    panel: () => panel,
    panelCall: () => panelCall,
    questions: () => questions,
    reject: () => reject,
    report: () => report,
    respond: () => respond,
    restart: () => restart,
    restore: () => restore,
    review: () => review,
    reviewWaiting: () => reviewWaiting,
    revoke: () => revoke,
    start: () => start,
    stop: () => stop,
    uninstall: () => uninstall,
    watch: () => watch
  });

  // guest-js/errors.ts
  var AetherError = class extends Error {
    name = "AetherError";
    code;
    /** The exact line that would allow it, or what to do. Null when there is none. */
    fix;
    constructor(code, message, fix = null, cause) {
      super(message, cause === void 0 ? void 0 : { cause });
      this.code = code;
      this.fix = fix;
    }
  };
  function toAetherError(reason) {
    if (reason instanceof AetherError) return reason;
    if (typeof reason === "string") return new AetherError(codeOfText(reason), reason);
    if (isErrorValue(reason)) return new AetherError(reason.code, reason.message, reason.fix ?? null);
    const message = reason instanceof Error ? reason.message : String(reason);
    return new AetherError("failed", message, null, reason);
  }
  function isErrorValue(value) {
    if (typeof value !== "object" || value === null) return false;
    const { code, message, fix } = value;
    const fits = fix === void 0 || fix === null || typeof fix === "string";
    return typeof code === "string" && typeof message === "string" && fits;
  }
  function codeOfText(text) {
    return text.includes("not allowed") ? "not-permitted" : "failed";
  }

  // guest-js/global-core.ts
  var { invoke, Channel } = window.__TAURI__.core;

  // guest-js/send.ts
  async function send(command, args = {}) {
    try {
      return await invoke(`plugin:aether|${command}`, args);
    } catch (reason) {
      throw toAetherError(reason);
    }
  }
  function given(options) {
    return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== void 0));
  }

  // guest-js/library.ts
  function list() {
    return send("list");
  }
  function inspect(name) {
    return send("inspect", { name });
  }
  function review(source) {
    return send("review", { source });
  }
  function reviewWaiting(name) {
    return send("review_waiting", { name });
  }
  async function discardReview(ticket) {
    await send("discard_review", { ticket });
  }
  function install(ticket, answers) {
    return send("install", { ticket, answers });
  }
  async function reject(name, digest) {
    await send("reject", { name, digest });
  }
  function grant(name, right) {
    return send("grant", { name, right });
  }
  function revoke(name, right) {
    return send("revoke", { name, right });
  }
  function enable(name) {
    return send("enable", { name });
  }
  function disable(name) {
    return send("disable", { name });
  }
  async function uninstall(name) {
    await send("uninstall", { name });
  }

  // guest-js/running.ts
  function start(name) {
    return send("start", { name });
  }
  function stop(name) {
    return send("stop", { name });
  }
  function restart(name) {
    return send("restart", { name });
  }
  async function restore(name) {
    await send("restore", { name });
  }
  function metrics() {
    return send("metrics");
  }
  function interactions() {
    return send("interactions");
  }

  // guest-js/cancellable.ts
  function cancellable(signal, start2) {
    if (!signal) return start2(crypto.randomUUID());
    if (signal.aborted) return Promise.reject(cancelled(signal));
    return new Promise((resolve, reject2) => {
      const id = crypto.randomUUID();
      const onAbort = () => {
        reject2(cancelled(signal));
        send("cancel", { call: id }).catch(() => {
        });
      };
      const forget = () => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      start2(id).then(resolve, reject2).finally(forget);
    });
  }
  function cancelled(signal) {
    return new AetherError("cancelled", "The call was cancelled.", null, signal.reason);
  }

  // guest-js/call.ts
  function call(name, method, input, options = {}) {
    return cancellable(
      options.signal,
      (id) => send("call", {
        name,
        method,
        input: input ?? null,
        call: id,
        ...given({ limitMs: options.limitMs, onEvent: eventsOf(options) })
      })
    );
  }
  function eventsOf({ onPiece, onProgress, signal }) {
    if (!onPiece && !onProgress) return void 0;
    const channel = new Channel();
    channel.onmessage = (event) => {
      if (signal?.aborted) return;
      if (event.kind === "piece") onPiece?.(event.value);
      if (event.kind === "progress") onProgress?.({ fraction: event.fraction, message: event.message });
    };
    return channel;
  }

  // guest-js/changes.ts
  function changes(name) {
    return send("changes", { name });
  }
  function apply(name, paths) {
    return send("apply", { name, ...given({ paths }) });
  }
  function discard(name) {
    return send("discard", { name });
  }

  // guest-js/watch.ts
  async function watch(options, handler) {
    let ending;
    const onEvent = new Channel();
    onEvent.onmessage = (event) => {
      if (!ending) handler(event);
    };
    const { plugins, everyMs } = options;
    const id = await send("watch", { onEvent, ...given({ plugins, everyMs }) });
    return () => ending ??= unwatch(id);
  }
  async function unwatch(id) {
    await send("unwatch", { id });
  }

  // guest-js/questions.ts
  function questions() {
    return send("questions");
  }
  function respond(id, allow) {
    return send("respond", { id, allow });
  }

  // guest-js/trace.ts
  function report() {
    return send("report");
  }
  function audit(options = {}) {
    const { plugin, last } = options;
    return send("audit", given({ plugin, last }));
  }
  function auditVerify() {
    return send("audit_verify");
  }

  // guest-js/panel-messages.ts
  var longestMethod = 256;
  function readFromPanel(data) {
    if (!isRecord(data)) return void 0;
    switch (data["aether"]) {
      case "call":
        return readCall(data);
      case "ready":
        return hasOnly(data, ["aether"]) ? { aether: "ready" } : void 0;
      case "size":
        return readSize(data);
      default:
        return void 0;
    }
  }
  function isMethod(value) {
    return typeof value === "string" && value !== "" && value.length <= longestMethod;
  }
  function readCall(data) {
    const { id, method, input } = data;
    if (!hasOnly(data, ["aether", "id", "method", "input"])) return void 0;
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) return void 0;
    if (!isMethod(method)) return void 0;
    return { aether: "call", id, method, input };
  }
  function readSize(data) {
    const { height } = data;
    if (!hasOnly(data, ["aether", "height"])) return void 0;
    if (typeof height !== "number" || !Number.isFinite(height)) return void 0;
    return { aether: "size", height };
  }
  function isRecord(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }
  function hasOnly(data, keys) {
    return Object.keys(data).every((key) => keys.includes(key));
  }

  // guest-js/panel-host.ts
  var ownWords = /* @__PURE__ */ new Set([
    "bad-input",
    "bad-result",
    "cancelled",
    "degraded",
    "ended",
    "no-method",
    "plugin-error",
    "too-many-calls"
  ]);
  function toldToPanel(error) {
    return ownWords.has(error.code) ? error.message : "the app did not make the call";
  }
  function panel(name) {
    return send("panel", { name });
  }
  async function closePanel(token) {
    await send("close_panel", { token });
  }
  function panelCall(token, method, input, options = {}) {
    return cancellable(
      options.signal,
      (call2) => send("panel_call", { token, method, input: input ?? null, call: call2 })
    );
  }
  var lowestHeight = 40;
  var usualMaxHeight = 2e3;
  var mostOpenCalls = 32;
  async function mountPanel(element, name, options = {}) {
    const place = await panel(name);
    return new MountedPanel(element, place, { title: name, ...options });
  }
  var MountedPanel = class {
    frame;
    #page;
    #token;
    #maxHeight;
    #onError;
    #open = /* @__PURE__ */ new Set();
    #closed = new AbortController();
    #theme;
    #loads = 0;
    #closing;
    constructor(element, place, options) {
      this.#page = element.ownerDocument.defaultView ?? window;
      this.#token = place.token;
      this.#maxHeight = options.maxHeight ?? usualMaxHeight;
      this.#onError = options.onError ?? (() => {
      });
      this.#theme = options.theme ?? systemTheme(this.#page);
      this.frame = makeFrame(element.ownerDocument, place.url, options.title);
      this.frame.addEventListener("load", this.#onLoad);
      this.#page.addEventListener("message", this.#onMessage);
      element.append(this.frame);
    }
    setTheme(theme) {
      this.#theme = theme;
      this.#post({ aether: "theme", theme });
    }
    close() {
      return this.#closing ??= this.#close();
    }
    async #close() {
      this.#page.removeEventListener("message", this.#onMessage);
      this.frame.remove();
      this.#closed.abort();
      await closePanel(this.#token);
    }
    /** A second load is another page in the same frame, to which the panel may have carried what it knows. */
    #onLoad = () => {
      this.#loads += 1;
      if (this.#loads === 1) return;
      this.close().catch((reason) => this.#onError(toAetherError(reason)));
      this.#onError(new AetherError("panel-left", "The panel left its page and was closed."));
    };
    #onMessage = (event) => {
      const panelWindow = this.frame.contentWindow;
      if (panelWindow === null || event.source !== panelWindow) return;
      const message = readFromPanel(event.data);
      if (message?.aether === "call") void this.#answer(message.id, message.method, message.input);
      if (message?.aether === "ready") this.#post({ aether: "theme", theme: this.#theme });
      if (message?.aether === "size") this.#resize(message.height);
    };
    /** Calls the plugin of this panel. Which one that is says the token, never the message. */
    async #answer(id, method, input) {
      if (this.#open.has(id)) return;
      if (this.#open.size >= mostOpenCalls) return this.#refuse(id, tooManyCalls());
      this.#open.add(id);
      try {
        const value = await panelCall(this.#token, method, input, { signal: this.#closed.signal });
        this.#post({ aether: "result", id, value });
      } catch (reason) {
        this.#refuse(id, toAetherError(reason));
      } finally {
        this.#open.delete(id);
      }
    }
    #refuse(id, error) {
      if (this.#closing) return;
      this.#post({ aether: "error", id, code: error.code, message: toldToPanel(error) });
      this.#onError(error);
    }
    #post(message) {
      this.frame.contentWindow?.postMessage(message, "*");
    }
    #resize(height) {
      const shown = Math.min(Math.max(Math.ceil(height), lowestHeight), this.#maxHeight);
      this.frame.style.height = `${shown}px`;
    }
  };
  function makeFrame(document, url, title) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.setAttribute("title", title);
    frame.style.width = "100%";
    frame.style.border = "0";
    frame.src = url;
    return frame;
  }
  function systemTheme(page) {
    return page.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  function tooManyCalls() {
    return new AetherError(
      "too-many-calls",
      `The panel has ${mostOpenCalls} calls open already.`,
      "Wait for an answer before the next call."
    );
  }
  return __toCommonJS(index_exports);
})();
Object.defineProperty(window.__TAURI__, "aether", { value: __TAURI_PLUGIN_AETHER__ }); }
