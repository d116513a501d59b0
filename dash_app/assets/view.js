// The Dash component `View`: shows the server's HTML and keeps it in step with address and data.
(() => {
  "use strict";
  const { createElement, useEffect, useLayoutEffect, useRef } = React;

  // Make the attributes of one element those of another. Whether details are open is the reader's.
  function copyAttributes(from, to) {
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !(name === "open" && from.localName === "details")) {
        from.removeAttribute(name);
      }
    }
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
  }

  // Whether somebody is filling a form in: what it holds, or half holds, is not what it came with.
  function typedIn(form) {
    const changed = ({ value, defaultValue, validity }) =>
      value !== defaultValue || validity.badInput;
    return [...form.querySelectorAll("input:not([type=hidden])")].some(changed);
  }

  // Turn one tree into another, touching only what differs: focus, scrolling and open details stay.
  // So does a form that somebody is filling in, unless they asked for another view.
  function morph(from, to, asked) {
    if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
      from.replaceWith(to);
      return;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    if (from.hasAttribute("data-keep")) return;
    if (from.localName === "form" && !asked && typedIn(from)) return;
    copyAttributes(from, to);
    if (from.localName === "input") {
      from.value = to.value;
      from.checked = to.checked;
    }
    const theirs = [...to.childNodes];
    for (const [index, child] of [...from.childNodes].entries()) {
      if (index < theirs.length) morph(child, theirs[index], asked);
      else child.remove();
    }
    from.append(...theirs.slice(from.childNodes.length));
    if (from.localName === "select") from.value = to.value;
  }

  function show(root, html, asked) {
    const template = document.createElement("template");
    template.innerHTML = html;
    morph(root.firstElementChild, template.content.firstElementChild, asked);
    document.title = root.firstElementChild.dataset.title;
    showPage(root);
    dispatchEvent(new CustomEvent("viewshown", { detail: root.firstElementChild.dataset }));
  }

  // The navigation of a narrow window shows where one is.
  function showPage(root) {
    const page = root.querySelector("nav [aria-current]");
    const list = page?.closest("ul");
    if (list) list.scrollLeft = page.offsetLeft - (list.clientWidth - page.offsetWidth) / 2;
  }

  // How high the filters are: what stays in sight below them goes by that.
  let bar = null;
  const sized = new ResizeObserver(tellHeight);
  function tellHeight() {
    document.documentElement.style.setProperty("--bar", `${bar?.offsetHeight ?? 0}px`);
  }
  function watchBar() {
    const now = document.querySelector(".filters");
    if (now && now === bar) return;
    sized.disconnect();
    bar = now;
    if (bar) sized.observe(bar);
    else tellHeight();
  }
  addEventListener("viewready", watchBar);
  addEventListener("viewshown", watchBar);

  // What is chosen in such a form is shown at once.
  document.addEventListener("change", ({ target }) => {
    const chooses = target instanceof HTMLSelectElement || ["checkbox", "radio"].includes(target.type);
    const { list, value } = target;
    const offered = list && ["", ...[...list.options].map((each) => each.value)].includes(value);
    if ((chooses || offered) && target.form?.hasAttribute("data-auto")) target.form.requestSubmit();
  });

  // Values of a list are found by a part of their names; case and accents do not matter.
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("input", ({ target }) => {
    if (!target.hasAttribute?.("data-find")) return;
    for (const label of target.parentElement.querySelectorAll("fieldset label")) {
      label.hidden = !folded(label.children[1].textContent).includes(folded(target.value));
    }
  });

  // Time zones: behind those that the page names, all that the browser knows.
  document.addEventListener("focusin", ({ target: { list } }) => {
    if (list?.id !== "zones") return;
    const named = new Set([...list.options].map(({ value }) => value));
    const others = Intl.supportedValuesOf("timeZone").filter((zone) => !named.has(zone));
    list.append(...others.map((zone) => new Option("", zone)));
  });

  // A list that would reach beyond the window stands further left.
  function fit() {
    for (const box of document.querySelectorAll(".several[open] .options, .filters .menu[open] .sheet")) {
      box.style.left = "";
      const beyond = box.getBoundingClientRect().right + 8 - document.documentElement.clientWidth;
      if (beyond > 0) box.style.left = `${-beyond}px`;
    }
  }
  document.addEventListener("toggle", fit, true);
  addEventListener("viewshown", fit);
  addEventListener("resize", fit);

  // Whoever follows a link to a place in the view sees it, and begins with its first field.
  function lead(hash) {
    const place = hash && document.getElementById(hash.slice(1));
    if (!place) return;
    place.scrollIntoView();
    place.querySelector("select, input:not([type=hidden])")?.focus({ preventScroll: true });
  }

  // A link or form of ours that the same page can follow without being loaded again.
  function target(event) {
    if (event.type === "submit") {
      const { target: form, submitter } = event;
      if (form.method !== "get" || submitter?.formMethod === "post") return null;
      const url = new URL(form.action);
      const told = [...new FormData(form)].filter(([, value]) => value !== "");
      url.search = new URLSearchParams(told);
      return url;
    }
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
    if (!link || link.hasAttribute("download") || !plain || link.getAttribute("href").startsWith("#")) return null;
    const url = new URL(link.href);
    return url.origin === location.origin ? url : null;
  }

  function View({ id, answer, setProps }) {
    const root = useRef(null);
    const asked = useRef(0);
    const moved = useRef(false);
    const place = useRef(""); // within the view, where a link leads
    const changed = useRef(null); // what is heard of a page that changes by itself

    useLayoutEffect(() => {
      const first = document.getElementById("first-view");
      const focused = document.activeElement;
      root.current.append(...first.childNodes);
      first.remove();
      if (root.current.contains(focused)) focused.focus({ preventScroll: true });
      showPage(root.current);
    }, []);

    useEffect(() => {
      const ask = () => {
        asked.current += 1;
        root.current.setAttribute("aria-busy", "true");
        const { pathname: path, search: query } = location;
        setProps({ asked: { n: asked.current, path, query } });
      };
      const move = (hash) => {
        place.current = hash;
        moved.current = true;
        root.current.dataset.moving = "";
        ask();
      };
      const follow = (event) => {
        const url = target(event);
        if (!url) return;
        event.preventDefault();
        const another = url.pathname !== location.pathname;
        if (url.href !== location.href) history.pushState(null, "", url);
        move(url.hash);
        if (another) top();
      };
      // Another page begins at its top, for the eye as for a screen reader.
      const top = () => {
        scrollTo(0, 0);
        root.current.querySelector("main").focus({ preventScroll: true });
      };
      // Waits for an answer that may have been lost with the connection, or shows an older state.
      const state = ({ detail }) => {
        const busy = root.current.hasAttribute("aria-busy");
        if (busy || detail !== root.current.firstElementChild.dataset.state) ask();
      };
      root.current.addEventListener("click", follow);
      root.current.addEventListener("submit", follow);
      addEventListener("popstate", () => move(""));
      addEventListener("snapshot", state);
      // A page that changes by itself is asked for again when it did; or, while an answer is
      // awaited, once it is there.
      changed.current = () => {
        const { live, stamp } = root.current.firstElementChild.dataset;
        const told = window.liveStamp;
        if (live === undefined || !told || root.current.hasAttribute("aria-busy")) return;
        window.liveStamp = null;
        if (told !== stamp) ask();
      };
      addEventListener("moment", changed.current);
      if (window.snapshotState) state({ detail: window.snapshotState });
      changed.current();
      document.documentElement.dataset.ready = "";
      dispatchEvent(new Event("viewready"));
    }, []);

    useEffect(() => {
      if (!answer || answer.n !== asked.current) return;
      show(root.current, answer.html, moved.current);
      // However a form put it, the address bar has it at its shortest.
      const { address } = root.current.firstElementChild.dataset;
      if (moved.current && address && address !== location.pathname + location.search) {
        history.replaceState(null, "", address + location.hash);
      }
      if (moved.current) lead(place.current);
      moved.current = false;
      delete root.current.dataset.moving;
      root.current.removeAttribute("aria-busy");
      changed.current();
    }, [answer]);

    return createElement("div", { id, ref: root });
  }

  window.dash_app = { View };
})();
