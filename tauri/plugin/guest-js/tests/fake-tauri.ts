// A fake of the page's side of Tauri: records what is invoked, and answers as a test says.

export interface Invoked {
  command: string;
  args: Record<string, unknown>;
}

type Answer = (args: Record<string, unknown>) => unknown;

export class FakeTauri {
  readonly invoked: Invoked[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #callbacks = new Map<number, (raw: unknown) => void>();

  /** What `window.__TAURI_INTERNALS__` has to be. */
  readonly internals = {
    invoke: async (command: string, args: Record<string, unknown>): Promise<unknown> => {
      this.invoked.push({ command, args });
      const name = command.replace("plugin:aether|", "");
      return this.#answers.get(name)?.(args) ?? null;
    },
    transformCallback: (callback: (raw: unknown) => void): number => {
      const id = this.#callbacks.size + 1;
      this.#callbacks.set(id, callback);
      return id;
    },
    unregisterCallback: (id: number): void => {
      this.#callbacks.delete(id);
    },
  };

  /** Makes this the Tauri of the page. */
  install(page: object = globalThis): this {
    Object.assign(page, { __TAURI_INTERNALS__: this.internals });
    Object.assign(globalThis, { window: page });
    return this;
  }

  answer(command: string, answer: Answer): this {
    this.#answers.set(command, answer);
    return this;
  }

  /** The commands so far, without the name of the plugin. */
  commands(): string[] {
    return this.invoked.map(({ command }) => command.replace("plugin:aether|", ""));
  }

  argsOf(command: string): Record<string, unknown> {
    const found = this.invoked.find((one) => one.command === `plugin:aether|${command}`);
    if (!found) throw new Error(`${command} was not invoked`);
    return found.args;
  }

  /** Delivers messages through a channel that was an argument of a command. */
  deliver(channel: unknown, ...messages: unknown[]): void {
    const callback = this.#callbacks.get((channel as { id: number }).id);
    if (!callback) throw new Error("no such channel");
    messages.forEach((message, index) => callback({ index, message }));
  }
}

/** A promise with its two ends. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets all that is due happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
