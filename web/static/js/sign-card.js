// Making a key: a voting card to print, or a key of this device. The seed of a card is made here, shown
// here and printed from here; only its public part goes into the form.

import { concat, fromBase64, sha256, utf8 } from "./verify/bytes.js";
import { keyOfSeed, newDeviceKey, newSeed, text32 } from "./sign.js";
import { keep } from "./sign-keys.js";
import { act, ready } from "./sign-page.js";

const root = document.querySelector("[data-key-maker]");
const slip = root.querySelector("[data-slip]");
const made = root.querySelector("[data-made]");

// Characters on the card and on the second officer's page, under a salt of this page: they show that
// it is the same key, and whoever notes them cannot find the key in a roll.
function checkOf(publicKey) {
  const salt = fromBase64(root.dataset.salt);
  const text = text32(sha256(concat(utf8("sakshi/1 enrolment check\n"), salt, publicKey)));
  return `${text.slice(0, 3)}-${(text.slice(3, 4) + text.slice(5, 7))}`;
}

function show(publicKey, medium) {
  const text = text32(publicKey);
  for (const place of root.querySelectorAll("[data-public]")) place.textContent = text;
  const form = root.querySelector("form[data-enrol]");
  if (form) {
    form.elements.key.value = text;
    form.elements.medium.value = medium;
    form.elements.salt.value = root.dataset.salt;
    for (const place of root.querySelectorAll("[data-check]")) place.textContent = checkOf(publicKey);
    form.querySelector("[data-submit]").disabled = false;
  }
  made.hidden = false;
}

ready(root);
act(root, root.querySelector("[data-make-card]"), async () => {
  const seed = newSeed();
  root.querySelector("[data-seed]").textContent = text32(seed);
  show(keyOfSeed(seed).publicKey, "card");
  seed.fill(0);
  slip.hidden = false;
});
root.querySelector("[data-print]").addEventListener("click", () => print());
const device = root.querySelector("[data-make-device]");
if (device) {
  act(root, device, async () => {
    const key = await newDeviceKey();
    await keep(key, "device");
    slip.hidden = true;
    root.querySelector("[data-seed]").textContent = "";
    show(key.publicKey, "device");
  });
}
const typed = root.querySelector("[data-typed]");
if (typed) {
  typed.addEventListener("input", () => {
    const form = root.querySelector("form[data-enrol]");
    form.elements.key.value = typed.value;
    form.elements.medium.value = "device";
    form.elements.salt.value = "";
    form.querySelector("[data-submit]").disabled = typed.value.trim() === "";
  });
}
root.dataset.ready = "yes";
