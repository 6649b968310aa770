// Keeps the explorer's page fresh: it asks the server for the same page and puts the new figures in the place of the
// old ones. One renderer, on the server; without this script the page is complete and still.

const every = 2000; // milliseconds between two looks
const patience = 15000; // a server that hangs counts as lost

function start(live: HTMLElement): void {
  const button = document.createElement("button");
  button.className = "pulse";
  button.type = "button";
  const status = document.createElement("span");
  status.className = "vh";
  status.setAttribute("role", "status");
  live.before(button, status);

  let running = true;
  let lost = false;
  let timer = 0;

  const show = (): void => {
    const d = live.dataset;
    button.textContent = (!running ? d.paused : lost ? d.lost : d.live) ?? "";
    button.setAttribute("aria-pressed", String(running));
  };

  const look = async (): Promise<void> => {
    const stop = new AbortController();
    const limit = window.setTimeout(() => stop.abort(), patience);
    let ok = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: stop.signal, cache: "no-store" });
      if (answer.ok) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = next.getElementById("live");
        if (fresh && running) {
          live.replaceChildren(...fresh.childNodes);
          const lead = document.querySelector(".title .by");
          const newLead = next.querySelector(".title .by");
          if (lead && newLead) lead.textContent = newLead.textContent;
          ok = true;
        }
      }
    } catch {
      // the network's errors all mean the same here: what is shown may be old
    } finally {
      clearTimeout(limit);
    }
    if (lost === ok && running) {
      lost = !ok;
      status.textContent = lost ? (live.dataset.lost ?? "") : "";
      show();
    }
    plan();
  };

  const plan = (): void => {
    clearTimeout(timer);
    if (running && !document.hidden) timer = window.setTimeout(() => void look(), every);
  };

  button.addEventListener("click", () => {
    running = !running;
    lost = false;
    show();
    plan();
  });
  document.addEventListener("visibilitychange", plan);
  show();
  plan();
}

const live = document.getElementById("live");
if (live) start(live);
