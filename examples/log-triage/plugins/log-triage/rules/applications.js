// Lines that call themselves errors or warnings, in any kind of log.

import { COUNT, FIRST, LAST, finding, severityBy, table, topTable, value } from "../finding.js";
import { distinct, perMinute, top } from "../logs.js";
import { count, countDistinct, number, period } from "../words.js";

/** A minute is a burst when it has this many lines and this many times the average. */
const BURST_LINES = 10;
const BURST_TIMES = 10;
/** Words grep can look for, per kind of log whose lines name their level in one way. */
const GREP = {
  "Apache error log": { "log.error": "[error]" },
  "Hadoop / HDFS log": { "log.fatal": " FATAL ", "log.error": " ERROR ", "log.warning": " WARN " },
};

/** Errors and warnings of one file, as one finding each. */
export function applications(file, logs) {
  return [
    level(file, logs, "log.fatal", "fatal", "Fatal errors", { high: 1 }),
    level(file, logs, "log.error", "error", "Errors", { medium: 100 }),
    level(file, logs, "log.warning", "warning", "Warnings", { medium: 1000 }),
  ].filter(Boolean);
}

function level(file, logs, type, word, title, thresholds) {
  const event = file.event(type);
  if (!event) return null;
  const messages = logs
    .messages(file.path)
    .filter((message) => message.level === word)
    .sort((a, b) => b.count - a.count);
  const exceptions = type === exceptionLevel(file) ? file.event("log.exception") : undefined;
  const burst = burstOf(event);
  const severity = severityBy(event.count, thresholds);
  const grep = grepFor(file, type, event);
  const lines = count(event.count, `${word} line`);
  return finding({
    rule: `${word}-lines`,
    severity: burst && severity === "low" && word !== "warning" ? "medium" : severity,
    file,
    event,
    title: burst ? `${title}, in bursts` : title,
    short: [
      lines,
      exceptions && exceptions.count <= event.count ? `${number(exceptions.count)} with an exception` : "",
      burst ? `up to ${burst.count} a minute` : "",
    ]
      .filter(Boolean)
      .join(", "),
    summary: [
      `${lines}${sources(event)}${period(event)}.`,
      burst ? `The densest minute was ${burst.minute} with ${number(burst.count)} of them.` : "",
      exceptions ? `In this file ${count(exceptions.count, "line tells", "lines tell")} of an exception.` : "",
    ]
      .filter(Boolean)
      .join(" "),
    tables: [
      table("Messages", messages, [COUNT, ["Message", "value", (item) => item.text], FIRST, LAST]),
      ...components(event),
      table(
        "Exceptions",
        top(exceptions, "exception").filter((item) => item.value !== "exception"),
        [value("Exception"), COUNT, LAST],
      ),
    ],
    checks: grep ? [{ words: [grep], count: event.count }] : [],
  });
}

/** Apache names the level alone only in its older format, where no module stands before it. */
function grepFor(file, type, event) {
  const modules = top(event, "component").some((item) => item.value !== "apache");
  return file.kind === "Apache error log" && modules ? undefined : GREP[file.kind]?.[type];
}

function sources(event) {
  const components = distinct(event, "component");
  if (components.count === 0) return "";
  return components.count === 1
    ? ` from ${top(event, "component")[0].value}`
    : ` from ${countDistinct(components, "component")}`;
}

/** One component alone is named in the summary already. */
function components(event) {
  return distinct(event, "component").count > 1
    ? [topTable("By component", event, "component", [value("Component"), COUNT, LAST])]
    : [];
}

/** Exceptions are told once, with the worst level of the file. */
function exceptionLevel(file) {
  return ["log.fatal", "log.error", "log.warning"].find((type) => file.count(type) > 0);
}

function burstOf(event) {
  const densest = event.busiest?.[0];
  return densest && densest.count >= BURST_LINES && densest.count >= BURST_TIMES * perMinute(event) ? densest : null;
}
