// Draws who calls whom: plugins round, other machines square, what was refused dashed.

import { plain, s } from "../dom.js";
import { bytes, count } from "../format.js";
import { layout } from "./layout.js";

/** The diagram as one SVG for a place of `room` pixels; the tables beside it say the same in words. */
export function diagram(found, room) {
  const { nodes, lines, width, height } = layout(found, room);
  const root = s(
    "svg",
    {
      class: "diagram",
      viewBox: `0 0 ${width} ${height}`,
      width,
      role: "img",
      "aria-label": "Who calls whom; the tables below say the same",
    },
    s("defs", null, arrow("arrow"), arrow("arrow-refused")),
  );
  // It may shrink a little to fit; beyond that its frame scrolls.
  root.style.minWidth = `${Math.round(width * 0.9)}px`;
  root.append(...lines.map(path), ...nodes.map(box), ...lines.map(label));
  hover(root);
  return root;
}

function arrow(id) {
  return s(
    "marker",
    {
      id,
      class: id,
      viewBox: "0 0 8 8",
      refX: 7,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      markerUnits: "userSpaceOnUse",
      orient: "auto",
    },
    s("path", { d: "M0 .5 7.5 4 0 7.5Z" }),
  );
}

function path(line) {
  const times = line.edge?.calls ?? line.destination?.times ?? 0;
  const weight = line.refused ? 1.5 : 1.25 + Math.min(2.25, Math.log10(1 + times) * 0.7);
  return s("path", {
    class: `edge${line.refused ? " refused" : ""}`,
    d: line.d,
    "stroke-width": weight.toFixed(2),
    "marker-end": `url(#arrow${line.refused ? "-refused" : ""})`,
    "data-from": line.from,
    "data-to": line.to,
  });
}

function label(line) {
  return s(
    "text",
    {
      class: `edge-label${line.refused ? " refused" : ""}`,
      x: line.label.x.toFixed(1),
      y: line.label.y.toFixed(1),
      "text-anchor": line.label.anchor,
      "data-from": line.from,
      "data-to": line.to,
    },
    words(line),
  );
}

function words({ edge, destination, refused }) {
  if (destination) return refused ? `${count(destination.times)} refused` : `${count(destination.times)} ×`;
  // That the method is of the plugin at the end of the line can be seen.
  const own = `${edge.to}.`;
  const name = clip(plain(edge.label.startsWith(own) ? edge.label.slice(own.length) : edge.label), 14);
  return refused ? `${name} ${count(edge.refused)} refused` : `${name} ${count(edge.calls)} ×, ${bytes(edge.bytes)}`;
}

function box(node) {
  return s(
    "g",
    {
      class: `node ${node.kind}${node.refused ? " refused" : ""}`,
      "data-id": node.id,
      transform: `translate(${node.x} ${node.y})`,
    },
    s("title", null, plain(node.name)),
    s("rect", { width: node.w, height: node.h, rx: node.kind === "plugin" ? Math.min(19, node.h / 2) : 3 }),
    s("text", { x: node.w / 2, y: node.h / 2 + 4, "text-anchor": "middle" }, clip(plain(node.name), 20)),
  );
}

/** While one node is looked at, what has nothing to do with it steps back. */
function hover(root) {
  const fade = (id) => {
    for (const one of root.querySelectorAll("[data-from]"))
      one.classList.toggle("away", id !== null && one.dataset.from !== id && one.dataset.to !== id);
  };
  root.addEventListener("pointerover", (event) => fade(event.target.closest?.(".node")?.dataset.id ?? null));
  root.addEventListener("pointerleave", () => fade(null));
}

function clip(words, most) {
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}
