
// Filter, values under the pointer, folding and the theme. Everything else works without this.
// Texts of the record only ever pass through textContent.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const tools = one(".tools");
  if (!tools) return;
  tools.hidden = false;
  const [plugin, text] = [one(".tools select"), one(".tools input")];
  const said = one(".tools output");
  tools.addEventListener("submit", (event) => event.preventDefault());

  // Filter: rows, cards and drawn cells know the place of their cell as data-c.
  const rows = all("main [data-c]").map((row) => ({ row, text: null }));
  for (const row of all("#cells tr[data-c]")) {
    const option = document.createElement("option");
    option.value = row.dataset.c;
    option.textContent = row.querySelector("th").firstChild?.textContent || "(no name)";
    plugin.append(option);
  }
  const filter = () => {
    const word = text.value.trim().toLowerCase();
    const is = word !== "" || plugin.value !== "";
    let shown = 0;
    for (const each of rows) {
      if (word && each.text === null) each.text = each.row.textContent.toLowerCase();
      const fits = (!plugin.value || each.row.dataset.c === plugin.value) && (!word || each.text.includes(word));
      if (each.row.matches("g")) {
        each.row.style.opacity = fits ? "" : ".2";
      } else {
        each.row.hidden = !fits;
        if (fits) shown += 1;
      }
    }
    // What has no row left is hidden as well, and what has is unfolded.
    for (const box of all("main article.rule, main .map, main details:not(.drill)")) {
      const has = all("[data-c]", box);
      if (!has.length) continue;
      const left = has.some((row) => !row.hidden);
      box.hidden = is && !left;
      if (box.matches("details") && is && left && has.length < 400) box.open = true;
    }
    said.textContent = is ? `${shown} of ${rows.length} rows` : "";
  };
  let soon = 0;
  text.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(filter, 120); });
  plugin.addEventListener("change", filter);

  // Fold and unfold.
  const fold = one(".tools .fold");
  fold.addEventListener("click", () => {
    const open = fold.textContent === "Unfold";
    for (const each of all("main details")) each.open = open;
    fold.textContent = open ? "Fold" : "Unfold";
  });

  // A link into something folded unfolds it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.hidden = false;
    let up = target.parentElement;
    for (; up; up = up.parentElement) if (up.matches("details")) up.open = true;
    target.scrollIntoView({ block: target.matches("tr") ? "center" : "start" });
  };
  addEventListener("hashchange", reveal);
  reveal();
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const each of all("main details:not([open])")) { each.open = true; opened.push(each); }
  });
  addEventListener("afterprint", () => { for (const each of opened.splice(0)) each.open = false; });

  // Theme: the system's, until the button says otherwise. Nothing is stored.
  one(".tools .theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  // Values: the title of what is pointed at, beside the pointer; a click pins it.
  const tip = document.createElement("div");
  tip.id = "tip-box";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  const [who, what] = [document.createElement("b"), document.createElement("span")];
  tip.append(who, what);
  document.body.append(tip);
  let pinned = false;
  let on = null;
  const hide = () => {
    if (on) on.classList.remove("on");
    on = null;
    pinned = false;
    tip.hidden = true;
  };
  const show = (square, x, y) => {
    let title = square.dataset.t;
    if (title === undefined) {
      // The browser's own tip would cover ours.
      const node = square.querySelector("title");
      title = node ? node.textContent : "";
      if (node) node.remove();
      square.dataset.t = title;
    }
    if (on) on.classList.remove("on");
    on = square;
    on.classList.add("on");
    const head = square.closest("tr")?.querySelector("th");
    who.textContent = head ? head.textContent : "";
    what.textContent = title;
    tip.hidden = !title;
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 12 : y + 18}px`;
  };
  const square = (event) => event.target.closest?.(".map .hm rect, .steps .hit");
  document.addEventListener("pointermove", (event) => {
    if (pinned) return;
    const found = square(event);
    if (found) show(found, event.clientX, event.clientY);
    else if (on && event.pointerType === "mouse") hide();
  });
  document.addEventListener("click", (event) => {
    const found = square(event);
    if (!found || (pinned && found === on)) return hide();
    pinned = true;
    show(found, event.clientX, event.clientY);
  });
  addEventListener("scroll", () => { if (!tip.hidden) hide(); }, { passive: true });

  // The same with the keyboard: arrows move through a row of squares.
  for (const map of all(".map tbody .hm")) {
    map.setAttribute("tabindex", "0");
    map.removeAttribute("aria-hidden");
    map.setAttribute("role", "application");
    map.setAttribute("aria-label", "Values over time; arrow keys move");
    map.addEventListener("blur", hide);
    map.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      const squares = all("rect", map);
      const at = squares.indexOf(on);
      const next = squares[Math.max(0, Math.min(squares.length - 1, at < 0 ? 0 : at + step))];
      const place = next?.getBoundingClientRect();
      if (place) show(next, place.left, place.top);
    });
  }

  // Which section is being read.
  const links = new Map(all(".links a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const each of all("main > section")) seen.observe(each);
})();
