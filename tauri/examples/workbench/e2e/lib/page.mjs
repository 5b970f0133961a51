// The window as a person has it: things are found by their `data-test`, looked at, and pressed.

import { until } from "./until.mjs";

/** The selector for a `data-test`. */
export const at = (test) => `[data-test="${test}"]`;

// These run in the page.

function isShown(selector) {
  const node = document.querySelector(selector);
  return node !== null && node.getClientRects().length > 0 && getComputedStyle(node).visibility === "visible";
}

function textOf(selector) {
  return document.querySelector(selector)?.innerText ?? null;
}

function describePage() {
  const errors = [...document.querySelectorAll('[data-test="error"], .toast')].map((node) => node.innerText);
  return `${location.href}\n${errors.join("\n")}\n${document.body.innerText.slice(0, 3000)}`;
}

export class Page {
  constructor(session) {
    this.session = session;
  }

  /** Waits, with what the page shows in the message if it is in vain. */
  until(what, probe, options) {
    return until(what, probe, { details: () => this.describe(), ...options });
  }

  describe() {
    return this.session.run(describePage);
  }

  /** The page has asked the host what is installed. */
  async ready() {
    await this.shows(at("install-path"));
    await this.until("the list is read", () => this.session.run(() => document.querySelector(".head-note")?.innerText));
  }

  shows(selector) {
    return this.until(`${selector} is shown`, () => this.session.run(isShown, selector));
  }

  gone(selector) {
    return this.until(`${selector} is gone`, async () => !(await this.session.run(isShown, selector)));
  }

  isShown(selector) {
    return this.session.run(isShown, selector);
  }

  text(selector) {
    return this.session.run(textOf, selector);
  }

  /** Waits until the text of an element fits, and gives it. */
  async says(selector, pattern) {
    return this.until(`${selector} says ${pattern}`, async () => {
      const text = await this.text(selector);
      return text !== null && pattern.test(text) ? text : null;
    });
  }

  /** Presses it as a pointer does, as soon as it is there, enabled, and nothing lies above it. */
  async press(selector) {
    await this.until(`${selector} can be pressed`, () => this.#press(selector));
  }

  async #press(selector) {
    const ready = await this.session.run((selector) => {
      const node = document.querySelector(selector);
      return node !== null && !node.disabled && node.getAttribute("aria-busy") !== "true";
    }, selector);
    if (!ready) return false;
    await (await this.session.find(selector)).click();
    return true;
  }

  async type(selector, text) {
    await this.shows(selector);
    await (await this.session.find(selector)).type(text);
  }

  /** Whether the focus is on it. */
  hasFocus(selector) {
    return this.session.run((selector) => document.activeElement?.matches(selector) === true, selector);
  }

  /** To another screen, by its address. */
  async go(address) {
    await this.session.run((address) => void (location.hash = address), address);
  }

  /** Calls a function of the host, as the page could; for what a test wants to know beside what is shown. */
  host(name, ...args) {
    return this.session.run((name, args) => globalThis.__TAURI__.aether[name](...args), name, args);
  }
}
