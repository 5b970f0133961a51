// When something happened, in the words of the log.
//
// A log's own clock is kept as it is: no time zone is applied, and a syslog line without a year is never
// shown with one. `at` (seconds) only serves to order and to count per minute.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH_NUMBER = new Map(MONTHS.map((name, index) => [name, index]));

/** The time of the line last read: `at` in seconds, `text` as people read it. */
export class Clock {
  constructor(year) {
    this.at = 0;
    this.text = "";
    this.hasYear = true;
    this.dated = false; // `text` is a date, not seconds since a start
    this.year = year; // for formats without one
    this.month = -1;
    this.seen = ""; // most lines carry the same second as the line before
    this.seenEnd = 0;
  }

  /** Reads a time at the start of `line`. Returns where the rest begins, or -1 and keeps the old time. */
  read(line) {
    const length = this.seen.length;
    if (length > 0 && line.startsWith(this.seen)) return this.seenEnd;
    const end = this.parse(line);
    if (end > 0) {
      this.seen = line.slice(0, end);
      this.seenEnd = end;
    }
    return end;
  }

  parse(line) {
    const c = line.charCodeAt(0);
    if (c >= 65 && c <= 90) return this.syslog(line);
    if (c >= 48 && c <= 57) return line[4] === "-" || line[4] === "/" ? this.iso(line) : this.hadoop(line);
    if (c === 91) return line.charCodeAt(1) > 64 ? this.apache(line) : this.uptime(line);
    return -1;
  }

  /** "Dec 10 06:55:46 " */
  syslog(line) {
    const month = MONTH_NUMBER.get(line.slice(0, 3));
    const day = two(line, 4);
    if (month === undefined || line[3] !== " " || day < 1) return -1;
    // A file that runs from December into January goes on in the next year.
    if (month < this.month && this.month - month > 6) this.year += 1;
    this.month = month;
    return this.set(this.year, month, day, line, 7, false) ? 16 : -1;
  }

  /** "2025-06-24 14:36:25 ", "2025/06/24 14:36:25 ", "2024-05-01T12:00:00.123456+02:00 " */
  iso(line) {
    const year = two(line, 0) * 100 + two(line, 2);
    if (!(year > 0) || !this.set(year, two(line, 5) - 1, two(line, 8), line, 11, true)) return -1;
    const space = line.indexOf(" ", 19);
    return space < 0 ? line.length : space + 1;
  }

  /** "081109 203615 " */
  hadoop(line) {
    const [year, month, day] = [two(line, 0), two(line, 2) - 1, two(line, 4)];
    if (line[6] !== " " || line[13] !== " " || !(year >= 0)) return -1;
    const time = `${line.slice(7, 9)}:${line.slice(9, 11)}:${line.slice(11, 13)}`;
    return this.set(year < 70 ? 2000 + year : 1900 + year, month, day, time, 0, true) ? 14 : -1;
  }

  /** "[Sun Dec 04 04:47:44 2005] ", with ".123456" after the seconds in newer versions */
  apache(line) {
    const close = line.indexOf("] ");
    const month = MONTH_NUMBER.get(line.slice(5, 8));
    if (close < 24 || close > 34 || month === undefined) return -1;
    const year = two(line, close - 4) * 100 + two(line, close - 2);
    return this.set(year, month, two(line, 9), line, 12, true) ? close + 2 : -1;
  }

  /** "[   12.345678] ": seconds since the machine started */
  uptime(line) {
    const close = line.indexOf("] ");
    const seconds = close > 0 && close < 24 ? Number(line.slice(1, close)) : NaN;
    if (!(seconds >= 0)) return -1;
    this.at = Math.floor(seconds);
    this.text = `${this.at} s after start`;
    this.dated = false;
    return close + 2;
  }

  /** "10/Oct/2000:13:55:36", the time of web access logs */
  access(text) {
    const month = MONTH_NUMBER.get(text.slice(3, 6));
    const year = two(text, 7) * 100 + two(text, 9);
    return month !== undefined && this.set(year, month, two(text, 0), text, 12, true);
  }

  /** "2025-06-24  14:36:25", as apt writes it */
  apt(text) {
    return this.iso(text.replace("  ", " ")) > 0;
  }

  set(year, month, day, text, from, hasYear) {
    const [hour, minute, second] = [two(text, from), two(text, from + 3), two(text, from + 6)];
    const sane = month >= 0 && month < 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 62;
    if (!sane || !(hour >= 0 && minute >= 0 && second >= 0)) return false;
    this.at = Date.UTC(year, month, day, hour, minute, second) / 1000;
    this.hasYear = hasYear;
    this.dated = true;
    const time = text.slice(from, from + 8);
    this.text = hasYear ? `${year}-${pad(month + 1)}-${pad(day)} ${time}` : `${MONTHS[month]} ${pad(day)} ${time}`;
    return true;
  }
}

/** `at` as text again, for the start of a timeline. */
export function show(at, hasYear) {
  const date = new Date(at * 1000);
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  const [month, day] = [date.getUTCMonth(), date.getUTCDate()];
  return hasYear
    ? `${date.getUTCFullYear()}-${pad(month + 1)}-${pad(day)} ${time}`
    : `${MONTHS[month]} ${pad(day)} ${time}`;
}

/**
 * The year to order syslog lines by, from when the file was last written. It brings rotated files into
 * their order and is never shown.
 */
export function pseudoYear(head, modified) {
  const written = new Date(modified || 0);
  const month = MONTH_NUMBER.get(head.slice(0, 3)) ?? 0;
  const later = month * 31 + two(head, 4) > written.getUTCMonth() * 31 + written.getUTCDate();
  return written.getUTCFullYear() - (later ? 1 : 0);
}

/** Two digits at `i` (a space counts as 0), or NaN. */
function two(text, i) {
  const tens = text.charCodeAt(i) === 32 ? 48 : text.charCodeAt(i);
  const ones = text.charCodeAt(i + 1);
  return tens >= 48 && tens <= 57 && ones >= 48 && ones <= 57 ? (tens - 48) * 10 + ones - 48 : NaN;
}

function pad(number) {
  return number < 10 ? `0${number}` : String(number);
}
