// Filing a balance sheet: the officer's own key signs the very record whose figures stand on the page.

import { base64, Fault } from "./verify/bytes.js";
import { signed } from "./sign.js";
import { keyOfCard, recall } from "./sign-keys.js";
import { act, ready, send } from "./sign-page.js";

const root = document.querySelector("[data-statement]");
const panel = root.querySelector("[data-card]");
const keys = JSON.parse(root.dataset.keys);
const record = JSON.parse(root.dataset.record);

/** One of the officer's own bound keys: kept in this browser, else a typed card. */
async function officerKey() {
  for (const name of Object.keys(keys)) {
    const kept = await recall(name);
    if (kept) return kept;
  }
  const input = panel.querySelector("input");
  if (panel.hidden || input.value.trim() === "") {
    panel.hidden = false;
    input.focus();
    throw new Fault("card-asked", "Type the characters of the card.");
  }
  const key = await keyOfCard(input.value);
  if (!Object.hasOwn(keys, base64(key.publicKey))) throw new Fault("card-other", "This is another card.");
  input.value = "";
  return key;
}

ready(root);
act(root, root.querySelector("[data-file]"), async () => {
  const key = await officerKey();
  const role = keys[base64(key.publicKey)];
  const { body } = await send(root.dataset.post, await signed(record, "statement", record.origin, role, key));
  location.assign(body.url);
});
root.dataset.ready = "yes";
