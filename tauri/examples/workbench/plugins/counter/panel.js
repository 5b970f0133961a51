// Shows the counts as a table, and marks the notes that changed while they were watched.

const notes = document.getElementById("notes");
const total = document.getElementById("total");
const status = document.getElementById("status");
const buttons = document.querySelectorAll("button");

/** One method at a time; what goes wrong is said. */
async function during(text, action) {
  for (const button of buttons) button.disabled = true;
  say(text);
  try {
    say(await action());
  } catch (error) {
    say(error.message, true);
  }
  for (const button of buttons) button.disabled = false;
}

function say(text, bad = false) {
  status.textContent = text;
  status.classList.toggle("bad", bad);
}

async function count(changed = []) {
  const counted = await aether.call("count", {});
  const most = Math.max(1, ...counted.notes.map(({ words }) => words));
  const rows = counted.notes.map((note) => {
    const line = row(note.file, note);
    line.style.setProperty("--share", note.words / most);
    line.classList.toggle("changed", changed.includes(note.file));
    return line;
  });
  notes.replaceChildren(...rows);
  total.replaceChildren(row("Total", counted.total));
  return `${counted.notes.length} notes`;
}

async function watch() {
  const { changed } = await aether.call("watch", { seconds: 10 });
  await count(changed);
  return changed.length === 0 ? "Nothing has changed." : `Changed: ${changed.join(", ")}`;
}

function row(name, { lines, words, bytes }) {
  const line = document.createElement("tr");
  const head = line.appendChild(document.createElement("th"));
  head.scope = "row";
  head.textContent = head.title = name;
  for (const number of [lines, words, bytes]) line.insertCell().textContent = number.toLocaleString("en");
  return line;
}

document.getElementById("count").addEventListener("click", () => during("Counting…", count));
document.getElementById("watch").addEventListener("click", () => during("Watching for ten seconds…", watch));
during("Counting…", count);
