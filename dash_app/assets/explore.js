// Opens a panel's chart as a figure in which one can zoom and pan. Plotly is loaded when it is
// asked for first, never before.
(() => {
  "use strict";
  const { bundle, integrity } = document.currentScript.dataset;
  let loading = null;
  let dialog = null;

  function plotly() {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = bundle;
      if (integrity) {
        // It comes from another origin, as it is here or not at all.
        script.crossOrigin = "anonymous";
        script.integrity = integrity;
      }
      script.addEventListener("load", () => done(window.Plotly));
      script.addEventListener("error", () => {
        loading = null;
        failed(new Error("the part that draws figures did not come"));
      });
      document.head.append(script);
    });
    return loading;
  }

  async function figure(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`the numbers did not come (${answer.status})`);
    return JSON.parse(await answer.text(), coloured);
  }

  // Plotly knows colours, not variables: what the page's styles say, as it can read it.
  function colour(variable) {
    const canvas = document.createElement("canvas").getContext("2d");
    const probe = document.createElement("i");
    document.body.append(probe);
    probe.style.color = variable;
    canvas.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgba(${r}, ${g}, ${b}, ${a / 255})`;
  }

  const coloured = (_, value) => (/^var\(--[\w-]+\)$/.test(value) ? colour(value) : value);

  // Numbers and days as the page has them: Plotly knows those of English alone.
  function spoken(Plotly) {
    const name = document.querySelector(".view")?.dataset.locale ?? "en";
    const parts = (options, day) =>
      new Intl.DateTimeFormat(name, { timeZone: "UTC", ...options }).formatToParts(day);
    const only = (kind, options, day) => parts(options, day).find(({ type }) => type === kind).value;
    const months = (month) => [...Array(12).keys()].map((at) => only("month", { month }, Date.UTC(2024, at, 1)));
    const days = (weekday) => [...Array(7).keys()].map((at) => only("weekday", { weekday }, Date.UTC(2024, 0, 7 + at)));
    const told = { day: () => "%-d", year: () => "%Y", month: (value) => (/\d/.test(value) ? "%-m" : "%b") };
    const written = (options) =>
      parts(options, Date.UTC(2024, 10, 27)).map(({ type, value }) => told[type]?.(value) ?? value).join("");
    const number = new Intl.NumberFormat(name).formatToParts(1234567.8);
    const mark = (kind, usual) => number.find(({ type }) => type === kind)?.value ?? usual;
    Plotly.register({
      moduleType: "locale",
      name,
      dictionary: {},
      format: {
        days: days("long"),
        shortDays: days("short"),
        months: months("long"),
        shortMonths: months("short"),
        date: written({ day: "numeric", month: "numeric", year: "numeric" }),
        decimal: mark("decimal", "."),
        thousands: mark("group", ","),
        year: "%Y",
        month: written({ month: "short", year: "numeric" }),
        dayMonth: written({ day: "numeric", month: "short" }),
        dayMonthYear: written({ day: "numeric", month: "short", year: "numeric" }),
      },
    });
    return name;
  }

  function palette() {
    const [ink, soft, edge, ground] = ["ink", "ink-soft", "edge", "raised"].map((name) =>
      colour(`var(--${name})`),
    );
    const series = [1, 2, 3, 4, 5, 6, 7, 8].map((at) => colour(`var(--c${at})`));
    const axis = { gridcolor: edge, linecolor: edge, zerolinecolor: soft, tickcolor: edge, automargin: true };
    const { fontFamily } = getComputedStyle(document.body);
    return {
      layout: {
        paper_bgcolor: ground,
        plot_bgcolor: ground,
        font: { family: fontFamily, color: ink, size: 13 },
        hoverlabel: { bgcolor: ground, bordercolor: soft, namelength: -1, font: { family: fontFamily, color: ink } },
        legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
        colorway: series,
        xaxis: axis,
        yaxis: axis,
      },
      data: { heatmap: [{ colorbar: { outlinecolor: edge, tickcolor: edge } }] },
    };
  }

  function opened(heading) {
    dialog?.remove();
    dialog = document.createElement("dialog");
    dialog.className = "explore";
    dialog.setAttribute("aria-label", `${heading}, to explore`);
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    const hint = Object.assign(document.createElement("p"), {
      textContent: "Drag to zoom in, double-click to see all again, Escape to close.",
    });
    const bar = document.createElement("header");
    bar.append(hint, close);
    const place = document.createElement("div");
    place.className = "figure";
    place.textContent = "Loading…";
    dialog.append(bar, place);
    document.body.append(dialog);
    dialog.showModal();
    return place;
  }

  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-explore]") : null;
    if (!button) return;
    const panel = button.closest(".panel");
    const place = opened(panel.querySelector("h2").textContent);
    const shown = dialog;
    try {
      const [Plotly, { data, layout }] = await Promise.all([plotly(), figure(button.dataset.explore)]);
      place.textContent = "";
      const title = { ...layout.title, subtitle: { text: panel.dataset.told }, y: 0.97, yanchor: "top" };
      const told = { ...layout, title, template: palette(), margin: { t: 128 } };
      const locale = spoken(Plotly);
      const options = { responsive: true, displaylogo: false, displayModeBar: false, scrollZoom: true, locale };
      await Plotly.newPlot(place, data, told, options);
      shown.addEventListener("close", () => {
        Plotly.purge(place);
        shown.remove();
        button.focus();
      });
    } catch (error) {
      place.textContent = `This cannot be explored now: ${error.message}. Close this and try again.`;
    }
  });
})();
