// Numbers and lists in sentences. The engine has no Intl; reports are in English.

/** 1234567 → "1,234,567" */
export function number(value) {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "1 line", "2 lines"; `many` is given when adding an s does not do. */
export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** "more than 5,000 addresses" when the reader stopped following new ones. */
export function countDistinct({ count: value, atLeast }, one, many) {
  return `${atLeast ? "more than " : ""}${count(value, one, many)}`;
}

/**
 * Who stands out: ", 286 of them from 10.0.0.1", " from 10.0.0.1" when it was all of them, or the number of
 * addresses when none of them matters more than the others.
 */
export function lead(event, worst, all) {
  if (!worst) return "";
  if (worst.count === event.count) return ` from ${worst.value}`;
  return worst.count * 50 < event.count
    ? ` from ${countDistinct(all, "address", "addresses")}`
    : `, ${number(worst.count)} of them from ${worst.value}`;
}

/** " at 12:00:01" or " between 12:00:01 and 12:30:00"; "" for events without a time. */
export function period({ first, last }) {
  if (first === "") return "";
  return first === last ? ` at ${first}` : ` between ${first} and ${last}`;
}

/** "55 %" */
export function percent(part, whole) {
  const share = (100 * part) / whole;
  return `${share > 0 && share < 1 ? "less than 1" : Math.round(share)} %`;
}
