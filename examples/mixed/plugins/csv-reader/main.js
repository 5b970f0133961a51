import { lines, walk } from "aether:fs";

/** More rows of a file are counted and left out: what passes between plugins has a size. */
const MOST_ROWS = 100_000;

/** Reads every CSV file below /data: `{ tables: [{ file, rows, columns }], skipped }`. */
export default async function run(_input, ctx) {
  const tables = [];
  const skipped = [];
  for await (const { path, kind } of walk("/data")) {
    if (kind !== "file" || !path.endsWith(".csv")) continue;
    const file = path.slice("/data/".length);
    const table = await read(path);
    if (Object.keys(table.columns).length === 0) {
      skipped.push({ file, why: "no column of numbers" });
    } else {
      tables.push({ file, ...table });
    }
    ctx.log.info(`read ${file}`, { rows: table.rows });
  }
  return { tables, skipped };
}

/** The columns of one file that hold numbers and nothing else. */
async function read(path) {
  let names;
  let rows = 0;
  const columns = [];
  for await (const line of lines(path)) {
    if (line.trim() === "") continue;
    if (names === undefined) {
      names = fields(line);
      names.forEach(() => columns.push([]));
      continue;
    }
    if (++rows > MOST_ROWS) continue;
    const values = fields(line);
    columns.forEach((column, at) => column?.push(number(values[at])));
    // A column that is no number once is none.
    columns.forEach((column, at) => {
      if (Number.isNaN(column?.at(-1))) columns[at] = undefined;
    });
  }
  const kept = (names ?? []).map((name, at) => [name, columns[at]]);
  return { rows, columns: Object.fromEntries(kept.filter(([, column]) => column?.length > 0)) };
}

/** One line's fields. Quoted ones may hold commas and doubled quotes, but no line ends. */
function fields(line) {
  const found = line.trimEnd().matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim());
}

function number(text) {
  return text === undefined || text === "" ? Number.NaN : Number(text);
}
