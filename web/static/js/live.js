// A live page that lost its stream says so, and since when: "stale since 10:42". htmx keeps trying to
// come back by itself, and goes on from the last event it saw.

const QUIET = 12_000;
const source = document.querySelector("[data-live]");
const note = document.querySelector("[data-stale]");
const since = note.querySelector("[data-stale-since]");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Kolkata" });
let heard = Date.now();

function alive() {
  heard = Date.now();
  note.hidden = true;
  document.body.dataset.live = "yes";
}

function stale() {
  document.body.dataset.live = "no";
  if (!note.hidden) return;
  since.textContent = clock.format(heard);
  note.hidden = false;
}

for (const event of ["htmx:sse:after:connection", "htmx:sse:after:message", "beat"]) source.addEventListener(event, alive);
for (const event of ["htmx:sse:error", "htmx:sse:close", "htmx:error"]) source.addEventListener(event, stale);
addEventListener("offline", stale);
setInterval(() => {
  if (Date.now() - heard > QUIET && !document.hidden) stale();
}, 1000);
