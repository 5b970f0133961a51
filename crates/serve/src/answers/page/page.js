"use strict";
const $ = (id) => document.getElementById(id);
const LADDER = ["observe", "notify", "throttle", "narrow", "freeze", "kill"];
const KEPT = 60; // measurements of each cell
const SHOWN = 200; // lines of each list
const rows = new Map();
let token = "";
let chosen = 0;
let over = 0; // the chosen cell, once it has ended
let last = 0; // number of the last event
let streaming = false;

// What stands behind the # is for this page alone; it goes from the address at once.
const given = /^#token=([\w-]+)$/.exec(location.hash);
if (given) {
  sessionStorage.setItem("aether-token", given[1]);
  history.replaceState(null, "", location.pathname);
}
token = sessionStorage.getItem("aether-token") || "";

// Texts of plugins become text and nothing else; what cannot be seen is written out, as in reports.
const HIDDEN = /[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}-\u{1160}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|\p{Cs}/gu;
const plain = (text) =>
  String(text).slice(0, 2000).replace(HIDDEN, (one) => "\\u{" + one.codePointAt(0).toString(16) + "}");

function make(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = plain(text);
  if (kind) made.className = kind;
  return made;
}

const bytes = (count) => {
  const units = ["B", "KB", "MB", "GB", "TB"]; // of 1024, as in manifests
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1024; unit++; }
  return (unit && count < 100 ? count.toFixed(1) : Math.round(count)) + " " + units[unit];
};
const time = (ms) => {
  const seconds = Math.floor(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  return hours ? hours + " h " + (minutes % 60) + " min" : minutes ? minutes + " min " + (seconds % 60) + " s" : seconds + " s";
};

function say(text) { $("said").textContent = plain(text); }

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method, cache: "no-store", headers: { Authorization: "Bearer " + token },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 401) {
    token = "";
    sessionStorage.removeItem("aether-token");
    $("ask").hidden = false;
  }
  if (!answer.ok) {
    const { error } = await answer.json().catch(() => ({ error: { message: "error " + answer.status } }));
    throw new Error(error.message + (error.fix ? ": " + error.fix : ""));
  }
  return answer;
}

async function order(cell, act) {
  if (act === "kill" && !confirm("End cell " + cell + "?")) return;
  try {
    await ask("POST", "/v1/cells/" + cell + "/" + act);
    say("");
  } catch (error) { say(error.message); }
}

function line(kind) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 90 24");
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("class", kind);
  picture.setAttribute("aria-hidden", "true");
  picture.append(document.createElementNS("http://www.w3.org/2000/svg", "polyline"));
  return picture;
}

function draw(picture, values, most) {
  const step = 90 / (KEPT - 1), from = KEPT - values.length;
  const at = (value, index) =>
    ((from + index) * step).toFixed(1) + "," + (23 - 22 * Math.min(1, value / (most || 1))).toFixed(1);
  picture.firstChild.setAttribute("points", values.map(at).join(" "));
}

function row(cell) {
  const tr = make("tr");
  const names = [...$("cells").tHead.rows[0].cells].map((one) => one.textContent);
  const all = names.map((name) => { const td = make("td"); td.dataset.name = name; tr.append(td); return td; });
  const [who, ladder, cpu, memory, calls, net, denied, findings, risk, orders] = all;
  const name = make("button", cell.cell + " · " + cell.plugin);
  name.type = "button";
  name.onclick = () => { chosen = chosen === cell.cell ? 0 : cell.cell; detail(); };
  who.append(name);
  const steps = make("div", undefined, "steps");
  LADDER.forEach(() => steps.append(make("i")));
  const word = make("span");
  ladder.append(word, steps);
  const text = { cpu: make("span"), memory: make("span") };
  const cpuLine = line("cpu"), memoryLine = line("memory"), bar = make("meter");
  bar.max = 1; bar.high = 0.85; bar.low = 0.7; bar.optimum = 0;
  cpu.append(text.cpu, cpuLine);
  memory.append(text.memory, memoryLine, bar);
  const group = make("div", undefined, "orders");
  for (const act of ["throttle", "freeze", "restore", "kill"]) {
    const button = make("button", act, act === "kill" ? "hard" : "");
    button.type = "button";
    button.setAttribute("aria-label", act + " cell " + cell.cell);
    button.onclick = () => order(cell.cell, act);
    group.append(button);
  }
  orders.append(group);
  return { tr, ladder, word, steps, text, cpuLine, memoryLine, bar, calls, net, denied, findings, risk, history: [], before: null };
}

function mark(element, text, kind) { element.textContent = plain(text); element.className = kind || ""; }

function show(cell, now) {
  let it = rows.get(cell.cell);
  if (!it) { it = row(cell); rows.set(cell.cell, it); }
  const before = it.before || { ...cell, now: now - 1000 };
  const each = (key) => Math.max(0, (cell[key] - before[key]) / Math.max(0.001, (now - before.now) / 1000));
  it.before = { ...cell, now };
  it.history.push([cell.cores, cell.memory]);
  if (it.history.length > KEPT) it.history.shift();
  const rung = LADDER.indexOf(cell.rung);
  it.word.textContent = plain(cell.rung + (cell.pressed !== "observe" ? " · machine: " + cell.pressed : ""));
  it.steps.className = "steps " + (LADDER[rung] || "");
  [...it.steps.children].forEach((step, index) => { step.className = index <= rung ? "on" : ""; });
  it.text.cpu.textContent = (cell.cores * 100).toFixed(1) + " %";
  draw(it.cpuLine, it.history.map((one) => one[0]), Math.max(1, ...it.history.map((one) => one[0])));
  it.text.memory.textContent = bytes(cell.memory) + " of " + bytes(cell.memory_limit);
  draw(it.memoryLine, it.history.map((one) => one[1]), Math.max(...it.history.map((one) => one[1])) * 1.2);
  it.bar.value = cell.memory / (cell.memory_limit || 1);
  mark(it.calls, each("calls").toFixed(1) + " /s");
  mark(it.net, bytes(each("bytes_in")) + " / " + bytes(each("bytes_out")));
  mark(it.denied, cell.denials, cell.denials ? "odd" : "");
  mark(it.findings, cell.findings, cell.findings ? "odd" : "");
  it.findings.title = plain(cell.last_finding || "");
  mark(it.risk, cell.risk.toFixed(0), cell.risk >= 60 ? "bad" : cell.risk >= 20 ? "odd" : "");
  it.tr.className = cell.cell === chosen ? "chosen" : "";
  return it.tr;
}

