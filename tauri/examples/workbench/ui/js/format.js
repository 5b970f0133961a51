// Figures, times and names as people read them.

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Bytes with at most three figures: `38.2 MB`. */
export function bytes(count) {
  let value = Number(count) || 0,
    unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A whole number with thin spaces between thousands. */
export function count(value) {
  return String(Math.round(Number(value) || 0)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Cores in use as a percentage of one core. */
export function percent(cores) {
  const value = (Number(cores) || 0) * 100;
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
}

/** Processor time: tenths of a second count there, as long as it is little. */
export function work(ms) {
  return ms < 60_000 ? `${((Number(ms) || 0) / 1000).toFixed(1)} s` : span(ms);
}

/** How long, in its two largest units: `4 min 12 s`. */
export function span(ms) {
  const seconds = Math.max(0, Math.floor((Number(ms) || 0) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** The time of day. */
export function clock(when) {
  const date = new Date(when);
  return Number.isNaN(date.getTime()) ? String(when ?? "") : CLOCK.format(date);
}

/** Day and time. */
export function day(when) {
  const date = new Date(when);
  return Number.isNaN(date.getTime()) ? String(when ?? "") : DAY.format(date);
}

/** `1 change`, `3 changes`. */
export function many(number, one, more = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : more}`;
}

/** The first figures of a digest, without its algorithm. */
export function shortDigest(digest) {
  return String(digest ?? "")
    .replace(/^[a-z0-9]+:/, "")
    .slice(0, 12);
}
