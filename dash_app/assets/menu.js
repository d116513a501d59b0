// What this browser keeps of its reader: bookmarks of views, where to start, light or dark.
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
  const bookmarks = () => {
    const found = kept(BOOKMARKS, []);
    return Array.isArray(found) ? found.filter((each) => each && isOurs(each.at) && each.name) : [];
  };
  const here = () => location.pathname + location.search;
  const made = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  function draw() {
    const list = document.querySelector("[data-bookmarks]");
    if (!list) return;
    list.replaceChildren(
      ...bookmarks().map(({ name, at }) =>
        made(
          "li",
          {},
          made("a", { href: at, textContent: name }),
          made("button", { type: "button", className: "remove", textContent: "×", ariaLabel: `Remove ${name}` }),
        ),
      ),
    );
    document.querySelector("[data-no-bookmarks]").hidden = list.children.length > 0;
    document.querySelector("[data-start-plain]").hidden = !isOurs(kept(START, null));
    const theme = document.querySelector("[data-theme-choice]");
    theme.value = document.documentElement.dataset.theme ?? "";
  }

  function say(text) {
    document.querySelector("[data-said]").textContent = text;
  }

  function close(menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  const REFUSED = "This browser does not let the page keep anything.";

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-bookmark]");
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    const name = form.elements.name.value.trim();
    if (!name) return;
    const others = bookmarks().filter((each) => each.name !== name);
    const done = keep(BOOKMARKS, [...others, { name, at: here() }]);
    form.reset();
    draw();
    say(done ? `${name} is kept.` : REFUSED);
  }, true);

  document.addEventListener("click", (event) => {
    const { target } = event;
    const within = event.composedPath(); // what is drawn anew was within, too
    const remove = target.closest(".bookmarks .remove");
    if (remove) {
      const name = remove.previousElementSibling.textContent;
      keep(BOOKMARKS, bookmarks().filter((each) => each.name !== name));
      draw();
      say(`${name} is removed.`);
      document.querySelector(".bookmarks summary").focus();
    }
    if (target.closest("[data-start-here]")) {
      const done = keep(START, here());
      draw();
      say(done ? "The dashboard starts with this view from now on." : REFUSED);
    }
    if (target.closest("[data-start-plain]")) {
      keep(START, null);
      draw();
      say("The dashboard starts with the last 28 days.");
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
    const start = kept(START, null);
    const [navigation] = performance.getEntriesByType("navigation");
    const plain = here() === "/" && !document.referrer && navigation?.type === "navigate";
    if (plain && isOurs(start) && start !== "/") {
      history.replaceState(null, "", start);
      dispatchEvent(new PopStateEvent("popstate"));
    }
  }, { once: true });
})();
