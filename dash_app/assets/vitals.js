// Tells the dashboard how long this page took to open, once, when it is hidden or left: nothing of
// who looks, or at what. A page that was opened in the background waited for its reader, and is
// left out.
(() => {
  if (document.visibilityState === "hidden" || !navigator.sendBeacon) return;
  const page = location.pathname;
  let largest = 0;
  try {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) largest = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
  } catch {
    // A browser that does not measure it.
  }
  const told = () => {
    if (document.visibilityState !== "hidden") return;
    removeEventListener("visibilitychange", told, true);
    const [opened] = performance.getEntriesByType("navigation");
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    const milliseconds = {
      ttfb: opened?.responseStart,
      fcp: painted?.startTime,
      lcp: largest,
      load: opened?.loadEventEnd,
    };
    const seconds = {};
    for (const [name, value] of Object.entries(milliseconds)) {
      if (value > 0) seconds[name] = value / 1000;
    }
    navigator.sendBeacon("/vitals", JSON.stringify({ page, seconds }));
  };
  addEventListener("visibilitychange", told, true);
})();
