// Parts of pages that htmx asks for: only what was asked for is put into the page. The page of a proxy, an
// error or a log-in page is not; the page says so, keeps what was typed, and asks again with longer pauses.

import { alive, ended, isSignedOut, pause, stale } from "./liveness.js";

/** Answers that are the part: done, refused with its reasons, overtaken. */
const PARTS = new Set([200, 409, 422]);
const failed = document.querySelector("[data-failed]");
let failures = 0;
let next = 0;
let over = false;

const polls = (event) => event.detail.ctx.sourceElement.hasAttribute("data-polls");

function broken(event) {
  if (polls(event)) {
    next = Date.now() + pause(failures);
    failures += 1;
    stale();
  } else {
    failed.hidden = false;
  }
}

document.addEventListener("htmx:before:request", (event) => {
  if (polls(event) && (over || Date.now() < next)) event.preventDefault();
});

document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (isSignedOut(raw)) {
    event.preventDefault();
    over = true;
    ended();
  } else if (!PARTS.has(raw.status)) {
    event.preventDefault();
    broken(event);
  } else {
    failures = 0;
    if (failed) failed.hidden = true;
    alive();
  }
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) broken(event);
});
