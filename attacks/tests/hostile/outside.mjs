// What the scripts share that try hostile WebAssembly in Node: the assembled code, run there.
import { openSync, readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const code = readFileSync(process.env.AETHER_ATTACKS_CODE);

const instance = async (imports = {}) => (await WebAssembly.instantiate(code, imports)).instance;

// Runs it as a program, with these folders and Node's own streams. Gives its exit code.
const program = async (preopens = { ".": "." }, options = {}) => {
  const wasi = new WASI({ version: "preview1", preopens, returnOnExit: true, ...options });
  return wasi.start(await instance(wasi.getImportObject()));
};

// What it prints, run so.
const said = async (preopens, options) => {
  const stdout = openSync("said", "w+");
  await program(preopens, { stdout, ...options });
  return readFileSync("said", "latin1");
};

// Its functions, where it is no program.
const functions = async (preopens = { ".": "." }) => {
  const wasi = new WASI({ version: "preview1", preopens });
  const made = await instance(wasi.getImportObject());
  wasi.initialize(made);
  return made.exports;
};
