// Shows the outline as a tree, has it written, and has links checked.

const notes = document.getElementById("notes");
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

async function show() {
  const outline = await aether.call("outline", {});
  notes.replaceChildren(...outline.map(note));
  const headings = outline.reduce((sum, each) => sum + each.headings.length, 0);
  const words = outline.reduce((sum, each) => sum + each.words, 0);
  return `${outline.length} notes, ${headings} headings, ${words} words`;
}

async function write() {
  const { written, reason } = await aether.call("write", {});
  if (reason) return `Not written: ${reason}.`;
  return `Written: ${written.join(", ")}. The changes wait until you apply them.`;
}

async function links() {
  const found = await aether.call("links", {});
  if (found.length === 0) return "No note has a link to example.com.";
  const lines = found.map(({ file, line, link, status, reason }) => `${file}, line ${line}: ${link}: ${status ?? reason}`);
  return lines.join("\n");
}

function note({ file, title, words, headings }) {
  const all = element("details");
  all.open = true;
  const summary = element("summary");
  summary.append(
    element("span", "title", title),
    element("span", "file", file),
    element("span", "number", `${words} words`),
  );
  const below = headings.filter(({ level, text }) => level > 1 || text !== title);
  all.append(summary, ...(below.length > 0 ? [tree(below)] : []));
  return all;
}

/** Headings as nested lists: each stands below the last one before it with a lower level. */
function tree(headings) {
  const root = element("ul");
  const open = [{ level: 0, list: root }];
  for (const { level, text, line } of headings) {
    while (open.at(-1).level >= level) open.pop();
    const parent = open.at(-1);
    parent.list ??= parent.item.appendChild(element("ul"));
    const item = parent.list.appendChild(element("li"));
    const heading = item.appendChild(element("div", "heading"));
    heading.append(element("span", "", text), element("span", "number", `line ${line}`));
    open.push({ level, item });
  }
  return root;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

document.getElementById("again").addEventListener("click", () => during("Reading…", show));
document.getElementById("links").addEventListener("click", () => during("Asking example.com…", links));
document.getElementById("write").addEventListener("click", () => during("Writing…", write));
during("Reading…", show);
