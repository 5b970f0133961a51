// Hands on what a panel and the page around this one say to each other. The panel is sandboxed: its
// origin is opaque, so nothing but its window can be named. Listens before the panel is there.
"use strict";
addEventListener("message", (event) => {
  const panel = document.querySelector("iframe")?.contentWindow;
  if (panel && event.source === panel) {
    parent.postMessage(event.data, "*");
  } else if (panel && event.source === parent) {
    panel.postMessage(event.data, "*");
  }
});
