// Where the nodes and lines of the diagram go. Pure figures: no element is touched here.
//
// Plugins stand in layers, each behind the farthest that calls it; other machines stand in the last one.
// A line that passes a layer gets a place of its own there, so that no line runs through a box. A line that
// leads back runs below everything.

const WIDTH = 156;
const PORT = 22;
const LEAST = 38;
const GAP = 20;
const MARGIN = 16;

/** `{ width, height, nodes, lines }`: nodes have x, y, w, h; lines have points of their path and a label's place. */
export function layout({ plugins, edges, destinations }, room) {
  const talking = new Set([...edges.flatMap((edge) => [edge.from, edge.to]), ...destinations.map((one) => one.plugin)]);
  const names = [...new Set([...plugins.filter((name) => talking.has(name)), ...talking])];
  const depth = depths(names, edges);
  const layers = [];
  for (const name of names)
    (layers[depth.get(name)] ??= []).push({ id: name, name, kind: "plugin", ins: [], outs: [] });
  const columns = layers.filter(Boolean);
  const hosts = [...new Set(destinations.map((one) => one.host))];
  if (hosts.length > 0)
    columns.push(
      hosts.map((host) => ({
        id: `\0${host}`,
        name: host,
        kind: "host",
        refused: destinations.every((one) => one.host !== host || !one.allowed),
        ins: [],
        outs: [],
      })),
    );
  const nodes = new Map(
    columns.flatMap((column, at) => column.map((node) => [node.id, Object.assign(node, { column: at })])),
  );

  const lines = [];
  for (const edge of edges) {
    if (edge.calls > 0 || edge.refused === 0) lines.push({ from: edge.from, to: edge.to, edge, refused: false });
    if (edge.refused > 0) lines.push({ from: edge.from, to: edge.to, edge, refused: true });
  }
  for (const one of destinations)
    lines.push({ from: one.plugin, to: `\0${one.host}`, destination: one, refused: !one.allowed });
  for (const line of lines) chain(line, nodes, columns);

  for (let pass = 0; pass < 6; pass++) sort(columns, pass % 2 === 0);
  for (const node of nodes.values()) node.h = Math.max(LEAST, Math.max(node.ins.length, node.outs.length) * PORT + 8);
  place(columns);
  const gap = Math.max(
    116,
    Math.min(220, (room - 2 * MARGIN - columns.length * WIDTH) / Math.max(1, columns.length - 1)),
  );
  columns.forEach((column, at) =>
    column.forEach((one) => Object.assign(one, { x: MARGIN + at * (WIDTH + gap), w: WIDTH })),
  );
  const bottom = Math.max(...columns.flat().map((one) => one.y + one.h));
  const backs = lines.filter((line) => line.back).length;
  ports(nodes);
  let lane = 0;
  for (const line of lines) route(line, line.back ? bottom + MARGIN + 8 + 20 * lane++ : 0, gap);
  return {
    width: 2 * MARGIN + columns.length * WIDTH + (columns.length - 1) * gap,
    height: bottom + MARGIN + (backs > 0 ? 8 + 20 * backs : 0),
    nodes: [...nodes.values()],
    lines,
  };
}

/** The layer of each plugin; a loop is cut where it closes. */
function depths(names, edges) {
  const callers = new Map(
    names.map((name) => [
      name,
      edges.filter((edge) => edge.to === name && edge.from !== name).map((edge) => edge.from),
    ]),
  );
  const depth = new Map();
  const of = (name, path) => {
    if (depth.has(name)) return depth.get(name);
    if (path.has(name)) return -1;
    path.add(name);
    const found = Math.max(0, ...callers.get(name).map((caller) => of(caller, path) + 1));
    path.delete(name);
    depth.set(name, found);
    return found;
  };
  for (const name of names) of(name, new Set());
  return depth;
}

/** Gives a line its stations: both ends, and a place in each layer between them. */
function chain(line, nodes, columns) {
  const from = nodes.get(line.from),
    to = nodes.get(line.to);
  line.back = to.column <= from.column;
  line.stations = [from];
  if (!line.back) {
    for (let at = from.column + 1; at < to.column; at++) {
      const pass = { kind: "pass", column: at, h: 14, ins: [], outs: [] };
      columns[at].push(pass);
      line.stations.push(pass);
    }
  }
  line.stations.push(to);
  line.stations.slice(1).forEach((one, i) => {
    line.stations[i].outs.push({ line, other: one });
    one.ins.push({ line, other: line.stations[i] });
  });
}

