// Saves a panel as a picture: its heading, what it is narrowed to, its period and as-of time, and
// its chart, or its table where that is all it has; or a whole page: its numbers and charts.
(() => {
  "use strict";
  const SCALE = 2;
  const MARGIN = 28;
  const ABOVE = 22; // pixels over a plot: where its axis begins
  const MOST_ROWS = 60;
  const LOOK = [
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor",
    "vector-effect", "letter-spacing", "visibility",
  ];

  const colour = (name) => {
    const probe = document.createElement("i");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };

  // The drawing as a file of its own: what the page's styles say stands in its elements.
  function alone(svg, width, height) {
    const copy = svg.cloneNode(true);
    const theirs = [svg, ...svg.querySelectorAll("*")];
    const ours = [copy, ...copy.querySelectorAll("*")];
    theirs.forEach((element, index) => {
      const style = getComputedStyle(element);
      ours[index].setAttribute("style", LOOK.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.style.overflow = "visible";
    return copy;
  }

  // Plot and axes on one sheet, with room for the numbers in the margin.
  async function drawing(chart) {
    const box = chart.parentElement.getBoundingClientRect();
    const sheet = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const svgs = [...chart.querySelectorAll(".plot, .axis")];
    const boxes = svgs.map((svg) => svg.getBoundingClientRect());
    const top = boxes[0].top;
    const height = ABOVE + boxes.at(-1).bottom - top + 8;
    sheet.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    sheet.setAttribute("width", box.width);
    sheet.setAttribute("height", height);
    svgs.forEach((svg, index) => {
      const { left, top: y, width, height: high } = boxes[index];
      const padding = parseFloat(getComputedStyle(svg).paddingTop);
      const copy = alone(svg, width, high);
      copy.setAttribute("x", left - box.left);
      copy.setAttribute("y", y - top + padding + ABOVE);
      sheet.append(copy);
    });
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(sheet))}`;
    await image.decode();
    return { width: box.width, height, paint: (canvas, x, y) => canvas.drawImage(image, x, y) };
  }

  function rows(table) {
    const found = [...table.rows].filter((row) => row.checkVisibility()).slice(0, MOST_ROWS + 1);
    const texts = (cell) => {
      const copy = cell.cloneNode(true);
      copy.querySelectorAll(".unseen").forEach((each) => copy.textContent !== each.textContent && each.remove());
      return copy.textContent.trim();
    };
    const all = found.map((row) => [...row.cells].filter((cell) => cell.checkVisibility()));
    const lefts = all[0].map((cell) => getComputedStyle(cell).textAlign !== "right");
    const fonts = (head) => `${head ? 600 : 400} 13px ${family()}`;
    const widths = [];
    all.forEach((cells, line) => {
      measure.font = fonts(!line);
      cells.forEach((cell, at) => {
        widths[at] = Math.max(widths[at] ?? 0, measure.measureText(texts(cell)).width);
      });
    });
    const gap = 24;
    const step = 26;
    const [ink, soft, edge] = ["ink", "ink-soft", "edge"].map(colour);
    const width = widths.reduce((sum, each) => sum + each + gap, 0);
    const more = table.tBodies[0].rows.length - MOST_ROWS;
    return {
      width,
      height: step * (all.length + (more > 0 ? 1 : 0)),
      paint(canvas, left, top) {
        all.forEach((cells, line) => {
          let x = left;
          canvas.font = fonts(!line);
          cells.forEach((cell, at) => {
            const filled = getComputedStyle(cell).backgroundColor;
            if (line && !clear(filled)) {
              canvas.fillStyle = filled;
              canvas.fillRect(x - gap / 2, top + step * line, widths[at] + gap, step);
            }
            canvas.fillStyle = line ? ink : soft;
            canvas.textAlign = lefts[at] ? "left" : "right";
            canvas.fillText(texts(cell), lefts[at] ? x : x + widths[at], top + step * line + 18);
            x += widths[at] + gap;
          });
          canvas.fillStyle = edge;
          canvas.fillRect(left, top + step * (line + 1) - 0.5, width - gap, 1);
        });
        canvas.textAlign = "left";
        canvas.fillStyle = soft;
        if (more > 0) canvas.fillText(`and ${more} more rows`, left, top + step * all.length + 18);
      },
    };
  }

  const lines = (canvas, text, width) =>
    text.split(" ").reduce((found, word) => {
      const longer = found.length ? `${found.at(-1)} ${word}` : word;
      if (found.length && canvas.measureText(longer).width <= width) found.splice(-1, 1, longer);
      else found.push(word);
      return found;
    }, []);

  const clear = (fill) => /(, 0\)|\/ 0\)|transparent)$/.test(fill);
  const family = () => getComputedStyle(document.body).fontFamily;
  const text = (parent, selector) => parent.querySelector(selector)?.textContent.trim() ?? "";
  const measure = document.createElement("canvas").getContext("2d");

  // A heading, words below it, and what stands below these.
  function worded(heading, said, key, width, below) {
    const font = `400 13px ${family()}`;
    measure.font = font;
    const words = said.flatMap((each) => lines(measure, each, width));
    const head = 34 + 20 * words.length + (key.length ? 24 : 0) + 12;
    return {
      width,
      height: head + (below?.height ?? 0),
      paint(canvas, left, top) {
        canvas.fillStyle = colour("ink");
        canvas.font = `600 19px ${family()}`;
        canvas.fillText(heading, left, top + 18);
        canvas.font = font;
        canvas.fillStyle = colour("ink-soft");
        words.forEach((line, index) => canvas.fillText(line, left, top + 46 + 20 * index));
        let x = left;
        const y = top + 46 + 20 * words.length;
        key.forEach(({ name, line, fill }) => {
          canvas.fillStyle = clear(fill) ? line : fill;
          canvas.fillRect(x, y - 6, 16, 4);
          canvas.fillStyle = colour("ink-soft");
          canvas.fillText(name, x + 22, y);
          x += 46 + canvas.measureText(name).width;
        });
        below?.paint(canvas, left, top + head);
      },
    };
  }

  async function ofPanel(panel, told = [panel.dataset.told]) {
    const chart = panel.querySelector("[data-chart]");
    const below = chart ? await drawing(chart) : rows(panel.querySelector("table"));
    const key = [...panel.querySelectorAll(".legend .key")].map((key) => ({
      name: key.textContent,
      line: getComputedStyle(key, "::before").borderTopColor,
      fill: getComputedStyle(key, "::before").backgroundColor,
    }));
    const said = [text(panel, ".summary"), ...told, text(panel, ".note")];
    return worded(text(panel, "h2"), said.filter(Boolean), key, Math.max(below.width, 420), below);
  }

  // The numbers at the top of a page, four beside each other.
  function ofCards(cards) {
    const [wide, high] = [210, 84];
    return {
      width: wide * Math.min(4, cards.length),
      height: high * Math.ceil(cards.length / 4),
      paint(canvas, left, top) {
        cards.forEach((card, at) => {
          const [x, y] = [left + wide * (at % 4), top + high * Math.floor(at / 4)];
          canvas.fillStyle = colour("ink-soft");
          canvas.font = `400 13px ${family()}`;
          canvas.fillText(text(card, "h3"), x, y + 14);
          canvas.fillText(text(card, ".change"), x, y + 64, wide - 16);
          canvas.fillStyle = colour("ink");
          canvas.font = `600 26px ${family()}`;
          canvas.fillText(text(card, ".value"), x, y + 44, wide - 16);
        });
      },
    };
  }

  // Everything that a page shows: its heading and numbers, then panels, two beside each other.
  async function ofPage(view) {
    const panels = [...view.querySelectorAll(".panel[data-told]")].filter((each) =>
      each.querySelector("[data-chart]"),
    );
    const about = view.querySelector(".title-facts");
    const said = [...about.querySelectorAll(":scope > p")].map((each) => each.textContent);
    const head = worded(text(about, "h2"), [...said, panels[0]?.dataset.told ?? ""], [], 860);
    const blocks = [head, ofCards([...view.querySelectorAll(".card")])];
    for (const panel of panels) blocks.push(await ofPanel(panel, []));
    return blocks;
  }

  // Blocks one after the other, in rows as wide as the widest of them.
  function sheet(blocks) {
    const widest = Math.max(...blocks.map(({ width }) => width));
    const placed = [];
    let [x, y, row] = [0, 0, 0];
    blocks.forEach((block) => {
      if (x && x + block.width > widest) [x, y, row] = [0, y + row + MARGIN, 0];
      placed.push([block, x, y]);
      [x, row] = [x + block.width + MARGIN, Math.max(row, block.height)];
    });
    const made = document.createElement("canvas");
    const canvas = made.getContext("2d");
    made.width = SCALE * (widest + 2 * MARGIN);
    made.height = SCALE * (y + row + 2 * MARGIN);
    canvas.scale(SCALE, SCALE);
    canvas.fillStyle = colour("surface");
    canvas.fillRect(0, 0, made.width, made.height);
    placed.forEach(([block, left, top]) => block.paint(canvas, MARGIN + left, MARGIN + top));
    // Not toBlob: that waits for the browser to have nothing else to do, up to seconds.
    const encoded = atob(made.toDataURL("image/png").split(",")[1]);
    return new Blob([Uint8Array.from(encoded, (each) => each.charCodeAt(0))], { type: "image/png" });
  }

  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-picture]") : null;
    if (!button) return;
    const panel = button.closest(".panel");
    const blocks = panel ? [await ofPanel(panel)] : await ofPage(button.closest(".view"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(sheet(blocks));
    link.download = `${panel ? panel.dataset.file : button.dataset.picture}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
})();
