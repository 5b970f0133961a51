// Logs of applications: Hadoop's format, lines that begin with a date, and plain text.

import { countLevel, exceptionIn, guessLevel, levelOf } from "../levels.js";
import { template } from "../template.js";
import { clean } from "../text.js";

/** "081109 203615 148 INFO dfs.DataNode$PacketResponder: message" */
export function hadoop(tally) {
  return (line) => {
    if (line === "") return;
    const start = tally.time(line);
    const [, word, component] = line.slice(start, start + 300).split(" ", 3);
    const colon = start === 0 ? -1 : line.indexOf(": ", start);
    if (colon < 0 || component === undefined) return loose(tally, line);
    const message = line.slice(colon + 2);
    report(tally, levelOf(word), clean(component.replace(/:$/, "")), message);
  };
}

const LEVEL_WORD =
  /\b(?:EMERG|ALERT|CRIT(?:ICAL)?|FATAL|SEVERE|PANIC|ERROR|WARN(?:ING)?|NOTICE|INFO|LOG|DEBUG|TRACE)\b/;

/** "2024-01-02 03:04:05,123 ERROR component: message", PostgreSQL's "… UTC [12] FATAL:  message" and the like. */
export function application(tally) {
  return (line) => {
    if (line === "") return;
    const start = tally.time(line);
    if (start === 0) return loose(tally, line);
    const word = LEVEL_WORD.exec(line.slice(start, start + 80));
    const message = word
      ? line.slice(start + word.index + word[0].length).replace(/^[\])>:\s-]{1,8}/, "")
      : line.slice(start);
    report(tally, word ? levelOf(word[0]) : guessLevel(message), "", message);
  };
}

/** Text of any kind: lines that look like trouble, and what repeats. */
export function plain(tally) {
  return (line) => {
    if (line.trim() !== "") loose(tally, line.slice(tally.time(line)));
  };
}

/** A line without a level of its own, such as one of a stack trace. */
function loose(tally, line) {
  // "\tat com.example.Main.main(Main.java:3)" belongs to an exception that was already counted.
  if (line.startsWith("\tat ") || line.startsWith("    at ")) return;
  report(tally, guessLevel(line), "", line);
}

function report(tally, level, component, message) {
  countLevel(tally, level, component);
  const exception = level === "" ? "" : exceptionIn(message.slice(0, 400));
  if (exception !== "") tally.hit("log.exception", { component, exception });
  tally.message(component, level, template(message));
}
