// A chart's pointer: says the values of the day below it, taken from the chart's data table.
// With the keyboard: arrow keys on the focused chart, Escape to leave.
(() => {
  "use strict";
  const rows = (chart) => chart.parentElement.querySelectorAll(".twin tbody tr");

  function point(chart, index) {
    const found = rows(chart);
    const row = found[Math.max(0, Math.min(found.length - 1, index))];
    if (!row) return;
    leave(chart);
    const at = [...found].indexOf(row);
    chart.dataset.at = at;
    const [day, now, before, dayBefore] = [...row.cells].map((cell) => cell.textContent);
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("role", "status");
    const line = (name, ...texts) => {
      const made = document.createElement("p");
      made.className = name;
      made.append(...texts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
      tip.append(made);
    };
    line("day", day);
    line("now", now);
    if (before !== undefined) line("before", before, dayBefore);
    const rule = document.createElement("div");
    rule.className = "rule";
    const share = (at + 0.5) / found.length;
    rule.style.left = `${100 * share}%`;
    tip.style[share < 0.5 ? "left" : "right"] = `calc(${100 * Math.min(share, 1 - share)}% + 12px)`;
    chart.append(rule, tip);
  }

  function leave(chart) {
    delete chart.dataset.at;
    chart.querySelectorAll(".tip, .rule").forEach((mark) => mark.remove());
  }

  const of = ({ target }) => (target instanceof Element ? target.closest("[data-chart]") : null);

  document.addEventListener("pointermove", (event) => {
    const chart = of(event);
    document.querySelectorAll("[data-chart][data-at]").forEach((each) => each !== chart && leave(each));
    if (!chart) return;
    const { left, width } = chart.getBoundingClientRect();
    const index = Math.floor((rows(chart).length * (event.clientX - left)) / width);
    if (String(index) !== chart.dataset.at) point(chart, index);
  });
  document.addEventListener("pointerleave", () => document.querySelectorAll("[data-chart][data-at]").forEach(leave));
  document.addEventListener("focusout", (event) => of(event) && leave(of(event)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll(".about[open]").forEach((about) => {
        about.open = false;
        about.querySelector("summary").focus();
      });
    }
    const chart = of(event);
    if (!chart) return;
    const count = rows(chart).length;
    const at = Number(chart.dataset.at ?? count);
    const next = { ArrowLeft: at - 1, ArrowRight: Math.min(at + 1, count - 1), Home: 0, End: count - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      point(chart, Math.max(0, next));
    } else if (event.key === "Escape") leave(chart);
  });

  // A definition closes when something else is pressed.
  document.addEventListener("click", ({ target }) => {
    document.querySelectorAll(".about[open]").forEach((about) => {
      if (!about.contains(target)) about.open = false;
    });
  });
})();
