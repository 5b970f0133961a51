// Everything about identity that is not sshd's own: PAM, su, sudo, login, FTP, accounts.

import { template } from "../template.js";
import { address, between, firstWord } from "../text.js";

/**
 * "pam_unix(sshd:auth): authentication failure; logname= uid=0 … rhost=10.0.0.1  user=root", and the older
 * "sshd(pam_unix)[123]: authentication failure; …". "PAM 2 more authentication failures" sums up, so it is
 * not counted again.
 */
export function pam(tally, text, attempts, program) {
  if (text.startsWith("PAM ") && text.includes(" more authentication failure")) return template(text);
  const at = text.indexOf("authentication failure; ");
  if (at < 0 || (at > 0 && !text.startsWith("pam_"))) return "";
  const host = between(text, " rhost=", " ") || between(text, " rhost=", "");
  const user = text.lastIndexOf(" user=");
  const service = at > 0 ? between(text, "(", ":") : program;
  tally.hit(
    "pam.failure",
    {
      address: host === "" ? "" : address(host),
      user: user > 0 ? text.slice(user + 6) : "",
      service,
    },
    attempts,
  );
  return "authentication failure; … rhost=<host> user=<user>";
}

const SESSION_OPENED = "session opened for user ";

/** Rules for all other programs that deal with identity. */
export function login(tally, text, attempts, program) {
  switch (program) {
    case "sudo":
      return sudo(tally, text);
    case "su":
      return su(tally, text);
    case "useradd":
    case "userdel":
    case "usermod":
    case "groupadd":
    case "passwd":
    case "chpasswd":
      return account(tally, text, program);
    case "ftpd":
    case "vsftpd":
    case "proftpd":
      return ftp(tally, text, program);
    case "klogind":
    case "kshd":
    case "rshd":
    case "rlogind":
      return remoteShell(tally, text, program);
    default:
      return session(tally, text, program) || terminal(tally, text);
  }
}

function sudo(tally, text) {
  const user = firstWord(text.trimStart());
  if (text.includes("incorrect password attempt") || text.includes("NOT in sudoers")) {
    tally.hit("sudo.refused", { user });
    return "<user> was refused sudo";
  }
  // Only the program is kept: arguments may hold secrets.
  const command = firstWord(between(text, " COMMAND=", ""));
  if (command === "") return session(tally, text, "sudo");
  tally.hit("sudo.command", { user, command });
  return "sudo <user> COMMAND=<command>";
}

function su(tally, text) {
  if (text.startsWith("FAILED SU") || text.startsWith("FAILED su")) {
    tally.hit("su.failed");
    return "FAILED su";
  }
  return session(tally, text, "su");
}

function session(tally, text, service) {
  const at = text.indexOf(SESSION_OPENED);
  if (at < 0) return "";
  const name = firstWord(text.slice(at + SESSION_OPENED.length));
  const paren = name.indexOf("(");
  const user = paren > 0 ? name.slice(0, paren) : name;
  // Sessions over the network are counted apart: they follow a login from somewhere else.
  if (service.startsWith("sshd")) tally.hit("ssh.session", { user });
  else tally.hit("session.opened", { user, service });
  return template(text);
}

function account(tally, text, program) {
  if (program === "passwd" && !text.includes("password changed")) return "";
  tally.record("account.changed", { program }, { change: text });
  return template(text);
}

/** "connection from 10.0.0.1 (host) at Sun Jul 17 …" */
function ftp(tally, text, program) {
  if (text.startsWith("connection from ")) {
    tally.hit("ftp.connection", { address: address(firstWord(text.slice(16))) });
    return "connection from <ip>";
  }
  if (text.startsWith("ANONYMOUS FTP LOGIN FROM ")) {
    tally.record("ftp.anonymous", { address: address(firstWord(text.slice(25))) });
    return "ANONYMOUS FTP LOGIN FROM <ip>";
  }
  return session(tally, text, program);
}

/** klogind: "Authentication failed from 10.0.0.1 (10.0.0.1): …" */
function remoteShell(tally, text, program) {
  // Written together with the line that names the address.
  if (text.startsWith("Kerberos authentication failed")) return "Kerberos authentication failed";
  if (!text.startsWith("Authentication failed from ")) return "";
  tally.hit("rshell.failure", { address: address(firstWord(text.slice(27))), service: program });
  return "Authentication failed from <ip>";
}

function terminal(tally, text) {
  if (text.startsWith("ROOT LOGIN ON ")) tally.record("console.root", { terminal: firstWord(text.slice(14)) });
  else if (text.startsWith("FAILED LOGIN ")) tally.hit("console.failed");
  else return "";
  return template(text);
}
