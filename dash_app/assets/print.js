// Makes a view fit one sheet of paper, as far as it stays readable.
(() => {
  "use strict";
  const PAPER = { width: 718, height: 1040 }; // A4 without its margins, in CSS pixels
  const LEAST = 0.4;
  const printRules = () =>
    [...document.styleSheets].flatMap((sheet) =>
      [...sheet.cssRules].filter((rule) => rule instanceof CSSMediaRule && rule.media.mediaText === "print"),
    );

  addEventListener("beforeprint", () => {
    const view = document.querySelector(".view");
    if (!view) return;
    // How high it will be is known only with the rules for paper in force.
    const rules = printRules();
    view.style.setProperty("--fit", 1);
    rules.forEach((rule) => (rule.media.mediaText = "all"));
    const { width, height } = view.getBoundingClientRect();
    rules.forEach((rule) => (rule.media.mediaText = "print"));
    const fit = Math.min(PAPER.width / width, PAPER.height / height);
    view.style.setProperty("--fit", Math.max(LEAST, fit).toFixed(3));
  });
})();
