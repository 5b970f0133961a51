// What is kept of a file: exact counters per kind of event, with who, when and how dense.
//
// Every map below is capped, because its keys come from the log and so from whoever fills the log.
// When one is full, its rarest half makes room: whoever shows up a lot stays visible however many others
// there are. That costs detail and is told; a total is never touched.

import { Timeline } from "./timeline.js";
import { clean } from "./text.js";

/** Distinct values (addresses, users, paths…) followed per dimension of one event type. */
export const MAX_VALUES = 5000;
/** Distinct partners remembered per value, for "tried 17 user names". */
const MAX_PARTNERS = 200;
/** Characters of a value that are compared. */
const MAX_KEY = 200;
/** Individual records kept per event type (accepted logins, processes killed…). */
const MAX_RECORDS = 100;
/** Characters kept of a text in such a record. */
const MAX_DETAIL = 160;
/** Message templates followed per file. */
const MAX_TEMPLATES = 2000;
/** Characters kept of a template. */
const MAX_TEXT = 240;
/** Busiest minutes kept per counter. */
const MAX_MINUTES = 5;

/** Count, first and last time, and the busiest minutes of something. */
class Counter {
  constructor() {
    this.lines = 0;
    this.attempts = 0; // more than `lines` when the log says "message repeated N times"
    this.first = "";
    this.last = "";
    this.lastAt = 0;
    this.minute = -1;
    this.minuteText = "";
    this.minuteCount = 0;
    this.busiest = [];
    this.partners = null; // of an address: the users it tried, the paths it asked for
  }

  add(clock, attempts) {
    if (this.lines === 0) this.first = clock.text;
    this.lines += 1;
    this.attempts += attempts;
    this.last = clock.text;
    this.lastAt = clock.at;
    if (!clock.dated) return;
    const minute = Math.floor(clock.at / 60);
    if (minute !== this.minute) {
      this.closeMinute();
      this.minute = minute;
      this.minuteText = clock.text.slice(0, -3);
      this.minuteCount = 0;
    }
    this.minuteCount += 1;
  }

  /** Moves the running minute to the busiest ones if it belongs there. */
  closeMinute() {
    if (this.minuteCount < 2) return;
    const full = this.busiest.length >= MAX_MINUTES;
    if (full && this.busiest[MAX_MINUTES - 1].count >= this.minuteCount) return;
    if (full) this.busiest.pop();
    this.busiest.push({ minute: this.minuteText, at: this.minute * 60, count: this.minuteCount });
    this.busiest.sort((a, b) => b.count - a.count);
  }

  meets(partner) {
    this.partners ??= new Set();
    if (this.partners.size < MAX_PARTNERS) this.partners.add(partner);
  }
}

/** Everything kept of one file. */
export class Tally {
  constructor(clock) {
    this.clock = clock;
    this.first = "";
    this.last = "";
    this.events = new Map(); // type -> { total, timeline, by: Map(dimension -> { values, other }), records }
    this.templates = new Map(); // source + text -> { source, text, level, counter }
    this.forgotten = 0; // templates dropped when the map was full
    this.programs = new Map(); // syslog: program -> lines
    this.packages = null; // see kinds/packages.js
  }

  /** Reads the time at the start of `line`; returns where the rest begins (0 when there is no time). */
  time(line) {
    const end = this.clock.read(line);
    if (end < 0) return 0;
    this.stamp();
    return end;
  }

  /** The clock was set: remember the first and the last time of the file. */
  stamp() {
    if (this.first === "") this.first = this.clock.text;
    this.last = this.clock.text;
  }

  /** Counts one line as an event of `type`. `fields` are its dimensions: { address, user, … }. */
  hit(type, fields = {}, attempts = 1) {
    let event = this.events.get(type);
    if (!event) {
      event = { total: new Counter(), timeline: new Timeline(), by: new Map(), records: [] };
      this.events.set(type, event);
    }
    event.total.add(this.clock, attempts);
    if (this.clock.dated) event.timeline.add(this.clock.at, this.clock.hasYear);
    const partner = fields.user ?? fields.path ?? "";
    for (const dimension in fields) {
      const value = fields[dimension];
      if (value === "") continue;
      const counter = this.counter(event, dimension, keyOf(value));
      counter.add(this.clock, attempts);
      if (dimension === "address" && partner !== "") counter.meets(keyOf(partner));
    }
    return event;
  }

  /** An event that is rare enough to be kept one by one; `details` are kept with it and not counted apart. */
  record(type, fields, details = {}) {
    const { records } = this.hit(type, fields);
    if (records.length >= MAX_RECORDS) return;
    const entry = { time: this.clock.text, at: this.clock.at };
    for (const [name, value] of Object.entries({ ...fields, ...details }))
      entry[name] = typeof value === "string" ? clean(value, MAX_DETAIL) : value;
    records.push(entry);
  }

  counter(event, dimension, value) {
    let side = event.by.get(dimension);
    if (!side) event.by.set(dimension, (side = { values: new Map(), forgotten: 0 }));
    let counter = side.values.get(value);
    if (!counter) {
      if (side.values.size >= MAX_VALUES) {
        side.values = frequentHalf(side.values, (entry) => entry.lines);
        side.forgotten += MAX_VALUES - side.values.size;
      }
      side.values.set(value, (counter = new Counter()));
    }
    return counter;
  }

  /** Attempts counted so far for one value, 0 when there are none. */
  attempts(type, dimension, value) {
    return this.events.get(type)?.by.get(dimension)?.values.get(keyOf(value))?.attempts ?? 0;
  }

  /** Counts a message by its template (see template.js); `level` is "" when the line names none. */
  message(source, level, text) {
    const key = `${source}\n${text.slice(0, MAX_TEXT)}`;
    let entry = this.templates.get(key);
    if (!entry) {
      if (this.templates.size >= MAX_TEMPLATES) {
        this.templates = frequentHalf(this.templates, ({ counter }) => counter.lines);
        this.forgotten += MAX_TEMPLATES - this.templates.size;
      }
      entry = { source, level, text: clean(text, MAX_TEXT), counter: new Counter() };
      this.templates.set(key, entry);
    }
    entry.counter.add(this.clock, 1);
  }

  program(name) {
    const count = this.programs.get(name);
    if (count !== undefined || this.programs.size < MAX_VALUES) this.programs.set(name, (count ?? 0) + 1);
  }
}

/** A value as it is compared; it is made printable when it leaves (result.js), not once per line. */
function keyOf(value) {
  return (value.length > MAX_KEY ? value.slice(0, MAX_KEY) : value).trim();
}

/** The half of a full map with the highest counts. */
function frequentHalf(map, lines) {
  const entries = [...map].sort((a, b) => lines(b[1]) - lines(a[1]));
  return new Map(entries.slice(0, entries.length / 2));
}
