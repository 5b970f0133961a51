// Icons as strokes on a grid of 20, and the mark that each plugin gets from its name.

import { s } from "./dom.js";

const PATHS = {
  gallery: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z",
  tasks: "M2.5 10.5h3l2-6 4 11 2.5-7 1 2h2.5",
  violations: "M10 2.5 16.5 5v4.5c0 4-2.7 6.7-6.5 8-3.8-1.3-6.5-4-6.5-8V5zM10 6.5v4M10 13v.2",
  interactions:
    "M5 7.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5zM15 17.5a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5zM12.5 2.5h5v5h-5zM7.5 5h5M6.3 7.2l6.7 6.2",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  check: "M4 10.5l4 4 8-9",
  cross: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  minus: "M4.5 10h11",
  warn: "M10 3 18 16.5H2zM10 8v4M10 14v.2",
  info: "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 9v5M10 6v.2",
  play: "M6 4v12l10-6z",
  stop: "M5 5h10v10H5z",
  restart: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 2.5v4h-4",
  back: "M11.5 4.5 6 10l5.5 5.5",
  next: "M8 4.5l5.5 5.5L8 15.5",
  plus: "M10 4v12M4 10h12",
  update: "M10 16V5M5 9.5 10 4.5l5 5",
  file: "M5 2.5h6.5L15 6v11.5H5zM11 2.5v4h4",
  network:
    "M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM2.5 10h15M10 2.5c-4.5 4.5-4.5 10.5 0 15 4.5-4.5 4.5-10.5 0-15z",
  key: "M7 7.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM9.8 8.5 16 3M13.5 5.2l2 2",
  plug: "M7 2.5v4M13 2.5v4M5 6.5h10v3a5 5 0 0 1-10 0zM10 14.5v3",
  terminal: "M2.5 4h15v12h-15zM5.5 8l2.5 2-2.5 2M10 12.5h4",
  signal:
    "M10 8.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM6 6a5.5 5.5 0 0 0 0 8M14 6a5.5 5.5 0 0 1 0 8M3.5 3.5a9 9 0 0 0 0 13M16.5 3.5a9 9 0 0 1 0 13",
  ladder: "M6.5 2.5v15M13.5 2.5v15M6.5 6h7M6.5 10h7M6.5 14h7",
  eye: "M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10zM10 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  report: "M4 2.5h12v15H4zM7 7h6M7 10h6M7 13h3.5",
  sortUp: "M6 12l4-4 4 4",
  sortDown: "M6 8l4 4 4-4",
};

/** An icon; decorative unless it gets a label. */
export function icon(name, label) {
  return s(
    "svg",
    {
      class: `icon icon-${name}`,
      viewBox: "0 0 20 20",
      width: 20,
      height: 20,
      "aria-hidden": label ? null : "true",
      role: label ? "img" : null,
      "aria-label": label,
    },
    s("path", { d: PATHS[name] ?? PATHS.info }),
  );
}

/** An icon for a permission. */
export function permissionIcon(permission) {
  const area = String(permission).split(".")[0];
  return icon(
    {
      filesystem: "file",
      network: "network",
      environment: "terminal",
      process: "terminal",
      plugins: "plug",
      secrets: "key",
      events: "signal",
    }[area] ?? "info",
  );
}

/** Three arcs round a point, turned by the plugin's name: the same name always gets the same mark. */
export function mark(name, size = 40) {
  let hash = 2166136261;
  for (const c of String(name)) hash = Math.imul(hash ^ c.codePointAt(0), 16777619);
  const next = (below) => {
    hash = Math.imul(hash ^ (hash >>> 15), 2246822519) + 0x9e3779b9;
    return (hash >>> 8) % below;
  };
  const hue = (hash >>> 3) % 5;
  const arcs = [5.5, 9.5, 13.5].map((radius) => {
    const from = next(360),
      sweep = 110 + next(180);
    const at = (degrees) => {
      const a = (degrees * Math.PI) / 180;
      return `${(20 + radius * Math.cos(a)).toFixed(2)} ${(20 + radius * Math.sin(a)).toFixed(2)}`;
    };
    return s("path", { d: `M${at(from)}A${radius} ${radius} 0 ${sweep > 180 ? 1 : 0} 1 ${at(from + sweep)}` });
  });
  return s(
    "svg",
    { class: `mark hue-${hue}`, viewBox: "0 0 40 40", width: size, height: size, "aria-hidden": "true" },
    s("rect", { class: "mark-ground", width: 40, height: 40, rx: 10 }),
    arcs,
    s("circle", { class: "mark-point", cx: 20, cy: 20, r: 2 }),
  );
}

/** The app's own mark. */
export function brand(size = 28) {
  return s(
    "svg",
    { class: "brand-mark", viewBox: "0 0 40 40", width: size, height: size, "aria-hidden": "true" },
    s("path", { d: "M33.5 20A13.5 13.5 0 1 1 26.750 8.310" }),
    s("path", { d: "M11.770 24.750A9.5 9.5 0 1 1 28.230 24.750" }),
    s("circle", { class: "mark-point", cx: 20, cy: 20, r: 3 }),
  );
}
