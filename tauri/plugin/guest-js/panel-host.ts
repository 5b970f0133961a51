import { cancellable } from "./cancellable.js";
import { AetherError, toAetherError } from "./errors.js";
import { readFromPanel, type Theme, type ToPanel } from "./panel-messages.js";
import { send } from "./send.js";

/** Errors whose words are the plugin's own, or about nothing but its call. */
const ownWords = new Set([
  "bad-input",
  "bad-result",
  "cancelled",
  "degraded",
  "ended",
  "no-method",
  "plugin-error",
  "too-many-calls",
]);

/** What a panel is told: other errors name paths and settings of the app, which are none of its affair. */
function toldToPanel(error: AetherError): string {
  return ownWords.has(error.code) ? error.message : "the app did not make the call";
}

/** A panel that the app made ready to be shown. */
export interface PanelPlace {
  /** Stands for the panel in `panelCall` and `closePanel`. Do not give it to the panel. */
  token: string;
  /** What the iframe shows. */
  url: string;
}

/**
 * Makes the panel of a plugin ready. `mountPanel` does this and all that follows; use this only to build
 * a frame of your own. Permission `aether:use`, with the plugin in its scope.
 */
export function panel(name: string): Promise<PanelPlace> {
  return send("panel", { name });
}

/** Ends a panel: its address shows nothing any more. Permission `aether:use`. */
export async function closePanel(token: string): Promise<void> {
  await send("close_panel", { token });
}

/** Calls the plugin to which a panel belongs, and no other. Permission `aether:use`. */
export function panelCall(
  token: string,
  method: string,
  input?: unknown,
  options: { signal?: AbortSignal } = {},
): Promise<unknown> {
  return cancellable(options.signal, (call) =>
    send("panel_call", { token, method, input: input ?? null, call }),
  );
}

export interface PanelOptions {
  /** The theme of the panel. What the person prefers in the system if not given. */
  theme?: Theme;
  /** What a screen reader calls the frame. The name of the plugin if not given. */
  title?: string;
  /** Up to what height in pixels the frame follows the panel's content. 2000 if not given. */
  maxHeight?: number;
  /** Is told of each call of the panel that failed, and of a panel that was closed for leaving its page. */
  onError?: (error: AetherError) => void;
}

/** A panel on the page. */
export interface Panel {
  readonly frame: HTMLIFrameElement;
  setTheme(theme: Theme): void;
  /** Removes the frame and cancels the panel's calls. Closing twice is the same as once. */
  close(): Promise<void>;
}

/** In pixels. A panel cannot make itself too small to be seen. */
const lowestHeight = 40;
const usualMaxHeight = 2000;

/** How many calls of one panel may be open. A panel in a loop cannot fill the app with calls. */
const mostOpenCalls = 32;

/**
 * Shows the panel of a plugin in `element`.
 *
 * The panel runs in a frame that has no origin, cannot reach the page or Tauri, and can call its own
 * plugin only. It stands in a frame below, whose own policy keeps it from leaving for an address on the
 * network. Where your app has a `csp`, let `frame-src aether-panel: http://aether-panel.localhost` into it.
 * A frame that loads a second time is closed, with the code `panel-left`. So do not move the frame to
 * another place in the document, which loads it again.
 *
 * Permission `aether:use`, with the plugin in its scope.
 */
export async function mountPanel(
  element: HTMLElement,
  name: string,
  options: PanelOptions = {},
): Promise<Panel> {
  const place = await panel(name);
  return new MountedPanel(element, place, { title: name, ...options });
}

class MountedPanel implements Panel {
  readonly frame: HTMLIFrameElement;
  readonly #page: Window;
  readonly #token: string;
  readonly #maxHeight: number;
  readonly #onError: (error: AetherError) => void;
  readonly #open = new Set<number>();
  readonly #closed = new AbortController();
  #theme: Theme;
  #loads = 0;
  #closing: Promise<void> | undefined;

  constructor(
    element: HTMLElement,
    place: PanelPlace,
    options: PanelOptions & { title: string },
  ) {
    this.#page = element.ownerDocument.defaultView ?? window;
    this.#token = place.token;
    this.#maxHeight = options.maxHeight ?? usualMaxHeight;
    this.#onError = options.onError ?? (() => {});
    this.#theme = options.theme ?? systemTheme(this.#page);
    this.frame = makeFrame(element.ownerDocument, place.url, options.title);
    this.frame.addEventListener("load", this.#onLoad);
    this.#page.addEventListener("message", this.#onMessage);
    element.append(this.frame);
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#post({ aether: "theme", theme });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#page.removeEventListener("message", this.#onMessage);
    this.frame.remove();
    this.#closed.abort();
    await closePanel(this.#token);
  }

  /** A second load is another page in the same frame, to which the panel may have carried what it knows. */
  readonly #onLoad = (): void => {
    this.#loads += 1;
    if (this.#loads === 1) return;
    this.close().catch((reason: unknown) => this.#onError(toAetherError(reason)));
    this.#onError(new AetherError("panel-left", "The panel left its page and was closed."));
  };

  readonly #onMessage = (event: MessageEvent<unknown>): void => {
    const panelWindow = this.frame.contentWindow;
    // The origin of a sandboxed frame is "null", as that of any other: only the window tells panels apart.
    if (panelWindow === null || event.source !== panelWindow) return;
    const message = readFromPanel(event.data);
    if (message?.aether === "call") void this.#answer(message.id, message.method, message.input);
    if (message?.aether === "ready") this.#post({ aether: "theme", theme: this.#theme });
    if (message?.aether === "size") this.#resize(message.height);
  };

  /** Calls the plugin of this panel. Which one that is says the token, never the message. */
  async #answer(id: number, method: string, input: unknown): Promise<void> {
    // A second call with the number of an open one could not be answered apart from it.
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

  #refuse(id: number, error: AetherError): void {
    if (this.#closing) return;
    this.#post({ aether: "error", id, code: error.code, message: toldToPanel(error) });
    this.#onError(error);
  }

  #post(message: ToPanel): void {
    // The frame's origin is opaque, so no address but "*" matches it. The message reaches this window
    // only, and holds nothing but what is meant for the panel.
    this.frame.contentWindow?.postMessage(message, "*");
  }

  #resize(height: number): void {
    const shown = Math.min(Math.max(Math.ceil(height), lowestHeight), this.#maxHeight);
    this.frame.style.height = `${shown}px`;
  }
}

function makeFrame(document: Document, url: string, title: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  // Scripts, and nothing else: never `allow-same-origin`, which would let the panel reach Tauri.
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.setAttribute("title", title);
  frame.style.width = "100%";
  frame.style.border = "0";
  frame.src = url;
  return frame;
}

function systemTheme(page: Window): Theme {
  return page.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function tooManyCalls(): AetherError {
  return new AetherError(
    "too-many-calls",
    `The panel has ${mostOpenCalls} calls open already.`,
    "Wait for an answer before the next call.",
  );
}
