// Signing in with a voting card or this device's key: the server gives a challenge, the browser signs
// it, only the signed challenge is sent. Opening this page forgets every card typed before.

import { base64, Fault } from "./verify/bytes.js";
import { signed } from "./sign.js";
import { forgetCards, keyOfCard, listed, recall } from "./sign-keys.js";
import { act, ready, say, send } from "./sign-page.js";

const root = document.querySelector("[data-login]");
const input = root.querySelector("[data-card] input");

async function enter(key) {
  const { body } = await send("/login/challenge", { key: base64(key.publicKey) });
  const record = await signed(body.record, "login", body.origin, "member", key);
  const answer = await send("/login/signed", { record, next: root.dataset.next });
  location.assign(answer.body.next);
}

async function enterWithDevice() {
  const refused = [];
  for (const name of await listed("device")) {
    try {
      await enter(await recall(name));
      return;
    } catch (fault) {
      refused.push(fault);
    }
  }
  throw refused.at(-1) ?? new Fault("no-device-key", "There is no key on this device.");
}

ready(root);
await forgetCards().catch((fault) => say(root, fault));
root.querySelector("[data-device]").hidden = (await listed("device")).length === 0;
act(root, root.querySelector("[data-sign-in]"), async () => {
  if (input.value.trim() === "") throw new Fault("card-asked", "Type the characters of the card.");
  const key = await keyOfCard(input.value);
  input.value = "";
  await enter(key);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter") root.querySelector("[data-sign-in]").click();
});
act(root, root.querySelector("[data-sign-in-device]"), enterWithDevice);
root.dataset.ready = "yes";
