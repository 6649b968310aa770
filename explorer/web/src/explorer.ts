// Keeps the explorer's pages fresh: when the ledger's stream tells of something, it asks the server for the same page and
// puts the new figures in the place of the old ones. One renderer, on the server; without this script the page is
// complete and still.

const pause = 2000; // milliseconds between two looks, at least
const patience = 15000; // a server that hangs counts as lost

function start(live: HTMLElement, stream: string): void {
  const button = document.createElement("button");
  button.className = "pulse";
  button.type = "button";
  const status = document.createElement("span");
  status.className = "vh";
  status.setAttribute("role", "status");
  live.before(button, status);

  let running = true;
  let lost = false;
  let source: EventSource | undefined;
  let timer = 0; // a look that waits for its turn
  let last = 0; // time of the last look

  const show = (): void => {
    const d = live.dataset;
    button.textContent = (!running ? d.paused : lost ? d.lost : d.live) ?? "";
    button.setAttribute("aria-pressed", String(running));
  };

  const found = (ok: boolean): void => {
    if (lost === ok && running) {
      lost = !ok;
      status.textContent = lost ? (live.dataset.lost ?? "") : "";
      show();
    }
  };

  // Somebody who reads or operates what would be replaced keeps it.
  const busy = (): boolean => {
    const at = document.activeElement;
    return (at !== null && live.contains(at)) || !(getSelection()?.isCollapsed ?? true);
  };

  const look = async (): Promise<void> => {
    last = Date.now();
    const stop = new AbortController();
    const limit = window.setTimeout(() => stop.abort(), patience);
    let ok = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: stop.signal, cache: "no-store" });
      if (answer.ok) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = next.getElementById("live");
        if (fresh && running && !busy()) {
          live.replaceChildren(...fresh.childNodes);
          const lead = document.querySelector(".title .by");
          const newLead = next.querySelector(".title .by");
          if (lead && newLead) lead.textContent = newLead.textContent;
        }
        ok = fresh !== null;
      }
    } catch {
      // the network's errors all mean the same here: what is shown may be old
    } finally {
      clearTimeout(limit);
    }
    found(ok);
  };

  const moved = (): void => {
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      if (running && !document.hidden) void look();
    }, Math.max(0, last + pause - Date.now()));
  };

  const close = (): void => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
    timer = 0;
  };

  const open = (): void => {
    close();
    if (!running || document.hidden) return;
    source = new EventSource(stream);
    source.addEventListener("block", moved);
    source.addEventListener("state", moved);
    source.onopen = () => {
      found(true);
      moved(); // what came between the page and the stream
    };
    source.onerror = () => {
      found(false);
      // The browser tries again by itself, unless the answer was a refusal: then the page may say why.
      if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, patience);
    };
  };

  button.addEventListener("click", () => {
    running = !running;
    lost = false;
    show();
    open();
  });
  document.addEventListener("visibilitychange", open);
  show();
  open();
}

// A command to copy gets a button that does it.
function copies(code: HTMLElement): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = code.dataset.copy ?? "";
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(code.textContent ?? "").then(() => {
      button.textContent = code.dataset.copied ?? "";
    });
  });
  code.after(button);
}

const live = document.getElementById("live");
if (live?.dataset.stream) start(live, live.dataset.stream);
if (navigator.clipboard) document.querySelectorAll<HTMLElement>("code[data-copy]").forEach(copies);
