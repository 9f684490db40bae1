// A member counts her meeting again: the package is fetched as she could take it away, and every
// step from the State's seal to the result is worked out here.

import { listen, policies } from "./pin.js";
import { clear, teller, verdict } from "./show.js";
import { checkMeeting, countedOf, unseen } from "./verify/meeting.js";
import { checkUnchanged, parsePolicy } from "./verify/policy.js";

const subject = document.querySelector("#subject").dataset;
const steps = document.querySelector("#steps");
const result = document.querySelector("#verdict");
const box = document.querySelector("#pin");
const again = document.querySelector("#again");
const mine = document.querySelector("#mine");

/** Let the page draw while thousands of signatures are checked. */
const pause = () => new Promise((resolve) => { setTimeout(resolve); });

async function fetchPackage() {
  const answer = await fetch(subject.package, { credentials: "same-origin", cache: "no-cache" });
  if (!answer.ok) throw new Error(`The package could not be fetched (${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

function showMine(context) {
  if (!mine) return;
  const counted = countedOf(context, Number(subject.number));
  for (const row of mine.querySelectorAll("[data-number]")) {
    const choice = counted.get(Number(row.dataset.number)) ?? "none";
    for (const word of row.querySelectorAll("[data-choice]")) word.hidden = word.dataset.choice !== choice;
  }
  mine.hidden = false;
}

function showUnseen(context) {
  const { assisted, closed } = unseen(context);
  document.querySelector("#assisted").hidden = !assisted;
  document.querySelector("#closed").hidden = closed === 0;
  document.querySelector("#closed-number").textContent = String(closed);
}

async function run() {
  again.hidden = true;
  clear(steps);
  if (mine) mine.hidden = true;
  verdict(result, "pending");
  const tell = teller(steps);
  let state = "wrong";
  let at = "policy";
  try {
    tell(at, "pending", {}, null);
    const { pinned, served } = await policies(box);
    checkUnchanged(parsePolicy(pinned), parsePolicy(served));
    tell(at, "right", {}, null);
    at = "package";
    const outcome = await checkMeeting(await fetchPackage(), pinned, { origin: subject.origin }, tell, pause);
    if (outcome.ok) state = outcome.decided ? "right" : "told";
    if (outcome.context.judged) showUnseen(outcome.context);
    if (outcome.ok) showMine(outcome.context);
  } catch (fault) {
    state = "wrong";
    tell(at, "wrong", {}, fault);
  }
  verdict(result, state);
  again.hidden = false;
}

again.addEventListener("click", run);
listen(box, run);
run();
