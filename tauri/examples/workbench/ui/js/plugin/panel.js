// The plugin's own panel: a page of its bundle in a frame that can reach nothing but the plugin itself.

import { aether } from "../api.js";
import { h } from "../dom.js";
import { busy, notice } from "../parts.js";

export function panelTab(context) {
  const problems = h("div");
  const place = h("div", { class: "panel-place", test: "panel-place" });
  const stopped = notice(
    "plain",
    "info",
    h("p", null, "The panel is the plugin's own page. The plugin is started when its panel asks it for something."),
  );
  const node = h("div", { class: "stack" }, problems, stopped, place);
  let mounted = null,
    closed = false,
    digest = null;

  async function mount() {
    await busy(place, problems, async () => {
      const found = await aether().mountPanel(place, context.name, {
        theme: context.theme(),
        title: `Panel of ${context.name}`,
        maxHeight: 2000,
      });
      if (closed) await found.close();
      else mounted = found;
    });
  }

  return {
    node,
    update(inspection) {
      // Where it is disabled, a banner says that it does not start.
      stopped.hidden = inspection.plugin.running || !inspection.plugin.enabled;
      // Another version has another panel.
      if (digest === inspection.plugin.current.digest) return;
      digest = inspection.plugin.current.digest;
      const before = mounted;
      mounted = null;
      Promise.resolve(before?.close()).finally(mount);
    },
    theme: (to) => mounted?.setTheme(to),
    close() {
      closed = true;
      mounted?.close();
    },
  };
}
