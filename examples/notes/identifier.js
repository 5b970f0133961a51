// Short identifiers for notes.

/** The first 12 hex digits of the SHA-256 of `text` and a random number, so that equal notes differ. */
export async function identifier(text) {
  const salt = crypto.getRandomValues(new Uint8Array(8));
  const bytes = new TextEncoder().encode(`${text} ${salt.join(",")}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
