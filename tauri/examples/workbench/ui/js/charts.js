// Sparklines and meters, drawn with SVG and updated in place.

import { attr, h, s } from "./dom.js";
import { SAMPLES } from "./store.js";

const WIDTH = 120;
const HEIGHT = 32;

/**
 * A sparkline of the last 60 samples; the newest is at the right edge. `least` is the smallest full
 * height, so that a figure close to nought is not drawn as a mountain.
 */
export function spark(className = "", least = 0) {
  const area = s("path", { class: "spark-area" });
  const line = s("path", { class: "spark-line", "vector-effect": "non-scaling-stroke" });
  const node = s(
    "svg",
    {
      class: `spark ${className}`.trim(),
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    area,
    line,
  );
  return {
    node,
    set(values) {
      if (!values || values.length === 0) {
        attr(line, "d", `M0 ${HEIGHT - 1}H${WIDTH}`);
        attr(area, "d", null);
        attr(node, "data-empty", "");
        return;
      }
      const top = Math.max(...values, least) * 1.2 || 1;
      const step = WIDTH / (SAMPLES - 1);
      const from = WIDTH - (values.length - 1) * step;
      const points = values.map(
        (value, i) => `${(from + i * step).toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}`,
      );
      if (points.length === 1) points.unshift(`${(WIDTH - step).toFixed(1)} ${points[0].split(" ")[1]}`);
      attr(line, "d", `M${points.join("L")}`);
      attr(area, "d", `M${points[0].split(" ")[0]} ${HEIGHT}L${points.join("L")}L${WIDTH} ${HEIGHT}Z`);
      attr(node, "data-empty", null);
    },
  };
}

/** A bar of a figure against its limit; it turns to the colour of a warning from four fifths on. */
export function meter(label) {
  const bar = h("span", { class: "meter-bar" });
  const node = h(
    "span",
    { class: "meter", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    bar,
  );
  return {
    node,
    set(value, limit, words) {
      const share = limit > 0 ? Math.min(1, value / limit) : 0;
      const width = `${(share * 100).toFixed(1)}%`;
      if (bar.style.width !== width) bar.style.width = width;
      attr(node, "aria-valuenow", Math.round(share * 100));
      attr(node, "aria-valuetext", words);
      attr(node, "data-tone", share >= 0.95 ? "bad" : share >= 0.8 ? "warn" : null);
    },
  };
}
