// A proof file opened by the reader: checked here, sent nowhere.

import { listen, policies } from "./pin.js";
import { clear, teller, verdict } from "./show.js";
import { checkProofFile } from "./verify/prooffile.js";

const steps = document.querySelector("#steps");
const result = document.querySelector("#verdict");
const box = document.querySelector("#pin");
const input = document.querySelector("#proof");
const drop = document.querySelector("#drop");
const content = document.querySelector("#content");
let opened = null;

async function run(file) {
  opened = file ?? opened;
  if (!opened) return;
  clear(steps);
  content.hidden = true;
  verdict(result, "pending");
  let outcome = { ok: false };
  try {
    const { pinned } = await policies(box);
    outcome = await checkProofFile(new Uint8Array(await opened.arrayBuffer()), pinned, teller(steps));
  } catch (fault) {
    teller(steps)("file", "wrong", {}, fault);
  }
  if (outcome.ok) {
    content.querySelector("pre").textContent = JSON.stringify(outcome.context.record, null, 1);
    content.hidden = false;
  }
  verdict(result, outcome.ok ? "right" : "wrong");
}

input.addEventListener("change", () => run(input.files[0]));
for (const name of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("is-over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) run(event.dataTransfer.files[0]);
  });
}
listen(box, () => run());
policies(box).catch(() => {});
