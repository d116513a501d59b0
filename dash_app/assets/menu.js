// What this browser keeps of its reader: where to start, light or dark.
(() => {
  "use strict";
  const BOOKMARKS = "bookmarks";
  const START = "start";
  const YEAR = 31536000;

  // What is kept; nothing, where the browser keeps nothing or somebody else wrote there.
  function kept(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
      return fallback;
    }
  }

  function keep(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  const isOurs = (at) => typeof at === "string" && /^\/(?![/\\])/.test(at);
  const here = () => location.pathname + location.search;

  function draw() {
    document.querySelector("[data-start-plain]").hidden = !isOurs(kept(START, null));
    const theme = document.querySelector("[data-theme-choice]");
    theme.value = document.documentElement.dataset.theme ?? "";
  }

  // An earlier release kept bookmarks in the browser: they move to the server, once.
  async function move() {
    const found = kept(BOOKMARKS, []);
    for (const each of Array.isArray(found) ? found : []) {
      if (!each || !isOurs(each.at) || !each.name) continue;
      const body = new URLSearchParams({ name: each.name, back: each.at });
      await fetch("/bookmarks", { method: "POST", body, redirect: "manual" });
    }
    keep(BOOKMARKS, null);
  }

  function say(text) {
    document.querySelector("[data-said]").textContent = text;
  }

  function close(menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  const REFUSED = "This browser does not let the page keep anything.";

  // Where the browser does not let the page write to the clipboard, the reader copies the link.
  async function copy({ dataset, parentElement: sheet }) {
    const label = sheet.querySelector("label");
    const { href } = new URL(dataset.copy, location);
    label.hidden = await navigator.clipboard?.writeText(href).then(() => true, () => false) ?? false;
    sheet.querySelector("[role=status]").textContent = label.hidden
      ? "The link is copied."
      : "Copy the link that is marked.";
    if (label.hidden) return;
    label.control.value = href;
    label.control.focus();
    label.control.select();
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    const within = event.composedPath(); // what is drawn anew was within, too
    if (target.closest("[data-copy]")) copy(target.closest("[data-copy]"));
    if (target.closest("[data-start-here]")) {
      const done = keep(START, here());
      draw();
      say(done ? "The dashboard starts with this view from now on." : REFUSED);
    }
    if (target.closest("[data-start-plain]")) {
      keep(START, null);
      draw();
      say("The dashboard starts with its usual view.");
    }
    document.querySelectorAll(".menu[open]").forEach((menu) => {
      const link = target.closest(".menu a");
      if (!within.includes(menu) || link) menu.open = false;
    });
  });

  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") document.querySelectorAll(".menu[open]").forEach(close);
  });

  // A cookie, not local storage: the server then draws the very first paint in it.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-theme-choice]")) return;
    const theme = target.value;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? YEAR : 0}; SameSite=Lax${secure}`;
  });

  addEventListener("storage", draw);
  // Whoever comes from nowhere to the plain first page begins where they want to.
  addEventListener("viewready", () => {
    draw();
    move().catch(() => {}); // again with the next page
    const start = kept(START, null);
    const [navigation] = performance.getEntriesByType("navigation");
    const begins = here() === "/" || navigation?.redirectCount > 0; // to where the home begins
    const plain = begins && !document.referrer && navigation?.type === "navigate";
    if (plain && isOurs(start) && start !== here()) {
      history.replaceState(null, "", start);
      dispatchEvent(new PopStateEvent("popstate"));
    }
  }, { once: true });
})();
