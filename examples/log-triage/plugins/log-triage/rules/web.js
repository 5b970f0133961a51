// Web servers: who looks for holes, and what does not work.

import { COUNT, DENSEST, FIRST, LAST, finding, severityBy, topTable, value } from "../finding.js";
import { distinct, top } from "../logs.js";
import { count, countDistinct, lead, number, percent } from "../words.js";

/** Findings about one access or error log. */
export function web(file) {
  return [probes(file), serverErrors(file), clientErrors(file), refused(file)].filter(Boolean);
}

function probes(file) {
  const event = file.event("http.probe");
  if (!event) return null;
  const tools = top(event, "tool").map(({ value: tool }) => tool);
  // Only a 200 to an attack is worth waking somebody for; most probes get a 404.
  const answered = top(event, "answer")
    .filter(({ value: status }) => status.startsWith("2"))
    .reduce((sum, item) => sum + item.count, 0);
  const [worst] = top(event, "address");
  return finding({
    rule: "web-scanner",
    severity: answered > 0 ? "high" : severityBy(event.count, { medium: 10 }),
    file,
    event,
    title: "Somebody looks for holes in the web server",
    short: `${count(event.count, "probing request")}${lead(event, worst, distinct(event, "address"))}${answered > 0 ? `; ${answered} got an answer` : ""}`,
    summary: [
      `${count(event.count, "request")} from ${countDistinct(distinct(event, "address"), "address", "addresses")} asked for things only scanners ask for.`,
      tools.length > 0 ? `Tools that named themselves: ${tools.join(", ")}.` : "",
      answered > 0
        ? `${count(answered, "of them was", "of them were")} answered with success: look at these paths first.`
        : "None was answered with success.",
    ]
      .filter(Boolean)
      .join(" "),
    tables: [
      topTable("By address", event, "address", [
        value("Address"),
        COUNT,
        ["Paths", "count", (item) => item.partners],
        FIRST,
        LAST,
        DENSEST,
      ]),
      topTable("Paths", event, "path", [value("Path"), COUNT, LAST]),
      topTable("Answers", event, "answer", [value("Status"), COUNT]),
    ],
  });
}

function serverErrors(file) {
  const event = file.event("http.server-error");
  if (!event) return null;
  const all = file.count("http.request");
  return finding({
    rule: "web-server-errors",
    severity: event.count >= 10 && event.count * 100 >= all ? "medium" : "low",
    file,
    event,
    title: "The web server failed",
    short: `${count(event.count, "answer")} with a server error (5xx), ${percent(event.count, all)} of all`,
    summary: `${number(event.count)} of ${count(all, "request")} ended with a server error.`,
    tables: [
      topTable("Paths", event, "path", [value("Path"), COUNT, FIRST, LAST, DENSEST]),
      topTable("Status", event, "status", [value("Status"), COUNT]),
    ],
  });
}

function clientErrors(file) {
  const event = file.event("http.client-error");
  if (!event) return null;
  const all = file.count("http.request");
  return finding({
    rule: "web-client-errors",
    severity: "info",
    file,
    event,
    title: "Requests that could not be served",
    short: `${count(event.count, "answer")} with a client error (4xx), ${percent(event.count, all)} of all`,
    summary: `${number(event.count)} of ${count(all, "request")} asked for something that is not there or not allowed.`,
    tables: [
      topTable("Paths", event, "path", [value("Path"), COUNT, LAST]),
      topTable("Status", event, "status", [value("Status"), COUNT]),
      topTable("By address", event, "address", [value("Address"), COUNT, LAST]),
    ],
  });
}

/** Whom a web server's error log names. */
function refused(file) {
  const event = file.event("http.refused");
  if (!event) return null;
  return finding({
    rule: "web-refused",
    severity: "info",
    file,
    event,
    title: "Clients named in the error log",
    short: `${count(event.count, "line")} of the error log about ${countDistinct(distinct(event, "address"), "client")}`,
    summary: `${count(event.count, "line")} of the error log name a client, ${countDistinct(distinct(event, "address"), "address", "addresses")} in all.`,
    tables: [topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST])],
  });
}
