// There is no network; what looks like it must not reach any.
export default async function run({ scene }, ctx) {
  ctx.log.info("armed");
  const at = `127.0.0.1:${scene.port}`;
  const urls = [`http://${at}/`, `http://localhost:${scene.port}/`, `http://[::ffff:127.0.0.1]:${scene.port}/`, `http://2130706433:${scene.port}/`,
    `http://0x7f.1:${scene.port}/`, `http://user@${at}/`, `http://${at}\t/`, "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/",
    "file:///etc/passwd", "unix:/run/docker.sock", "gopher://" + at, "data:text/plain,x", "ftp://" + at, "ws://" + at];
  const answers = new Set();
  for (const url of urls) {
    try {
      await fetch(url);
      answers.add(`worked: ${url}`);
    } catch (error) {
      answers.add(error.code ?? error.name);
    }
  }
  let refused = 0;
  const ways = [
    () => new WebSocket(`ws://${at}`), () => new XMLHttpRequest(), () => new EventSource(`http://${at}`), () => import("node:net"), () => import("node:dgram"),
    () => import(`http://${at}/x.js`), () => Deno.connect({ port: scene.port }), () => os.socket(), () => new WebTransport(`https://${at}`), () => navigator.sendBeacon(`http://${at}`, "x"),
    () => import("node:dns").then((dns) => dns.lookup("example.com")), () => new Image().src, () => Bun.connect({}), () => import("node:http2"),
  ];
  for (const way of ways) await Promise.resolve().then(way).catch(() => refused++);
  return { worked: [...answers].filter((answer) => answer.startsWith("worked")), others: ways.length - refused };
}
