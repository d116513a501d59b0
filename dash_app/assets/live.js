// Listens for new snapshots while the page is visible: a hidden page needs no connection.
(() => {
  "use strict";
  let source = null;

  function tell(text) {
    const line = document.querySelector(".connection");
    if (line && line.textContent !== text) line.textContent = text;
  }

  function listen() {
    source = new EventSource("/live");
    source.addEventListener("state", ({ data }) => {
      tell("");
      window.snapshotState = data;
      dispatchEvent(new CustomEvent("snapshot", { detail: data }));
    });
    source.addEventListener("error", () => {
      tell("Connection lost. Trying again…");
      if (source.readyState === EventSource.CLOSED) setTimeout(restart, 2000);
    });
  }

  function restart() {
    source?.close();
    source = null;
    if (!document.hidden) listen();
  }

  document.addEventListener("visibilitychange", restart);
  addEventListener("pagehide", () => source?.close());
  restart();
})();
