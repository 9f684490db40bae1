// Voting: choose, review, cast. The ballot is signed here for exactly this meeting, roll and sequence, and for
// the resolution whose text is on the page; the key or card never leaves the browser, only the signed ballot does.

import { Fault } from "./verify/bytes.js";
import { signed } from "./sign.js";
import { act, keyFor, ready, say, sendText } from "./sign-page.js";
import { about, inTurn, padded } from "./ballot-paper.js";

const root = document.querySelector("[data-ballot]");
const steps = { choose: root.querySelector('[data-step="choose"]'), review: root.querySelector('[data-step="review"]') };
const panel = root.querySelector("[data-card]");
const draft = JSON.parse(root.dataset.draft);

const chosen = () => root.querySelector('input[name="choice"]:checked');

function show(step) {
  for (const [name, part] of Object.entries(steps)) part.hidden = name !== step;
  say(root, null);
}

ready(root);
act(root, root.querySelector("[data-review]"), async () => {
  about(root, draft);
  if (!chosen()) throw new Fault("no-choice", "Choose first.");
  show("review");
  root.querySelector("[data-chosen]").textContent = chosen().closest("label").textContent.trim();
  root.querySelector("[data-review-title]").focus();
});
act(root, root.querySelector("[data-change]"), async () => {
  show("choose");
  chosen().focus();
});
act(root, root.querySelector("[data-cast]"), async () => {
  const key = await keyFor(panel, root.dataset.key);
  const paper = { ...about(root, draft), choice: chosen().value };
  const casting = root.querySelector("[data-casting]");
  casting.hidden = false;
  try {
    const { body } = await inTurn(paper, async (ballot) =>
      sendText(root.dataset.post, padded(await signed(ballot, "ballot", root.dataset.origin, "member", key))));
    location.assign(body.url);
  } finally {
    casting.hidden = true;
  }
});
root.dataset.ready = "yes";