/** Orders each layer by the middle of its neighbours, so that fewer lines cross. */
function sort(columns, forward) {
  const order = forward ? columns : [...columns].reverse();
  for (const column of columns) column.forEach((one, at) => (one.at = (at + 0.5) / column.length));
  for (const column of order) {
    for (const one of column) {
      const near = (forward ? one.ins : one.outs)
        .filter(({ other }) => other.column !== one.column)
        .map(({ other }) => other.at);
      one.wish = near.length > 0 ? near.reduce((sum, at) => sum + at, 0) / near.length : one.at;
    }
    column.sort((a, b) => a.wish - b.wish);
    column.forEach((one, at) => (one.at = (at + 0.5) / column.length));
  }
}

/** Sets every y: each as close to the middle of what leads to it as its neighbours leave room for. */
function place(columns) {
  for (const column of columns) {
    let y = 0;
    for (const one of column) {
      one.y = y;
      y += one.h + GAP;
    }
    for (const one of column) one.y -= (y - GAP) / 2;
  }
  for (let pass = 0; pass < 4; pass++) {
    for (const column of pass % 2 === 0 ? columns : [...columns].reverse()) {
      const wishes = column.map((one) => {
        const near = (pass % 2 === 0 ? one.ins : one.outs)
          .map(({ other }) => other)
          .filter((other) => other.column !== one.column);
        return near.length > 0
          ? near.reduce((sum, other) => sum + other.y + other.h / 2, 0) / near.length - one.h / 2
          : one.y;
      });
      column.forEach(
        (one, at) => (one.y = at === 0 ? wishes[0] : Math.max(wishes[at], column[at - 1].y + column[at - 1].h + GAP)),
      );
      const shift = column.reduce((sum, one, at) => sum + one.y - wishes[at], 0) / column.length;
      for (const one of column) one.y -= shift;
    }
  }
  const top = Math.min(...columns.flat().map((one) => one.y));
  for (const one of columns.flat()) one.y += MARGIN - top;
}

/** Spreads the ends of lines over the sides of their boxes, in the order of where they come from. */
function ports(nodes) {
  const middle = (one) => one.y + one.h / 2;
  for (const node of nodes.values()) {
    for (const [side, key] of [
      [node.ins, "end"],
      [node.outs, "start"],
    ]) {
      side.sort((a, b) => (a.line.back ? 1e6 : middle(a.other)) - (b.line.back ? 1e6 : middle(b.other)));
      side.forEach((one, at) => (one.line[key] = middle(node) + (at - (side.length - 1) / 2) * PORT));
    }
  }
}

/** The path of a line and where its label stands. */
function route(line, lane, gap) {
  const first = line.stations[0],
    last = line.stations.at(-1);
  const x1 = first.x + first.w,
    x2 = last.x;
  if (line.back) {
    const out = x1 + 14,
      into = x2 - 14,
      r = 8;
    line.d = `M${x1} ${line.start}H${out - r}q${r} 0 ${r} ${r}V${lane - r}q0 ${r} ${-r} ${r}H${into + r}q${-r} 0 ${-r} ${-r}V${line.end + r}q0 ${-r} ${r} ${-r}H${x2 - 1}`;
    line.label = { x: (out + into) / 2, y: lane - 5, anchor: "middle" };
    return;
  }
  let d = `M${x1} ${line.start}`,
    x = x1,
    y = line.start;
  const bend = (toX, toY) => {
    d += `C${x + (toX - x) * 0.5} ${y} ${x + (toX - x) * 0.5} ${toY} ${toX} ${toY}`;
    [x, y] = [toX, toY];
  };
  const passes = line.stations.slice(1, -1);
  for (const pass of passes) {
    bend(pass.x, pass.y + pass.h / 2);
    x = pass.x + pass.w;
    d += `H${x}`;
  }
  bend(x2 - 1, line.end);
  line.d = d;
  // A straight stretch has room for its label; between two layers it stands at the end where the lines lie apart.
  if (passes.length > 0)
    line.label = { x: passes[0].x + passes[0].w / 2, y: passes[0].y + passes[0].h / 2 - 5, anchor: "middle" };
  else if (Math.abs(line.start - line.end) < 4) line.label = { x: x1 + gap / 2, y: line.end - 5, anchor: "middle" };
  else if (first.outs.length > last.ins.length)
    line.label = { x: x2 - 8, y: line.end + (line.end > line.start ? 14 : -5), anchor: "end" };
  else
    line.label = {
      x: x1 + 8,
      y: line.start + (line.end < line.start || (line.refused && line.edge?.calls > 0) ? 14 : -5),
      anchor: "start",
    };
}
