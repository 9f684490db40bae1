// What pages that sign have in common: their words, their faults, sending JSON, asking for a card.
// Every sentence comes from the page, in the reader's language: <span data-say="code">…</span>.

import { base64, Fault } from "./verify/bytes.js";
import { keyOfCard, recall } from "./sign-keys.js";

/** The page's sentence of that name; null if it has none. */
export function word(code) {
  return document.querySelector(`[data-say="${CSS.escape(code)}"]`)?.textContent ?? null;
}

/** Say a fault (or clear it with null) in the page's one place for faults, and move focus there. */
export function say(root, fault) {
  const place = root.querySelector("[data-fault]") ?? document.querySelector("[data-fault]");
  place.hidden = fault === null;
  if (fault === null) return;
  const known = fault instanceof Fault ? word(fault.code) ?? fault.message : word("unexpected");
  place.querySelector("[data-fault-text]").textContent = known;
  place.focus();
  if (!(fault instanceof Fault)) console.error(fault);
}

/** Send a JSON object with the page's form token; a problem document becomes a Fault with its type as `problem`. */
export const send = (url, body) => sendText(url, JSON.stringify(body));

/** The same with the text of the object, for a script that spells it itself. */
export async function sendText(url, text) {
  const token = document.querySelector("[data-csrf]").dataset.csrf;
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token },
      body: text,
    });
  } catch {
    throw new Fault("offline", "The server did not answer.");
  }
  const type = answer.headers.get("content-type") ?? "";
  const found = type.includes("json") ? await answer.json() : {};
  if (!answer.ok) {
    const refused = new Fault(`server-${answer.status}`, found.detail ?? word("unexpected"));
    throw Object.assign(refused, { problem: found.type ?? null });
  }
  return { status: answer.status, body: found };
}

/** Run an action behind a button: one at a time, its faults said on the page. */
export function act(root, button, action) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say(root, null);
    try {
      await action();
    } catch (fault) {
      say(root, fault);
    } finally {
      button.disabled = false;
    }
  });
}

/**
 * The key that must sign: the one this browser keeps, else the card typed into the panel.
 * `expected` is the public key in base64 that the log has bound; null takes whatever card is typed.
 */
export async function keyFor(panel, expected) {
  const kept = expected === null ? null : await recall(expected);
  if (kept) return kept;
  const input = panel.querySelector("input");
  if (panel.hidden || input.value.trim() === "") {
    panel.hidden = false;
    input.focus();
    throw new Fault("card-asked", "Type the characters of the card.");
  }
  const key = await keyOfCard(input.value);
  if (expected !== null && base64(key.publicKey) !== expected) {
    throw new Fault("card-other", "This is another card.");
  }
  input.value = "";
  panel.hidden = true;
  return key;
}

/** Show what needs this script and hide what stands in for it. */
export function ready(root = document) {
  for (const part of root.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const part of root.querySelectorAll("[data-without-script]")) part.hidden = true;
}
