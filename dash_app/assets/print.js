// Makes a view fit one sheet of paper, as far as it stays readable.
(() => {
  "use strict";
  const PAPER = { width: 718, height: 1000 }; // A4 without margins, in CSS pixels, less some reserve
  const LEAST = 0.4;
  const printRules = () =>
    [...document.styleSheets].flatMap((sheet) =>
      [...sheet.cssRules].filter((rule) => rule instanceof CSSMediaRule && /\bprint\b/.test(rule.media.mediaText)),
    );

  addEventListener("beforeprint", () => {
    const view = document.querySelector(".view");
    if (!view) return;
    // How high it will be is known only with the rules for paper in force.
    const rules = printRules().map((rule) => [rule.media, rule.media.mediaText]);
    view.style.setProperty("--fit", 1);
    rules.forEach(([media]) => (media.mediaText = "all"));
    const { width, height } = view.getBoundingClientRect();
    rules.forEach(([media, text]) => (media.mediaText = text));
    const fit = Math.min(PAPER.width / width, PAPER.height / height);
    view.style.setProperty("--fit", Math.max(LEAST, fit).toFixed(3));
  });
})();
