// What is silent or fails, asked for again every minute. An answer that is not that part (the log-in
// page, an error of a proxy) is never put in: the old lines stay, and say that they are old.

const PAUSE = 60_000;

function stale() {
  const note = document.querySelector("[data-watch-stale]");
  if (note) note.hidden = false;
}

async function again() {
  const shown = document.querySelector("[data-watch]");
  try {
    const answer = await fetch(shown.dataset.watch, { redirect: "error", cache: "no-store" });
    if (!answer.ok) return stale();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-watch]");
    if (!fresh) return stale();
    const open = shown.querySelector("details")?.open;
    shown.replaceWith(fresh);
    if (open && fresh.querySelector("details")) fresh.querySelector("details").open = true;
  } catch {
    stale();
  }
}

setInterval(again, PAUSE);
