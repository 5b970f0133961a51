// The part of the WebDriver protocol that these tests speak.

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** An answer that is an error, with the protocol's own word for it. */
export class WebDriverError extends Error {
  constructor({ error, message }) {
    super(`${error}: ${message}`);
    this.code = error;
  }
}

/** One session: one window of the app. */
export class Session {
  #at;

  constructor(at) {
    this.#at = at;
  }

  /** Starts the program `binary` through the driver that listens at `url`. */
  static async open(url, binary) {
    const options = { binary, args: [] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
    const { sessionId } = await ask(`${url}/session`, "POST", { capabilities });
    return new Session(`${url}/session/${sessionId}`);
  }

  post(path, body = {}) {
    return ask(`${this.#at}/${path}`, "POST", body);
  }

  get(path) {
    return ask(`${this.#at}/${path}`, "GET");
  }

  close() {
    return ask(this.#at, "DELETE");
  }

  /** Runs a function in the page, or in the frame that was switched to, and waits for what it promises. */
  run(act, ...args) {
    return this.post("execute/sync", { script: `return (${act}).apply(null, arguments)`, args });
  }

  /** The first element for a selector; throws where there is none. */
  async find(selector) {
    const found = await this.post("element", { using: "css selector", value: selector });
    return new Element(this, found[ELEMENT]);
  }

  /** To the frame that the selector finds, seen from where the session is; null is the page itself. */
  async switchTo(selector) {
    if (selector === null) return this.post("frame", { id: null });
    const { id } = await this.find(selector);
    return this.post("frame", { id: { [ELEMENT]: id } });
  }

  /** Presses one key after the other; see the protocol for those that are no characters. */
  keys(text) {
    const actions = [...text].flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    return this.post("actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** The window as a PNG. */
  async picture() {
    return Buffer.from(await this.get("screenshot"), "base64");
  }
}

class Element {
  constructor(session, id) {
    this.session = session;
    this.id = id;
  }

  click() {
    return this.session.post(`element/${this.id}/click`);
  }

  async type(text) {
    await this.session.post(`element/${this.id}/clear`);
    return this.session.post(`element/${this.id}/value`, { text });
  }
}

async function ask(url, method, body) {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new WebDriverError(value);
  return value;
}
