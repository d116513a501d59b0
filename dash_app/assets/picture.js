// Saves a panel as a picture: its heading, what it is narrowed to, its period and as-of time, and
// its chart, or its table where that is all it has.
(() => {
  "use strict";
  const SCALE = 2;
  const MARGIN = 28;
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
    const height = boxes.at(-1).bottom - top + 8;
    sheet.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    sheet.setAttribute("width", box.width);
    sheet.setAttribute("height", height + 8);
    svgs.forEach((svg, index) => {
      const { left, top: y, width, height: high } = boxes[index];
      const padding = parseFloat(getComputedStyle(svg).paddingTop);
      const copy = alone(svg, width, high);
      copy.setAttribute("x", left - box.left);
      copy.setAttribute("y", y - top + padding + 8);
      sheet.append(copy);
    });
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(sheet))}`;
    await image.decode();
    return { width: box.width, height: height + 8, paint: (canvas, x, y) => canvas.drawImage(image, x, y) };
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
    const fonts = (head) => `${head ? 600 : 400} 13px ${getComputedStyle(document.body).fontFamily}`;
    const measure = document.createElement("canvas").getContext("2d");
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
            if (line && !/(, 0\)|\/ 0\)|transparent)$/.test(filled)) {
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

  async function picture(panel) {
    const chart = panel.querySelector("[data-chart]");
    const { width, height, paint } = chart ? await drawing(chart) : rows(panel.querySelector("table"));
    const family = getComputedStyle(document.body).fontFamily;
    const sheet = document.createElement("canvas");
    const canvas = sheet.getContext("2d");
    const wide = Math.max(width, 420);
    const font = `400 13px ${family}`;
    canvas.font = font;
    const keys = [...panel.querySelectorAll(".legend .key")].map((key) => ({
      name: key.textContent,
      line: getComputedStyle(key, "::before").borderTopColor,
      fill: getComputedStyle(key, "::before").backgroundColor,
    }));
    const words = [
      ...lines(canvas, panel.querySelector(".summary")?.textContent ?? "", wide),
      ...lines(canvas, panel.dataset.told, wide),
      ...lines(canvas, panel.querySelector(".note")?.textContent ?? "", wide),
    ];
    const head = 34 + 20 * words.length + (keys.length ? 24 : 0) + 12;
    sheet.width = SCALE * (wide + 2 * MARGIN);
    sheet.height = SCALE * (head + height + 2 * MARGIN);
    canvas.scale(SCALE, SCALE);
    canvas.fillStyle = colour("surface");
    canvas.fillRect(0, 0, sheet.width, sheet.height);
    canvas.fillStyle = colour("ink");
    canvas.font = `600 19px ${family}`;
    canvas.fillText(panel.querySelector("h2").textContent, MARGIN, MARGIN + 18);
    canvas.font = font;
    canvas.fillStyle = colour("ink-soft");
    words.forEach((line, index) => canvas.fillText(line, MARGIN, MARGIN + 46 + 20 * index));
    let x = MARGIN;
    const y = MARGIN + 46 + 20 * words.length;
    keys.forEach(({ name, line, fill }) => {
      canvas.fillStyle = /(, 0\)|\/ 0\)|transparent)$/.test(fill) ? line : fill;
      canvas.fillRect(x, y - 6, 16, 4);
      canvas.fillStyle = colour("ink-soft");
      canvas.fillText(name, x + 22, y);
      x += 46 + canvas.measureText(name).width;
    });
    paint(canvas, MARGIN, MARGIN + head);
    // Not toBlob: that waits for the browser to have nothing else to do, up to seconds.
    const encoded = atob(sheet.toDataURL("image/png").split(",")[1]);
    return new Blob([Uint8Array.from(encoded, (each) => each.charCodeAt(0))], { type: "image/png" });
  }

  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-picture]") : null;
    if (!button) return;
    const panel = button.closest(".panel");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await picture(panel));
    link.download = `${panel.dataset.file}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
})();
