// A key for this device: made and kept by the browser, its secret part is readable by nobody. Only
// the public part is shown, for two officers of the society (or one colleague) to bind.

import { base64, fromBase64 } from "./verify/bytes.js";
import { newDeviceKey, text32 } from "./sign.js";
import { forget, keep, listed } from "./sign-keys.js";
import { act, ready } from "./sign-page.js";

const root = document.querySelector("[data-device-page]");
const made = root.querySelector("[data-made]");
let shown = null;

function show(name) {
  shown = name;
  made.hidden = name === null;
  root.querySelector("[data-make]").hidden = name !== null;
  root.querySelector("[data-public]").textContent = name === null ? "" : text32(fromBase64(name));
}

ready(root);
show((await listed("device"))[0] ?? null);
act(root, root.querySelector("[data-make]"), async () => {
  const key = await newDeviceKey();
  await keep(key, "device");
  show(base64(key.publicKey));
});
act(root, root.querySelector("[data-forget]"), async () => {
  await forget(shown);
  show((await listed("device"))[0] ?? null);
});
root.dataset.ready = "yes";
