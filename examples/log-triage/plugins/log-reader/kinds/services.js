// Services that failed or ended badly, and mail servers' failed logins.

import { template } from "../template.js";
import { address, between, firstWord } from "../text.js";

/** Returns the message's template when it recognises the line, "" otherwise. */
export function services(tally, text, program) {
  if (program === "systemd") return unit(tally, text);
  if (text.includes("exited abnormally")) {
    tally.hit("service.failed", { unit: program });
    return template(text);
  }
  if (program.startsWith("postfix/") && text.includes("authentication failed")) {
    tally.hit("mail.failed-login", { address: address(between(text, "[", "]")) });
    return "SASL authentication failed";
  }
  if (program === "dovecot" && text.includes("auth failed")) {
    tally.hit("mail.failed-login", { address: address(between(text, "rip=", ",")) });
    return "auth failed, rip=<ip>";
  }
  return "";
}

/** "backup.service: Failed with result 'exit-code'." or "Failed to start Daily backup." */
function unit(tally, text) {
  const result = text.indexOf(": Failed with result ");
  const name =
    result > 0 ? text.slice(0, result) : text.startsWith("Failed to start ") ? firstWord(text.slice(16)) : "";
  if (name === "") return "";
  // Both lines tell of one failure; the one that names the unit and the result counts.
  if (result > 0) tally.hit("service.failed", { unit: name });
  return template(text);
}
