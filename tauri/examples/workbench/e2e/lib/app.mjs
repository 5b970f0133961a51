// The workbench in a window of its own, with a data folder of its own, driven by WebKitWebDriver.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Page } from "./page.mjs";
import { descendants, kill, living } from "./processes.mjs";
import { pause, until } from "./until.mjs";
import { Session } from "./webdriver.mjs";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
/** The workbench, and what tells that its page is there. */
const WORKBENCH = {
  binary: process.env.WORKBENCH ?? join(ROOT, "target/debug/aether-workbench"),
  ready: (page) => page.ready(),
};
/** The app of docs/tauri.md. */
export const TEN_MINUTES = {
  binary: join(ROOT, "target/debug/aether-ten-minutes"),
  ready: (page) => shows(page, '"Ready."'),
};
/** The folder of that app's plugin. */
export const HELLO = fileURLToPath(new URL("../../../ten-minutes/plugins/hello/", import.meta.url));

/** Waits until the app of docs/tauri.md shows this as what came of the last thing done. */
export function shows(page, text) {
  return page.until(`${text} is shown`, () =>
    page.session.run((text) => document.getElementById("result")?.textContent === text, text),
  );
}
/** The folder of the sample plugins. */
export const PLUGINS = fileURLToPath(new URL("../../plugins/", import.meta.url));

/** Starts of the driver that are tried: another program may take the port between its choice and its use. */
const STARTS = 3;
/** How long the driver may take to end a session by itself. */
const CLOSING_MS = 5000;

/**
 * Opens the workbench, has `use` do something with it, and leaves no process and no file behind. Where that
 * fails, a picture of the window is laid into the folder that `E2E_FAILURES` names.
 */
export async function withApp(name, use, which = WORKBENCH) {
  const app = await open(which);
  try {
    return await use(app);
  } catch (error) {
    await app.keepPicture(name).catch(() => {});
    throw error;
  } finally {
    await app.close();
  }
}

async function open(which) {
  note(process.pid);
  const app = new App(mkdtempSync(join(tmpdir(), "workbench-")), which);
  try {
    await app.start();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

class App {
  #driver;
  #said = "";
  #session;

  #which;

  constructor(home, which) {
    this.home = home;
    this.#which = which;
    /** Where the app keeps its data. */
    this.data = join(home, "data");
    /** Where its notes are. */
    this.workspace = join(this.data, "dev.aether.workbench/workspace");
  }

  async start() {
    const url = await this.#startDriver();
    this.#session = await Session.open(url, this.#which.binary).catch((error) => {
      throw new Error(`the driver could not start the app: ${error.message}\n${this.#said}`);
    });
    this.pid = descendants(this.#driver.pid).find((one) => one.parent === this.#driver.pid).pid;
    note(this.pid);
    this.page = new Page(this.#session);
    await this.#which.ready(this.page);
  }

  /** Starts the driver, and gives its address. */
  async #startDriver() {
    for (let start = 1; start <= STARTS; start += 1) {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      this.#spawn(port);
      const answers = await until("the driver answers", async () => {
        if (this.#driver.exitCode !== null || !this.#driver.pid) return "never";
        return (await fetch(`${url}/status`)).ok && "now";
      });
      if (answers === "now") return url;
    }
    throw new Error(`WebKitWebDriver does not start: ${this.#said}`);
  }

  #spawn(port) {
    const options = { env: this.#env(), stdio: ["ignore", "pipe", "pipe"] };
    this.#driver = spawn("WebKitWebDriver", [`--port=${port}`], options);
    this.#driver.once("error", (error) => (this.#said += error.message));
    for (const stream of [this.#driver.stdout, this.#driver.stderr])
      stream.setEncoding("utf8").on("data", (text) => (this.#said = (this.#said + text).slice(-8000)));
    if (this.#driver.pid) note(this.#driver.pid);
  }

  #env() {
    const own = (name) => {
      mkdirSync(join(this.home, name), { recursive: true });
      return join(this.home, name);
    };
    return {
      ...process.env,
      // The web view lets itself be driven only where the app was started to be tested.
      TAURI_AUTOMATION: "true",
      TAURI_WEBVIEW_AUTOMATION: "true",
      XDG_DATA_HOME: own("data"),
      XDG_CONFIG_HOME: own("config"),
      XDG_CACHE_HOME: own("cache"),
      NO_AT_BRIDGE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
      GDK_BACKEND: "x11",
    };
  }

  async keepPicture(name) {
    const folder = process.env.E2E_FAILURES;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), await this.#session.picture());
    writeFileSync(join(folder, `${name}.txt`), `${await this.page.describe()}\n${this.#said}`);
  }

  /** Ends the driver, the app, and all that they started, and waits until they are gone. */
  async end() {
    const { pid } = this.#driver ?? {};
    if (!pid) return;
    // Looked for before the app ends: its web processes lose their parent then, and write on for a while.
    const all = descendants(pid);
    await Promise.race([this.#session?.close().catch(() => {}), pause(CLOSING_MS, { ref: false })]);
    kill([...all, ...descendants(pid)]);
    this.#driver.kill("SIGKILL");
    await until("all its processes have ended", () => living(all).length === 0);
  }

  async close() {
    await this.end();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Tells the runner what to end if this is ended before its time. */
function note(pid) {
  const folder = process.env.E2E_PROCESSES;
  if (folder) writeFileSync(join(folder, String(pid)), "");
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
