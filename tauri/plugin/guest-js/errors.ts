/**
 * Why a function of this package rejected.
 *
 * `message` is a sentence for a person. `code` is for programs: words with hyphens, such as
 * `unknown-plugin`, `out-of-scope` or `unsupported`. Four codes are made in the page:
 *
 * - `not-permitted`: the window lacks the Tauri permission of this command; the message names it.
 * - `cancelled`: the `AbortSignal` of the call was aborted; `cause` is its reason.
 * - `panel-left`: a panel went to another page than its own, and was closed.
 * - `failed`: the app failed before the command ran, for instance because the plugin is not registered.
 */
export class AetherError extends Error {
  override readonly name = "AetherError";
  readonly code: string;
  /** The exact line that would allow it, or what to do. Null when there is none. */
  readonly fix: string | null;

  constructor(code: string, message: string, fix: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fix = fix;
  }
}

/** Makes an error of whatever `invoke` rejected with. */
export function toAetherError(reason: unknown): AetherError {
  if (reason instanceof AetherError) return reason;
  if (typeof reason === "string") return new AetherError(codeOfText(reason), reason);
  if (isErrorValue(reason)) return new AetherError(reason.code, reason.message, reason.fix ?? null);
  const message = reason instanceof Error ? reason.message : String(reason);
  return new AetherError("failed", message, null, reason);
}

interface ErrorValue {
  code: string;
  message: string;
  fix?: string | null;
}

function isErrorValue(value: unknown): value is ErrorValue {
  if (typeof value !== "object" || value === null) return false;
  const { code, message, fix } = value as Record<string, unknown>;
  const fits = fix === undefined || fix === null || typeof fix === "string";
  return typeof code === "string" && typeof message === "string" && fits;
}

/** Tauri refuses with a text, and each of these texts says "not allowed"; so do none of its other errors. */
function codeOfText(text: string): string {
  return text.includes("not allowed") ? "not-permitted" : "failed";
}
