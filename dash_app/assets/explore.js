// Opens a panel's chart as a figure in which one can zoom and pan. Plotly is loaded when it is
// asked for first, never before.
(() => {
  "use strict";
  const bundle = document.currentScript.dataset.bundle;
  let loading = null;
  let dialog = null;

  function plotly() {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = bundle;
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

  function palette() {
    const [ink, soft, edge, ground] = ["ink", "ink-soft", "edge", "raised"].map((name) =>
      colour(`var(--${name})`),
    );
    const axis = { gridcolor: edge, linecolor: edge, zerolinecolor: soft, tickcolor: edge, automargin: true };
    const { fontFamily } = getComputedStyle(document.body);
    return {
      layout: {
        paper_bgcolor: ground,
        plot_bgcolor: ground,
        font: { family: fontFamily, color: ink, size: 13 },
        hoverlabel: { bgcolor: ground, bordercolor: soft, font: { family: fontFamily, color: ink } },
        legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
        xaxis: axis,
        yaxis: axis,
      },
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
      const options = { responsive: true, displaylogo: false, displayModeBar: false, scrollZoom: true };
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
