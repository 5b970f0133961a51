// One handler per kind of log. A handler gets every line of its file and feeds the tally.

import { syslog, syslogLabel } from "./syslog.js";
import { kernelRing } from "./kernel.js";
import { alternatives, aptHistory, aptTerm, dpkg } from "./packages.js";
import { access, apacheError, nginxError } from "./web.js";
import { application, hadoop, plain } from "./application.js";

const KINDS = {
  syslog: { label: "syslog", handler: syslog },
  kernel: { label: "kernel messages", handler: kernelRing },
  dpkg: { label: "dpkg log", handler: dpkg },
  "apt-history": { label: "apt history", handler: aptHistory },
  "apt-term": { label: "apt terminal log", handler: aptTerm },
  alternatives: { label: "alternatives log", handler: alternatives },
  "http-access": { label: "web access log", handler: access },
  "apache-error": { label: "Apache error log", handler: apacheError },
  "nginx-error": { label: "nginx error log", handler: nginxError },
  hadoop: { label: "Hadoop / HDFS log", handler: hadoop },
  application: { label: "application log", handler: application },
  text: { label: "text", handler: plain },
};

/** The function that takes each line of a file of this kind. */
export function handlerFor(kind, tally) {
  return KINDS[kind].handler(tally);
}

/** What people call this kind; for syslog it follows from the programs that wrote to it. */
export function labelFor(kind, tally) {
  return kind === "syslog" ? syslogLabel(tally) : KINDS[kind].label;
}
