import { readText, writeText } from "aether:fs";
import { fetch } from "aether:http";

// The key is not here, nor anywhere in this process: the host puts it in on the way out.
const headers = { Authorization: "Bearer secret://rates-key" };

async function ratesOf(url) {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`the service says ${answer.status} ${answer.statusText}`);
  return await answer.json();
}

/** Puts the rates into the table of one page, and their date into the other. */
export default async function update({ url }, { log }) {
  const { date, base, rates } = await ratesOf(url);
  const rows = Object.entries(rates).map(([name, rate]) => `| 1 ${base} | ${rate} ${name} |`);
  const page = await readText("./site/rates.md");
  await writeText("./site/rates.md", page.replace(/(\| --- \| --- \|\n)(\|.*\n)*/, `$1${rows.join("\n")}\n`));
  const index = await readText("./site/index.md");
  await writeText("./site/index.md", index.replace(/as of [^.]*\./, `as of ${date}.`));
  log.info("updated", { date, rates: rows.length });
  return { date, rates: rows.length };
}
