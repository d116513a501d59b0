// Reads a chart: says what the row of its data table says that belongs to the cell below the
// pointer. With the keyboard: arrow keys on the focused chart, Home and End, Escape to leave.
// A click, or Enter, follows the row's link to what is behind the number.
(() => {
  "use strict";
  const voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  let pointed = null; // the chart that is read, and where

  const chartOf = ({ target }) => (target instanceof Element ? target.closest("[data-chart]") : null);
  const plotOf = (chart) => chart.querySelector(".plot");
  const tableOf = (chart) => chart.parentElement.querySelector(".twin table");
  const rowsOf = (chart) => tableOf(chart)?.tBodies[0].rows ?? [];

  // The cells of a plot, and which row of the table each one is.
  function grid(chart) {
    const { grid: size, first } = plotOf(chart).dataset;
    const [columns, rows] = size.split("x").map(Number);
    const offset = Number(first ?? 0);
    return first === undefined
      ? { columns, rows, row: (x, y) => y * columns + x, cell: (at) => [at % columns, Math.floor(at / columns)] }
      : {
          columns,
          rows,
          row: (x, y) => x * rows + y - offset,
          cell: (at) => [Math.floor((at + offset) / rows), (at + offset) % rows],
        };
  }

  function made(name, className, ...content) {
    const element = document.createElement(name);
    element.className = className;
    element.append(...content);
    return element;
  }

  function point(chart, at, aloud = true) {
    const row = rowsOf(chart)[at];
    leave(chart);
    if (!row) return;
    chart.dataset.at = at;
    pointed = { chart, at };
    const heads = [...tableOf(chart).tHead.rows[0].cells].map((cell) => cell.textContent);
    const cells = [...row.cells];
    const named = cells.filter((cell) => cell.localName === "th");
    const name = named.map((cell) => cell.textContent).join(" – ");
    const values = cells.slice(named.length).map((cell) => cell.textContent);
    const lines = values.map((value, index) =>
      made("p", index ? "" : "now", made("span", "", heads[named.length + index]), made("strong", "", value)),
    );
    const tip = made("div", "tip", made("p", "name", name), ...lines);
    const { columns, rows, cell } = grid(chart);
    const [x, y] = cell(at);
    const cursor = made("div", "cursor");
    Object.assign(cursor.style, {
      left: `${(100 * x) / columns}%`,
      top: `${(100 * y) / rows}%`,
      width: `${100 / columns}%`,
      height: `${100 / rows}%`,
    });
    const field = chart.querySelector(".field");
    field.append(cursor, tip);
    place(field, tip, (x + 0.5) / columns, rows === 1 ? null : (y + 0.5) / rows);
    if (!aloud) return;
    voice.textContent = [name, ...values.map((value, index) => `${heads[named.length + index]} ${value}`)].join(", ");
  }

  // Beside the cell, where there is more room, and never outside of the window.
  function place(field, tip, x, y) {
    const { left, width, height } = field.getBoundingClientRect();
    const gap = 14;
    const wished = x < 0.5 ? x * width + gap : x * width - gap - tip.offsetWidth;
    const furthest = document.documentElement.clientWidth - left - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8 - left, Math.min(wished, furthest))}px`;
    tip.style.top = y === null ? "4px" : `${y * height + (y < 0.5 ? gap : -gap - tip.offsetHeight)}px`;
  }

  function leave(chart) {
    delete chart.dataset.at;
    if (pointed?.chart === chart) pointed = null;
    chart.querySelectorAll(".tip, .cursor").forEach((mark) => mark.remove());
  }

  // A view that was drawn anew has lost what is said of a cell: it is said again, but not aloud.
  addEventListener("viewshown", () => {
    if (pointed?.chart.isConnected) point(pointed.chart, pointed.at, false);
  });

  function leaveAll(except) {
    document.querySelectorAll("[data-chart][data-at]").forEach((each) => each !== except && leave(each));
  }

  function under(chart, { clientX, clientY }) {
    const { left, top, width, height } = plotOf(chart).getBoundingClientRect();
    const { columns, rows, row } = grid(chart);
    const within = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(count * share)));
    return row(within((clientX - left) / width, columns), within((clientY - top) / height, rows));
  }

  const follow = (chart) => rowsOf(chart)[chart.dataset.at]?.querySelector("a[href]")?.click();

  document.addEventListener("pointermove", (event) => {
    const chart = chartOf(event);
    leaveAll(chart);
    if (!chart) return;
    const at = under(chart, event);
    if (String(at) !== chart.dataset.at) point(chart, at);
  });
  document.addEventListener("pointerleave", () => leaveAll());
  document.addEventListener("focusout", (event) => chartOf(event) && leave(chartOf(event)));
  document.addEventListener("click", (event) => {
    const chart = chartOf(event);
    if (!chart || !event.target.closest(".plot")) return;
    // A finger's first touch reads; a second one on the same cell follows.
    const at = String(under(chart, event));
    const read = chart.dataset.read === at;
    chart.dataset.read = at;
    if (event.pointerType !== "touch" || read) {
      chart.dataset.at = at;
      follow(chart);
    }
  });

  document.addEventListener("keydown", (event) => {
    const chart = chartOf(event);
    if (!chart || event.altKey || event.ctrlKey || event.metaKey) return;
    const count = rowsOf(chart).length;
    const { columns, rows, row, cell } = grid(chart);
    const [x, y] = cell(Number(chart.dataset.at ?? count - 1));
    const began = chart.dataset.at !== undefined;
    const moved = {
      ArrowLeft: [x - 1, y],
      ArrowRight: [x + 1, y],
      ArrowUp: [x, y - 1],
      ArrowDown: [x, y + 1],
    }[event.key];
    if (moved || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      if (event.key === "Home") point(chart, 0);
      else if (event.key === "End" || !began) point(chart, count - 1);
      else {
        const [to, down] = moved;
        const at = row(to, down);
        if (to >= 0 && to < columns && down >= 0 && down < rows && at >= 0 && at < count) point(chart, at);
      }
    } else if (event.key === "Enter") follow(chart);
    else if (event.key === "Escape") leave(chart);
  });

  // The links of a matrix are one stop for Tab: arrow keys go from cell to cell.
  document.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const cell = event.target instanceof Element ? event.target.closest(".matrix td:has(> a)") : null;
    if (!cell || !steps[event.key]) return;
    const [x, y] = steps[event.key];
    const row = cell.parentElement;
    const next = row.parentElement.rows[row.sectionRowIndex + y]?.cells[cell.cellIndex + x];
    event.preventDefault();
    next?.querySelector("a")?.focus();
  });

  // A definition, or a list of values, closes when something else is pressed, or Escape.
  const open = () => document.querySelectorAll(":is(.about, .several)[open]");
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    open().forEach((details) => {
      // Whoever is elsewhere by now stays there.
      const within = details.contains(document.activeElement) || document.activeElement === document.body;
      details.open = false;
      if (within) details.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    const within = event.composedPath(); // what is drawn anew was within, too
    document.querySelectorAll(":is(.about, .several, .more)[open]").forEach((details) => {
      if (!within.includes(details)) details.open = false;
    });
  });
})();