async function poll() {
  if (!token) return;
  try {
    const all = await (await ask("GET", "/v1/cells")).json();
    const now = performance.now();
    const body = $("cells").tBodies[0];
    const seen = new Set(all.cells.map((cell) => cell.cell));
    for (const [number, it] of rows) if (!seen.has(number)) { it.tr.remove(); rows.delete(number); }
    all.cells.forEach((cell, index) => {
      const tr = show(cell, now);
      if (body.rows[index] !== tr) body.insertBefore(tr, body.rows[index] || null);
    });
    $("none").hidden = all.cells.length > 0;
    const count = all.cells.length === 1 ? "1 cell" : all.cells.length + " cells";
    $("host").textContent = plain(count + " · machine " + all.pressure + " · up " + time(all.uptime_ms) + " · run " + all.run.slice(0, 8));
    $("ask").hidden = true;
    if (!streaming) stream();
  } catch (error) {
    $("host").textContent = "not connected";
    say(token ? error.message : "");
  }
}

async function detail() {
  $("detail").hidden = !chosen;
  if (!chosen || !token || chosen === over) return;
  try {
    const cell = await (await ask("GET", "/v1/cells/" + chosen)).json();
    const facts = make("div", undefined, "facts");
    const fact = (text, kind) => facts.append(make("p", text, kind));
    for (const grant of cell.grants || []) {
      fact("may " + grant.permission + " " + grant.resource + (grant.used === null ? "" : ", used " + grant.used));
    }
    if (!(cell.grants || []).length) fact("It was granted nothing.", "dim");
    if (cell.last_finding) fact("noticed: " + cell.last_finding, "odd");
    over = cell.state === "ended" ? chosen : 0;
    if (cell.exit) fact("it has ended: " + cell.exit.kind + " " + cell.exit.text);
    const posture = cell.posture || [];
    for (const one of posture) if (one.state !== "enforced") fact(one.name + ": " + one.state + " " + one.detail, "bad");
    const enforced = posture.filter((one) => one.state === "enforced").map((one) => one.name);
    fact(enforced.length + " protections are enforced: " + enforced.join(", "), "dim");
    $("detail").firstChild.textContent = plain("Cell " + chosen + " · " + cell.plugin);
    $("detail").lastChild.replaceChildren(facts);
  } catch (error) { say(error.message); }
}

function tell(list, event, text, kind) {
  list.prepend(make("li", (event.time_ms ? new Date(event.time_ms).toLocaleTimeString() + "  " : "") + text, kind));
  while (list.children.length > SHOWN) list.lastChild.remove();
}

function happened(kind, event) {
  const who = event.cell ? "cell " + event.cell + ": " : "";
  const events = $("events");
  if (kind === "finding") tell($("findings"), event, who + event.sentence + " (" + event.sure + " %)", event.hint ? "" : "odd");
  else if (kind === "ladder") tell(events, event, who + event.from + " → " + event.to + " by " + event.by + ": " + event.because, "odd");
  else if (kind === "denied") tell(events, event, who + event.message);
  else if (kind === "log") tell(events, event, who + event.level + " " + event.message);
  else if (kind === "started") tell(events, event, who + event.plugin + " started");
  else if (kind === "ended") tell(events, event, who + event.ending);
  else if (kind === "pressure") tell(events, event, "machine " + event.tier + ": " + event.because, "odd");
  else if (kind === "lost") tell(events, event, (event.to - event.from + 1) + " events are gone");
}

// The browser's own EventSource cannot send a token.
async function stream() {
  streaming = true;
  try {
    const answer = await fetch("/v1/events", { cache: "no-store", headers: { Authorization: "Bearer " + token, "Last-Event-ID": String(last) } });
    if (!answer.ok) throw new Error("no events");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop();
      for (const part of parts) {
        const fields = new Map(part.split("\n").map((one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 2)]));
        if (fields.has("id")) last = Number(fields.get("id"));
        if (fields.has("data")) happened(fields.get("event"), JSON.parse(fields.get("data")));
      }
    }
  } catch (error) { /* the next poll says what is the matter, and begins again */ }
  setTimeout(() => { streaming = false; }, 2000);
}

// A link cannot send a token either.
async function save(path, name) {
  try {
    const link = make("a");
    link.href = URL.createObjectURL(await (await ask("GET", path)).blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) { say(error.message); }
}

$("report").onclick = () => save("/report", "aether-report.html");
$("record").onclick = () => save("/v1/report", "aether-report.json");
$("ask").onsubmit = (event) => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("aether-token", token);
  $("token").value = "";
  say("");
  poll();
};
if (!token) $("ask").hidden = false;
poll();
setInterval(poll, 1000);
setInterval(detail, 3000);
