// A live page: server-sent events by the browser's own EventSource. When a stream breaks off, the browser
// asks once more by itself, with the id it saw last; after that we do, with pauses that grow. EventSource
// does not say why it was refused, so a plain request asks: a session that is over ends the trying.

import { show } from "./board.js";
import { alive, ended, isSignedOut, lastHeard, pause, stale } from "./liveness.js";

/** Beats come every 5 seconds. */
const QUIET = 12_000;
const place = document.querySelector("[data-live]");
const address = new URL(place.dataset.live, location.href);
let source = null;
let failures = 0;
let asked = 0;
let timer = 0;
let over = false;

function message(event) {
  failures = 0;
  alive();
  if (event.lastEventId) address.searchParams.set("after", event.lastEventId);
  if (event.type === "message") show(event.data);
}

function open() {
  clearTimeout(timer);
  source?.close();
  asked = Date.now();
  over = false;
  source = new EventSource(address);
  source.addEventListener("beat", message);
  source.addEventListener("message", message);
  source.addEventListener("error", broken);
}

function broken() {
  stale();
  failures += 1;
  if (source.readyState === EventSource.CONNECTING && failures === 1) return;
  again();
}

async function again() {
  source.close();
  clearTimeout(timer);
  timer = setTimeout(open, pause(failures));
  if (await isOver()) {
    clearTimeout(timer);
    over = true;
    ended();
  }
}

/** Whether the address says that nobody is signed in; false if it does not answer. */
async function isOver() {
  const asking = new AbortController();
  const late = setTimeout(() => asking.abort(), QUIET);
  try {
    const headers = { Accept: "text/event-stream" };
    return isSignedOut(await fetch(address, { headers, redirect: "manual", signal: asking.signal }));
  } catch {
    return false;
  } finally {
    clearTimeout(late);
    asking.abort();
  }
}

// Silence is a loss too: a connection that nobody closed, or a computer that slept.
setInterval(() => {
  if (over || Date.now() - lastHeard() < QUIET) return;
  stale();
  if (source.readyState === EventSource.CLOSED || Date.now() - asked < QUIET) return;
  failures += 1;
  again();
}, 1000);

addEventListener("offline", stale);
// Who signed in again in another tab need not load this one again.
document.addEventListener("visibilitychange", () => {
  if (over && !document.hidden) open();
});
open();
