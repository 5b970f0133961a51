//! `node:fs` does what Node's does.

use crate::Stage;
use aether_testkit::skip;

/// Leaves out what differs from file system to file system: numbers of files and times of now.
const MAIN: &str = r#"
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { Buffer } from 'node:buffer';

const code = (work) => { try { work(); return 'fine'; } catch (error) { return error.code ?? error.name; } };
const told = (begin) => new Promise((resolve) => begin((error, ...values) => resolve(error ? error.code : values)));

export default async function run() {
  const out = {};
  fs.mkdirSync('./out/d', { recursive: true });

  const fd = fs.openSync('./out/d/f', 'w+');
  out.descriptor = Number.isInteger(fd) && fd > 2;
  out.wrote = [fs.writeSync(fd, 'hello '), fs.writeSync(fd, Buffer.from('world!')), fs.writeSync(fd, 'J', 0), fs.writeSync(fd, new Uint8Array([46, 47, 48]), 1, 1, 11)];
  const buffer = Buffer.alloc(8);
  out.read = [fs.readSync(fd, buffer, 0, 5, 0), buffer.toString('latin1'), fs.readSync(fd, buffer, { position: 6 }), buffer.toString('latin1', 0, 6), fs.readSync(fd, buffer, 0, 8, 100)];
  fs.ftruncateSync(fd, 5);
  out.size = fs.fstatSync(fd).size;
  fs.unlinkSync('./out/d/f');
  out.gone = [fs.existsSync('./out/d/f'), fs.readSync(fd, buffer, 0, 8, 0), fs.fstatSync(fd).isFile()];
  fs.closeSync(fd);
  out.closed = [code(() => fs.readSync(fd, buffer)), code(() => fs.closeSync(fd)), code(() => fs.fstatSync(fd))];

  fs.writeFileSync('./out/d/a', 'one');
  const adding = fs.openSync('./out/d/a', 'a');
  fs.writeSync(adding, ' two');
  fs.writeSync(adding, ' three', 0);
  out.readOfAppended = code(() => fs.readSync(adding, buffer));
  fs.closeSync(adding);
  out.appended = fs.readFileSync('./out/d/a', 'utf8');
  out.flags = ['wx', 'ax', 'r', 'r+', 'no'].map((flag) => code(() => fs.closeSync(fs.openSync('./out/d/a', flag))));
  out.missing = ['r', 'r+', 'w', 'a'].map((flag) => code(() => fs.closeSync(fs.openSync(`./out/d/new-${flag}`, flag))));
  out.folder = code(() => fs.readSync(fs.openSync('./out/d', 'r'), buffer));
  out.range = [code(() => fs.readSync(fs.openSync('./out/d/a', 'r'), buffer, 9, 1, 0)), code(() => fs.readSync('x', buffer))];

  fs.linkSync('./out/d/a', './out/d/twin');
  fs.appendFileSync('./out/d/twin', '!');
  out.twin = [fs.readFileSync('./out/d/a', 'utf8'), fs.statSync('./out/d/a').nlink, fs.statSync('./out/d/a').ino === fs.statSync('./out/d/twin').ino];
  fs.symlinkSync('twin', './out/d/way');
  out.way = [fs.readlinkSync('./out/d/way'), fs.lstatSync('./out/d/way').isSymbolicLink(), fs.statSync('./out/d/way').isFile(), fs.readFileSync('./out/d/way', 'utf8')];
  out.noLink = [code(() => fs.readlinkSync('./out/d/a')), code(() => fs.symlinkSync('a', './out/d/way')), code(() => fs.linkSync('./out/d/none', './out/d/x'))];
  fs.chmodSync('./out/d/a', 0o640);
  fs.utimesSync('./out/d/a', 5, new Date(1_000_000_000_000));
  const stat = fs.statSync('./out/d/a');
  out.stat = [(stat.mode & 0o777).toString(8), stat.mtimeMs, stat.isFile()];
  fs.truncateSync('./out/d/a', 3);
  out.cut = fs.readFileSync('./out/d/twin', 'utf8');

  const handle = await fsp.open('./out/d/h', 'w+');
  out.handle = [(await handle.write('abc')).bytesWritten, (await handle.write(Buffer.from('xyz'), 1, 2)).bytesWritten];
  const got = await handle.read(Buffer.alloc(3), 0, 3, 1);
  out.handle.push(got.bytesRead, got.buffer.toString(), (await handle.stat()).size);
  await handle.truncate(2);
  await handle.close();
  out.handle.push(await fsp.readFile('./out/d/h', 'utf8'));
  const again = await fsp.open('./out/d/h');
  out.handle.push((await again.readFile()).toString(), await again.readFile('utf8'));
  await again.close();
  out.afterClose = await again.read(Buffer.alloc(1)).catch((error) => error.code);

  const [opened] = await told((done) => fs.open('./out/d/h', 'r', done));
  const [count, filled] = await told((done) => fs.read(opened, Buffer.alloc(4), 0, 4, 0, done));
  out.callback = [count, filled.toString('latin1', 0, 2), await told((done) => fs.close(opened, done)), await told((done) => fs.open('./out/d/none', 'r', done))];

  fs.writeFileSync('./out/d/r', 'abcdef');
  fs.writeFileSync('./out/d/r', 'XY', { flag: 'r+' });
  out.wholeFlags = [fs.readFileSync('./out/d/r', 'utf8'), code(() => fs.writeFileSync('./out/d/r', 'x', { flag: 'ax' })), code(() => fs.appendFileSync('./out/d/r', 'x', { flag: 'ax' })), code(() => fs.writeFileSync('./out/d/none', 'x', { flag: 'r+' }))];
  fs.writeFileSync('./out/d/secret', 'x', { mode: 0o600 });
  fs.mkdirSync('./out/d/private', { mode: 0o700 });
  fs.closeSync(fs.openSync('./out/d/tool', 'w', 0o700));
  out.modes = ['secret', 'private', 'tool', 'r'].map((name) => (fs.statSync(`./out/d/${name}`).mode & 0o777).toString(8));
  out.executable = [code(() => fs.accessSync('./out/d/tool', fs.constants.X_OK)), code(() => fs.accessSync('./out/d/r', fs.constants.X_OK))];
  const byNumber = fs.openSync('./out/d/r', 'r+');
  out.byNumber = [fs.readFileSync(byNumber, 'utf8')];
  fs.writeFileSync(byNumber, '!');
  fs.closeSync(byNumber);
  out.byNumber.push(fs.readFileSync('./out/d/r', 'utf8'));
  fs.symlinkSync('d', './out/alias');
  fs.symlinkSync('way', './out/d/way2');
  const top = fs.realpathSync('./out');
  out.real = ['./out/alias', './out/alias/way2', './out/d/a'].map((path) => fs.realpathSync(path).slice(top.length));
  out.realMissing = code(() => fs.realpathSync('./out/none'));

  const large = Buffer.alloc(20_000_000, 'abcdefg');
  const big = fs.openSync('./out/d/big', 'w+');
  out.large = [fs.writeSync(big, large), fs.readSync(big, Buffer.alloc(large.length), 0, large.length, 0)];
  fs.closeSync(big);
  out.same = fs.readFileSync('./out/d/big').equals(large);
  return out;
}
"#;

#[test]
fn files_are_opened_read_and_written_as_by_node() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .reads(&["./out/**"])
        .writes(&["./out/**"])
        .with("compat", r#"["node:fs"]"#)
        .main(MAIN);
    let ours = stage.run_generously(&["call", "p", "run"]);
    let ours = ours.exits(0).json();
    assert_eq!(ours["gone"], serde_json::json!([false, 5, true]));
    assert_eq!(ours["same"], true);

    let has_node = std::process::Command::new("node").arg("--version").output();
    if !has_node.is_ok_and(|output| output.status.success()) {
        return skip(
            "files_are_opened_read_and_written_as_by_node",
            "there is no Node to compare with",
        );
    }
    stage.file("main.mjs", MAIN);
    let script =
        "import('./main.mjs').then(async (m) => console.log(JSON.stringify(await m.default())))";
    let nodes = stage.command("node").args(["-e", script]).run();
    let nodes = nodes.exits(0).json();
    for (name, value) in nodes.as_object().expect("an object") {
        assert_eq!(&ours[name], value, "{name}");
    }
}
