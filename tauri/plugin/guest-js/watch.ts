import { Channel } from "@tauri-apps/api/core";
import type { AetherEvent } from "./events.js";
import { given, send } from "./send.js";

export interface WatchOptions {
  /** Only events of these plugins. Without it, those of every plugin. */
  plugins?: string[];
  /** The time between two samples in milliseconds, from 250 to 60000. 1000 if not given. */
  everyMs?: number;
}

/**
 * Delivers events to `handler` until the function it resolves to is called. Calling that twice is the
 * same as once. Permission `aether:default`.
 */
export async function watch(
  options: WatchOptions,
  handler: (event: AetherEvent) => void,
): Promise<() => Promise<void>> {
  let ending: Promise<void> | undefined;
  const onEvent = new Channel<AetherEvent>();
  onEvent.onmessage = (event) => {
    if (!ending) handler(event);
  };
  const { plugins, everyMs } = options;
  const id = await send<number>("watch", { onEvent, ...given({ plugins, everyMs }) });
  return () => (ending ??= unwatch(id));
}

async function unwatch(id: number): Promise<void> {
  await send("unwatch", { id });
}
