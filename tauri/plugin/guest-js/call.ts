import { Channel } from "@tauri-apps/api/core";
import { cancellable } from "./cancellable.js";
import { given, send } from "./send.js";

/** How far a call has come. */
export interface Progress {
  /** From 0 to 1. */
  fraction: number;
  /** The plugin's own words. */
  message: string;
}

export interface CallOptions {
  /** The time limit of this call, in milliseconds. */
  limitMs?: number;
  /** Is given each piece of a streamed answer, in order. */
  onPiece?: (value: unknown) => void;
  /** Is told how far the call has come. */
  onProgress?: (progress: Progress) => void;
  /** Cancels the call. The promise rejects at once with `cancelled`; the plugin is told to stop. */
  signal?: AbortSignal;
}

type CallEvent = { kind: "piece"; value: unknown } | ({ kind: "progress" } & Progress);

/**
 * Calls a method of a running plugin. `input` and the answer are JSON; `undefined` is sent as null.
 *
 * The answer comes from a plugin: `T` is what you expect, and nothing here checks it.
 * Pieces and the answer travel on two ways: the last pieces may come shortly after the answer.
 * Permission `aether:use`, with the plugin and the method in its scope.
 */
export function call<T = unknown>(
  name: string,
  method: string,
  input?: unknown,
  options: CallOptions = {},
): Promise<T> {
  return cancellable(options.signal, (id) =>
    send<T>("call", {
      name,
      method,
      input: input ?? null,
      call: id,
      ...given({ limitMs: options.limitMs, onEvent: eventsOf(options) }),
    }),
  );
}

/** A channel for what comes before the answer, if somebody wants to hear it. */
function eventsOf({ onPiece, onProgress, signal }: CallOptions): Channel<CallEvent> | undefined {
  if (!onPiece && !onProgress) return undefined;
  const channel = new Channel<CallEvent>();
  channel.onmessage = (event) => {
    if (signal?.aborted) return;
    if (event.kind === "piece") onPiece?.(event.value);
    if (event.kind === "progress") onProgress?.({ fraction: event.fraction, message: event.message });
  };
  return channel;
}
