// What log-reader returned, arranged for asking: `file.event("ssh.failed-password")`.

/** All files of a run. */
export class Logs {
  constructor(input) {
    if (!Array.isArray(input?.files) || !Array.isArray(input?.events)) {
      throw new TypeError("triage needs the result of log-reader as `logs`");
    }
    this.files = input.files.filter((file) => !file.skipped).map((file) => new LogFile(file, input.events));
    this.skipped = input.files.filter((file) => file.skipped).map(({ path, kind, reason }) => ({ path, kind, reason }));
    this.all = input.messages ?? [];
    this.packages = input.packages ?? [];
    this.totals = input.totals ?? {};
    this.truncated = input.truncated ?? [];
  }

  /** Message patterns of one file. */
  messages(path) {
    return this.all.filter((message) => message.file === path);
  }
}

/** One file and its events by type. */
class LogFile {
  constructor(file, events) {
    Object.assign(this, file);
    this.events = new Map(events.filter((event) => event.file === file.path).map((event) => [event.type, event]));
  }

  /** The event of this type, or undefined. */
  event(type) {
    return this.events.get(type);
  }

  /** How many lines were counted as this type. */
  count(type) {
    return this.events.get(type)?.count ?? 0;
  }
}

/** The values of one dimension, most frequent first. */
export function top(event, dimension) {
  return event?.by[dimension]?.top ?? [];
}

/** How many distinct values a dimension has, in words: "23 addresses", "more than 5,000 addresses". */
export function distinct(event, dimension) {
  const side = event?.by[dimension];
  return { count: side?.distinct ?? 0, atLeast: side?.atLeast ?? false };
}

/** Average lines per minute over the time an event covers. */
export function perMinute(event) {
  if (!event.timeline) return 0;
  const { counts, width } = event.timeline;
  return event.count / ((counts.length * width) / 60);
}
