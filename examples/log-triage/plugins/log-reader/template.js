// The constant part of a message: numbers, addresses and identifiers replaced, so that repeats are seen.

/** Only the beginning of a message is compared, and kept. */
const MAX_TEMPLATE = 160;
// One alternation, no nested repetition: linear in the length of the message.
const VARIABLE =
  /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?|\bblk_-?\d+|\b0x[0-9A-Fa-f]+|\b[0-9A-Fa-f]{8,}(?:-[0-9A-Fa-f]{4,}){0,4}\b|\d+/g;

/** "Received block blk_-123 of size 7 from /10.0.0.1" → "Received block <id> of size <n> from /<ip>" */
export function template(message) {
  const text = message.slice(0, MAX_TEMPLATE).replace(VARIABLE, placeholder);
  return message.length > MAX_TEMPLATE ? `${text}…` : text;
}

function placeholder(found) {
  if (found.startsWith("blk_")) return "<id>";
  if (found.includes(".")) return "<ip>";
  if (/^\d+$/.test(found)) return "<n>";
  return "<hex>";
}
