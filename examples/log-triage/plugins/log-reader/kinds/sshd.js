// What OpenSSH says about who tried to get in.
//
// User names are chosen by the stranger and may hold anything, also " from 10.0.0.1 port 22": the address is
// therefore taken from the end of the message, where sshd put it.

import { template } from "../template.js";
import { address, between, clean, firstWord } from "../text.js";

/** Returns the message's template when it knows the message, "" otherwise. */
export function sshd(tally, text, attempts) {
  switch (text.charCodeAt(0)) {
    case 70:
      return failed(tally, text, attempts); // F
    case 65:
      return accepted(tally, text); // A
    case 73:
      return invalidUser(tally, text); // I
    case 114:
      return breakIn(tally, text); // r
    case 66:
    case 68:
    case 101:
      return probe(tally, text); // B D e
    default:
      return "";
  }
}

/** "Failed password for invalid user admin from 10.0.0.1 port 4242 ssh2" */
function failed(tally, text, attempts) {
  const who = text.indexOf(" for ");
  if (!text.startsWith("Failed ") || who < 0) return "";
  const method = text.slice(7, who);
  const from = parseFrom(text, who + 5);
  if (!from) return "";
  const invalid = from.user.startsWith("invalid user ");
  const user = invalid ? from.user.slice(13) : from.user;
  const fields = {
    address: from.address,
    user: user || "(empty)",
    account: invalid ? "unknown user" : "existing user",
  };
  if (method === "password") tally.hit("ssh.failed-password", fields, attempts);
  else tally.hit("ssh.failed-other", { ...fields, method }, attempts);
  return `Failed ${clean(method, 40)} for <user> from <ip> port <n> ssh2`;
}

/** "Accepted publickey for deploy from 10.0.0.1 port 4242 ssh2: ED25519 SHA256:…" */
function accepted(tally, text) {
  if (text.startsWith("Address ")) return breakIn(tally, text);
  const who = text.indexOf(" for ");
  if (!text.startsWith("Accepted ") || who < 0) return "";
  const method = text.slice(9, who);
  const from = parseFrom(text, who + 5);
  if (!from) return "";
  const failuresBefore = tally.attempts("ssh.failed-password", "address", from.address);
  tally.record("ssh.accepted", { address: from.address, user: from.user, method }, { failuresBefore });
  return `Accepted ${clean(method, 40)} for <user> from <ip> port <n> ssh2`;
}

/** "Invalid user admin from 10.0.0.1", newer versions add " port 4242" */
function invalidUser(tally, text) {
  if (!text.startsWith("Invalid user ")) return "";
  const from = parseFrom(text, 13);
  if (!from) return "";
  tally.hit("ssh.invalid-user", { address: from.address, user: from.user || "(empty)" });
  return "Invalid user <user> from <ip>";
}

/** Forward and reverse DNS of the address do not agree. */
function breakIn(tally, text) {
  if (!text.endsWith("POSSIBLE BREAK-IN ATTEMPT!")) return "";
  const mapped = text.startsWith("Address ");
  const who = mapped ? firstWord(text.slice(8)) : between(text, "[", "]");
  const host = mapped ? between(text, " maps to ", ",") : between(text, "getaddrinfo for ", " [");
  tally.hit("ssh.break-in", { address: address(who), host: host === "" ? "" : address(host) });
  return "reverse mapping check of <host> [<ip>] failed - POSSIBLE BREAK-IN ATTEMPT!";
}

/** Connections that end without a login, and hosts that were cut off for too many tries. */
function probe(tally, text) {
  if (text.includes("Too many authentication failures") || text.includes("maximum authentication attempts exceeded")) {
    tally.hit("ssh.cut-off");
    return template(text);
  }
  if (text.startsWith("Did not receive identification string from ") || text.startsWith("Bad protocol version ")) {
    tally.hit("ssh.probe", { address: address(firstWord(between(text, " from ", ""))) });
    return template(text);
  }
  // Ordinary ends of guessing connections, though sshd calls them errors.
  if (text.startsWith("error: Received disconnect")) return template(text);
  return "";
}

/** "USER from ADDRESS port N …", read from its end. */
function parseFrom(text, start) {
  const from = text.lastIndexOf(" from ");
  if (from < start - 1) return null;
  return { user: text.slice(start, from), address: address(firstWord(text.slice(from + 6))) };
}
