// Draws the palette of a colour. A swatch that is clicked becomes the colour that the palette is made of.

const seed = document.getElementById("seed");
const hex = document.getElementById("hex");
const status = document.getElementById("status");
const again = document.getElementById("again");
const lists = { tones: document.getElementById("tones"), companions: document.getElementById("companions") };

let busy = false;
let next = null;

/** Asks for the palette of one colour after the other; of those that come meanwhile, the last counts. */
async function draw(colour) {
  seed.value = hex.value = colour;
  next = colour;
  if (busy) return;
  busy = true;
  while (next !== null) {
    const asked = next;
    next = null;
    try {
      const palette = await aether.call("run", { args: [asked] });
      for (const [name, list] of Object.entries(lists)) list.replaceChildren(...palette[name].map(swatch));
      say("");
    } catch (error) {
      say(error.message);
    }
  }
  busy = false;
}

/** What went wrong, or nothing. */
function say(problem) {
  status.textContent = problem;
  status.classList.toggle("bad", problem !== "");
  again.hidden = problem === "";
}

function swatch({ name, colour, text, contrast }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "swatch";
  button.style.background = colour;
  button.style.color = text;
  button.title = `Make a palette of ${colour}. Its contrast to the text is ${contrast} : 1`;
  for (const [kind, content] of Object.entries({ name, colour, contrast: `${contrast} : 1` })) {
    const line = button.appendChild(document.createElement("span"));
    line.className = kind;
    line.textContent = content;
  }
  button.addEventListener("click", () => draw(colour));
  return button;
}

again.addEventListener("click", () => draw(seed.value));
seed.addEventListener("input", () => draw(seed.value));
draw(seed.value);
