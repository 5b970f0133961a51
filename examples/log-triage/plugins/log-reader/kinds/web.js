// Web servers: access logs (Apache and nginx share a format) and both kinds of error log.

import { countLevel, levelOf } from "../levels.js";
import { template } from "../template.js";
import { address, between, clean, firstWord } from "../text.js";

/** Paths nobody asks for by accident. Only counted when the server refused them… */
const PROBE =
  /\/\.(?:env|git|svn|aws|ssh|htpasswd|htaccess)|wp-login|wp-admin|xmlrpc\.php|phpmyadmin|\/pma\/|\/cgi-bin\/|\/boaform|\/hnap1|\/actuator|eval-stdin|\/setup\.cgi|\/solr\/|\/manager\/html/i;
/** …and requests that are an attack whatever the answer. */
const ATTACK =
  /\.\.\/|%2e%2e|\/etc\/passwd|\$\{jndi|%24%7bjndi|union(?:\+|%20)(?:all(?:\+|%20))?select|<script|%3cscript|\/bin\/sh/i;
const TOOL = /sqlmap|nikto|nmap|masscan|zgrab|nuclei|gobuster|dirbuster|wpscan|acunetix|openvas|feroxbuster|ffuf/i;
const LOOK_AT = 1000;

/** 'ADDRESS - user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.1" 200 2326 "referer" "agent"' */
export function access(tally) {
  return (line) => {
    const open = line.indexOf(" [");
    const request = line.indexOf('] "', open);
    if (open < 0 || request < 0 || !tally.clock.access(line.slice(open + 2))) return;
    tally.stamp();
    const end = endOfRequest(line, request + 3);
    const status = end < 0 ? 0 : Number(line.slice(end + 2, end + 5));
    const client = clientOf(line.slice(0, open));
    const text = line.slice(request + 3, end < 0 ? line.length : end).slice(0, LOOK_AT);
    // The query may hold secrets and is not kept.
    const path = clean(text.split(" ", 2)[1] ?? "").split("?", 1)[0];

    tally.hit("http.request", { status: status > 0 ? String(status) : "" });
    if (status >= 500) tally.hit("http.server-error", { path, address: client, status: String(status) });
    else if (status >= 400) tally.hit("http.client-error", { path, address: client, status: String(status) });
    const tool = TOOL.exec(line.slice(end + 5, end + 5 + LOOK_AT))?.[0];
    const attack = ATTACK.test(text);
    if (attack || tool || (status >= 400 && PROBE.test(text))) {
      tally.hit("http.probe", { address: client, path, tool: (tool ?? "").toLowerCase(), answer: `${status}` });
    }
  };
}

/** The quote that closes the request: the first one followed by a status. Requests may hold quotes. */
function endOfRequest(line, from) {
  for (let at = line.indexOf('" ', from); at >= 0; at = line.indexOf('" ', at + 1)) {
    const digit = line.charCodeAt(at + 2);
    if (digit >= 49 && digit <= 53 && line[at + 5] === " ") return at;
  }
  return -1;
}

/** The client; logs of several virtual hosts put "host:port" before it. */
function clientOf(prefix) {
  const words = prefix.split(" ", 5);
  return address(words.length > 3 ? words[1] : words[0]);
}

/** "[Sun Dec 04 04:47:44 2005] [core:error] [pid 1] [client 10.0.0.1:5] AH00037: message" */
export function apacheError(tally) {
  return (line) => {
    if (line === "") return;
    let at = tally.time(line);
    let level = "";
    let component = "apache";
    let client = "";
    while (line[at] === "[") {
      const close = line.indexOf("] ", at);
      if (close < 0) break;
      const inside = line.slice(at + 1, close);
      if (inside.startsWith("client ")) client = inside.slice(7);
      else if (!inside.startsWith("pid ")) {
        const colon = inside.indexOf(":");
        level = levelOf(inside.slice(colon + 1)) || level;
        if (colon > 0) component = inside.slice(0, colon);
      }
      at = close + 2;
    }
    webError(tally, component, level, client, line.slice(at));
  };
}

/** "2024/01/02 03:04:05 [error] 12#12: *1 message, client: 10.0.0.1, server: …" */
export function nginxError(tally) {
  return (line) => {
    const start = tally.time(line);
    if (start === 0) return;
    const level = levelOf(between(line.slice(start, start + 20), "[", "]"));
    const pid = line.indexOf("#", start);
    const message = line.slice(line.indexOf(": ", pid) + 2);
    webError(tally, "nginx", level, between(message, ", client: ", ","), message);
  };
}

function webError(tally, component, level, client, text) {
  // nginx adds who asked and for what; the message proper comes before.
  const end = text.indexOf(", client: ");
  const message = end < 0 ? text : text.slice(0, end);
  countLevel(tally, level, component);
  if (client !== "" && level !== "") {
    // A port follows the address in newer versions: "10.0.0.1:4242", "2001:db8::1" has none.
    const colon = client.indexOf(":");
    const bare = colon > 0 && colon === client.lastIndexOf(":") ? client.slice(0, colon) : client;
    tally.hit("http.refused", { address: address(firstWord(bare)) });
  }
  tally.message(component, level, template(message));
}
