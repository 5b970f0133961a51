// Hands on what a panel and the page around this one say to each other. The panel is sandboxed: its
// origin is opaque, so nothing but its window can be named.
"use strict";
const panel = document.querySelector("iframe").contentWindow;
addEventListener("message", (event) => {
  if (event.source === panel) {
    parent.postMessage(event.data, "*");
  } else if (event.source === parent) {
    panel.postMessage(event.data, "*");
  }
});
