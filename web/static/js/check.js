// "Check it yourself": a filed statement, from its document to the State's seal.

import { fetchLogFile, listen, memory, policies } from "./pin.js";
import { clear, teller, verdict } from "./show.js";
import { show } from "./told.js";
import { checkLive } from "./verify/live.js";
import { lookAtSheet, worst } from "./verify/sheet.js";

const subject = document.querySelector("#subject").dataset;
const steps = document.querySelector("#steps");
const result = document.querySelector("#verdict");
const box = document.querySelector("#pin");
const again = document.querySelector("#again");
const told = document.querySelector("#told");
const words = document.querySelector("#words");

const numberOf = (text) => (text === "null" ? null : Number(text));

function shownFigures() {
  const cells = document.querySelectorAll("#shown [data-line]");
  return Array.from(cells, ({ dataset }) => [dataset.line, numberOf(dataset.paise), numberOf(dataset.prior)]);
}

/** What the reader sees must be what was compared: the printed text has to say the same amount. */
function printedWrong() {
  for (const row of document.querySelectorAll("#shown tr[data-line]")) {
    const [paise, prior] = Array.from(row.querySelectorAll("td"), (cell) => cell.textContent.trim());
    const figures = [[paise, row.dataset.paise]];
    if (row.dataset.prior !== "null") figures.push([prior, row.dataset.prior]);
    for (const [text, exact] of figures) {
      if (text.replaceAll(",", "").replace("\u2212", "-").replace(".", "") !== spelled(exact)) return row.dataset.line;
    }
  }
  return null;
}

const spelled = (paise) => {
  const digits = paise.replace("-", "").padStart(3, "0");
  return (paise.startsWith("-") ? "-" : "") + digits;
};

/** Say who outside has signed the State's log, or that nobody has. */
function witnessed(names) {
  const line = document.querySelector("#witnessed");
  line.hidden = names.length === 0;
  line.querySelector("span").textContent = names.join(", ");
  document.querySelector("#not-witnessed").hidden = names.length > 0;
}

async function run() {
  again.hidden = true;
  clear(steps);
  verdict(result, "pending");
  const tell = teller(steps);
  let right = false;
  show(told, words, []);
  let colour = "green";
  try {
    const { pinned, served } = await policies(box);
    const what = {
      origin: subject.origin, state: subject.stateOrigin, document: subject.document, kind: subject.kind,
      at: { entry: Number(subject.entry), key: Number(subject.key), head: Number(subject.head) },
      shown: shownFigures(), earlier: subject.earlier, firstDay: subject.firstDay, lastDay: subject.lastDay, roles: subject.roles.split(" "),
    };
    const outcome = await checkLive(what, pinned, served, fetchLogFile, memory, tell);
    right = outcome.ok;
    witnessed(right ? outcome.context.state.witnesses : []);
    const wrong = printedWrong();
    if (right && wrong) {
      tell("figures", "wrong", {}, new Error(`The printed figure of line ${wrong} is not the exact one.`));
      right = false;
    }
    if (right) {
      const found = await lookAtSheet(outcome.context, what, fetchLogFile, tell);
      colour = worst(found);
      show(told, words, found);
    } else {
      for (const id of ["prior", "later"]) tell(id, "skipped", {}, null);
    }
  } catch (fault) {
    tell("policy", "wrong", {}, fault);
  }
  verdict(result, right ? { green: "right", amber: "told", red: "found" }[colour] : "wrong");
  again.hidden = false;
}

again.addEventListener("click", run);
listen(box, run);
run();
