// What a page that changes by itself says about that: live, not live since a time, or signed out.
// Only a message counts as life. A connection alone does not: a log-in page or a proxy's page opens one too.

const lost = document.querySelector("[data-stale]");
const over = document.querySelector("[data-ended]");
const since = lost.querySelector("[data-stale-since]");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Kolkata" });
let heard = Date.now();

/** The time of day in India, as pages write it. */
export const timeOfDay = (moment) => clock.format(moment);

/** When the last message came, in milliseconds; when the page was opened, before the first. */
export const lastHeard = () => heard;

/** A message came. */
export function alive() {
  heard = Date.now();
  lost.hidden = true;
  over.hidden = true;
  document.body.dataset.live = "yes";
}

/** No message comes: the page says since when. */
export function stale() {
  document.body.dataset.live = "no";
  if (!over.hidden) return;
  since.textContent = timeOfDay(heard);
  lost.hidden = false;
}

/** The session is over: the page says so, with the way to the log-in page. */
export function ended() {
  document.body.dataset.live = "ended";
  lost.hidden = true;
  over.hidden = false;
}

/** Whether this answer means that nobody is signed in any more. */
export const isSignedOut = (answer) => answer.status === 401 || answer.status === 403
  || answer.type === "opaqueredirect" || (answer.redirected && new URL(answer.url).pathname === "/login");

/** Milliseconds to wait after so many failures: doubled each time, at most half a minute, never in step with others. */
export const pause = (failures) => Math.min(30_000, 1000 * 2 ** failures) * (0.7 + 0.6 * Math.random());
