// The policy this browser trusts: pinned on first use with its date, or typed in from elsewhere.

import { parsePolicy } from "./verify/policy.js";

const POLICY = "sakshi-policy";
const HEAD = "sakshi-head:";

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Fetch bytes from our own server; an answer other than 200 is a fault, never an empty file. */
export async function fetchBytes(path) {
  const answer = await fetch(path, { credentials: "omit", cache: "no-cache" });
  if (!answer.ok) throw new Error(`${path} could not be fetched (${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

export const fetchLogFile = (origin, path) => fetchBytes(`/l/${origin}/${path}`);

/** The last head of a state log that this browser has checked. */
export const memory = {
  recall: (origin) => read(HEAD + origin),
  keep: (origin, size, root) => write(HEAD + origin, { size, root }),
};

function show(box, id, since) {
  for (const line of box.querySelectorAll("[id^=pin-]")) {
    if (line.tagName === "P" && line.id !== "pin-bad") line.hidden = line.id !== id;
  }
  const time = box.querySelector(`#${id} time`);
  if (time && since) {
    time.dateTime = since;
    time.textContent = new Date(since).toLocaleDateString("en-GB", { timeZone: "Asia/Kolkata" });
  }
}

/**
 * The pinned policy and the one the server gives now; shows on the page which is which.
 * On first use the served policy is pinned, and the page says that it was compared with nothing.
 */
export async function policies(box) {
  const served = new TextDecoder().decode(await fetchBytes(box.dataset.served));
  const kept = read(POLICY);
  let pinned = kept?.text ?? served;
  if (kept) {
    show(box, kept.typed ? "pin-typed" : "pin-since", kept.since);
  } else {
    parsePolicy(served);
    const stored = write(POLICY, { text: served, since: new Date().toISOString(), typed: false });
    show(box, stored ? "pin-first" : "pin-unkept");
    pinned = served;
  }
  box.querySelector("#pin-text").textContent = pinned;
  return { pinned, served };
}

/** Let the reader pin a policy of her own; `changed()` is called when it was kept. */
export function listen(box, changed) {
  const form = box.querySelector("#pin-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = `${form.querySelector("textarea").value.replaceAll("\r", "").trim()}\n`;
    const bad = form.querySelector("#pin-bad");
    try {
      parsePolicy(text);
      bad.hidden = true;
    } catch {
      bad.hidden = false;
      return;
    }
    write(POLICY, { text, since: new Date().toISOString(), typed: true });
    changed();
  });
}
