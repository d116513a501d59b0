// The calendar of a field for a day: opened by the button beside it, or the arrow down within it.
// Arrow keys go by day and week, Page Up and Down by month, with Shift by year; Enter takes the day.
(() => {
  "use strict";
  const DAY = 86_400_000;
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const utc = (year, month, day) => new Date(Date.UTC(year, month, day));
  const later = (day, count) => new Date(+day + count * DAY);
  const iso = (day) => day.toISOString().slice(0, 10);
  let dialog = null;

  // What a field says, in the order of its hint, such as DD.MM.YYYY, or as ISO; null for no day.
  function read({ value, dataset }) {
    const numbers = value.match(/\d+/g) ?? [];
    if (numbers.length !== 3) return null;
    const order = numbers[0].length === 4 ? "YMD" : dataset.day.replace(/([YMD])\1+|\W/g, "$1");
    const [year, month, day] = [..."YMD"].map((part) => Number(numbers[order.indexOf(part)]));
    const found = utc(year < 100 ? 2000 + year : year, month - 1, day);
    return found.getUTCMonth() === month - 1 ? found : null;
  }

  function write(field, day) {
    const [year, month, date] = iso(day).split("-");
    field.value = field.dataset.day.replace("YYYY", year).replace("MM", month).replace("DD", date);
  }

  function made(name, content, attributes = {}) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...[content].flat());
    return element;
  }

  // The same day of another month, or the last one of that.
  function inMonth(day, count) {
    const [year, month] = [day.getUTCFullYear(), day.getUTCMonth() + count];
    const last = utc(year, month + 1, 0).getUTCDate();
    return utc(year, month, Math.min(day.getUTCDate(), last));
  }

  function open(field) {
    dialog?.remove();
    const { min, max, weekStart } = field.dataset;
    const locale = document.querySelector(".view")?.dataset.locale;
    const said = (day, options) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(day);
    const within = (day) => {
      if (min && iso(day) < min) return new Date(min);
      return max && iso(day) > max ? new Date(max) : day;
    };
    const label = field.labels[0].textContent.trim();
    const heading = made("h2", "", { "aria-live": "polite" });
    const turn = (text, name, count) => {
      const button = made("button", text, { type: "button", "aria-label": name });
      button.addEventListener("click", () => draw(within(inMonth(at, count)), false));
      return button;
    };
    const turns = [turn("‹", "Month before", -1), heading, turn("›", "Month after", 1)];
    const head = made("div", turns, { class: "turns" });
    const table = made("table", [], { "aria-label": "Days of the month" });
    dialog = made("dialog", [head, table], { class: "days", "aria-label": `${label}: choose a day` });
    document.body.append(dialog);
    const chosen = read(field);
    let at = within(chosen ?? new Date());

    function cell(day) {
      const button = made("button", said(day, { day: "numeric" }), {
        type: "button",
        "aria-label": said(day, { dateStyle: "full" }),
        "aria-pressed": chosen !== null && iso(day) === iso(chosen),
        tabindex: iso(day) === iso(at) ? 0 : -1,
        "data-of": iso(day),
      });
      button.disabled = iso(within(day)) !== iso(day);
      button.addEventListener("click", () => {
        write(field, day);
        dialog.close();
      });
      return made("td", button);
    }

    function draw(day, focused = true) {
      at = day;
      const begin = utc(day.getUTCFullYear(), day.getUTCMonth(), 1);
      const first = later(begin, -((begin.getUTCDay() - weekStart + 7) % 7));
      heading.textContent = said(day, { month: "long", year: "numeric" });
      const week = [...Array(7).keys()];
      const names = week.map((n) => made("th", said(later(first, n), { weekday: "short" }), { scope: "col" }));
      const rows = [];
      for (let row = first; row < inMonth(begin, 1); row = later(row, 7)) {
        const days = week.map((n) => later(row, n));
        const of = (each) => (each.getUTCMonth() === begin.getUTCMonth() ? cell(each) : made("td", []));
        rows.push(made("tr", days.map(of)));
      }
      table.replaceChildren(made("thead", made("tr", names)), made("tbody", rows));
      if (focused) table.querySelector("[tabindex='0']").focus();
    }

    table.addEventListener("keydown", (event) => {
      const { key, shiftKey } = event;
      const weekday = (at.getUTCDay() - weekStart + 7) % 7;
      let to = null;
      if (key in STEPS) to = later(at, STEPS[key]);
      else if (key === "Home") to = later(at, -weekday);
      else if (key === "End") to = later(at, 6 - weekday);
      else if (key === "PageUp") to = inMonth(at, shiftKey ? -12 : -1);
      else if (key === "PageDown") to = inMonth(at, shiftKey ? 12 : 1);
      if (!to) return;
      event.preventDefault();
      draw(within(to));
    });
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      field.focus();
    });
    dialog.showModal();
    place(field);
    draw(at);
  }

  // Below the field where there is room, else above it; never outside of the window.
  function place(field) {
    const { left, top, bottom } = field.closest(".day").getBoundingClientRect();
    const { clientWidth: wide, clientHeight: high } = document.documentElement;
    const { offsetWidth: width, offsetHeight: height } = dialog;
    const below = bottom + 6 + height < high ? bottom + 6 : Math.max(8, top - height - 6);
    dialog.style.left = `${Math.max(8, Math.min(left, wide - width - 8))}px`;
    dialog.style.top = `${Math.max(8, Math.min(below, high - height - 8))}px`;
  }

  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest(".pick") : null;
    if (button) open(button.parentElement.querySelector("[data-day]"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.target.matches?.("[data-day]")) return;
    event.preventDefault();
    open(event.target);
  });
})();
