// A page that waits for something loads itself again every few seconds, but only when the server answers
// with a page of ours: the page of a proxy would not come back by itself.

import { alive, ended, isSignedOut, pause, stale } from "./liveness.js";

const EVERY = 3000;
let failures = 0;

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload(); // to what was waited for, or to the log-in page
    if (isSignedOut(answer)) return ended();
    if (answer.ok) {
      alive();
      return location.reload();
    }
  } catch {
    // Nobody answers.
  }
  stale();
  failures += 1;
  return setTimeout(look, EVERY + pause(failures));
}

setTimeout(look, EVERY);
