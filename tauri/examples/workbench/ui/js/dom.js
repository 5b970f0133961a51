// The few helpers with which every screen builds and updates its elements.
// Text goes in as text nodes only; nothing in this app parses markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element. Props: `class`, `test` (data-test), `on…` handlers, `style` (an object, set through
 * CSSOM), properties such as `value`, `checked`, `disabled`, and attributes for everything else.
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  add(node, children);
  return node;
}

/** The same for SVG, where everything is an attribute. */
export function s(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "test") node.setAttribute("data-test", value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open", "tabIndex"]);

function set(node, name, value) {
  if (value == null) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "test") node.dataset.test = value;
  else if (name === "style") for (const [key, to] of Object.entries(value)) node.style.setProperty(key, to);
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false) node.setAttribute(name, value);
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what is in a node. */
export function fill(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

/** Sets a text only if it is another one, so that a live figure costs nothing while it stands still. */
export function text(node, value) {
  const now = String(value ?? "");
  if (node.textContent !== now) node.textContent = now;
}

/** Sets an attribute only if it is another one; `null` and `false` remove it. */
export function attr(node, name, value) {
  if (value == null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

const KEPT = new WeakMap();

/**
 * Keeps the children of `parent` in step with `items` by key. `make(item)` answers with
 * `{ node, update?(item) }` once for each key; nodes are kept, moved only where the order changed, and
 * the one that has the focus gets it back if it had to move.
 */
export function each(parent, items, key, make) {
  const before = KEPT.get(parent) ?? new Map();
  const now = new Map();
  const focus = parent.contains(document.activeElement) ? document.activeElement : null;
  for (const item of items) {
    const id = String(key(item));
    if (now.has(id)) continue;
    const kept = before.get(id) ?? make(item);
    kept.update?.(item);
    now.set(id, kept);
  }
  for (const [id, { node }] of before) if (!now.has(id)) node.remove();
  let cursor = parent.firstChild;
  for (const { node } of now.values()) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
  KEPT.set(parent, now);
  if (focus && focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
  return now;
}

// What could reorder, hide or break a line: shown as its code point. Joiners stay, for scripts that need them.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Makes the invisible visible in a text that others wrote. */
export function plain(value) {
  return String(value ?? "").replace(UNSEEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/**
 * A text that a plugin or another machine wrote: isolated from the text around it, with a title for
 * when it is clipped. The class `clip` cuts it to one line.
 */
export function said(value, className = "") {
  const words = plain(value);
  return h(
    "bdi",
    { class: `said ${className}`.trim(), dir: "auto", title: words.length > 24 ? words.slice(0, 600) : null },
    words.length > 4000 ? `${words.slice(0, 4000)}…` : words,
  );
}

/** Plain words with a capital in front. */
export function asSentence(value) {
  return plain(value).replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

/**
 * A sentence that others wrote, where `code` between backticks stands in the type of code. It begins with a
 * capital, as a sentence on its own does.
 */
export function sentence(value, className = "") {
  const node = said("", className);
  const words = asSentence(value).slice(0, 4000);
  words.split(/`([^`]{1,600})`/).forEach((part, i) => part && node.append(i % 2 === 1 ? h("code", null, part) : part));
  return node;
}
