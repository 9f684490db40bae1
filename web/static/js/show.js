// Putting the steps of a check on the page. Sentences stand in the page already, in its language;
// scripts only choose which is shown and fill the details.

const LABELS = { key: "Key", fingerprint: "Fingerprint", origin: "Log", size: "Entries", root: "Root", witnesses: "Witnesses",
  unchecked: "Not checked here",
  index: "Position", leaf: "Leaf hash", time: "Time", kind: "Kind", before: "Entries seen before", now: "Entries now",
  counted: "Ballots that count", left_out: "Ballots left out: entry and reason" };

export function clear(list) {
  for (const step of list.querySelectorAll(".step")) mark(step, "idle", {}, null);
}

export function teller(list) {
  return (id, state, facts, fault) => {
    const step = list.querySelector(`[data-step="${id}"]`);
    if (step) mark(step, state, facts, fault);
  };
}

function mark(step, state, facts, fault) {
  step.dataset.state = state;
  for (const word of step.querySelectorAll("[data-word]")) word.hidden = word.dataset.word !== state;
  const details = step.querySelector("details");
  const list = details.querySelector("dl");
  list.replaceChildren();
  const said = Object.entries(facts).filter(([name, value]) => LABELS[name] && value !== "");
  if (fault) said.push(["fault", fault.message]);
  for (const [name, value] of said) {
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = LABELS[name] ?? "What is wrong";
    text.textContent = value;
    text.className = name === "fault" ? "" : "mono";
    list.append(term, text);
  }
  details.hidden = said.length === 0;
  details.open = Boolean(fault);
}

export function verdict(element, state) {
  element.dataset.state = state;
  document.body.dataset.verdict = state;
}
