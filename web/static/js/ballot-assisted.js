// A ballot entered for a member in the room: two different officers sign the same record, each with
// their own key; the second one types a card on this screen.

import { base64, Fault } from "./verify/bytes.js";
import { signed } from "./sign.js";
import { forget, keyOfCard, recall } from "./sign-keys.js";
import { act, ready, sendText } from "./sign-page.js";
import { about, padded } from "./ballot-paper.js";

const root = document.querySelector("[data-assisted]");
const keys = JSON.parse(root.dataset.keys);
const draft = JSON.parse(root.dataset.draft);

async function fromPanel(name, without) {
  const input = root.querySelector(`[data-card="${name}"] input`);
  if (input.value.trim() !== "") {
    const key = await keyOfCard(input.value);
    const found = keys[base64(key.publicKey)];
    if (!found || found.who === without) throw new Fault("card-other", "This is another card.");
    return key;
  }
  for (const [text, owner] of Object.entries(keys)) {
    const kept = owner.who === without ? null : await recall(text);
    if (kept) return kept;
  }
  input.focus();
  throw new Fault("card-asked", "Type the characters of the card.");
}

ready(root);
act(root, root.querySelector("[data-cast]"), async () => {
  const choice = root.querySelector('input[name="choice"]:checked');
  if (!choice) throw new Fault("no-choice", "Choose first.");
  const first = await fromPanel("first", null);
  const owner = keys[base64(first.publicKey)];
  const second = await fromPanel("second", owner.who);
  let ballot = { ...about(root, draft), choice: choice.value };
  ballot = await signed(ballot, "ballot", draft.meeting, owner.role, first);
  ballot = await signed(ballot, "ballot", draft.meeting, keys[base64(second.publicKey)].role, second);
  const { body } = await sendText(root.dataset.post, padded(ballot));
  await forget(base64(second.publicKey));
  location.assign(body.url);
});
root.dataset.ready = "yes";
