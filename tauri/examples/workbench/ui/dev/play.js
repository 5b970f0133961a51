// Plays steps for a picture: `?do=STEP|STEP…`, where a step is `data-test` to click, `data-test=text` to type,
// `key:Name` to press, `over:ID` for a question that is over, `toast`, or `wait:MS`; `?theme=dark` sets the theme.

const query = new URLSearchParams(location.search);
if (query.has("theme")) document.documentElement.dataset.theme = query.get("theme");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const seek = (test) => document.querySelector(`[data-test="${CSS.escape(test)}"]`);

for (const step of (query.get("do") ?? "").split("|").filter(Boolean)) {
  await wait(120);
  const [, test, value] = /^([^=]+)(?:=(.*))?$/s.exec(step);
  if (step.startsWith("wait:")) await wait(Number(step.slice(5)));
  else if (step.startsWith("over:")) window.mock.send({ kind: "question-over", id: Number(step.slice(5)) });
  else if (step.startsWith("key:"))
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: step.slice(4), bubbles: true }));
  else if (step === "toast") {
    window.mock.lifecycle("rates", "ended", "it reached its memory limit of 64 MB");
    window.mock.lifecycle("clock", "installed");
  } else if (!seek(test)) ((document.title = `missing ${test}`), console.error("missing", test));
  else if (value !== undefined) {
    seek(test).value = value;
    seek(test).dispatchEvent(new Event("input", { bubbles: true }));
  } else seek(test).click();
}
