// What a person does with the workbench, in steps that several tests take.

import { at } from "./page.mjs";

/** Installs a sample from the gallery; `optional` grants what it can do without. */
export async function installSample(page, name, { optional = false } = {}) {
  await page.go("#/gallery");
  await page.press(at(`install-${name}`));
  await answerSheet(page, { optional });
  await page.shows(at(`card-${name.replace(/^update-/, "")}`));
}

/** Installs what lies at a path. */
export async function installPath(page, folder, { optional = false } = {}) {
  await reviewPath(page, folder);
  await answerSheet(page, { optional });
}

/** Has the workbench look at what lies at a path: its sheet is open then. */
export async function reviewPath(page, folder) {
  await page.go("#/gallery");
  await page.press(at("install-path"));
  await page.type(at("path-input"), folder);
  await page.press(at("path-review"));
  await page.shows(at("sheet"));
}

export async function answerSheet(page, { optional = false } = {}) {
  await page.shows(at("sheet"));
  if (optional) for (const one of await optionalRights(page)) await page.press(one);
  await page.press(at("sheet-accept"));
  await page.gone(at("sheet"));
}

/** The switches for optional rights in the sheet that is open. */
export async function optionalRights(page) {
  const tests = await page.session.run(() =>
    [...document.querySelectorAll('[data-test="sheet"] [data-test^="optional-"]')].map((node) => node.dataset.test),
  );
  return tests.map((test) => `${at("sheet")} ${at(test)}`);
}

/** The page of a plugin, once it has been read. */
export async function openPlugin(page, name, tab = "overview") {
  await page.go(`#/plugin/${name}/${tab}`);
  await page.until(`the page of ${name} is there`, () =>
    page.session.run(
      (name, tab) =>
        document.querySelector(".plugin-head h1")?.textContent === name &&
        document.querySelector(`#panel-${tab}`)?.hidden === false,
      name,
      tab,
    ),
  );
}

export async function start(page, name) {
  await openPlugin(page, name);
  await page.press(at("start"));
  await page.shows(at("stop"));
}

/** Runs a method on the page of its plugin, which has to be open. What comes of it is not waited for. */
export async function run(page, method, input = "{}") {
  await page.press(at(`method-${method}`));
  await page.type(at("input"), input);
  await page.press(at("run"));
}

/** The result of a method that has been run, as JSON. */
export async function result(page) {
  await page.shows(at("result"));
  return JSON.parse(await page.text(at("result")));
}
