const aether = window.__TAURI__.aether;
const at = (id) => document.getElementById(id);
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** Does something, and shows what came of it. What a plugin says is text, never markup. */
async function during(act) {
  try {
    const came = await act();
    at("plugins").replaceChildren(...(await aether.list()).map(row));
    at("result").textContent = JSON.stringify(came);
  } catch (error) {
    at("result").textContent = [error.code, error.message, error.fix].join("\n");
  }
}

function row({ name, current }) {
  const button = (textContent, act) => make("button", { textContent, onclick: () => during(act) });
  const item = make("li", { textContent: `${name} ${current.version} ` });
  item.append(button("Run", () => aether.call(name, "run")), button("Remove", () => aether.uninstall(name)));
  return item;
}

/** Shows a person what a plugin asks for, and waits for their answer. */
async function ask({ name, version, rights }) {
  const box = (must) => make("input", { type: "checkbox", checked: must, disabled: must });
  at("title").textContent = `${name} ${version} asks for:`;
  const boxes = rights.map(({ optional }) => box(!optional));
  const words = ({ right, note }) => `${right.permission} ${right.resource}: ${note}`;
  at("rights").replaceChildren(...rights.flatMap((asked, n) => [boxes[n], words(asked), make("br")]));
  Object.assign(at("dialog"), { returnValue: "no" }).showModal();
  await new Promise((closed) => (at("dialog").onclose = closed));
  const free = (yes) => (_, n) => !boxes[n].disabled && boxes[n].checked === yes;
  const chosen = (yes) => rights.filter(free(yes)).map(({ right }) => right);
  return { agreed: at("dialog").returnValue === "yes", granted: chosen(true), refused: chosen(false) };
}

at("install").onsubmit = (event) => {
  event.preventDefault();
  during(async () => {
    const asked = await aether.review({ folder: at("folder").value });
    const answers = await ask(asked);
    return answers.agreed ? aether.install(asked.ticket, answers) : aether.discardReview(asked.ticket);
  });
};
during(() => "Ready.");
