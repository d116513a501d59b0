// Listens for new snapshots while the page is visible: a hidden page needs no connection. For a page
// that changes by itself it listens for that, too.
(() => {
  "use strict";
  let source = null;
  let pace;

  function tell(text) {
    const line = document.querySelector(".connection");
    if (line && line.textContent !== text) line.textContent = text;
  }

  function listen() {
    pace = document.querySelector(".view")?.dataset.live;
    source = new EventSource(pace ? `/live?pace=${pace}` : "/live");
    source.addEventListener("state", ({ data }) => {
      tell("");
      window.snapshotState = data;
      dispatchEvent(new CustomEvent("snapshot", { detail: data }));
    });
    source.addEventListener("live", ({ data }) => {
      window.liveStamp = data;
      dispatchEvent(new Event("moment"));
    });
    source.addEventListener("error", () => {
      tell("Connection lost. Trying again…");
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 2000);
    });
  }

  // Listens again, or asks to sign in where that is why it was refused.
  async function again() {
    const answer = await fetch("/visitor").catch(() => null);
    if (answer?.status === 401) {
      const here = location.pathname + location.search;
      location.assign(`/login?next=${encodeURIComponent(here)}`);
    } else restart();
  }

  function restart() {
    source?.close();
    source = null;
    if (!document.hidden) listen();
  }

  document.addEventListener("visibilitychange", restart);
  addEventListener("viewshown", ({ detail }) => detail.live !== pace && restart());
  addEventListener("pagehide", () => source?.close());
  restart();
})();
