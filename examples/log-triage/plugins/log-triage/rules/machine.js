// The machine itself: kernel, memory, disks, services.

import { COUNT, DENSEST, FIRST, LAST, finding, severityBy, table, topTable, value } from "../finding.js";
import { distinct, top } from "../logs.js";
import { count, countDistinct, period } from "../words.js";

/** Kernel trouble that is kept one by one: type, rule, severity, title, words. */
const KERNEL = [
  ["kernel.panic", "kernel-panic", "critical", "The kernel panicked", "kernel panic"],
  ["kernel.oom", "out-of-memory", "high", "Memory ran out and processes were killed", "process killed for memory"],
  ["kernel.bug", "kernel-bug", "high", "The kernel reported a fault of its own", "kernel fault"],
  ["kernel.hardware", "hardware", "medium", "The hardware reported trouble", "hardware report"],
  ["kernel.crash", "crashes", "medium", "Programs crashed", "crash"],
];
const PLURAL = { "process killed for memory": "processes killed for memory", crash: "crashes" };

/** Findings about the health of the machine in one file. */
export function machine(file) {
  return [...KERNEL.map((row) => kernel(file, ...row)), disk(file), services(file), boots(file)].filter(Boolean);
}

function kernel(file, type, rule, severity, title, words) {
  const event = file.event(type);
  if (!event) return null;
  const amount = count(event.count, words, PLURAL[words]);
  return finding({
    rule,
    severity,
    file,
    event,
    title,
    short: amount,
    summary: `${amount}${period(event)}.`,
    tables: [
      topTable("By process", event, "process", [value("Process"), COUNT, LAST]),
      table("Messages", event.records ?? [], [
        ["Time", "time", (item) => item.time],
        ["Message", "value", (item) => item.what],
      ]),
    ],
  });
}

function disk(file) {
  const event = file.event("kernel.disk");
  if (!event) return null;
  return finding({
    rule: "disk-trouble",
    severity: "high",
    file,
    event,
    title: "A disk or file system is in trouble",
    short: `${count(event.count, "disk error")}`,
    summary: `The kernel reported ${count(event.count, "error")} of disks or file systems.`,
    tables: [topTable("By device", event, "device", [value("Device"), COUNT, FIRST, LAST, DENSEST])],
    advice: "Look at the disk's own health data, and at the last backup, before anything else.",
  });
}

function services(file) {
  const event = file.event("service.failed");
  if (!event) return null;
  const units = distinct(event, "unit");
  const failures = `${count(event.count, "failure")} of ${units.count === 1 ? top(event, "unit")[0].value : countDistinct(units, "service")}`;
  return finding({
    rule: "failed-services",
    severity: severityBy(event.count, { medium: 10 }),
    file,
    event,
    title: "Services that failed",
    short: failures,
    summary: `${failures}${period(event)}.`,
    tables: [topTable("By service", event, "unit", [value("Service"), COUNT, FIRST, LAST])],
  });
}

function boots(file) {
  const event = file.event("kernel.boot");
  if (!event) return null;
  return finding({
    rule: "starts",
    severity: "info",
    file,
    event,
    title: "The machine was started",
    short: `${count(event.count, "start")} of the machine`,
    summary: `The kernel announced itself ${count(event.count, "time")}.`,
    tables: [
      table("Starts", event.records ?? [], [
        ["Time", "time", (item) => item.time],
        ["Kernel", "value", (item) => item.version],
      ]),
    ],
  });
}
